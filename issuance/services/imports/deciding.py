"""Lines that name somebody alike: shown with who is alike now, decided by a person, kept with the next batch.

The lines are those of any file that names persons: `read` makes of the cells of one what it names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.files import FileLine, ImportedFile, LineOutcome
from issuance.models.people import Person
from issuance.services.care import protection
from issuance.services.casework.lodging import Lodging
from issuance.services.imports import files, kept, lines, reading
from issuance.services.imports.lines import Decision, Names
from issuance.states import FileState

SHOWN = 20
"""Lines that are decided on together."""

OPEN = (FileState.CHECKED, FileState.LODGING, FileState.PAUSED, FileState.DONE)

Line = TypeVar("Line", bound=Names)
Decisions = Mapping[int, Decision | None]
"""Who is meant, by the number of the line; None for a line that is set aside."""


class SetAside(Conflict):
    """Somebody said that a line is left out, whoever it means."""

    def __init__(self) -> None:
        super().__init__("This line names somebody alike and was set aside by who decided.", field="family_name")


def open_lines(look: Look, file_id: UUID, after: int = 0) -> Iterator[tuple[int, Lodging, list[Person], int]]:
    """The next lines of case handling's file to decide on, as `to_decide`."""
    return to_decide(look, file_id, reading.lodging_of, after)


def to_decide(
    look: Look, file_id: UUID, read: Callable[[dict[str, str]], Line], after: int = 0
) -> Iterator[tuple[int, Line, list[Person], int]]:
    """The next lines to decide on: what each says, who is alike now, and which line above is like it (or 0)."""
    for row in kept.waiting(look, file_id, [LineOutcome.ALIKE], after=after, most=SHOWN):
        waits = kept.read(look.vault, row)
        line = read(waits.cells)
        alike = lines.alike_of(look, line)
        yield row.line, line, [alike[key] for key in sorted(alike)], waits.like


def decide(act: Act, file_id: UUID, decided: Decisions) -> int:
    """Keep what was decided, to be lodged for who decided; how many lines. Conflict for a file that is over."""
    files.own(act, file_id)
    file = files.locked(act, file_id)
    taken, aside = keep(act, file, decided, reading.lodging_of)
    if taken:
        files.go_on(act, file)
    if taken or aside:
        act.record("file.decided", file, count=taken, aside=aside)
    return taken + aside


def keep(act: Act, file: ImportedFile, decided: Decisions, read: Callable[[dict[str, str]], Names]) -> tuple[int, int]:
    """Keep what was decided on lines of a file that is locked; how many are to be kept, and how many are set aside.

    A part of an act. Conflict for a file that is over; ProtectedRecord when one of those alike is protected.
    """
    if file.state not in OPEN or file.forgotten_at:
        raise Conflict("Nothing of this file is lodged any more. Bring the lines again in another file.")
    taken = 0
    rows = _open_among(act, file, decided)
    for row in rows:
        decision = decided[row.line]
        waits = kept.read(act.vault, row)
        if decision is None:
            kept.write(act.vault, row, replace(waits, error=SetAside()), LineOutcome.REFUSED)
            continue
        protection.check_alike(act, lines.alike_of(act, read(waits.cells)).values())
        kept.write(act.vault, row, replace(waits, decision=decision), LineOutcome.DECIDED)
        taken += 1
    aside = len(rows) - taken
    file.refused, file.alike = file.refused + aside, file.alike - aside
    return taken, aside


def _open_among(look: Look, file: ImportedFile, numbers: Collection[int]) -> list[FileLine]:
    mine = (FileLine.file_id == file.id, FileLine.outcome == LineOutcome.ALIKE, FileLine.line.in_(numbers))
    return list(look.session.scalars(select(FileLine).where(*mine)))
