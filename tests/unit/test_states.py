"""The moves of requests, documents, print jobs and blanks: every one, every other one, and who may write them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from issuance.actors import SYSTEM, Actor
from issuance.errors import Conflict
from issuance.states import (
    AppointmentState,
    BlankState,
    CardState,
    DocumentState,
    JobState,
    RequestState,
    ReviewState,
    TicketState,
    advance,
)

MODELS = {"IssuanceRequest", "Document", "PrintJob", "Blank", "StackCard", "Review"}
ISSUANCE = Path(__file__).parents[2] / "issuance"

# Written from docs/law.md, section 4 move by move, not from the code.
REQUEST = {
    ("lodged", "incomplete"),
    ("lodged", "complete"),
    ("lodged", "withdrawn"),
    ("incomplete", "complete"),
    ("incomplete", "withdrawn"),
    ("complete", "incomplete"),
    ("complete", "approved"),
    ("complete", "refused"),
    ("complete", "withdrawn"),
    ("approved", "in_production"),
    ("approved", "withdrawn"),
    ("in_production", "ready"),
    # Ours (ADR 0030): its order was claimed and proved not started, so there is no document.
    ("in_production", "withdrawn"),
    # Ours (ADR 0038): the person's data were corrected and nothing is made, so it is decided on anew.
    ("approved", "complete"),
    ("in_production", "complete"),
    ("ready", "in_production"),
    ("ready", "delivered"),
    ("ready", "uncollected"),
    ("uncollected", "ready"),
    ("uncollected", "closed"),
}
DOCUMENT = {
    ("prepared", "personalised"),
    ("prepared", "cancelled"),
    ("personalised", "checked"),
    ("personalised", "cancelled"),
    ("checked", "valid"),
    ("checked", "cancelled"),
    ("valid", "suspended"),
    ("valid", "lost"),
    ("valid", "stolen"),
    ("valid", "damaged"),
    ("valid", "replaced"),
    ("valid", "voided"),
    ("valid", "surrendered"),
    ("suspended", "valid"),
    ("suspended", "lost"),
    ("suspended", "stolen"),
    ("suspended", "voided"),
    ("surrendered", "destroyed"),
    ("damaged", "destroyed"),
}
JOB = {
    ("preparing", "queued"),
    ("queued", "claimed"),
    ("claimed", "done"),
    ("claimed", "not_started"),
    ("claimed", "spoiled"),
    ("claimed", "held"),
    # A bureau has the order and answers in days; a held job may turn out to be there.
    ("claimed", "sent"),
    ("held", "sent"),
    ("sent", "done"),
    ("sent", "not_started"),
    ("sent", "spoiled"),
    ("sent", "held"),
    ("not_started", "queued"),
    ("held", "done"),
    ("held", "not_started"),
    ("held", "spoiled"),
    ("queued", "cancelled"),
    # Ours: a request withdrawn before its order is claimed may still be at the signer.
    ("preparing", "cancelled"),
    # A restore holds whatever is open: it may have been made since the back-up.
    ("preparing", "held"),
    ("queued", "held"),
}
BLANK = {
    ("received", "in_vault"),
    ("in_vault", "in_transit"),
    ("in_transit", "in_vault"),
    ("in_transit", "at_centre"),
    ("at_centre", "in_transit"),
    ("at_centre", "at_station"),
    ("at_station", "at_centre"),
    ("at_station", "consumed"),
    ("at_station", "spoiled"),
    ("spoiled", "destroyed"),
    ("received", "missing"),
    ("in_vault", "missing"),
    ("in_transit", "missing"),
    ("at_centre", "missing"),
    ("at_station", "missing"),
    ("spoiled", "missing"),
    ("missing", "found"),
    # Ours (ADR 0058): another person looks at what was found, and says whether it is fit.
    ("found", "in_vault"),
    ("found", "spoiled"),
    # Ours: a document rejected at its check spoils the blank it was made on.
    ("consumed", "spoiled"),
}
# Written from ADR 0031.
CARD = {
    ("waiting", "provisional"),
    ("waiting", "doubted"),
    ("waiting", "ended"),
    ("provisional", "doubted"),
    ("provisional", "confirmed"),
    ("provisional", "ended"),
    ("doubted", "waiting"),
    ("doubted", "provisional"),
    ("doubted", "confirmed"),
    ("doubted", "ended"),
}
# Written from ADR 0050.
APPOINTMENT = {("booked", "came"), ("booked", "missed"), ("booked", "cancelled")}
TICKET = {("waiting", "called"), ("called", "absent"), ("called", "done"), ("absent", "called")}
# Written from ADR 0090: opened, told, heard, decided by two, delivered, appealed, final.
REVIEW = {
    ("opened", "notified"),
    ("opened", "stopped"),
    ("notified", "heard"),
    ("heard", "proposed"),
    ("proposed", "heard"),
    ("proposed", "agreed"),
    ("agreed", "communicated"),
    ("agreed", "maintained"),
    ("communicated", "appealed"),
    ("communicated", "withdrawn"),
    ("appealed", "maintained"),
    ("appealed", "withdrawn"),
}
TABLES: dict[type[StrEnum], set[tuple[str, str]]] = {
    RequestState: REQUEST,
    DocumentState: DOCUMENT,
    JobState: JOB,
    BlankState: BLANK,
    CardState: CARD,
    AppointmentState: APPOINTMENT,
    TicketState: TICKET,
    ReviewState: REVIEW,
}
EVERY_PAIR = [pair for states in TABLES for pair in product(states, states)]
OFFICER = Actor(id=uuid4())


@dataclass
class Thing:
    state: StrEnum
    state_by: UUID | None = None


def is_allowed(start: StrEnum, end: StrEnum) -> bool:
    return (str(start), str(end)) in TABLES[type(start)]


@pytest.mark.parametrize(("start", "end"), [pair for pair in EVERY_PAIR if is_allowed(*pair)])
def test_allowed_move_is_made_and_signed(start: StrEnum, end: StrEnum) -> None:
    thing = Thing(start)
    advance(thing, end, actor=OFFICER)
    assert (thing.state, thing.state_by) == (end, OFFICER.id)


@pytest.mark.parametrize("states", TABLES)
def test_no_other_move_is_possible(states: type[StrEnum]) -> None:
    for start, end in product(states, states):
        if not is_allowed(start, end):
            thing = Thing(start, OFFICER.id)
            with pytest.raises(Conflict, match=f"This is {start} and cannot become {end}"):
                advance(thing, end, actor=SYSTEM)
            assert thing == Thing(start, OFFICER.id)


def test_a_state_of_another_kind_is_refused() -> None:
    thing = Thing(JobState.CLAIMED)
    with pytest.raises(Conflict):
        advance(thing, BlankState.CONSUMED, actor=SYSTEM)


def test_every_state_of_the_tables_exists_and_every_state_is_in_a_table() -> None:
    for states, table in TABLES.items():
        assert {name for pair in table for name in pair} == {str(state) for state in states}


@pytest.mark.parametrize("states", TABLES)
def test_every_state_can_be_reached(states: type[StrEnum]) -> None:
    reached = {str(next(iter(states)))}
    for _ in states:
        reached |= {end for start, end in TABLES[states] if start in reached}
    assert reached == {str(state) for state in states}


def writes_state(node: ast.AST) -> bool:
    """Whether the statement or call sets an attribute or a column called state."""
    match node:
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            parts = [part for target in targets for part in ast.walk(target)]
            return any(isinstance(part, ast.Attribute) and part.attr == "state" for part in parts)
        case ast.Call(func=ast.Name(id="setattr")):
            return any(isinstance(word, ast.Constant) and word.value == "state" for word in node.args)
        case ast.Call(func=ast.Attribute(attr="values")):
            return any(word.arg == "state" for word in node.keywords)
        case ast.Call(func=ast.Name(id=name)) if name in MODELS:
            return any(word.arg == "state" for word in node.keywords)
    return False


def writers(source: str) -> list[str]:
    """The functions of a module that write a state ("" for the module itself)."""
    tree = ast.parse(source)
    inside = {
        id(node): function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    return [inside.get(id(node), "") for node in ast.walk(tree) if writes_state(node)]


@pytest.mark.parametrize(
    "source",
    [
        "def f(job):\n    job.state = JobState.DONE",
        "def f(a, b):\n    a.state, b.x = 1, 2",
        "def f():\n    return Document(number='X', state='valid')",
        "def f(job):\n    setattr(job, 'state', 1)",
        "def f(s):\n    s.execute(update(Job).values(state=1))",
    ],
)
def test_the_search_for_writers_finds_them(source: str) -> None:
    assert writers(source) == ["f"]


def test_advance_is_the_only_writer_of_a_state() -> None:
    found = {(path.name, name) for path in ISSUANCE.rglob("*.py") for name in writers(path.read_text("utf-8"))}
    assert found == {("states.py", "advance"), ("states.py", "begin")}
