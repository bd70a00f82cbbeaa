"""Throughput, against what was counted by hand."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select, update

from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.casework import decisions
from issuance.services.overview import throughput
from issuance.services.overview.figures import Period
from issuance.services.overview.throughput import Made, Step, Took
from issuance.services.production import quality
from tests.people import LAYLA, NOON, SmallOffice, Stage, changed

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
TODAY = NOON.date()


def make(office: SmallOffice, n: int, *, waits: int, works: int, lies: int, passes: bool = True) -> UUID:
    """A document that waits so many minutes for its machine, is made in so many, and lies so long until its check."""
    layla = changed(LAYLA, case_reference=f"2026/TM/90{n}", given_names=f"Layla{'abcd'[n]}")
    document_id = office.approve(office.carry(Stage.COMPLETE, layla).request_id)
    office.prepare(document_id)
    office.clock.advance(waits * MINUTE)
    claim = office.claim()
    office.clock.advance(works * MINUTE)
    office.make(claim=claim)
    office.clock.advance(lies * MINUTE)
    if passes:
        assert office.check(document_id, office.readings(document_id))
    else:
        with office.act(office.actors["quality_officer"]) as act:
            quality.reject(act, act.session.get_one(Document, document_id), "A scratch.")
    return document_id


def looked(office: SmallOffice, period: Period, centre: str = "clerk") -> list[Made]:
    with office.reading() as look:
        return throughput.made(look, period, office.actors[centre].centre_id if centre else None)


def test_steps_are_those_of_a_watch(office: SmallOffice) -> None:
    office.open_shift()
    make(office, 0, waits=10, works=2, lies=30)
    make(office, 1, waits=20, works=3, lies=5)
    make(office, 2, waits=90, works=4, lies=1, passes=False)
    found = throughput.of(looked(office, Period(TODAY, TODAY)))
    assert found.took == {
        Step.TO_MACHINE: Took(3, 20, 90),
        Step.MAKING: Took(3, 3, 4),
        Step.TO_CHECK: Took(3, 5, 30),
    }
    assert (found.made, found.hours, found.an_hour, found.spoiled) == (3, 3, 1, pytest.approx(1 / 3))


def test_a_step_of_which_an_end_is_not_known_is_left_out(office: SmallOffice) -> None:
    """Nobody knows when jobs of before the migration were ordered, nor when what lies there will be checked."""
    case = office.carry(Stage.MADE)
    with office.database.transaction() as session:
        session.execute(update(PrintJob).where(PrintJob.document_id == case.document_id).values(ordered_at=None))
    took = throughput.of(looked(office, Period(TODAY, TODAY))).took
    assert {step: each.number for step, each in took.items()} == {
        Step.TO_MACHINE: 0,
        Step.MAKING: 1,
        Step.TO_CHECK: 0,
    }
    assert took[Step.TO_CHECK] == Took(0, None, None)


def test_hours_and_days_are_those_of_bucharest(office: SmallOffice) -> None:
    office.clock.advance(dt.datetime(2026, 11, 2, 21, 30, tzinfo=dt.UTC) - NOON)  # half past eleven at night there
    office.open_shift()
    make(office, 0, waits=0, works=0, lies=0)
    office.clock.advance(60 * MINUTE)
    make(office, 1, waits=0, works=0, lies=0)
    first, second = dt.date(2026, 11, 2), dt.date(2026, 11, 3)
    found = looked(office, Period(first, second))
    assert [throughput.per_hour(found, day).index(1) for day in (first, second)] == [23, 0]
    assert [len(looked(office, Period(day, day))) for day in (first - DAY, first, second)] == [0, 1, 1]


def test_an_order_that_was_never_at_a_machine_is_not_made(office: SmallOffice) -> None:
    """A request that is withdrawn ends its job as well."""
    case = office.carry(Stage.QUEUED)
    with office.act(office.actors["decision_officer"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, case.request_id), "He left.")
    assert looked(office, Period(TODAY, TODAY), "") == []


def test_of_another_centre_nothing_is_counted(office: SmallOffice) -> None:
    office.carry(Stage.MADE)
    period = Period(TODAY, TODAY)
    with office.reading() as look:
        elsewhere = look.session.scalars(select(Centre.id).where(Centre.code == "galati")).one()
        assert throughput.made(look, period, elsewhere) == []
    assert list(throughput.by(looked(office, period, ""), lambda each: each.centre)) == ["timisoara"]
