"""A file is checked row by row in reading sessions: only what was found is written, so that nobody waits for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from issuance.acts import Act, Look
from issuance.errors import LimanError, NotAllowed
from issuance.models.files import FileLine, ImportedFile, LineOutcome
from issuance.models.staff import Centre
from issuance.services.casework.lodging import Lodging
from issuance.services.imports import files, kept, lines, reading
from issuance.services.imports.kept import Kept, Waiting
from issuance.services.imports.lines import LikeAbove, Undecided
from issuance.services.membership.members import Place
from issuance.states import FileState, advance

SOME = 50
"""Rows that are checked at once."""


@dataclass(frozen=True)
class Found:
    """What was found of the rows from `place` on: how many they are, how many are known, which are not to be lodged."""

    place: int
    count: int
    known: int
    waiting: tuple[FileLine, ...]

    def of(self, outcome: LineOutcome) -> int:
        """How many lines wait so."""
        return sum(row.outcome == outcome for row in self.waiting)


def begin(act: Act, file_id: UUID) -> None:
    """The check of a file begins."""
    row = files.locked(act, file_id)
    if row.state == FileState.UPLOADED:
        advance(row, FileState.CHECKING, actor=act.actor)
        act.record("file.check_begun", row, centre_id=row.centre_id)


def look_at(look: Look, file_id: UUID) -> Found:
    """Check the next rows of a file; none when all are checked."""
    file = look.session.get_one(ImportedFile, file_id)
    rows = kept.rows_from(look, file_id, file.checked, SOME)
    at = files.places(look, file)
    good = [(each, _lodging(each, at(each.row.line))) for each in rows]
    told = iter(lines.tell_strangers(look, [one for _, one in good if isinstance(one, Lodging)]))
    good = [(each, next(told) if isinstance(one, Lodging) else one) for each, one in good]
    have = lines.known(look, [one.case_reference for _, one in good if isinstance(one, Lodging)])
    code = "" if file.everywhere else look.session.get_one(Centre, file.centre_id).code
    found, known = [], 0
    for each, one in good:
        if isinstance(one, Lodging) and one.case_reference in have:
            wrong = _kept_out(look, one)
            known += wrong is None
        else:
            wrong = _wrong(look, each, one, code)
        if wrong:
            waits = Waiting(each.row.line, each.row.cells, wrong, each.like)
            outcome = LineOutcome.ALIKE if isinstance(wrong, Undecided) else LineOutcome.REFUSED
            found.append(kept.line_of(look.vault, file_id, waits, outcome))
    return Found(file.checked, len(rows), known, tuple(found))


def _lodging(each: Kept, at: Place | None) -> Lodging | LimanError:
    try:
        if each.row.wrong:
            return each.row.wrong
        return replace(reading.lodging_of(each.row.cells), place=at)
    except LimanError as error:
        return error


def _kept_out(look: Look, found: Lodging) -> LimanError | None:
    """Why what the register has cannot be in the group of its line; None when it can, or the line is of none."""
    try:
        lines.check_known(look, found)
    except LimanError as error:
        return error
    return None


def _wrong(look: Look, each: Kept, found: Lodging | LimanError, centre: str) -> LimanError | None:
    """Why a line cannot be lodged; None when it can."""
    if isinstance(found, LimanError):
        return found
    if centre not in ("", found.centre):
        return NotAllowed("This line is for another centre. Import it there.", field="centre")
    try:
        with look.session.no_autoflush:
            lines.check_line(look, found)
    except LimanError as error:
        return error
    return LikeAbove(each.like) if each.like else None


def keep(look: Look, file_id: UUID, found: Found) -> bool:
    """Keep what was found, in a short transaction; whether more is to be checked. Nothing when another worker did."""
    file = files.locked(look, file_id)
    if file.state != FileState.CHECKING or file.checked != found.place:
        return file.state == FileState.CHECKING
    file.checked, file.known = file.checked + found.count, file.known + found.known
    file.refused += found.of(LineOutcome.REFUSED)
    file.alike += found.of(LineOutcome.ALIKE)
    look.session.add_all(found.waiting)
    return file.checked < file.lines


def end(act: Act, file_id: UUID) -> None:
    """The check is over: the file can be lodged, unless every line of it is refused."""
    file = files.locked(act, file_id)
    if file.state != FileState.CHECKING or file.checked < file.lines:
        return
    is_hopeless = file.refused == file.lines
    advance(file, FileState.REFUSED if is_hopeless else FileState.CHECKED, actor=act.actor)
    file.touched_at = act.clock.now()
    act.record(
        "file.checked", file, centre_id=file.centre_id, already=file.known, refused=file.refused, alike=file.alike
    )
