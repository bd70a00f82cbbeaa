"""The figures of an office, against what was counted by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from issuance.models.documents import Document
from issuance.services.overview import done, figures
from issuance.services.overview.figures import Figures, Period
from issuance.services.production import quality
from tests.people import LAYLA, NOON, SmallOffice, changed

DAY = dt.timedelta(days=1)
TODAY = NOON.date()


def issue(office: SmallOffice, n: int, *, ready_after: int, collected_after: int, **changes: object) -> None:
    """A document that is checked and collected so many days after its lodging."""
    case = office.carry(
        "made", changed(LAYLA, case_reference=f"2026/TM/90{n}", given_names=f"Layla{'abc'[n]}", **changes)
    )
    office.clock.advance(DAY * ready_after)
    assert office.check(case.document_id, office.readings(case.document_id))
    office.clock.advance(DAY * collected_after)
    office.hand_over(case.request_id, case.number)


def by_type(office: SmallOffice, period: Period) -> list[Figures]:
    with office.reading() as look:
        here = office.actors["clerk"].centre_id
        return figures.by(figures.issued(look, period, here), figures.made(look, period, here), lambda _, code: code)


def test_days_shares_and_spoils_are_those_counted_by_hand(office: SmallOffice) -> None:
    issue(office, 0, ready_after=4, collected_after=2)
    issue(office, 1, ready_after=31, collected_after=1)  # one day late
    issue(office, 2, ready_after=10, collected_after=0)
    spoiled = office.carry("made", changed(LAYLA, case_reference="2026/TM/909", given_names="Amal"))
    with office.act(office.actors["quality_officer"]) as act:
        quality.reject(act, act.session.get_one(Document, spoiled.document_id), "A scratch.")
    until = office.clock.today()
    assert by_type(office, Period(TODAY, until)) == [Figures("RP-R", 3, 10, 31, pytest.approx(2 / 3), 1 / 4)]
    with office.reading() as look:
        found = figures.issued(look, Period(TODAY, until), None)
    per_day = {day: number for day, number in figures.per_day(found, Period(TODAY, until)) if number}
    assert per_day == {TODAY + DAY * 6: 1, TODAY + DAY * 38: 1, TODAY + DAY * 48: 1}


def test_days_before_and_after_are_another_time(office: SmallOffice) -> None:
    issue(office, 0, ready_after=4, collected_after=2)
    day = TODAY + DAY * 6
    assert [row.issued for row in by_type(office, Period(day, day))] == [1]
    assert [by_type(office, Period(each, each)) for each in (day - DAY, day + DAY)] == [[], []]


def test_midnight_is_that_of_bucharest(office: SmallOffice) -> None:
    office.clock.advance(dt.datetime(2026, 11, 2, 22, 30, tzinfo=dt.UTC) - NOON)  # half past midnight there
    issue(office, 0, ready_after=0, collected_after=0)
    assert [row.issued for row in by_type(office, Period(dt.date(2026, 11, 3), dt.date(2026, 11, 3)))] == [1]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ((15, 20, 35, 40, 50), 30, 20),  # the examples of the nearest-rank method
        ((15, 20, 35, 40, 50), 40, 20),
        ((15, 20, 35, 40, 50), 50, 35),
        ((15, 20, 35, 40, 50), 100, 50),
        ((3, 6, 7, 8, 8, 10, 13, 15, 16, 20), 25, 7),
        ((3, 6, 7, 8, 8, 10, 13, 15, 16, 20), 75, 15),
        ((), 50, None),
    ],
)
def test_a_percentile_is_a_value_that_occurred(values: tuple[int, ...], percent: int, expected: int | None) -> None:
    assert figures.percentile(values, percent) == expected


def test_what_was_done_is_counted_by_day_and_what_went_wrong_is_told(office: SmallOffice) -> None:
    here = office.actors["clerk"].centre_id
    office.carry("approved", changed(LAYLA, case_reference="2026/TM/905"))
    office.clock.advance(DAY)
    case = office.carry("made", changed(LAYLA, case_reference="2026/TM/906", given_names="Amal"))
    with office.act(office.actors["quality_officer"]) as act:
        quality.reject(act, act.session.get_one(Document, case.document_id), "A scratch.")
    with office.reading() as look:
        counted = done.done(look, ["request.approved", "document.rejected"], here)
        wrong = done.wrong(look, here)
        elsewhere = done.wrong(look, office.actors["clerk"].id)
    assert [(each.act, each.today, each.yesterday) for each in counted] == [
        ("request.approved", 1, 1),
        ("document.rejected", 1, 0),
    ]
    assert [event.act for event in wrong] == ["document.rejected"]
    assert elsewhere == []
