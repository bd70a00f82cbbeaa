"""A file is lodged batch by batch: one short transaction each, with how far the file is (ADR 0059).

What was lodged and the file's position are kept together or not at all, so whoever goes on after a crash lodges no
line twice; that a case reference is one request's alone is the last word.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import delete, select

from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.models.files import FileLine, FilePart, ImportedFile, LineOutcome
from issuance.services.casework.lodging import Lodging
from issuance.services.imports import files, kept, lines, reading
from issuance.services.imports.kept import Kept, Waiting
from issuance.services.imports.lines import KNOWN, LODGED, Became, Decision, Undecided
from issuance.services.imports.reading import LineError
from issuance.services.membership.members import Place
from issuance.states import FileState, advance

BATCH = 50
HELD = 0.2
"""Seconds after which a batch ends, however many of its lines are left."""

TURN = "lodge a file"
"""One batch passes at a time: two files may name one new person, of whom no constraint knows."""


@dataclass(frozen=True)
class Batch:
    """What is to be lodged next: `rows` from a position of the file, or lines that were decided."""

    position: int
    rows: tuple[Kept, ...] = ()
    decided: Mapping[int, Decision] = field(default_factory=dict)
    found: tuple[tuple[int, Lodging], ...] = ()
    cells: Mapping[int, dict[str, str]] = field(default_factory=dict)


def to_lodge(look: Look, file_id: UUID) -> Batch | None:
    """The next batch of a file, read outside its transaction; None while the file is not to be lodged."""
    file = look.session.get_one(ImportedFile, file_id)
    if file.state != FileState.LODGING:
        return None
    at = files.places(look, file)
    decided = kept.waiting(look, file_id, [LineOutcome.DECIDED], most=BATCH)
    if decided:
        return _decided(look, file.position, decided, at)
    rows = kept.rows_from(look, file_id, file.position, BATCH)
    if not rows and file.position < file.lines:
        raise LookupError("rows of a file that are to be lodged are not there")
    skipped = _waiting_among(look, file_id, rows)
    found = [_line(each.row.line, each.row.cells, at) for each in rows if each.row.line not in skipped]
    cells = {each.row.line: each.row.cells for each in rows}
    return Batch(file.position, tuple(rows), {}, tuple(found), cells)


def _line(line: int, cells: dict[str, str], at: Callable[[int], Place | None]) -> tuple[int, Lodging]:
    return line, replace(reading.lodging_of(cells), place=at(line))


def _decided(look: Look, position: int, rows: list[FileLine], at: Callable[[int], Place | None]) -> Batch:
    waits = [kept.read(look.vault, row) for row in rows]
    found = tuple(_line(each.line, each.cells, at) for each in waits)
    decided = {each.line: each.decision for each in waits if each.decision}
    return Batch(position, (), decided, found, {each.line: each.cells for each in waits})


def _waiting_among(look: Look, file_id: UUID, rows: list[Kept]) -> set[int]:
    """The lines among these that the check or a decision set aside."""
    if not rows:
        return set()
    span = FileLine.line.between(rows[0].row.line, rows[-1].row.line)
    return set(look.session.scalars(select(FileLine.line).where(FileLine.file_id == file_id, span)))


def lodge(act: Act, file_id: UUID, batch: Batch) -> bool:
    """Lodge a batch as far as its time goes; whether more is to be lodged. Nothing when another worker was faster."""
    wait_turn(act.session, TURN)
    file = files.locked(act, file_id)
    if file.state != FileState.LODGING or file.position != batch.position:
        return file.state == FileState.LODGING
    became = _lodge_some(act, batch)
    handled = [(line, found) for line, found in became.items() if isinstance(found, LineError)]
    before = _rows_of(act, file_id, became)
    for line, row in before.items():
        if line not in dict(handled):
            act.session.delete(row)
            file.alike -= 1
    for line, found in handled:
        _set_aside(act, file, batch, found, before.get(line))
    file.lodged += sum(found is LODGED for found in became.values())
    file.known += sum(found is KNOWN for found in became.values())
    _go_on(act, file, batch, became)
    return file.state == FileState.LODGING


def _lodge_some(act: Act, batch: Batch) -> Became:
    ends, became = time.monotonic() + HELD, Became()
    for some in lines.lodge_some(act, list(batch.found), batch.decided, checked=True):
        became |= some
        if time.monotonic() > ends:
            break
    return became


def _rows_of(act: Act, file_id: UUID, became: Mapping[int, object]) -> dict[int, FileLine]:
    query = select(FileLine).where(FileLine.file_id == file_id, FileLine.line.in_(became))
    return {row.line: row for row in act.session.scalars(query)}


def _set_aside(act: Act, file: ImportedFile, batch: Batch, found: LineError, row: FileLine | None) -> None:
    """A line that could not be lodged waits, as one that is refused or that somebody has to decide on."""
    outcome = LineOutcome.ALIKE if isinstance(found.error, Undecided) else LineOutcome.REFUSED
    waits = Waiting(found.line, batch.cells[found.line], found.error)
    if row is None:
        act.session.add(kept.line_of(act.vault, file.id, waits, outcome))
        file.alike += outcome is LineOutcome.ALIKE
    else:
        kept.write(act.vault, row, waits, outcome)
        file.alike -= outcome is LineOutcome.REFUSED
    file.refused += outcome is LineOutcome.REFUSED


def _go_on(act: Act, file: ImportedFile, batch: Batch, became: Mapping[int, object]) -> None:
    """Say how far the file is, let go of the parts that are done, and end it when nothing is left."""
    lodging = {line for line, _ in batch.found}
    left = next((row.place for row in batch.rows if row.row.line in lodging - became.keys()), None)
    file.position = batch.position + len(batch.rows) if left is None else left
    file.touched_at = act.clock.now()
    done = FilePart.file_id == file.id, FilePart.number < file.position // kept.PART
    act.session.execute(delete(FilePart).where(*done))
    counted = sum(found is LODGED for found in became.values())
    act.record("file.lines_lodged", file, centre_id=file.centre_id, count=counted, position=file.position)
    if file.position >= file.lines and not _has_decided(act, file):
        _end(act, file)


def _has_decided(act: Act, file: ImportedFile) -> bool:
    act.session.flush()
    return bool(kept.waiting(act, file.id, [LineOutcome.DECIDED], most=1))


def _end(act: Act, file: ImportedFile) -> None:
    advance(file, FileState.DONE, actor=act.actor)
    act.session.execute(delete(FilePart).where(FilePart.file_id == file.id))
    act.record("file.lodged", file, centre_id=file.centre_id, count=file.lodged, refused=file.refused, alike=file.alike)
