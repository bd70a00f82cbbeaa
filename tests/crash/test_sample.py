"""A few lines of the table in the suite, the same each time; `python -m tests.crash` plays all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash import scenario
from tests.crash.grounds import Cluster as Beside
from tests.crash.grounds import Files, Grounds
from tests.crash.points import Case, Fault, Kind, Point
from tests.fixtures.postgres import Cluster

DONE = Case(Point(Kind.MOVE, "job claimed > done", "before"), Fault.KILL)
SAMPLE = [
    DONE,
    Case(Point(Kind.MOVE, "blank at_centre > at_station", "after"), Fault.KILL),
    Case(Point(Kind.MOVE, "request complete > approved", "after"), Fault.KILL),
    Case(Point(Kind.STEP, "begin print", "after"), Fault.KILL),
    Case(Point(Kind.STEP, "result", "before"), Fault.STOP),
    Case(Point(Kind.ADDRESS, "leave", "after"), Fault.CUT),
    Case(Point(Kind.ADDRESS, "result", "after"), Fault.REORDERED),
]
OF_POSTGRESQL = [
    Case(Point(Kind.MOVE, "job claimed > done", "before"), Fault.CONNECTION),
    Case(Point(Kind.MOVE, "job preparing > queued", "before"), Fault.WORKER),
]


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(Files(), tmp_path_factory.mktemp("grounds"))


@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_what_is_cut_off_comes_right(grounds: Grounds, case: Case) -> None:
    row = scenario.run(case, grounds)
    assert (row.faults, row.struck) == ((), True)


@pytest.fixture(scope="module")
def beside(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    databases = Beside(postgres.url("postgres"))
    yield Grounds(databases, tmp_path_factory.mktemp("grounds"))
    databases.close()


@pytest.mark.parametrize("case", OF_POSTGRESQL, ids=str)
def test_what_postgresql_cuts_off_comes_right(beside: Grounds, case: Case) -> None:
    row = scenario.run(case, beside)
    assert (row.faults, row.struck) == ((), True)
