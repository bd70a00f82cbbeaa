"""Nothing is forgotten: every move of every table, every line of the ledger and event about blanks, every line of the
journal and every address is a point with a road, or an excuse that is true still."""

from __future__ import annotations

import ast
import inspect
import re
from enum import StrEnum
from pathlib import Path

import pytest

import app  # noqa: F401 - every model
from issuance import states
from issuance.states import ParcelState
from issuance.web.words.events.acts import MORE_ACTS
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


def forgotten(folder: Path) -> set[str]:
    """What no road leads to, and no excuse names."""
    return every(folder) - met() - UNREACHED.keys()


def test_a_road_leads_to_every_point_or_it_is_said_why_not(tmp_path: Path) -> None:
    assert forgotten(tmp_path) == set(), "add a road in tests/crash/roads, or say in its excuses why there is none"


def test_a_new_move_and_a_new_event_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moves = {**states.MOVES[ParcelState], ParcelState.LOST: frozenset({ParcelState.COUNTED})}
    monkeypatch.setitem(states.MOVES, ParcelState, moves)  # type: ignore[arg-type]
    monkeypatch.setitem(MORE_ACTS, "parcel.found", "Parcel found")
    assert forgotten(tmp_path) == {"parcel lost > counted", "parcel.found"}


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


def test_every_event_of_the_services_of_blanks_is_a_point() -> None:
    """Read off the programs, as a word that is spelt there."""
    spelt = re.compile(rf"({'|'.join(map(re.escape, points.OF_BLANKS))})[a-z_]+")
    files = (
        path for wing in ("counts", "stock", "supply") for path in (ROOT / "issuance/services" / wing).glob("*.py")
    )
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    words = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    found = {word for word in words if spelt.fullmatch(word)}
    assert {"count.drawn", "parcel.packed", "stock.handed_out", "stock.stack_declared"} <= found <= set(points.acts())


def test_a_move_of_stock_is_met_by_its_table_its_line_and_its_event() -> None:
    """They are of one commit: whoever is killed there is killed at all three."""
    assert {"blank in_vault > in_transit", "ledger handed_out", "stock.handed_out"} <= ROADS["supplied"].meets
    assert {"parcel counted > arrived", "ledger arrived", "parcel.acknowledged"} <= ROADS["parcels_arrive"].meets


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
