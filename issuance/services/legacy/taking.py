"""Documents of before are kept, batch by batch: one short transaction each, with how far the file is (ADR 0059, 0103).

Those whose person is certain are written together, table by table; the others one by one. What ends halfway keeps
nothing of its batch, and the next worker begins with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.errors import LimanError
from issuance.models.files import FileLine, FilePart, ImportedFile, LineOutcome
from issuance.models.people import Person, PersonVersion
from issuance.services.imports import files, kept
from issuance.services.imports.kept import PART, Kept
from issuance.services.imports.lines import Decision
from issuance.services.imports.sheet import Row
from issuance.services.legacy import keeping, telling
from issuance.services.legacy.entries import Entry
from issuance.services.legacy.files import outcome_of, waiting_line
from issuance.services.legacy.telling import Line, Told, Who
from issuance.services.persons import people, versions
from issuance.states import FileState, advance

BATCH = 100
"""Lines of one batch, a part of a PART: about a fifth of a second, for which SQLite's one lock is held."""

TURN = "keep documents of before"
"""One batch passes at a time: two files may name one new person, of whom no constraint knows."""


@dataclass(frozen=True)
class Batch:
    """What is to be kept next: lines from a position of the file, or lines that were decided, and how."""

    position: int
    count: int
    lines: tuple[Line, ...]
    decided: Mapping[int, Decision] = field(default_factory=dict)


def to_keep(look: Look, file_id: UUID) -> Batch | None:
    """The next batch of a file, read outside its transaction; None while nothing of it is to be kept."""
    file, today = look.session.get_one(ImportedFile, file_id), look.clock.today()
    if file.state != FileState.LODGING:
        return None
    if rows := kept.waiting(look, file_id, [LineOutcome.DECIDED], most=BATCH):
        waits = [kept.read(look.vault, row) for row in rows]
        again = [Kept(0, Row(each.line, each.cells)) for each in waits]
        decided = {each.line: each.decision for each in waits if each.decision}
        return Batch(file.position, 0, tuple(telling.read(again, today)), decided)
    found = kept.rows_from(look, file_id, file.position, BATCH)
    span = FileLine.file_id == file_id, FileLine.line.in_([each.row.line for each in found])
    waiting = set(look.session.scalars(select(FileLine.line).where(*span)))
    good = [each for each in found if each.row.line not in waiting]
    return Batch(file.position, len(found), tuple(telling.read(good, today)))


def keep(act: Act, file_id: UUID, batch: Batch) -> bool:
    """Keep a batch; whether more is to be kept. Nothing when another worker was faster."""
    wait_turn(act.session, TURN)
    file = files.locked(act, file_id)
    if file.state != FileState.LODGING or file.position != batch.position:
        return file.state == FileState.LODGING
    before = file.lodged
    if batch.decided:
        _keep_decided(act, file, batch)
    else:
        _keep_next(act, file, batch)
    file.touched_at = act.clock.now()
    act.record("file.lines_lodged", file, centre_id=file.centre_id, count=file.lodged - before, position=file.position)
    if file.position >= file.lines and not _has_decided(act, file):
        _finish(act, file)
    return file.state == FileState.LODGING


def _keep_next(act: Act, file: ImportedFile, batch: Batch) -> None:
    told = telling.tell(act, batch.lines)
    for line, error in told.refused:
        _set_aside(act, file, line, error)
    single = [*_keep_together(act, file, told), *told.open]
    for line, entry in single:
        _keep_one(act, file, line, entry)
    file.known += told.known
    file.position += batch.count
    done = FilePart.file_id == file.id, FilePart.number < file.position // PART
    act.session.execute(delete(FilePart).where(*done))


def _keep_together(act: Act, file: ImportedFile, told: Told) -> list[tuple[Line, Entry]]:
    """Those whose person is certain; all of them are given back, to be kept one by one, when the register refuses."""
    owners = _Owners(act, [owner for *_, owner in told.certain if isinstance(owner, Person)])
    try:
        with act.attempt(), act.gathered():
            for _, entry, owner in told.certain:
                person, version = owners.of(entry, owner)
                keeping.keep(act, entry, version, person)
    except (LimanError, IntegrityError):
        return [(line, entry) for line, entry, _ in told.certain]
    file.lodged += len(told.certain)
    return []


class _Owners:
    """Whose the documents of a batch are: persons of the register with what it says of them now, and new ones."""

    def __init__(self, act: Act, known: list[Person]) -> None:
        self._act = act
        self._new: dict[Who, tuple[Person, PersonVersion]] = {}
        self._known = {person.id: (person, versions.newest(act, person)) for person in known}

    def of(self, entry: Entry, owner: Person | Who) -> tuple[Person, PersonVersion]:
        """The person of an entry, who is made with its first one."""
        if isinstance(owner, Person):
            return self._known[owner.id]
        if owner not in self._new:
            self._new[owner] = people.add_stranger(self._act, entry.identity)
        return self._new[owner]


def _keep_one(act: Act, file: ImportedFile, line: Line, entry: Entry, decision: Decision | None = None) -> None:
    """Keep one line whose person is sought, or set it aside when it is refused or nobody decided."""
    try:
        with act.attempt(), act.gathered():
            keeping.keep_one(act, entry, decision)
        file.lodged += 1
    except LimanError as error:
        _set_aside(act, file, line, error)


def _set_aside(act: Act, file: ImportedFile, line: Line, error: LimanError) -> None:
    outcome = outcome_of(error)
    act.session.add(waiting_line(act, file.id, line, error))
    file.alike += outcome is LineOutcome.ALIKE
    file.refused += outcome is LineOutcome.REFUSED


def _keep_decided(act: Act, file: ImportedFile, batch: Batch) -> None:
    """Lines on which somebody decided; that one was brought by another file meanwhile counts as known."""
    numbers = [line.kept.row.line for line in batch.lines]
    mine = FileLine.file_id == file.id, FileLine.line.in_(numbers), FileLine.outcome == LineOutcome.DECIDED
    rows = {row.line: row for row in act.session.scalars(select(FileLine).where(*mine))}
    for line in batch.lines:
        if row := rows.get(line.kept.row.line):
            act.session.delete(row)
            act.session.flush()
            file.alike -= 1
            _keep_as_decided(act, file, line, batch.decided[row.line])


def _keep_as_decided(act: Act, file: ImportedFile, line: Line, decision: Decision) -> None:
    if isinstance(line.said, LimanError):
        _set_aside(act, file, line, line.said)
        return
    known = keeping.known(act, [line.said])
    if known.get(line.said.number):
        file.known += 1
    elif line.said.number in known:
        _set_aside(act, file, line, keeping.taken())
    else:
        _keep_one(act, file, line, line.said, decision)


def _has_decided(act: Act, file: ImportedFile) -> bool:
    act.session.flush()
    return bool(kept.waiting(act, file.id, [LineOutcome.DECIDED], most=1))


def _finish(act: Act, file: ImportedFile) -> None:
    advance(file, FileState.DONE, actor=act.actor)
    act.session.execute(delete(FilePart).where(FilePart.file_id == file.id))
    act.record("file.lodged", file, centre_id=file.centre_id, count=file.lodged, refused=file.refused, alike=file.alike)
