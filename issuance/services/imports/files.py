"""The record of a file: brought once, checked, lodged when somebody says so, paused, stopped, forgotten (ADR 0059)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.files import WAITS, FilePart, ImportedFile
from issuance.models.staff import RoleName, Staff
from issuance.services import centres
from issuance.services.imports import kept, reading
from issuance.services.imports.kept import Kept
from issuance.services.imports.sheet import Row
from issuance.services.membership.members import Place
from issuance.services.roles import CASE_HANDLING
from issuance.states import FileState, advance
from issuance.vault import Vault

CASE_FILE = "case_handling"
"""The format of case handling's file."""

NO_LODGER = "no_lodger"
"""Why a file is paused: who lodges it may not do so any more."""

CHECK, LODGE, DROP = "check-file", "lodge-file", "drop-file"
"""The tasks of a file."""

PAGE_ROWS = 50
LINES = 100_000
"""More than a file has that is short enough for a group."""

NAMED = ("family_name", "given_names", "birth_date")
TOLD_APART = ("native_name", "birth_place", "sex", "nationality")
NUMBERS = ("eurodac_reference", "cnp")
"""Columns that name somebody, tell two of one name apart, and are one person's alone."""


@dataclass(frozen=True)
class Brought:
    """A file that was read outside any transaction and can be kept."""

    file_id: UUID
    digest: str
    lines: int
    parts: tuple[FilePart, ...]
    everywhere: bool
    format: str = CASE_FILE
    group_id: UUID | None = None


class BroughtBefore(Conflict):
    """The same file was brought before: `file_id` says what became of it."""

    def __init__(self, file_id: UUID) -> None:
        super().__init__("This file was brought before. Below is what became of it.", field="file")
        self.file_id = file_id


# Brought


def prepare(vault: Vault, data: bytes, *, everywhere: bool = False) -> Brought:
    """Read a file and encrypt its rows, without a transaction. InvalidInput for what is no file of case handling."""
    rows = reading.rows(data)
    if not rows:
        raise InvalidInput("file", "The file has no line below its first one. Choose the one with the cases.")
    file_id, like = uuid7(), _like_above(rows)
    found = [Kept(place, row, like.get(row.line, 0)) for place, row in enumerate(rows)]
    digest = hashlib.sha256(data).hexdigest()
    return Brought(file_id, digest, len(rows), tuple(kept.parts(vault, file_id, found)), everywhere)


def _like_above(rows: Iterable[Row]) -> dict[int, int]:
    """Lines that name somebody as a line above does, and say otherwise of who it is; each with that line."""
    firsts: dict[tuple[str, ...], Row] = {}
    found = {}
    for row in rows:
        named = _said(row, NAMED)
        keys = [named, *((name, number) for name in NUMBERS if (number := _said(row, (name,))[0]))]
        above = [firsts.setdefault(key, row) for key in keys]
        unlike = [first.line for first in above if _said(first, NAMED) != named or _contradicts(first, row)]
        if unlike:
            found[row.line] = max(unlike)
    return found


def _contradicts(first: Row, row: Row) -> bool:
    """Whether two of one name say otherwise of who they are; a number that one leaves out says nothing."""
    numbers = zip(_said(first, NUMBERS), _said(row, NUMBERS), strict=True)
    return _said(first, TOLD_APART) != _said(row, TOLD_APART) or any(one and two and one != two for one, two in numbers)


def _said(row: Row, names: Iterable[str]) -> tuple[str, ...]:
    return tuple("".join(row.cells.get(name, "").split()).casefold() for name in names)


def bring(act: Act, brought: Brought) -> ImportedFile:
    """Keep a file, to be checked by `CHECK`. BroughtBefore for one that was, by whomever of the centre."""
    now, centre_id = act.clock.now(), act.actor.centre_id
    assert act.actor.id
    assert centre_id
    row = ImportedFile(id=brought.file_id, centre_id=centre_id, everywhere=brought.everywhere, format=brought.format)
    row.group_id = brought.group_id
    row.digest, row.lines, row.brought_by, row.brought_at = brought.digest, brought.lines, act.actor.id, now
    row.touched_at = now
    try:
        with act.session.begin_nested():
            act.session.add(row)
    except IntegrityError:
        raise BroughtBefore(_same(act, brought)) from None
    act.session.add_all(brought.parts)
    act.record("file.brought", row, count=row.lines)
    return row


def _same(look: Look, brought: Brought) -> UUID:
    mine = (ImportedFile.centre_id == look.actor.centre_id, ImportedFile.everywhere == brought.everywhere)
    query = select(ImportedFile.id).where(*mine, ImportedFile.digest == brought.digest)
    return look.session.scalars(query.order_by(ImportedFile.id.desc())).first() or brought.file_id


# Seen


def listed(look: Look, centre_id: UUID | None, before: UUID | None = None) -> list[ImportedFile]:
    """The files that were brought in this centre, the newest first, at most PAGE_ROWS and one."""
    mine = ImportedFile.centre_id == centre_id, ImportedFile.format == CASE_FILE
    query = (
        select(ImportedFile).where(*mine).options(selectinload(ImportedFile.author), selectinload(ImportedFile.group))
    )
    if before:
        query = query.where(ImportedFile.id < before)
    return list(look.session.scalars(query.order_by(ImportedFile.id.desc()).limit(PAGE_ROWS + 1)))


def count_waiting(look: Look) -> Select[int]:
    """How many files of the actor's centre wait for somebody to say that they are lodged, as a query."""
    query = select(func.count()).select_from(ImportedFile)
    mine = ImportedFile.centre_id == look.actor.centre_id, ImportedFile.format == CASE_FILE
    return query.where(*mine, text(WAITS))


def own(look: Look, file_id: UUID) -> ImportedFile:
    """The file of the actor's own centre with this id; NotFound also for another centre's."""
    row = look.session.get(ImportedFile, file_id)
    if row is None or row.centre_id != look.actor.centre_id or row.format != CASE_FILE:
        raise NotFound("There is no such file in your centre. Open the list again.")
    return row


def places(look: Look, file: ImportedFile) -> Callable[[int], Place | None]:
    """Where each line of a file stands in the list of its group, after the files that were brought before; without a
    group nowhere.
    """
    group_id = file.group_id
    if group_id is None:
        return lambda line: None
    before = (ImportedFile.group_id == group_id, ImportedFile.id < file.id)
    first = LINES * (look.session.scalar(select(func.count()).where(*before)) or 0)
    return lambda line: Place(group_id, first + line)


def locked(look: Look, file_id: UUID) -> ImportedFile:
    """The file as it is now; nobody else moves it until the transaction ends."""
    return look.session.get_one(ImportedFile, file_id, with_for_update=True, populate_existing=True)


# Moved by a person


def begin_lodging(act: Act, file_id: UUID) -> None:
    """Somebody answers for the requests of a file that was checked or paused: `LODGE` lodges them in short batches."""
    row = _own_locked(act, file_id)
    if row.state == FileState.DONE:
        raise Conflict("This file is lodged. Decide on its lines that wait, or bring the refused ones again.")
    if row.state == FileState.CHECKED:
        row.known = 0  # counted anew, as they are passed
    advance(row, FileState.LODGING, actor=act.actor)
    _answer(act, row)
    act.record("file.lodging_begun", row, count=row.lines - row.position)


def _answer(act: Act, row: ImportedFile) -> None:
    row.lodged_by, row.roster_id, row.why, row.touched_at = act.actor.id, act.actor.roster, "", act.clock.now()


def pause(act: Act, file_id: UUID, why: str = "") -> None:
    """Nothing more of a file is lodged until somebody goes on; what is lodged stays. `why` is a code."""
    row = locked(act, file_id)
    centres.check_own(act, row)
    advance(row, FileState.PAUSED, actor=act.actor)
    row.why = why
    act.record("file.paused", row, code=why)


def stop(act: Act, file_id: UUID) -> None:
    """Nothing more of a file is lodged, ever; what is lodged stays. Its rows go."""
    row = _own_locked(act, file_id)
    advance(row, FileState.STOPPED, actor=act.actor)
    row.touched_at = act.clock.now()
    enqueue(act.session, DROP, clock=act.clock, file_id=str(row.id))
    act.record("file.stopped", row, count=row.lodged)


def go_on(act: Act, row: ImportedFile) -> None:
    """Lines of a file were decided: what ended is lodged again."""
    if row.state == FileState.DONE:
        advance(row, FileState.LODGING, actor=act.actor)
    _answer(act, row)


def _own_locked(act: Act, file_id: UUID) -> ImportedFile:
    own(act, file_id)
    return locked(act, file_id)


def lodger(look: Look, file_id: UUID) -> Actor | None:
    """Who answers for the requests of a file, as their lodger; None when they may not lodge there any more."""
    row = look.session.get_one(ImportedFile, file_id)
    assert row.lodged_by is not None, "somebody said that it is to be lodged"
    if not row.everywhere:
        return centres.in_the_name_of(look, row.lodged_by, row.centre_id, RoleName.SUPERVISOR)
    account = look.session.get_one(Staff, row.lodged_by)
    kind = "system" if account.email == CASE_HANDLING else "staff"
    return Actor(account.id, account.centre_id, kind=kind) if account.active or kind == "system" else None
