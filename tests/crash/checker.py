"""Reads what a small office left behind, and says what is wrong: plain SQL, the machines' own files, `verify-audit`.

It knows nothing of our models, services or acts: it asks the tables, and the machine is the truth of what was printed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.crash import child
from tests.crash.proof import ledger, parcels, standing
from tests.crash.proof.register import Register

AT_A_DESK = ("lodged", "incomplete", "complete", "uncollected", "refused", "withdrawn", "delivered", "closed")
"""A request in one of these is in the list of its state, or has ended; it needs nothing else to go on."""

OPEN_JOBS = ("preparing", "queued", "claimed", "sent", "held")


@dataclass(frozen=True)
class Card:
    """A card with somebody's data as it lies in a machine: where, for which order, on which blank."""

    place: str
    order: str
    serial: str | None


def faults(url: str, folder: Path, *, audit: bool = True) -> list[str]:
    """Everything that is wrong in the office of `folder`, one sentence each; empty when all is well."""
    register = Register(url)
    try:
        found = [*_blanks(register, folder), *_documents(register, folder), *_requests(register)]
        found += [*_history(register), *_work(register), *ledger.faults(register), *parcels.faults(register)]
        found += standing.faults(register, _tasks(register, "case_events"))
    finally:
        register.close()
    return found + (list(_chain(url, folder)) if audit else [])


# Machines


def cards(folder: Path) -> list[Card]:
    """Every card that a machine took for an order, wherever it lies."""
    found = []
    for place in ("tray", "reject"):
        for card in sorted(folder.glob(f"*/simulator/{place}/*/card.json")):
            found.append(Card(place, card.parent.name[:36], json.loads(card.read_text())["serial"]))
    for machine in sorted(folder.glob("*/simulator/machine.json")):
        job = json.loads(machine.read_text())["job"]
        if job and job["place"] in ("path", "chip"):
            found.append(Card("path", job["order_id"], job["blank"]["serial"]))
    return found


def feeders(folder: Path) -> list[tuple[str, str]]:
    """The serials in the feeders, and where that is."""
    machines = [json.loads(path.read_text()) for path in sorted(folder.glob("*/simulator/machine.json"))]
    return [(blank["serial"], "feeder") for machine in machines for blank in machine["hopper"] if blank["serial"]]


# What is compared


def _blanks(register: Register, folder: Path) -> Iterator[str]:
    """Every blank in one place, used at most once, and the ledger says where."""
    rows = register.rows("SELECT serial, state, document_id FROM blank")
    places = defaultdict[str, list[str]](list)
    for serial, place in [*((card.serial, card.place) for card in cards(folder)), *feeders(folder)]:
        places[serial or ""].append(place)
    yield from _ledger({serial: state for serial, state, _ in rows}, places)
    bound = Counter(document for _, state, document in rows if document and state == "consumed")
    yield from (f"document {document} is on {count} blanks" for document, count in bound.items() if count > 1)
    used = register.rows("SELECT blank_serial FROM document WHERE blank_serial IS NOT NULL")
    yield from (f"blank {serial} has {count} documents" for (serial,), count in Counter(used).items() if count > 1)


def _ledger(booked: dict[str, str], places: dict[str, list[str]]) -> Iterator[str]:
    """Where the ledger has a blank, and where it lies."""
    for serial, where in sorted(places.items()):
        if len(where) > 1:
            yield f"blank {serial} lies in {' and '.join(where)}"
        if serial and serial not in booked:
            yield f"blank {serial} is in no ledger"
    for serial, state in sorted(booked.items()):
        (where, *_) = places.get(serial, ["nowhere"])
        if state not in FITS[where]:
            yield f"blank {serial} is {state} and lies {where}"


FITS = {
    "feeder": ("at_station",),
    "tray": ("consumed", "spoiled"),
    "reject": ("spoiled",),
    "path": (),
    "nowhere": ("received", "in_vault", "in_transit", "at_centre", "spoiled", "destroyed", "missing", "found"),
}
"""What the ledger may say of a blank that lies there."""


def _documents(register: Register, folder: Path) -> Iterator[str]:
    """No document is printed twice without *held* and a spoiled card between, and every good card is its document's."""
    query = """SELECT job.id, d.number, d.state, d.request_id, d.blank_serial
        FROM print_job job JOIN document d ON d.id = job.document_id"""
    made = {order: Made(*more) for order, *more in register.rows(query)}
    tests = {key for (key,) in register.rows("SELECT id FROM print_test")}
    lying = cards(folder)
    yield from (f"a card of order {card.order} that nobody gave" for card in lying if card.order not in {*made, *tests})
    yield from _twice(register, [card for card in lying if card.order in made], made)
    yield from _good([card for card in lying if card.order in made and card.place == "tray"], made)


@dataclass(frozen=True)
class Made:
    """The document of an order, as the register has it."""

    number: str
    state: str
    request: str
    serial: str


def _twice(register: Register, lying: list[Card], made: dict[str, Made]) -> Iterator[str]:
    held = {subject for (subject,) in register.rows(_SUBJECTS.format(kind="print_job", act="job.held"))}
    printed = defaultdict[str, list[Card]](list)
    for card in lying:
        printed[made[card.order].number].append(card)
    for number, same in printed.items():
        between = any(card.order in held for card in same) and any(card.place == "reject" for card in same)
        if len(same) > 1 and not between:
            yield f"document {number} was printed {len(same)} times"
        if sum(card.place == "tray" for card in same) > 1:
            yield f"document {number} lies finished more than once"


def _good(tray: list[Card], made: dict[str, Made]) -> Iterator[str]:
    """A request has one finished document, on the blank that the register says, and a machine made it."""
    finished = [(made[card.order], card) for card in tray if made[card.order].state != "cancelled"]
    for document, card in finished:
        if document.serial != (card.serial or ""):
            yield f"document {document.number} is on {card.serial}, the register says {document.serial or 'none'}"
    counted = Counter(document.request for document, _ in finished)
    yield from (f"request {request} has {count} finished documents" for request, count in counted.items() if count > 1)
    for order, document in made.items():
        if document.state in ("personalised", "checked", "valid", "suspended") and order not in {c.order for c in tray}:
            yield f"document {document.number} is {document.state}, and no machine made it"


_SUBJECTS = """SELECT s.subject_id FROM audit_subject s JOIN audit_event e ON e.id = s.event_id
    WHERE s.kind = '{kind}' AND e.act = '{act}'"""


def _requests(register: Register) -> Iterator[str]:
    """No request outside every list: somebody or something will take up each that has not ended."""
    query = """SELECT r.id, r.state, COALESCE(d.state, ''), COALESCE(job.state, ''), job.id FROM request r
        LEFT JOIN document d ON d.request_id = r.id AND d.attempt =
            (SELECT max(attempt) FROM document WHERE request_id = r.id)
        LEFT JOIN print_job job ON job.document_id = d.id"""
    tasks = _tasks(register, "prepare")
    for request, state, document, job, order in register.rows(query):
        is_made = (state, document) in (("in_production", "personalised"), ("ready", "checked"))
        is_asked = state in ("approved", "in_production") and document == "prepared" and job in OPEN_JOBS
        if state not in AT_A_DESK and not is_made and not is_asked:
            yield f"request {request} is {state} in no list: document {document or 'none'}, job {job or 'none'}"
        if job == "preparing" and not any(order in args for args in tasks):
            yield f"job {order} is preparing, and no task prepares it"
    claimed = "SELECT id FROM print_job WHERE state = 'claimed' AND (lease_until IS NULL OR station_id IS NULL)"
    yield from (f"job {order} is claimed by nobody" for (order,) in register.rows(claimed))


def _tasks(register: Register, name: str) -> list[str]:
    """What the tasks of this name that are to be done are about: rows of SQLite, jobs of Procrastinate."""
    rows = f"SELECT CAST(args AS TEXT) FROM task WHERE name = '{name}'"
    if not register.is_lite:
        to_do = "status IN ('todo', 'doing')"
        rows = f"SELECT CAST(args AS TEXT) FROM procrastinate_jobs WHERE task_name = '{name}' AND {to_do}"
    return [args for (args,) in register.rows(rows)]


def _work(register: Register) -> Iterator[str]:
    """No file waits for a task that is nowhere, and none was lodged twice or left half; no batch is left behind."""
    for states, name in (("'uploaded', 'checking'", "check-file"), ("'lodging'", "lodge-file")):
        tasks = _tasks(register, name)
        for file, state in register.rows(f"SELECT id, state FROM imported_file WHERE state IN ({states})"):
            if not any(file in args for args in tasks):
                yield f"file {file} is {state}, and no task goes on with it"
    counts = """SELECT id, lodged, known, refused, alike, lines FROM imported_file WHERE state = 'done'
        AND lodged + known + refused + alike <> lines"""
    for file, *of, lines in register.rows(counts):
        yield f"file {file} is done, and {' + '.join(of)} of {lines} lines are accounted for"
    behind = """SELECT b.id, j.id FROM batch b JOIN print_job j ON j.batch_id = b.id
        WHERE b.state IN ('done', 'cancelled') AND j.state IN ('preparing', 'queued')"""
    yield from (f"job {job} waits in batch {batch}, which has ended" for batch, job in register.rows(behind))


def _history(register: Register) -> Iterator[str]:
    """What the events say happened at most once: an order is given once, and leave for it."""
    for act in ("job.fetched", "job.leave_given"):
        counted = Counter(register.rows(_SUBJECTS.format(kind="print_job", act=act)))
        yield from (f"{act} {count} times of job {job}" for (job,), count in counted.items() if count > 1)


def _chain(url: str, folder: Path) -> Iterator[str]:
    """What the command says of chain, heads and rows, in a process of its own."""
    told = {"LIMAN_VAR": str(folder / "var"), "LIMAN_DATABASE_URL": url, "LIMAN_DEMO": "1"}
    process = child.start(child.verify, child.Plan(folder, environment=tuple(told.items())))
    process.join(300)
    if process.exitcode:
        yield f"verify-audit: {(folder / 'verify.log').read_text().strip()[-500:]}"
