"""What goes wrong at a station, by script: what the order becomes, and what the operator reads (`faults.FAULTS`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_drivers.order import Outcome
from tests.contract.fault_process import Plan, run
from tests.contract.faults import DEVICE, FAULTS, arguments, rows, words, workplace
from tests.unit.station.fake_register import Books, serve
from tests.unit.station.test_crash import settle

STILL_FULL = Plan(full_at="feed")
"""The next start cannot write down how the order ended, which it was feeding."""

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(("name", "machine"), rows())
def test_a_fault_has_an_outcome_and_a_next_step_in_both_languages(tmp_path: Path, name: str, machine: str) -> None:
    fault, books = FAULTS[name], Books()
    with workplace(machine, tmp_path) as place, serve(books) as url:
        order = place.order()
        books.queue.append(order)
        place.set_up(fault)
        assert run(arguments(place, url), fault.plan) == fault.exit
        assert [result.outcome for result in books.told] == ([fault.outcome] if fault.outcome else [])
        for language, step in fault.says.items():
            assert step in words(language, books.told, books.status)
        assert place.holds_a_card() == (fault.exit == DEVICE), "somebody's data stay in a machine only when it is stuck"
        place.repair()
        settle(place.folder, url, books, place.station)
        place.check(order, list(books.results.values()))


@pytest.mark.parametrize(
    ("name", "machine"), rows(lambda name, _: FAULTS[name].exit == 0 and name != "clock an hour wrong")
)
def test_what_is_seen_before_takes_neither_order_nor_blank(tmp_path: Path, name: str, machine: str) -> None:
    """And the order is made as soon as somebody mended it."""
    fault, books = FAULTS[name], Books()
    with workplace(machine, tmp_path) as place, serve(books) as url:
        books.queue.append(place.order())
        place.set_up(fault)
        run(arguments(place, url), fault.plan)
        assert (books.claims, len(books.queue)) == ({}, 1)
        assert books.status[-1].state in ("stopped", "offline")
        place.repair()
        settle(place.folder, url, books, place.station)
    assert books.outcomes() == [Outcome.DONE]


@pytest.mark.parametrize("machine", FAULTS["disk full"].machine)
def test_a_disk_that_stays_full_ends_each_start_and_loses_nothing(tmp_path: Path, machine: str) -> None:
    fault, books = FAULTS["disk full"], Books()
    with workplace(machine, tmp_path) as place, serve(books) as url:
        order = place.order()
        books.queue.append(order)
        plans = (fault.plan, STILL_FULL, STILL_FULL)
        assert [run(arguments(place, url), plan) for plan in plans] == [fault.exit] * 3
        assert (books.told, len(books.claims)) == ([], 1)
        settle(place.folder, url, books, place.station)
        place.check(order, list(books.results.values()))
    assert books.outcomes() == [Outcome.SPOILED]
