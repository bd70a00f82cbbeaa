"""What the sheets of orders are made of, as a batch reads it: some at a time, each key by key from the vault."""

from __future__ import annotations

import os
from collections.abc import Sequence
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from issuance import document_types
from issuance.db import Database
from issuance.errors import LimanError
from issuance.models.documents import Document
from issuance.models.production import DocumentSeal, PrintJob
from issuance.vault import Opened, Vault
from printing.batches.items import Absent, Item
from printing.content import DocumentContent
from printing.errors import PrintingError


class Sheets:
    """The documents of these jobs in this order (a `batches.items.Source`). Each look is a session of its own, closed
    before anything is composed; a forked process has connections of its own.
    """

    def __init__(self, database: Database, vault: Vault, job_ids: Sequence[UUID]) -> None:
        self._database, self._vault, self._job_ids = database, vault, job_ids
        self._process = os.getpid()

    def __len__(self) -> int:
        return len(self._job_ids)

    def __getitem__(self, places: slice) -> Sequence[Item | Absent]:
        if self._process != os.getpid():
            self._database, self._process = self._database.in_a_fork(), os.getpid()
        with self._database.reading() as session:
            return _read(session, self._vault, self._job_ids[places])


def _read(session: Session, vault: Vault, job_ids: Sequence[UUID]) -> list[Item | Absent]:
    query = select(PrintJob.id, Document.document_type, Document.number, Document.content_id, DocumentSeal.blob_id)
    joined = query.join(Document, Document.id == PrintJob.document_id)
    joined = joined.outerjoin(DocumentSeal, DocumentSeal.job_id == PrintJob.id)
    rows = {row[0]: row for row in session.execute(joined.where(PrintJob.id.in_(job_ids)))}
    wanted = [blob_id for row in rows.values() for blob_id in row[3:] if blob_id]
    opened = vault.open_all(session, wanted)
    return [_item(rows.get(job_id), opened) for job_id in job_ids]


def _item(row: Row[UUID, str, str, UUID, UUID] | None, opened: Opened) -> Item | Absent:
    if row is None:
        return Absent(None, PrintingError("This order is not in the register any more. Open the batch again."))
    _, document_type, number, content_id, seal_id = row
    content, whole = opened[content_id], opened[seal_id] if seal_id else None
    for found in (content, whole):
        if isinstance(found, LimanError):
            return Absent(number, PrintingError(found.message, None, **found.params))
    assert isinstance(content, bytes)
    try:
        frozen = DocumentContent.model_validate_json(content)
    except ValidationError:
        message = "What was frozen of this document cannot be read. Restore the register from a copy."
        return Absent(number, PrintingError(message))
    return Item(frozen, document_types.get(document_type).template(), whole if isinstance(whole, bytes) else None)
