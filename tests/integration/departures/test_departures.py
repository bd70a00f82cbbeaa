"""A departure: noted, agreed by another, ahead everywhere, withdrawn, over at the hand-over."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from issuance.actors import Actor
from issuance.clock import OFFICE_ZONE
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound, RuleViolation
from issuance.law.office.clocks import clocks
from issuance.models.appointments import Purpose
from issuance.models.clocks import Lateness
from issuance.models.departures import Departure
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import bookings, capacity, chosen, slots
from issuance.services.appointments.bookings import Wanted
from issuance.services.appointments.capacity import Given
from issuance.services.casework import decisions, queues
from issuance.services.casework.queues import Work
from issuance.services.clocks import departures as listed
from issuance.services.clocks import running
from issuance.services.departures import noting
from issuance.services.departures.noting import Leaving
from issuance.services.parties import NORMAL, URGENT
from issuance.services.public import status
from issuance.services.transfers import moving
from issuance.services.transfers.asking import Wanted as Sending
from issuance.states import RequestState
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed

D = dt.date
SOON = Leaving(D(2026, 11, 13), "medical", "medical_referral", "clinic of Vienna, 13 November")
OMAR = changed(
    LAYLA, case_reference="2026/TM/9", given_names="Omar", native_name="عمر المصري", birth_date="1990-03-03", sex="M"
)


def note(office: SmallOffice, request_id: UUID, leaving: Leaving = SOON, who: Actor | None = None) -> UUID:
    with office.act(who or office.actors["clerk"]) as act:
        return noting.note(act, act.session.get_one(IssuanceRequest, request_id), leaving).id


def agree(office: SmallOffice, row: UUID, who: Actor | None = None) -> None:
    with office.act(who or office.actors["supervisor"]) as act:
        noting.agree(act, act.session.get_one(Departure, row))


def withdraw(office: SmallOffice, row: UUID, who: str = "clerk") -> None:
    with office.act(office.actors[who]) as act:
        noting.withdraw(act, act.session.get_one(Departure, row))


def agreed(office: SmallOffice, request_id: UUID, leaving: Leaving = SOON) -> UUID:
    row = note(office, request_id, leaving)
    agree(office, row)
    return row


def needed_by(office: SmallOffice, request_id: UUID) -> dt.date | None:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, request_id).needed_by


def priorities(office: SmallOffice) -> list[int]:
    with office.reading() as look:
        return list(look.session.scalars(select(PrintJob.priority).order_by(PrintJob.id)))


def of(office: SmallOffice, row: UUID) -> Departure:
    with office.reading() as look:
        return look.session.get_one(Departure, row)


def hours(office: SmallOffice, text: str) -> None:
    with office.database.transaction() as session:
        session.execute(update(Centre).values(opening_hours=text))


def test_nothing_goes_ahead_before_another_person_agreed(office: SmallOffice) -> None:
    waits = office.carry("queued")
    row = note(office, waits.request_id)
    assert (needed_by(office, waits.request_id), priorities(office)) == (None, [NORMAL])
    agree(office, row)
    assert (needed_by(office, waits.request_id), priorities(office)) == (D(2026, 11, 12), [URGENT])
    withdraw(office, row)
    assert (needed_by(office, waits.request_id), priorities(office)) == (None, [NORMAL])
    assert of(office, row).ended_because == "withdrawn"


def test_who_noted_it_does_not_agree_not_even_by_the_table(office: SmallOffice) -> None:
    request_id, supervisor = office.lodge(), office.actors["supervisor"]
    row = note(office, request_id, who=supervisor)
    with pytest.raises(NotAllowed, match="Another supervisor"):
        agree(office, row)
    with pytest.raises(NotAllowed, match="supervisor agrees"):
        agree(office, row, office.actors["clerk"])
    with pytest.raises(IntegrityError), office.database.transaction() as session:
        session.execute(update(Departure).values(agreed_by=supervisor.id, agreed_at=office.clock.now()))
    assert needed_by(office, request_id) is None


def test_once_is_enough(office: SmallOffice) -> None:
    request_id = office.lodge()
    row = note(office, request_id)
    with pytest.raises(Conflict, match="noted already"):
        note(office, request_id)
    agree(office, row)
    with pytest.raises(Conflict, match="agreed to this already"):
        agree(office, row)
    withdraw(office, row)
    with pytest.raises(Conflict, match="ended already"):
        withdraw(office, row)
    assert note(office, request_id) != row


def test_a_supervisor_says_no_by_the_same_act(office: SmallOffice) -> None:
    row = note(office, office.lodge())
    withdraw(office, row, "supervisor")
    assert of(office, row).ended_because == "refused"


@on_sqlite
@pytest.mark.parametrize(
    ("leaving", "error", "says"),
    [
        (replace(SOON, leaves_on=D(2026, 11, 1)), InvalidInput, "This day is over"),
        (replace(SOON, leaves_on=D(2027, 3, 1)), InvalidInput, "more than 60 days"),
        (replace(SOON, leaves_on=D(2026, 12, 10)), RuleViolation, "02.12.2026"),
        (replace(SOON, ground="holiday"), InvalidInput, "ground"),
        (replace(SOON, evidence="ticket"), InvalidInput, "does not show this reason"),
        (replace(SOON, evidence=""), InvalidInput, "evidence"),
    ],
)
def test_what_cannot_be(office: SmallOffice, leaving: Leaving, error: type[LimanError], says: str) -> None:
    request_id = office.lodge()
    with pytest.raises(error) as refused:
        note(office, request_id, leaving)
    assert says in f"{refused.value.field} {refused.value}"
    with office.reading() as look:
        assert look.session.scalar(select(Departure.id)) is None


def test_another_centre_and_another_role_note_nothing(office: SmallOffice) -> None:
    request_id = office.lodge()
    row = note(office, request_id)
    with office.reading() as look:
        galati = centres.named(look, "galati").id
    stranger = replace(office.actors["supervisor"], centre_id=galati)
    with pytest.raises(NotAllowed, match="another centre"):
        note(office, request_id, who=stranger)
    with pytest.raises(NotAllowed, match="another centre"):
        agree(office, row, stranger)
    with pytest.raises(NotAllowed, match="clerk or supervisor"):
        note(office, request_id, who=office.actors["operator"])
    other = office.lodge(OMAR)
    with office.reading(office.actors["supervisor"]) as look, pytest.raises(NotFound):
        noting.of_case(look, look.session.get_one(IssuanceRequest, other), row)


MONDAY_NIGHT = dt.datetime(2026, 11, 2, 17, 0, tzinfo=OFFICE_ZONE)
WEEK = "Mo-Fr 09:00-12:00, 14:00-16:00"


@on_sqlite
@pytest.mark.parametrize(
    ("now", "leaves_on", "needed"),
    [
        (MONDAY_NIGHT.replace(hour=15, minute=59), D(2026, 11, 2), D(2026, 11, 2)),  # today, before closing
        (MONDAY_NIGHT.replace(hour=16), D(2026, 11, 2), None),  # today, closed a moment ago
        (MONDAY_NIGHT, D(2026, 11, 3), D(2026, 11, 3)),  # tomorrow, nothing is open before
        (MONDAY_NIGHT, D(2026, 11, 9), D(2026, 11, 6)),  # a Monday: the Friday before
        (dt.datetime(2026, 11, 27, 17, 0, tzinfo=OFFICE_ZONE), D(2026, 11, 29), None),  # a weekend alone
        (
            dt.datetime(2026, 11, 27, 17, 0, tzinfo=OFFICE_ZONE),
            D(2026, 12, 2),
            D(2026, 12, 2),
        ),  # 30.11, 1.12 are holidays
        (dt.datetime(2026, 11, 24, 17, 0, tzinfo=OFFICE_ZONE), D(2026, 12, 1), D(2026, 11, 27)),
        (dt.datetime(2027, 3, 27, 23, 59, tzinfo=OFFICE_ZONE), D(2027, 3, 30), D(2027, 3, 29)),  # over the short night
    ],
)
def test_the_day_is_counted_back_over_days_on_which_the_centre_works(
    office: SmallOffice, now: dt.datetime, leaves_on: dt.date, needed: dt.date | None
) -> None:
    hours(office, WEEK)
    office.clock.advance(now - office.clock.now() - dt.timedelta(minutes=1))
    office.keep_time()
    request_id = office.lodge()
    office.clock.advance(dt.timedelta(minutes=1))
    if needed is None:
        with pytest.raises(InvalidInput, match="does not work any more"):
            note(office, request_id, replace(SOON, leaves_on=leaves_on))
        return
    assert of(office, note(office, request_id, replace(SOON, leaves_on=leaves_on))).needed_by == needed


def test_a_late_request_goes_ahead_whatever_its_term_says(office: SmallOffice) -> None:
    request_id = office.lodge()
    office.clock.advance(dt.timedelta(days=40))
    row = agreed(office, request_id, replace(SOON, leaves_on=D(2026, 12, 23)))
    assert of(office, row).needed_by == D(2026, 12, 22)


def test_a_day_that_went_by_is_not_agreed_to(office: SmallOffice) -> None:
    row = note(office, office.lodge())
    office.clock.advance(dt.timedelta(days=12))
    with pytest.raises(InvalidInput, match="This day is over"):
        agree(office, row)


# What it goes ahead of


def test_every_list_has_it_first_and_the_due_list_by_its_day(office: SmallOffice) -> None:
    first, leaves = office.lodge(), office.lodge(OMAR)
    centre = office.actors["clerk"].centre_id
    desk, soon = Work((RequestState.LODGED,), centre), Work((RequestState.LODGED,), centre, due_by=D(2026, 11, 20))

    def ids(work: Work) -> list[UUID]:
        with office.reading(office.actors["clerk"]) as look:
            return [row.id for row in queues.work_page(look, work)]

    assert (ids(desk), ids(soon)) == ([first, leaves], [])
    agreed(office, leaves)
    assert (ids(desk), ids(soon)) == ([leaves, first], [leaves])


def test_stations_batches_and_the_check_take_it_first(office: SmallOffice) -> None:
    office.carry("queued")
    leaves = office.carry("queued", OMAR)
    row = agreed(office, leaves.request_id)
    with office.reading(office.actors["operator"]) as look:
        jobs = look.session.scalars(select(PrintJob).where(PrintJob.priority == URGENT)).all()
        assert [job.document_id for job in jobs] == [leaves.document_id]
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    assert claim.order_id == jobs[0].id
    office.make(claim=claim)
    withdraw(office, row)
    assert priorities(office) == [NORMAL, NORMAL]
    agreed(office, leaves.request_id)  # what is made and not checked yet goes ahead in the list of checks
    assert priorities(office) == [NORMAL, URGENT]


def test_one_lane_for_it_and_for_who_is_vulnerable(office: SmallOffice) -> None:
    case = office.carry("queued", changed(LAYLA, vulnerable=True))
    row = agreed(office, case.request_id)
    withdraw(office, row)
    assert priorities(office) == [URGENT]  # the person goes ahead for another reason


def test_ordered_after_the_agreement_it_is_urgent_from_the_start(office: SmallOffice) -> None:
    request_id = office.lodge()
    agreed(office, request_id)
    office.enrol(request_id)
    office.approve(request_id)
    assert priorities(office) == [URGENT]


# Its clock, and its end


def test_it_is_a_clock_that_is_escalated_and_asked_why(office: SmallOffice) -> None:
    case = office.carry("checked")
    agreed(office, case.request_id)
    clock = clocks()["departure"]
    assert (clock.passing, clock.late) == ("escalated", True)

    def shown() -> list[dt.date]:
        with office.reading(office.actors["supervisor"]) as look:
            return [row.last_day for row in running.rows(look, clock)]

    def settle() -> int:
        with office.reading(office.actors["supervisor"]) as look:
            return look.session.scalar(listed.to_settle(look)) or 0

    assert (shown(), settle()) == ([], 0)
    office.clock.advance(dt.timedelta(days=7))
    assert shown() == [D(2026, 11, 12)]
    office.clock.advance(dt.timedelta(days=4))
    assert (shown(), settle()) == ([D(2026, 11, 12)], 1)
    office.hand_over(case.request_id, case.number)
    assert (shown(), settle(), needed_by(office, case.request_id)) == ([], 0, None)
    with office.reading() as look:
        late = look.session.scalars(select(Lateness)).all()
        assert [(row.clock, row.due_on, row.done_on) for row in late] == [
            ("departure", D(2026, 11, 12), D(2026, 11, 13))
        ]
        assert [row.ended_because for row in look.session.scalars(select(Departure))] == ["handed_over"]


def test_handed_over_in_time_it_ends_by_itself(office: SmallOffice) -> None:
    case = office.carry("checked")
    row = agreed(office, case.request_id)
    office.hand_over(case.request_id, case.number)
    assert of(office, row).ended_because == "handed_over"
    with office.reading() as look:
        assert look.session.scalar(select(Lateness.id)) is None


def test_it_ends_with_its_request(office: SmallOffice) -> None:
    request_id = office.lodge()
    row = agreed(office, request_id)
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, request_id), "stays")
    assert (of(office, row).ended_because, needed_by(office, request_id)) == ("over", None)
    with pytest.raises(Conflict, match="has ended"):
        note(office, request_id)


# What else looks at it


def book(office: SmallOffice, request_id: UUID, at: dt.datetime) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        bookings.book(act, request.centre, Wanted(Purpose.COLLECTION, at, 1, request_id), request)


def test_the_appointment_lies_before_the_day(office: SmallOffice) -> None:
    case = office.carry("checked")
    hours(office, WEEK)
    with office.act(office.actors["supervisor"]) as act:
        centre = act.session.get_one(IssuanceRequest, case.request_id).centre
        capacity.give(act, centre, {Purpose.COLLECTION: Given(2, 15, 0)})
    row = note(office, case.request_id)
    after, before = (slots.slots_on(WEEK, D(2026, 11, day))[0] for day in (13, 12))
    book(office, case.request_id, after)
    agree(office, row)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, case.request_id)
        booked = bookings.booked_for(act, request)
        assert booked
        assert list(listed.comes_too_late(act, [act.session.get_one(Departure, row)])) == [request.id]
        with pytest.raises(InvalidInput, match=r"by 12\.11\.2026"):
            bookings.move(act, booked, after + dt.timedelta(hours=1))
        bookings.move(act, booked, before)
        assert not listed.comes_too_late(act, [act.session.get_one(Departure, row)])
    with office.reading() as look:
        visit = chosen.visit_of(look, IssuanceRequest.id == case.request_id)
        assert visit
        free = chosen.free(look, visit)
        assert free
        assert max(free).date() <= D(2026, 11, 12)


def test_the_holder_reads_the_earlier_day_and_not_why(office: SmallOffice) -> None:
    case = office.carry("queued")
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, case.request_id).reference
    agreed(office, case.request_id)
    with office.reading() as look:
        shown = status.public_status(look, reference, "1992-01-01")
        assert shown
        assert (shown.needed_by, shown.due_on) == (D(2026, 11, 12), D(2026, 12, 2))
        assert "medical" not in repr(shown)


def test_the_other_centre_has_it_with_the_case(office: SmallOffice) -> None:
    case = office.carry("queued")
    running_row, waits = agreed(office, case.request_id), note(office, office.lodge(OMAR))
    with office.reading() as look:
        galati = centres.named(look, "galati")
    for row in (running_row, waits):
        with office.act(office.actors["supervisor"]) as act:
            request = act.session.get_one(Departure, row).request
            moving.move(act, request, Sending(galati.code, "moved_home"))
    there = replace(office.actors["supervisor"], centre_id=galati.id)
    with office.reading(there) as look:
        assert {row.id for row in listed.open_here(look)} == {running_row, waits}
    with office.reading(office.actors["supervisor"]) as look:
        assert listed.open_here(look) == []
    assert priorities(office) == [URGENT]
    agree(office, waits, there)
    with office.reading(there) as look:
        assert [row.last_day for row in running.rows(look, clocks()["departure"])] == []
        work = Work((RequestState.LODGED,), galati.id)
        assert [row.needed_by for row in queues.work_page(look, work)] == [D(2026, 11, 12)]
