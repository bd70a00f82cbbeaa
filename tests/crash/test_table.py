"""A run plays each case, and of those that are one instant only one."""

from __future__ import annotations

from tests.crash.points import Case, Fault, Kind, Point
from tests.crash.scenario import Row
from tests.crash.table import Table

TOGETHER = frozenset({"job claimed > done", "blank at_station > consumed", "ledger made"})


def case(kind: Kind, name: str, fault: Fault = Fault.KILL, moment: str = "before") -> Case:
    return Case(Point(kind, name, moment), fault)


CASES = [
    case(Kind.MOVE, "job claimed > done"),
    case(Kind.MOVE, "blank at_station > consumed"),
    case(Kind.MOVE, "blank at_station > consumed", moment="after"),
    case(Kind.MOVE, "blank at_station > consumed", Fault.CONNECTION),
    case(Kind.LINE, "ledger made"),
    case(Kind.STEP, "result"),
]


def played(cases: list[Case], *, struck: bool = True, jobs: int = 1) -> tuple[list[Row], int]:
    def play(case: Case) -> Row:
        return Row(case, (), (), 1.0, struck, TOGETHER if case.point.kind is not Kind.STEP else frozenset({"result"}))

    table = Table(cases, play)
    return list(table.rows(jobs)), table.runs


def test_points_of_one_instant_are_played_once() -> None:
    rows, runs = played(CASES)
    assert {row.case for row in rows} == set(CASES)
    assert (len(rows), runs) == (6, 4)
    assert [row.did for row in rows if row.case == CASES[4]] == [("the same instant as job claimed > done",)]


def test_what_was_not_struck_says_nothing_of_others() -> None:
    assert played(CASES, struck=False)[1] == 6


def test_several_at_a_time_play_each_case_once() -> None:
    rows, _ = played(CASES, jobs=3)
    assert sorted(map(str, (row.case for row in rows))) == sorted(map(str, CASES))


def test_an_end_of_the_minutes_is_an_end() -> None:
    assert list(Table(CASES, lambda case: Row(case, (), (), 1.0), 0.0).rows()) == []
