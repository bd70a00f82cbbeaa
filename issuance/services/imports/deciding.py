"""Lines that name somebody alike: shown with who is alike now, decided by a person, lodged with the next batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.files import FileLine, LineOutcome
from issuance.models.people import Person
from issuance.services.care import protection
from issuance.services.casework.lodging import Lodging
from issuance.services.imports import files, kept, lines, reading
from issuance.services.imports.lines import Decision
from issuance.states import FileState

SHOWN = 20
"""Lines that are decided on together."""

OPEN = (FileState.CHECKED, FileState.LODGING, FileState.PAUSED, FileState.DONE)


def open_lines(look: Look, file_id: UUID, after: int = 0) -> Iterator[tuple[int, Lodging, list[Person], int]]:
    """The next lines to decide on: what each says, who is alike now, and which line above is like it (or 0)."""
    for row in kept.waiting(look, file_id, [LineOutcome.ALIKE], after=after, most=SHOWN):
        waits = kept.read(look.vault, row)
        lodging = reading.lodging_of(waits.cells)
        alike = lines.alike_of(look, lodging)
        yield row.line, lodging, [alike[key] for key in sorted(alike)], waits.like


def decide(act: Act, file_id: UUID, decided: Mapping[int, Decision]) -> int:
    """Keep what was decided, to be lodged for who decided; how many lines. Conflict for a file that is over."""
    files.own(act, file_id)
    file = files.locked(act, file_id)
    if file.state not in OPEN or file.forgotten_at:
        raise Conflict("Nothing of this file is lodged any more. Bring the lines again in another file.")
    mine = (FileLine.file_id == file_id, FileLine.outcome == LineOutcome.ALIKE, FileLine.line.in_(decided))
    rows = act.session.scalars(select(FileLine).where(*mine)).all()
    for row in rows:
        waits = replace(kept.read(act.vault, row), decision=decided[row.line])
        protection.check_alike(act, lines.alike_of(act, reading.lodging_of(waits.cells)).values())
        kept.write(act.vault, row, waits, LineOutcome.DECIDED)
    if rows:
        files.go_on(act, file)
        act.record("file.decided", file, count=len(rows))
    return len(rows)
