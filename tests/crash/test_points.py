"""Nothing is forgotten: every move of every table, every event of a count, every line of the journal and every address
is a point with a road, or an excuse that is true still."""

from __future__ import annotations

import inspect
from enum import StrEnum
from pathlib import Path

import app  # noqa: F401 - every model
from issuance import states
from tests.crash import child, points, scenario
from tests.crash.lines import network
from tests.crash.points import ROOT
from tests.crash.roads import ROADS, UNREACHED
from tests.integration.life.test_moves import WALKED
from tests.integration.moves import OTHERS

MADE_BY = {move.replace("->", ">"): act for move, (act, _) in {**WALKED, **OTHERS}.items()}
"""The act of each move of requests, documents, jobs and blanks; the tests that it names see that it makes it."""


def every(folder: Path) -> set[str]:
    """Every point, as roads name them."""
    return {scenario.key(case.point) for case in points.cases(folder, postgresql=True)}


def met() -> set[str]:
    """What lies on a road."""
    return {point for road in ROADS.values() for point in road.meets}


def test_a_road_leads_to_every_point_or_it_is_said_why_not(tmp_path: Path) -> None:
    forgotten = every(tmp_path) - met() - UNREACHED.keys()
    assert forgotten == set(), "add a road in tests/crash/roads, or say in its excuses why there is none"


def test_no_road_leads_where_nothing_is(tmp_path: Path) -> None:
    assert (met() | UNREACHED.keys()) - every(tmp_path) == set()
    assert met() & UNREACHED.keys() == set()


def test_no_table_of_states_is_forgotten() -> None:
    tables = {each for _, each in inspect.getmembers(states, inspect.isclass) if each.__name__.endswith("State")}
    tables -= {StrEnum}
    assert tables == set(points.TABLES.values()) == set(states.MOVES)
    assert child.stateful().keys() == points.TABLES.keys(), "a table whose moves no hook sees"
    assert set(points.BY_WORKERS) <= set(points.moves())


def test_an_excuse_is_true_still() -> None:
    """What "no act makes" has none, what another act makes is made by that one, and where it is tried instead is."""
    for point, excuse in UNREACHED.items():
        act = MADE_BY.get(point, "")
        assert act.startswith(excuse.act), f"{point} is made by {act}: {excuse.why}?"
        assert bool(act) == bool(excuse.act), f"{point} is made by {act or 'no act'}: {excuse.why}?"
        assert excuse.act or excuse.test, f"{point}: who says so?"
        file, _, test = excuse.test.partition("::")
        assert (ROOT / file).exists(), f"{point}: {file}"
        assert not test or f"def {test}(" in (ROOT / file).read_text(), f"{point}: {test}"


def test_the_events_of_counts_are_read_off_the_services() -> None:
    assert {"count.asked", "count.typed", "count.ended", "stock.day_closed"} <= set(points.acts())


def test_the_line_knows_every_address_by_its_name(tmp_path: Path) -> None:
    """The proxy reads names off addresses by itself: those of the application must be the same."""
    claim = "claims/0192f0c1-7e1a-7b9e-9a55-1d1c0f6a2b11"
    paths = {"claim": "claims", "errand_done": "errand/done", "send_reading": "reading"}
    of_a_claim = ("order", "waits", "leave", "result", "chip", "channel")
    for name in points.addresses(tmp_path):
        path = f"{claim}/{name}" if name in of_a_claim else paths.get(name, name)
        assert network.named(f"/api/station/{path}") == name


def test_the_lines_of_the_journal_are_read_off_the_programs() -> None:
    found = points.steps()
    assert {"claim", "order", "leave", "note", "result", "closed"} <= set(found)
    assert {"begin feed", "end print", "begin reject", "begin send", "begin back"} <= set(found)
