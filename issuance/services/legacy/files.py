"""Files of documents of before: an administrator brings one, it is checked, and kept once another one agrees."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text
from sqlalchemy.orm import selectinload

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import uuid7, wait_turn
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound
from issuance.models.files import WAITS, FileLine, FilePart, ImportedFile, LineOutcome
from issuance.services.imports import checking, files, kept
from issuance.services.imports.checking import Found
from issuance.services.imports.files import DROP, Brought
from issuance.services.imports.kept import PART, Kept, Waiting
from issuance.services.legacy import entries, keeping
from issuance.services.legacy.entries import Entry
from issuance.services.persons import strangers
from issuance.states import FileState, advance
from issuance.vault import Vault

FORMAT = "before"
CHECK, KEEP = "check-before", "keep-before"
BATCH, TOGETHER, HELD = 50, 10, 0.2
"""Lines of one batch, those of which strangers are told at once, and the seconds after which it ends."""

TURN = "keep documents of before"
"""One batch passes at a time: two files may name one new person, of whom no constraint knows."""

LISTED = 50


def prepare(vault: Vault, data: bytes) -> Brought:
    """Read a file and encrypt its rows, some at a time and without a transaction. InvalidInput for no such file."""
    file_id, places = uuid7(), count()
    rows = (Kept(place, row) for row, place in zip(entries.rows(data), places, strict=False))
    parts, lines = tuple(kept.parts(vault, file_id, rows)), next(places)
    if not lines:
        raise InvalidInput("file", "The file has no line below its first one. Choose the one with the documents.")
    digest = hashlib.sha256(data).hexdigest()
    return Brought(file_id, digest, lines, parts, everywhere=True, format=FORMAT)


def bring(act: Act, brought: Brought) -> ImportedFile:
    """Keep a file and have it checked; files.BroughtBefore for one that was."""
    row = files.bring(act, brought)
    enqueue(act.session, CHECK, clock=act.clock, file_id=str(row.id))
    return row


# Seen


def listed(look: Look) -> list[ImportedFile]:
    """The last files that were brought, the newest first."""
    query = select(ImportedFile).where(ImportedFile.format == FORMAT).options(selectinload(ImportedFile.author))
    return list(look.session.scalars(query.order_by(ImportedFile.id.desc()).limit(LISTED)))


def count_waiting(_look: Look) -> Select[int]:
    """How many files wait for a second administrator, as a query."""
    return select(func.count()).select_from(ImportedFile).where(ImportedFile.format == FORMAT, text(WAITS))


def opened(look: Look, file_id: UUID) -> ImportedFile:
    """One of these files; NotFound otherwise."""
    row = look.session.get(ImportedFile, file_id)
    if row is None or row.format != FORMAT:
        raise NotFound("There is no such file. Open the list again.")
    return row


# Checked, in looks that write nothing


def look_at(look: Look, file_id: UUID) -> Found:
    """Check the next rows of a file; none when all are checked."""
    file = look.session.get_one(ImportedFile, file_id)
    rows = kept.rows_from(look, file_id, file.checked, checking.SOME)
    known, waiting = 0, list[FileLine]()
    for each in _told_apart(look, _read(look, rows)):
        try:
            known += _is_known(look, each)
        except LimanError as error:
            waits = Waiting(each.kept.row.line, each.kept.row.cells, error)
            waiting.append(kept.line_of(look.vault, file_id, waits, LineOutcome.REFUSED))
    return Found(file.checked, len(rows), known, tuple(waiting))


def _is_known(look: Look, each: _Read) -> bool:
    """Whether a file before brought it; raises what it is refused for."""
    entry = each.entry()
    with look.session.no_autoflush:
        if keeping.is_known(look, entry):
            return True
        keeping.check(look, entry, is_stranger=each.is_stranger)
    return False


@dataclass(frozen=True)
class _Read:
    """A row, what it says or why it says nothing, and whether the register knows nobody alike."""

    kept: Kept
    said: Entry | LimanError
    is_stranger: bool = False

    def entry(self) -> Entry:
        """What it says; raises why it says nothing."""
        if isinstance(self.said, LimanError):
            raise self.said
        return self.said


def _read(look: Look, rows: Sequence[Kept]) -> list[_Read]:
    return [_Read(row, _said(look, row)) for row in rows]


def _told_apart(look: Look, rows: Sequence[_Read]) -> list[_Read]:
    """The same, strangers told by a few statements for all."""
    found = [each.said.identity for each in rows if isinstance(each.said, Entry)]
    told = iter(strangers.among(look, [(identity, "") for identity in found]))
    return [replace(each, is_stranger=next(told)) if isinstance(each.said, Entry) else each for each in rows]


def _said(look: Look, each: Kept) -> Entry | LimanError:
    try:
        return entries.read(each.row, look.clock.today())
    except LimanError as error:
        return error


# Agreed


def agree(act: Act, file_id: UUID, *, without_refused: bool) -> None:
    """A second administrator agrees: the good lines are kept in the background. NotAllowed for who brought the file.

    Conflict while lines are refused, unless it is said that they are left out.
    """
    opened(act, file_id)
    row = files.locked(act, file_id)
    if row.brought_by == act.actor.id:
        raise NotAllowed("You brought this file. Another administrator agrees to it.")
    if row.state != FileState.CHECKED:
        raise Conflict("This file does not wait to be agreed to. Look below what became of it.")
    if row.refused and not without_refused:
        raise InvalidInput(
            "without_refused",
            "%(count)s lines are refused. Tick that they are left out, or let the file be mended and brought again.",
            count=row.refused,
        )
    row.known, row.agreed_by, row.touched_at = 0, act.actor.id, act.clock.now()
    advance(row, FileState.LODGING, actor=act.actor)
    enqueue(act.session, KEEP, clock=act.clock, file_id=str(row.id))
    act.record("file.agreed", row, count=row.lines - row.refused, refused=row.refused)


def stop(act: Act, file_id: UUID) -> None:
    """Nothing more of a file is kept, ever; what is kept stays. Its rows go."""
    opened(act, file_id)
    row = files.locked(act, file_id)
    advance(row, FileState.STOPPED, actor=act.actor)
    row.touched_at = act.clock.now()
    enqueue(act.session, DROP, clock=act.clock, file_id=str(row.id))
    act.record("file.stopped", row, count=row.lodged)


# Kept, in short acts


@dataclass(frozen=True)
class Batch:
    """What is to be kept next: rows from a position of the file, without those that are refused."""

    position: int
    rows: tuple[_Read, ...]
    refused: frozenset[int]


def to_keep(look: Look, file_id: UUID) -> Batch | None:
    """The next batch of a file, read outside its transaction; None while nothing of it is to be kept."""
    file = look.session.get_one(ImportedFile, file_id)
    if file.state != FileState.LODGING:
        return None
    rows = kept.rows_from(look, file_id, file.position, BATCH)
    span = FileLine.file_id == file_id, FileLine.line.in_([each.row.line for each in rows])
    return Batch(
        file.position, tuple(_read(look, rows)), frozenset(look.session.scalars(select(FileLine.line).where(*span)))
    )


def keep(act: Act, file_id: UUID, batch: Batch) -> bool:
    """Keep a batch as far as its time goes; whether more is to be kept. Nothing when another worker was faster."""
    wait_turn(act.session, TURN)
    file = files.locked(act, file_id)
    if file.state != FileState.LODGING or file.position != batch.position:
        return file.state == FileState.LODGING
    ends, before = time.monotonic() + HELD, file.lodged
    for start in range(0, len(batch.rows), TOGETHER):
        some = _told_apart(act, batch.rows[start : start + TOGETHER])
        for each in some:
            if each.kept.row.line not in batch.refused:
                _keep_one(act, file, each)
        file.position += len(some)
        if time.monotonic() > ends:
            break
    file.touched_at = act.clock.now()
    done = FilePart.file_id == file.id, FilePart.number < file.position // PART
    act.session.execute(delete(FilePart).where(*done))
    act.record("file.lines_lodged", file, centre_id=file.centre_id, count=file.lodged - before, position=file.position)
    if file.position >= file.lines:
        _finish(act, file)
    return file.state == FileState.LODGING


def _keep_one(act: Act, file: ImportedFile, each: _Read) -> None:
    """Keep one line, or set it aside when it is refused after all."""
    try:
        with act.attempt():
            entry = each.entry()
            if keeping.is_known(act, entry):
                file.known += 1
            else:
                keeping.keep(act, entry, is_stranger=each.is_stranger)
                file.lodged += 1
    except LimanError as error:
        waits = Waiting(each.kept.row.line, each.kept.row.cells, error)
        act.session.add(kept.line_of(act.vault, file.id, waits, LineOutcome.REFUSED))
        file.refused += 1


def _finish(act: Act, file: ImportedFile) -> None:
    advance(file, FileState.DONE, actor=act.actor)
    act.session.execute(delete(FilePart).where(FilePart.file_id == file.id))
    act.record("file.lodged", file, centre_id=file.centre_id, count=file.lodged, refused=file.refused, alike=0)
