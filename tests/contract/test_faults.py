"""What goes wrong at a station, by script: what the order becomes, and what the operator reads (`faults.FAULTS`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_drivers.order import Outcome
from tests.contract.fault_process import run
from tests.contract.faults import FAULTS, arguments, rows, words, workplace
from tests.unit.station.fake_register import Books, serve
from tests.unit.station.test_crash import settle

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
