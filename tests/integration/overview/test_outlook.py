"""What holders may expect, against days that were counted by hand."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from issuance.models.requests import IssuanceRequest, Outlook
from issuance.services.overview import outlook
from issuance.services.overview.figures import Issued
from issuance.services.overview.outlook import Pace
from issuance.services.public.status import Ahead, PublicStatus, public_status
from issuance.states import RequestState
from issuance.tasks import HANDLERS
from tests.people import LAYLA, NOON, SmallOffice, changed

DAY = dt.timedelta(days=1)
TODAY = NOON.date()


def handed_over(took: int, day: int) -> Issued:
    return Issued("timisoara", "RP-R", TODAY - day * DAY, took, True)


def waiting(office: SmallOffice, number: int) -> list[UUID]:
    """So many requests that wait for a decision, each lodged a day after the one before."""
    kept = []
    for n in range(number):
        kept.append(office.lodge(changed(LAYLA, case_reference=f"2026/TM/80{n}", given_names=f"Layla{'abcdef'[n]}")))
        office.enrol(kept[-1])
        office.clock.advance(DAY)
    return kept


def shown(office: SmallOffice, request_id: UUID) -> PublicStatus:
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        found = public_status(look, request.reference, request.person.birth_date)
    assert found
    return found


def work_out(office: SmallOffice, pace: Pace) -> None:
    with office.upkeep() as look:
        outlook.work_out(look, office.actors["clerk"].centre_id, pace)


def test_nine_of_ten_were_ready_after_so_many_days_and_a_day_off_is_no_working_day() -> None:
    days = [2, 3, 3, 4, 5, 5, 6, 7, 9, 40]
    found = [handed_over(took, day) for took, day in zip(days, [1, 1, 1, 2, 2, 2, 5, 5, 5, 5], strict=True)]
    assert outlook.pace(found) == Pace(a_day=3, days=9)
    assert outlook.pace(found[1:]) == Pace(), "nine are too few"


def test_a_holder_reads_how_many_come_before_and_by_which_day(office: SmallOffice) -> None:
    first, _, third = waiting(office, 3)
    assert shown(office, third).ahead is None, "nothing was worked out yet"
    work_out(office, Pace(12, 20))
    assert shown(office, first).ahead == Ahead(0, 12, TODAY + 20 * DAY, None)
    assert shown(office, third).ahead == Ahead(2, 12, TODAY + 22 * DAY, None)
    office.approve(first)
    assert shown(office, first).ahead == Ahead(0, 12, TODAY + 20 * DAY, None), "it is made now: it still waits"


def test_a_later_day_is_said_with_the_one_before_and_goes_when_that_holds_again(office: SmallOffice) -> None:
    (one,) = waiting(office, 1)
    for days, expected in (
        (20, (20, None)),
        (24, (24, 20)),
        (24, (24, 20)),
        (28, (28, 20)),
        (22, (22, 20)),
        (18, (18, None)),
    ):
        work_out(office, Pace(12, days))
        day, before = (TODAY + n * DAY if n else None for n in expected)
        assert shown(office, one).ahead == Ahead(0, 12, day, before), days
    work_out(office, Pace())
    assert shown(office, one).ahead == Ahead(0, None, TODAY + 18 * DAY, None), (
        "what was said holds until it is measured"
    )
    office.clock.advance(18 * DAY)
    work_out(office, Pace(12, 18))
    assert shown(office, one).ahead == Ahead(0, 12, None, TODAY + 18 * DAY), "a day that passed is not promised"


def test_a_place_never_grows(office: SmallOffice) -> None:
    first, second = waiting(office, 2)
    with office.database.transaction() as session:
        session.get_one(IssuanceRequest, first).state = RequestState.INCOMPLETE
    work_out(office, Pace())
    assert shown(office, second).ahead == Ahead(0, None, None, None)
    with office.database.transaction() as session:
        session.get_one(IssuanceRequest, first).state = RequestState.COMPLETE
    work_out(office, Pace())
    assert shown(office, second).ahead == Ahead(0, None, None, None)


def test_the_chore_says_it_for_every_centre_and_forgets_who_does_not_wait(office: SmallOffice) -> None:
    first, second = waiting(office, 2)
    HANDLERS["look-ahead"](office)
    with office.reading() as look:
        assert {row.request_id: row.place for row in look.session.query(Outlook)} == {first: 1, second: 2}
    with office.database.transaction() as session:
        session.get_one(IssuanceRequest, first).state = RequestState.WITHDRAWN
    HANDLERS["look-ahead"](office)
    with office.reading() as look:
        assert [row.request_id for row in look.session.query(Outlook)] == [second]
