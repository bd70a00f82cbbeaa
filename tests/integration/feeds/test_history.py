"""A register of the release before: what is lost, void or missing there is told once, what moves meanwhile only so."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, func, select

from issuance.chores import feeds as chores
from issuance.models.feeds import FeedHistory, FeedRow
from issuance.services import centres
from issuance.services.feeds import history
from issuance.services.stock import losses
from tests.feeds import facts, report, settle, told
from tests.people import LAYLA, Case, SmallOffice, changed


def hand_over(office: SmallOffice, number: int) -> Case:
    """Another person's document, handed over."""
    reference, name = f"2026/TM/100{number}", "ABCD"[number] * 6
    case = office.carry("checked", changed(LAYLA, case_reference=reference, family_name=name, native_name=""))
    office.hand_over(case.request_id, case.number)
    return case


@pytest.fixture
def before(office: SmallOffice, checked: Case) -> dict[str, Case]:
    """What an office had before there were feeds: a valid document, one that is reported, one lost for ever; blanks."""
    office.hand_over(checked.request_id, checked.number)
    reported, lost = hand_over(office, 1), hand_over(office, 2)
    report(office, reported, "stolen")
    report(office, lost)
    settle(office, "second_clerk", lost, "lost")
    with office.act(office.actors["supervisor"]) as act:
        losses.declare(act, centres.named(act, "timisoara"), ["card-chip-18", "card-chip-19"], "not in the safe")
    with office.database.transaction() as session:
        session.execute(delete(FeedRow))
    return {"valid": checked, "reported": reported, "lost": lost}


def test_each_is_told_where_everything_stands_and_once(office: SmallOffice, before: dict[str, Case]) -> None:
    chores.tell_history(office)
    assert sorted(facts(office, "case_handling")) == ["issued", "lost", "suspended"]
    police = [(row.fact, row.says["number"], row.day) for row in told(office, "sltd")]
    day = dt.date(2026, 11, 2)
    assert sorted(police) == sorted(
        [
            ("stolen", before["reported"].number, day),
            ("lost", before["lost"].number, day),
            ("stolen_blank", "card-chip-18", day),
        ]
    )
    assert all(row.history for row in told(office, "sltd"))
    assert facts(office, "return_system") == []
    count = len(told(office, "sis"))
    chores.tell_history(office)
    assert len(told(office, "sis")) == count == 3
    with office.reading() as look:
        assert history.unfinished(look) is None
        ended = select(func.count()).select_from(FeedHistory).where(FeedHistory.ended_at.is_not(None))
        assert look.session.scalar(ended) == 4


def test_what_moved_meanwhile_is_not_told_as_it_was(office: SmallOffice, before: dict[str, Case]) -> None:
    settle(office, "second_clerk", before["reported"], "stolen")
    with office.act(office.actors["supervisor"]) as act:
        losses.declare(act, centres.named(act, "timisoara"), ["card-chip-17"], "not in the safe")
    chores.tell_history(office)
    found = {row.says["number"]: row for row in told(office, "sis")}
    assert (found[before["reported"].number].fact, found[before["reported"].number].history) == ("stolen", False)
    assert (found["card-chip-17"].says["to"], found["card-chip-18"].says["to"]) == ("card-chip-17", "card-chip-19")
    assert len(told(office, "sis")) == 4


def test_it_goes_on_where_it_was_stopped(
    office: SmallOffice, before: dict[str, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 1)
    with office.reading() as look:
        first = history.unfinished(look)
    assert first is not None
    steps = 1
    with office.upkeep() as look:
        ended = history.tell(look, first)
    while not ended:
        with office.upkeep() as look:
            ended = history.tell(look, first)
        steps += 1
    assert steps == 4
    assert len(facts(office, "case_handling")) == 3
