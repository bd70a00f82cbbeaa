"""Every instant at which something may be cut off, made from the tables of moves, the ledger of blanks and its events,
the journal and the addresses.

A new move of a state, line of the ledger, event about blanks, step of a station or address of its API is a point by
itself; `test_points.py` fails until a road leads there, or `roads.excuses` says why none does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app import create_app
from issuance.models.supply import Why
from issuance.settings import Settings
from issuance.states import MOVES
from issuance.web.words.events.acts import ACTS, MORE_ACTS

ROOT = Path(__file__).parents[2]
TABLES: dict[str, type[StrEnum]] = {states.__name__.removesuffix("State").lower(): states for states in MOVES}
"""Every table of `issuance.states`: the request, the document, the job and so on."""

OF_BLANKS = ("count.", "destruction.", "order.", "parcel.", "stock.")
"""How the events about blanks begin: not each of them moves a state, so each is a point."""

OF_FEEDS = ("feed.file_made", "feed.pushed")
"""Events of what is told to bodies outside, whose files have no states."""

API = "api.stations."
JOURNALLED = ("claim", "closed")
"""Events of the journal that `OpenClaim.learn` does not meet: they open and close the claim itself."""

STEPPED = ("begin", "end")


class Kind(StrEnum):
    """What is cut: a commit that moves a state, writes a line of the ledger of blanks or keeps an event about them, a
    line of the station's journal, a request of a station."""

    MOVE = "move"
    LINE = "line"
    ACT = "act"
    STEP = "step"
    ADDRESS = "address"


class Fault(StrEnum):
    """What goes wrong there. `kill` is SIGKILL of who is at the point; `stop` is SIGSTOP until its lease is over. The
    server does the background work itself, unless a worker is what is killed."""

    KILL = "kill"
    STOP = "stop"
    WORKER = "kill of a worker apart"
    CONNECTION = "database connection"
    CUT = "cut"
    HALF_OPEN = "half-open"
    TWICE = "twice"
    REORDERED = "reordered"
    CLOCK = "clock an hour wrong"
    TWO = "two stations, one token"


@dataclass(frozen=True)
class Point:
    """One instant: just `before` or just `after` what `name` says is written, sent or answered."""

    kind: Kind
    name: str
    moment: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, {self.moment}"


@dataclass(frozen=True)
class Case:
    """A fault at a point: one line of the table."""

    point: Point
    fault: Fault

    def __str__(self) -> str:
        return f"{self.point}: {self.fault}"


def move(table: str, start: str, end: str) -> str:
    """How a move is called."""
    return f"{table} {start} > {end}"


def moves() -> list[str]:
    """Every move that `issuance.states` allows."""
    tables = ((name, MOVES[states]) for name, states in TABLES.items())
    return [move(name, start, end) for name, rows in tables for start, ends in rows.items() for end in sorted(ends)]


def lines() -> list[str]:
    """Every way in which the ledger writes that a blank was moved."""
    return [f"ledger {why}" for why in Why]


def acts() -> list[str]:
    """Every event about blanks, and those of feeds: each has its words."""
    return sorted(event for event in {**ACTS, **MORE_ACTS} if event.startswith((*OF_BLANKS, *OF_FEEDS)))


def steps() -> list[str]:
    """Every line that a station writes into its journal of orders: its events, `begin` and `end` with their step."""
    events = [*JOURNALLED[:1], *_events(), *JOURNALLED[1:]]
    named = [event for event in events if event not in STEPPED]
    return named + [f"{event} {step}" for event in STEPPED for step in sorted(set(_steps()))]


def _events() -> list[str]:
    """The events that `OpenClaim.learn` knows."""
    cases = (node for node in ast.walk(_read("card_drivers/station/journal.py")) if isinstance(node, ast.match_case))
    values = (case.pattern.value for case in cases if isinstance(case.pattern, ast.MatchValue))
    return [str(value.value) for value in values if isinstance(value, ast.Constant)]


def _steps() -> Iterator[str]:
    """The steps that are begun by name, or for a name out of several, anywhere under `card_drivers`."""
    for path in sorted((ROOT / "card_drivers").rglob("*.py")):
        tree = _read(str(path.relative_to(ROOT)))
        constants = dict(_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "step":
                yield from _named(node.args[0], constants, tree)


def _named(argument: ast.expr, constants: dict[str, str], tree: ast.Module) -> Iterable[str]:
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    assert isinstance(argument, ast.Name), ast.dump(argument)
    if argument.id in constants:
        return [constants[argument.id]]
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In))
    among = [node for node in compared if isinstance(node.left, ast.Name) and node.left.id == argument.id]
    assert among, f"which steps are begun as {argument.id}?"
    return [str(ast.literal_eval(each)) for node in among for each in node.comparators[0].elts]  # type: ignore[attr-defined]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield from ((each.id, str(node.value.value)) for each in node.targets if isinstance(each, ast.Name))


def _read(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def addresses(folder: Path) -> list[str]:
    """Every address of `/api/station`, by the name of its function; `folder` is for an application that is thrown
    away."""
    rules = create_app(Settings(var=folder, demo=True), ("stations",)).url_map.iter_rules()
    return sorted(rule.endpoint.removeprefix(API) for rule in rules if rule.endpoint.startswith(API))


def _at(kind: Kind, names: Iterable[str], faults: dict[Fault, tuple[str, ...]]) -> Iterator[Case]:
    for name in names:
        for fault, moments in faults.items():
            yield from (Case(Point(kind, name, moment), fault) for moment in moments)


BOTH = ("before", "after")
BY_WORKERS = (
    "job preparing > queued",
    "batch running > done",
    "file uploaded > checking",
    "file checking > checked",
    "file lodging > done",
)
"""Moves of the background work, which a worker apart may do; `test_points.py` sees that they are moves."""


def cases(folder: Path, *, postgresql: bool) -> list[Case]:
    """Every line of the table."""
    of_a_commit = {Fault.KILL: BOTH}
    if postgresql:
        # A line to the database that is cut loses the answer to a commit; one that is half-open, the commit itself.
        of_a_commit |= {Fault.CONNECTION: BOTH, Fault.CUT: ("after",), Fault.HALF_OPEN: ("before",)}
    found = [*_at(Kind.MOVE, moves(), of_a_commit), *_at(Kind.LINE, lines(), of_a_commit)]
    found += _at(Kind.ACT, acts(), of_a_commit)
    if postgresql:
        found += _at(Kind.MOVE, BY_WORKERS, {Fault.WORKER: BOTH})
    found += _at(Kind.STEP, steps(), {Fault.KILL: BOTH, Fault.STOP: BOTH})
    network = {Fault.CUT: BOTH, Fault.HALF_OPEN: BOTH, Fault.TWICE: ("after",), Fault.REORDERED: ("after",)}
    found += _at(Kind.ADDRESS, addresses(folder), {Fault.KILL: BOTH, **network})
    found += [Case(Point(Kind.STEP, "claim", "before"), fault) for fault in (Fault.CLOCK, Fault.TWO)]
    return found
