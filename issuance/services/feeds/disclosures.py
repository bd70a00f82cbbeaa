"""What was told about a person, to whom and when: they may ask for it (GDPR, Art 15(1)(c)), and Art 19 needs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from issuance.acts import Look
from issuance.law.office.feeds import Recipient, recipients
from issuance.models.documents import Document
from issuance.models.feeds import FeedFile, FeedRow
from issuance.models.people import Person

MOST = 1000


@dataclass(frozen=True)
class Disclosure:
    """One fact that a recipient was told, or will be: `told_at` is when the newest file with it was made, None before.

    `number` is the document's, "" where none was named; `columns` are the personal ones that went along.
    """

    event: UUID
    recipient: Recipient
    fact: str
    day: dt.date
    number: str
    document_id: UUID | None
    columns: tuple[str, ...]
    file_number: int | None
    told_at: dt.datetime | None
    acknowledged_at: dt.datetime | None


def disclosed(look: Look, person_id: UUID) -> list[Disclosure]:
    """Everything that bodies outside were told about a person, with the records merged into it; the oldest first."""
    records = [person_id, *look.session.scalars(select(Person.id).where(Person.merged_into == person_id))]
    return of_records(look, records, look.session.scalars(select(Document.id).where(Document.person_id.in_(records))))


def of_records(look: Look, records: Iterable[UUID], documents: Iterable[UUID]) -> list[Disclosure]:
    """The same of these records of persons and these documents, of who has them at hand."""
    # as values: of a query within a query PostgreSQL makes a look at every row there is
    return _found(look, or_(FeedRow.person_id.in_(list(records)), FeedRow.document_id.in_(list(documents))))


def disclosed_of(look: Look, document_id: UUID) -> list[Disclosure]:
    """Everything that they were told about one document; the oldest first."""
    return _found(look, FeedRow.document_id == document_id)


def _found(look: Look, mine: ColumnElement[bool]) -> list[Disclosure]:
    query = select(FeedRow, FeedFile.number, FeedFile.made_at).outerjoin(FeedFile, FeedFile.id == FeedRow.file_id)
    known = recipients()
    return [
        Disclosure(
            event=row.id,
            recipient=known[row.recipient],
            fact=row.fact,
            day=row.day,
            number=str(row.says.get("number", "")),
            document_id=row.document_id,
            columns=tuple(row.columns.split(",")) if row.columns else (),
            file_number=number,
            told_at=made_at,
            acknowledged_at=row.acknowledged_at,
        )
        for row, number, made_at in look.session.execute(query.where(mine).order_by(FeedRow.id).limit(MOST))
    ]
