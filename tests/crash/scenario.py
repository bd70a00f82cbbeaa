"""One line of the table: the fault at its point, all started again, people at work, and what the checker finds."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from tests.crash import checker, child
from tests.crash.floor import Floor, Stuck
from tests.crash.grounds import Grounds
from tests.crash.points import Case, Fault, Kind, Point
from tests.crash.roads import ROADS, UNREACHED

HOUR = 3600.0


@dataclass(frozen=True)
class Row:
    """What came of a case."""

    case: Case
    faults: tuple[str, ...]
    did: tuple[str, ...]
    seconds: float
    struck: bool = True
    same: frozenset[str] = frozenset()
    """The names of all points of the instant at which it struck."""

    @property
    def result(self) -> str:
        """In a word, or what is wrong."""
        if self.faults:
            return "; ".join(self.faults)
        return "well" if self.struck else "not reached"


def key(point: Point) -> str:
    """How a point is called among what lies on a road."""
    return f"{Kind.ADDRESS} {point.name}" if point.kind is Kind.ADDRESS else point.name


def road_of(case: Case) -> str | None:
    """The road that leads to the point of a case; None for one without."""
    return next((name for name, road in ROADS.items() if key(case.point) in road.meets), None)


def is_reachable(case: Case) -> bool:
    """Whether a road leads there."""
    return key(case.point) not in UNREACHED


def run(case: Case, grounds: Grounds, keep: Path | None = None) -> Row:
    """Play one case in an office of its own; with `keep` the folder of one that went wrong is kept there."""
    name = road_of(case)
    assert name is not None, f"no road leads to {case}"
    with grounds.copy(name, ROADS[name].prepare) as (folder, url):
        began = time.monotonic()
        floor = Floor(folder, url, case)
        row = _played(floor, name)
        seconds = time.monotonic() - began
        if row.faults and keep:
            _keep(folder, keep / "-".join(str(case).replace(">", "to").replace("/", "").split()))
        return replace(row, seconds=seconds)


def _keep(folder: Path, place: Path) -> None:
    shutil.copytree(folder, place, ignore=shutil.ignore_patterns("door"), dirs_exist_ok=True)


def _played(floor: Floor, name: str) -> Row:
    case, stuck = floor.case, list[str]()
    assert case is not None
    if case.fault is Fault.CLOCK:
        floor.wrong = HOUR
    with ROADS[name].beside(floor), floor.open():
        try:
            if case.fault is Fault.TWO:
                _start_both(floor)
            ROADS[name].go(floor)
            floor.settle()
        except Stuck as error:
            stuck.append(str(error))
        except AssertionError as error:
            stuck.append(f"{type(error).__name__}: {error}")
    struck = (floor.folder / "struck").exists() or case.fault in (Fault.CLOCK, Fault.TWO)
    found = stuck + checker.faults(floor.url, floor.folder)
    return Row(case, tuple(found), _summed(floor.did), 0.0, struck, _instant(floor.folder))


def _instant(folder: Path) -> frozenset[str]:
    path = folder / child.INSTANT
    return frozenset(path.read_text().splitlines()) if path.exists() else frozenset()


def _start_both(floor: Floor) -> None:
    """A second machine with a feeder of its own starts with the token of the first, which enrolled."""
    floor.start_station()
    floor.until((floor.folder / "s1/identity/identity.json").exists, "the first one enrolls")
    machine = floor.folder / "s2" / "simulator"
    machine.mkdir(parents=True)
    shutil.copy(floor.folder / "s1/token", floor.folder / "s2/token")
    shutil.copy(floor.folder / "s1/simulator/card_keys.json", machine)
    floor.start_station("s2")


def _summed(did: list[str]) -> tuple[str, ...]:
    """What was done more than once, with how often."""
    return tuple(what if count == 1 else f"{what} ({count})" for what, count in Counter(did).items())
