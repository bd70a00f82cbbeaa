"""What was not lodged of a file is kept for some days, to be mended or decided on; then deleted, piece by piece."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import delete, select

from issuance.acts import Act, Look
from issuance.law.documents.retention import retention_rules_on
from issuance.models.files import FileLine, FilePart, ImportedFile
from issuance.services.imports import files
from issuance.states import FILES_UNLODGED, FileState, advance

MOST_PARTS = 20
MOST_LINES = 500
"""What one transaction deletes."""


def drop_parts(look: Look, file_id: UUID) -> bool:
    """Delete some rows of a file that was stopped; whether there are more."""
    some = select(FilePart.id).where(FilePart.file_id == file_id).limit(MOST_PARTS)
    ids = look.session.scalars(some).all()
    look.session.execute(delete(FilePart).where(FilePart.id.in_(ids)))
    return len(ids) == MOST_PARTS


def forget(act: Act) -> bool:
    """Delete what is left of the file that is kept longest, if it is too old; whether there may be more."""
    rules = retention_rules_on(act.clock.today())
    before = act.clock.now() - dt.timedelta(days=rules.imported_lines_days)
    query = select(ImportedFile.id).where(ImportedFile.forgotten_at.is_(None), ImportedFile.touched_at < before)
    file_id = act.session.scalar(query.order_by(ImportedFile.touched_at).limit(1))
    if file_id is None:
        return False
    file = files.locked(act, file_id)
    if file.state in FILES_UNLODGED:
        advance(file, FileState.STOPPED, actor=act.actor)
        act.record("file.stopped", file, centre_id=file.centre_id, count=file.lodged)
    _forget_some(act, file)
    return True


def _forget_some(act: Act, file: ImportedFile) -> None:
    ids = act.session.scalars(select(FileLine.id).where(FileLine.file_id == file.id).limit(MOST_LINES)).all()
    act.session.execute(delete(FileLine).where(FileLine.id.in_(ids)))
    more = drop_parts(act, file.id)
    if not more and len(ids) < MOST_LINES:
        file.forgotten_at = act.clock.now()
    act.record("file.forgotten", file, centre_id=file.centre_id, count=len(ids))
