"""A station killed at a fault: as it strikes, as it is heard, and at the writes that follow. No twin, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.fault_process import HEARD, Moment, run
from tests.contract.faults import FAULTS, arguments, rows, workplace
from tests.unit.station.fake_register import Books, serve
from tests.unit.station.test_crash import KILLED, settle

pytestmark = pytest.mark.contract

AFTER: tuple[Moment, ...] = (HEARD, 1, 2, 4, 7)
NOTHING_STRIKES = ("clock an hour wrong",)


def meets_it(name: str, machine: str) -> bool:
    """Whether the station is in the middle of something then."""
    return FAULTS[name].exit != 0 or FAULTS[name].plan.clock_seconds != 0


def killed_and_settled(folder: Path, name: str, machine: str, moment: Moment) -> int:
    """Kill the station at the moment, mend what is wrong, start it again, check everything; the first one's end."""
    fault, books = FAULTS[name], Books()
    with workplace(machine, folder) as place, serve(books) as url:
        order = place.order()
        books.queue.append(order)
        place.set_up(fault)
        hands = place.kill_as_it_strikes if moment == "strikes" else lambda _: None
        code = run(arguments(place, url), replace(fault.plan, kill=moment), hands)
        assert books.claims.keys() or name in NOTHING_STRIKES, "killed before it came to the fault"
        place.repair()
        settle(place.folder, url, books, place.station)
        place.check(order, list(books.results.values()))
    return code


@pytest.mark.parametrize(("name", "machine"), rows(lambda *row: meets_it(*row) and row[0] not in NOTHING_STRIKES))
def test_killed_as_it_strikes(tmp_path: Path, name: str, machine: str) -> None:
    assert killed_and_settled(tmp_path, name, machine, "strikes") == KILLED


@pytest.mark.parametrize(("name", "machine"), rows(meets_it))
def test_killed_as_it_is_heard_and_after(tmp_path: Path, name: str, machine: str) -> None:
    codes = [killed_and_settled(tmp_path / str(moment), name, machine, moment) for moment in AFTER]
    assert codes[0] == KILLED
    assert set(codes) <= {KILLED, FAULTS[name].exit}
