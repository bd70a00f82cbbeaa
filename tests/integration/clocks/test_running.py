"""The clocks of a centre against days computed by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from issuance.errors import InvalidInput, NotAllowed, NotFound
from issuance.law.office.clocks import clocks
from issuance.models.clocks import Lateness
from issuance.models.documents import Document
from issuance.models.people import LoneChild
from issuance.models.requests import IssuanceRequest
from issuance.services import lateness
from issuance.services.clocks import running
from issuance.services.clocks.running import Running
from issuance.services.life import loss
from issuance.services.lists import number
from issuance.services.mandates import giving
from tests.fixtures.databases import on_sqlite
from tests.integration.mandates.test_giving import GUARDIAN, LONE
from tests.people import LAYLA, SmallOffice, Stage, changed

D = dt.date
BUCHAREST = ZoneInfo("Europe/Bucharest")


def move_to(office: SmallOffice, day: dt.date, hour: int = 12, minute: int = 0) -> None:
    """The office's clock stands at this hour of Bucharest."""
    moment = dt.datetime.combine(day, dt.time(hour, minute), BUCHAREST)
    office.clock.advance(moment - office.clock.now())


def rows(office: SmallOffice, code: str, role: str = "supervisor") -> list[Running]:
    with office.reading(office.actors[role]) as look:
        return running.rows(look, clocks()[code])


def days(office: SmallOffice, code: str) -> list[tuple[dt.date, dt.date]]:
    return [(row.began_on, row.last_day) for row in rows(office, code)]


def late(office: SmallOffice) -> list[tuple[str, dt.date, dt.date, str]]:
    with office.reading() as look:
        found = look.session.scalars(select(Lateness).order_by(Lateness.id))
        return [(row.clock, row.due_on, row.done_on, row.because) for row in found]


def hand_over(office: SmallOffice, request_id: UUID) -> None:
    with office.reading() as look:
        number = look.session.scalars(select(Document.number).where(Document.request_id == request_id)).one()
    office.hand_over(request_id, number)


@on_sqlite
def test_thirty_days_run_over_a_year_s_end_and_every_holiday(office: SmallOffice) -> None:
    """Lodged on 2 November: 30 November, Saint Andrew's, 1 December and Sundays count like every day."""
    office.lodge()
    move_to(office, D(2026, 11, 26))
    assert days(office, "thirty_days") == []  # six days before
    move_to(office, D(2026, 11, 27))
    assert days(office, "thirty_days") == [(D(2026, 11, 2), D(2026, 12, 2))]
    (row,) = rows(office, "thirty_days")
    move_to(office, D(2026, 12, 2), 23, 59)
    assert row.left(office.clock.now()) == dt.timedelta(minutes=1)
    move_to(office, D(2026, 12, 3), 0, 0)
    assert row.left(office.clock.now()) == dt.timedelta()


@on_sqlite
@pytest.mark.parametrize(
    ("day", "hour", "ends"),
    [
        (D(2026, 10, 24), 23, dt.datetime(2026, 10, 25, 22, 0, tzinfo=BUCHAREST)),  # that night has an hour more
        (D(2027, 3, 27), 23, dt.datetime(2027, 3, 29, 0, 0, tzinfo=BUCHAREST)),  # and that one an hour less
        (D(2026, 12, 24), 18, dt.datetime(2026, 12, 25, 18, 0, tzinfo=BUCHAREST)),  # a holiday counts
    ],
)
def test_a_child_s_day_has_twenty_four_hours_whatever_the_night(
    office: SmallOffice, day: dt.date, hour: int, ends: dt.datetime
) -> None:
    move_to(office, day, hour)
    office.lodge(LONE)
    (row,) = rows(office, "guardian")
    assert row.ends == ends.astimezone(dt.UTC)
    assert row.is_by_the_hour == (ends.hour != 0)


@on_sqlite
def test_what_is_not_told_has_passed_on_the_next_day(office: SmallOffice) -> None:
    office.lodge()
    (row,) = rows(office, "notice")
    assert LAYLA.decision_date is not None
    assert (row.began_on, row.last_day) == (LAYLA.decision_date, LAYLA.decision_date)
    assert row.left(office.clock.now()) < dt.timedelta()


@on_sqlite
def test_an_application_that_was_registered_late_stands_there_until_it_is_explained(office: SmallOffice) -> None:
    certificate = changed(LAYLA, document_type="RC", status="applicant", decision_number="", decision_date=None)
    office.lodge(changed(certificate, applied_on=D(2026, 10, 20)))
    assert days(office, "registration") == [(D(2026, 10, 20), D(2026, 10, 25))]


@pytest.mark.parametrize("code", list(clocks()))
def test_every_clock_says_how_long_it_runs(office: SmallOffice, code: str) -> None:
    by_hand = {
        "registration": ((5, 15), "days"),
        "guardian": ((24,), "hours"),
        "notice": ((), "days"),
        "thirty_days": ((30,), "days"),
        "departure": ((1,), "days"),
        "loss": ((48, 120), "hours"),
        "return_title": ((30,), "days"),
        "uncollected": ((30, 90, 180), "days"),
        "review_notice": ((2, 5), "working_days"),
        "review_hearing": ((10, 30), "days"),
        "review_decision": ((10, 30), "days"),
        "review_communication": ((2, 5), "working_days"),
        "review_appeal": ((10,), "days"),
        "residence": ((5,), "days"),
        "demand": ((1,), "months"),
        "breach": ((72,), "hours"),
        "case_event": ((), "days"),
        "parcel": ((3,), "working_days"),
        "retention": ((90,), "days"),
    }
    with office.reading() as look:
        term = running.term(look, code)
    assert (term.counts, term.unit) == by_hand[code]


def test_a_late_hand_over_waits_for_its_reason(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    move_to(office, D(2026, 12, 5))
    hand_over(office, case.request_id)
    assert late(office) == [("thirty_days", D(2026, 12, 2), D(2026, 12, 5), "")]
    with office.reading(office.actors["supervisor"]) as look:
        centre = look.actor.centre_id
        (row,) = lateness.listed(look, centre)
        assert row.days == 3
        assert number(look, lateness.unexplained(centre)) == number(look, lateness.unexplained(None)) == 1
    with office.act(office.actors["supervisor"]) as act:
        lateness.explain(act, row.id, "no_blanks")
    with office.reading(office.actors["supervisor"]) as look:
        assert lateness.listed(look, centre) == []
        assert [each.because for each in lateness.listed(look, None, said=True)] == ["no_blanks"]


@on_sqlite
def test_in_time_nothing_is_noted(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    move_to(office, D(2026, 12, 2), 23, 59)
    hand_over(office, case.request_id)
    assert late(office) == []


@on_sqlite
def test_only_the_own_supervisor_says_why_and_by_a_reason_of_the_list(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    move_to(office, D(2026, 12, 5))
    hand_over(office, case.request_id)
    with office.reading() as look:
        key = look.session.scalars(select(Lateness.id)).one()
    with pytest.raises(InvalidInput, match="influx"), office.act(office.actors["supervisor"]) as act:
        lateness.explain(act, key, "laziness")
    elsewhere = replace(office.actors["supervisor"], centre_id=UUID(int=7))
    with pytest.raises(NotAllowed), office.act(elsewhere) as act:
        lateness.explain(act, key, "influx")
    with pytest.raises(NotFound), office.act(office.actors["supervisor"]) as act:
        lateness.explain(act, UUID(int=7), "influx")


@on_sqlite
def test_a_guardian_who_came_late_is_asked_about(office: SmallOffice) -> None:
    request_id = office.lodge(LONE)
    office.clock.advance(dt.timedelta(hours=24, seconds=1))
    with office.act(office.actors["clerk"]) as act:
        giving.give(act, act.session.get_one(IssuanceRequest, request_id), GUARDIAN)
    with office.reading() as look:
        due = look.session.scalars(select(LoneChild.due_at)).one()
    assert late(office) == [("guardian", due.date(), due.date(), "")]


@on_sqlite
def test_the_same_loss_told_late_twice_is_noted_once(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    hand_over(office, case.request_id)
    noticed = office.clock.today()
    office.clock.advance(dt.timedelta(days=9))
    for _ in range(2):
        with office.act(office.actors["clerk"]) as act:
            document = act.session.scalars(select(Document)).one()
            row = loss.report(act, document, loss.Said("lost", "holder", noticed))
            assert not row.in_time
        assert [row.last_day for row in rows(office, "loss")] == [noticed + dt.timedelta(days=5)]
        with office.act(office.actors["clerk"]) as act:
            loss.find(act, loss.opened(act, row.id))
        with office.act(office.actors["supervisor"]) as act:
            loss.lift(act, loss.opened(act, row.id))
    assert late(office) == [("loss", noticed + dt.timedelta(days=5), office.clock.today(), "")]
    assert rows(office, "loss") == []
