"""Nothing is forgotten: every move, every line of the journal and every address is a point with a road, or says why."""

from __future__ import annotations

from pathlib import Path

from tests.crash import network, points, scenario
from tests.crash.roads import ROADS, UNREACHED


def every(folder: Path) -> set[str]:
    """Every point, as roads name them."""
    return {scenario.key(case.point) for case in points.cases(folder, postgresql=True)}


def test_a_road_leads_to_every_point_or_it_is_said_why_not(tmp_path: Path) -> None:
    met = {point for road in ROADS.values() for point in road.meets}
    forgotten = every(tmp_path) - met - UNREACHED.keys()
    assert forgotten == set(), "add a road in tests/crash/roads.py, or say in UNREACHED why there is none"


def test_no_road_leads_where_nothing_is(tmp_path: Path) -> None:
    met = {point for road in ROADS.values() for point in road.meets}
    assert (met | UNREACHED.keys()) - every(tmp_path) == set()
    assert met & UNREACHED.keys() == set()


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
