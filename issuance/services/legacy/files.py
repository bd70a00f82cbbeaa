"""Files of documents of before: an administrator brings one, it is checked, and kept once another one agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import count
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import selectinload

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, NotFound
from issuance.models.files import WAITS, FileLine, ImportedFile, LineOutcome
from issuance.models.people import Person
from issuance.services.imports import deciding, files, kept
from issuance.services.imports.checking import Found
from issuance.services.imports.deciding import Decisions
from issuance.services.imports.files import DROP, Brought
from issuance.services.imports.kept import PART, Kept, Waiting
from issuance.services.imports.lines import Undecided
from issuance.services.legacy import entries, keeping, telling
from issuance.services.legacy.entries import Entry
from issuance.services.legacy.telling import Line, Told
from issuance.states import FileState, advance
from issuance.vault import Vault

FORMAT = "before"
CHECK, KEEP = "check-before", "keep-before"
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
    rows = kept.rows_from(look, file_id, file.checked, PART)
    told = telling.tell(look, telling.read(rows, look.clock.today()))
    found = [*told.refused, *_asked(look, told)]
    return Found(file.checked, len(rows), told.known, tuple(waiting_line(look, file_id, *each) for each in found))


def _asked(look: Look, told: Told) -> Iterator[tuple[Line, LimanError]]:
    """Those lines of which it is asked singly whose they are, that are refused or wait for somebody to decide."""
    for line, entry in told.open:
        try:
            with look.session.no_autoflush:
                person = keeping.whose(look, entry, None)
                if person:
                    keeping.check_only(entry, keeping.number_of(look, entry, person))
        except LimanError as error:
            yield line, error


def waiting_line(look: Look, file_id: UUID, line: Line, error: LimanError) -> FileLine:
    """A line that waits for its mending, or for somebody who says whose it is."""
    row = line.kept.row
    return kept.line_of(look.vault, file_id, Waiting(row.line, row.cells, error), outcome_of(error))


def outcome_of(error: LimanError) -> LineOutcome:
    """Whether somebody can decide on a line, or it has to be mended."""
    return LineOutcome.ALIKE if isinstance(error, Undecided) else LineOutcome.REFUSED


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


# Decided


def to_decide(look: Look, file_id: UUID, after: int = 0) -> Iterator[tuple[int, Entry, list[Person], int]]:
    """The next lines that name somebody alike (`deciding.to_decide`)."""
    return deciding.to_decide(look, file_id, _reading(look), after)


def decide(act: Act, file_id: UUID, decided: Decisions) -> int:
    """Say whose lines are; what was agreed to goes on. NotAllowed for who brought the file: each line has two persons.

    How many lines. Conflict for a file that is over.
    """
    opened(act, file_id)
    file = files.locked(act, file_id)
    if file.brought_by == act.actor.id:
        raise NotAllowed("You brought this file. Another administrator says whose these documents are.")
    taken, aside = deciding.keep(act, file, decided, _reading(act))
    if taken or aside:
        file.decided_by, file.touched_at = act.actor.id, act.clock.now()
        if file.state == FileState.DONE and taken:
            advance(file, FileState.LODGING, actor=act.actor)
        if file.state == FileState.LODGING:
            enqueue(act.session, KEEP, clock=act.clock, file_id=str(file.id))
        act.record("file.decided", file, count=taken, aside=aside)
    return taken + aside


def _reading(look: Look) -> Callable[[dict[str, str]], Entry]:
    today = look.clock.today()
    return lambda cells: entries.read_again(cells, today)
