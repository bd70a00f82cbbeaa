"""Clocks that run on something else than a request, against days computed by hand; acts of a review that came late."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.errors import InvalidInput
from issuance.models.exchange import CaseEvent
from issuance.models.privacy import Breach, Demand
from issuance.models.requests import IssuanceRequest
from issuance.services import lateness
from issuance.services.care import protection
from issuance.services.privacy import breaches, demands
from issuance.services.privacy.breaches import Question
from issuance.services.privacy.demands import Answer
from issuance.services.supply import parcel_lists, parcels
from tests.exchange import told
from tests.fixtures.databases import on_sqlite
from tests.integration.clocks.test_running import D, days, hand_over, late, move_to, rows
from tests.integration.privacy.test_rights import take_in
from tests.integration.reviews.shared import Walk
from tests.integration.supply.test_deliveries import announce, count
from tests.integration.supply.test_parcels import There, do, sent
from tests.people import SmallOffice, Stage

BUCHAREST = ZoneInfo("Europe/Bucharest")


def in_bucharest(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), BUCHAREST)


def breached(office: SmallOffice, known_at: dt.datetime) -> Breach:
    """A supervisor asks whom the clerk could have seen; the office knows of it since then."""
    now = office.clock.now()
    question = Question(office.actors["clerk"].id, now - dt.timedelta(days=2), now, known_at, "a password was seen")  # type: ignore[arg-type]
    with office.act(office.actors["supervisor"]) as act:
        return breaches.ask(act, question)


@pytest.mark.parametrize(
    ("known", "ends"),
    [
        (in_bucharest(D(2026, 12, 24), 20), in_bucharest(D(2026, 12, 27), 20)),  # holidays and a Sunday count
        (in_bucharest(D(2027, 3, 27), 20), in_bucharest(D(2027, 3, 30), 21)),  # a night of 23 hours
    ],
)
def test_the_hours_of_a_breach_are_hours_that_pass(office: SmallOffice, known: dt.datetime, ends: dt.datetime) -> None:
    move_to(office, known.date(), 22)
    breached(office, known)
    (row,) = rows(office, "breach")
    assert (row.request, row.began_on, row.ends) == (None, known.date(), ends.astimezone(dt.UTC))
    assert row.is_by_the_hour
    with office.act(office.actors["supervisor"]) as act:
        breaches.report(act, act.session.scalars(select(Breach)).one())
    assert rows(office, "breach") == []


def test_an_authority_that_is_told_late_is_told_why(office: SmallOffice) -> None:
    key = breached(office, office.clock.now()).id
    office.clock.advance(dt.timedelta(hours=72, seconds=1))
    with (
        pytest.raises(InvalidInput, match="why the authority is told so late") as refused,
        office.act(office.actors["supervisor"]) as act,
    ):
        breaches.report(act, act.session.get_one(Breach, key), "  ")
    assert refused.value.field == "because"
    with office.act(office.actors["supervisor"]) as act:
        breaches.report(act, act.session.get_one(Breach, key), " the list took two days ")
    with office.reading() as look:
        row = look.session.get_one(Breach, key)
        assert (row.late_because, row.reported_at) == ("the list took two days", office.clock.now())


@on_sqlite
def test_a_parcel_has_three_working_days_over_two_holidays_and_a_weekend(office: SmallOffice) -> None:
    """Sent on Friday 27 November: 30 November and 1 December are holidays, so it is 2, 3 and 4 December."""
    count(office, announce(office, "CT01 CT05"), "CT01 CT05")
    there = There(office)
    move_to(office, D(2026, 11, 27))
    key = sent(office, there)
    move_to(office, D(2026, 12, 2))
    assert days(office, "parcel") == []  # two days before
    move_to(office, D(2026, 12, 3), 0, 1)
    assert days(office, "parcel") == [(D(2026, 11, 27), D(2026, 12, 4))]
    (row,) = rows(office, "parcel")
    move_to(office, D(2026, 12, 4), 23, 59)
    assert row.left(office.clock.now()) == dt.timedelta(minutes=1)
    with office.reading(there.receiver) as look:
        assert [parcel.id for parcel in parcel_lists.late(look)] == []
    move_to(office, D(2026, 12, 5), 0, 0)
    with office.reading(there.receiver) as look:
        assert [parcel.id for parcel in parcel_lists.late(look)] == [key]
    do(office, there.keeper, key, lambda act, parcel: parcels.lose(act, parcel, "not at the carrier"))
    assert days(office, "parcel") == []


@on_sqlite
def test_what_case_handling_told_is_looked_at_on_its_day(office: SmallOffice) -> None:
    move_to(office, D(2026, 11, 30), 23, 50)
    told(office, "application_registered")
    told(office, "appeal_decided", 2)
    assert days(office, "case_event") == [(D(2026, 11, 30), D(2026, 11, 30))]
    (row,) = rows(office, "case_event")
    assert row.left(office.clock.now()) == dt.timedelta(minutes=10)
    with office.reading() as look:
        assert look.session.scalars(select(CaseEvent.received_at).where(CaseEvent.number == 2)).one()
    elsewhere = Actor(office.actors["clerk"].id, There(office).galati, office.actors["supervisor"].roles)
    office.actors["elsewhere"] = elsewhere
    assert rows(office, "case_event", "elsewhere") == []


@on_sqlite
def test_each_step_of_a_review_that_came_late_waits_for_its_reason(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    hand_over(office, case.request_id)
    opened = office.clock.today()
    assert opened == D(2026, 11, 2), "a Monday"
    walk = Walk(office, case.request_id).open()
    move_to(office, D(2026, 11, 10))
    walk.notified()  # five working days: until 9 November
    walk.heard()
    move_to(office, D(2026, 12, 11))
    walk.proposed().agreed()  # thirty days from 10 November: until 10 December
    move_to(office, D(2026, 12, 21))
    walk.communicated()  # five working days: until 18 December
    assert late(office) == [
        ("review_notice", D(2026, 11, 9), D(2026, 11, 10), ""),
        ("review_decision", D(2026, 12, 10), D(2026, 12, 11), ""),
        ("review_communication", D(2026, 12, 18), D(2026, 12, 21), ""),
    ]


@on_sqlite
def test_a_review_in_time_notes_nothing_and_the_day_of_the_paper_counts(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    hand_over(office, case.request_id)
    walk = Walk(office, case.request_id).open()
    move_to(office, D(2026, 11, 12))
    walk.notified(on=D(2026, 11, 9))  # delivered in time, recorded later
    walk.heard().proposed().agreed().communicated()
    assert late(office) == []


@on_sqlite
def test_a_demand_that_is_answered_late_waits_for_its_reason(office: SmallOffice) -> None:
    key = take_in(office, office.lodge(), "complaint")
    move_to(office, D(2026, 12, 3))
    with office.act(office.actors["supervisor"]) as act:
        row = act.session.get_one(Demand, key)
        at = demands.articles("complaint", "refused")[0]
        demands.answer(act, row, Answer("refused", at, "Nothing of it is right."))
    assert late(office) == [("demand", D(2026, 12, 2), D(2026, 12, 3), "")]


@on_sqlite
def test_who_is_not_named_reads_no_late_act_of_a_protected_person(office: SmallOffice) -> None:
    case = office.carry(Stage.CHECKED)
    move_to(office, D(2026, 12, 5))
    hand_over(office, case.request_id)
    with office.act(office.actors["supervisor"]) as act:
        protection.mark(act, act.session.get_one(IssuanceRequest, case.request_id), "sought by relatives", [])
    with office.reading(office.actors["supervisor"]) as look:
        assert len(lateness.listed(look, look.actor.centre_id)) == 1
    with office.reading(office.actors["auditor"]) as look:
        assert lateness.listed(look, None) == []
