"""Documents: one row for each production attempt, each with its own number; their check and their hand-over."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    UniqueConstraint,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, object_session, relationship

from issuance.db import Base, Keyed, Versioned, partial_index, state_column
from issuance.models.feeds import hearing
from issuance.models.feeds.hearing import About
from issuance.models.machinery import StatusChange
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.states import HANDED_OVER, DocumentState

BEFORE = 0
"""The attempt of a document that was issued before this register."""

MOST_CONFIRMATIONS = 10
"""How many codes of one document work at once."""


class NumberRange(Versioned, Base):
    """Document numbers leased to a centre: `prefix` + `next_value`, up to and including `last_value`.

    A restore ends every range where it stands: a number that lies in no range was skipped and is never valid.
    """

    __tablename__ = "number_range"
    __table_args__ = (UniqueConstraint("prefix", "first_value"),)
    WITNESSED = ("prefix", "centre_id", "first_value", "next_value", "last_value")
    prefix: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    first_value: Mapped[int]
    next_value: Mapped[int]
    last_value: Mapped[int]


class Document(Versioned, Base):
    """One production attempt, or (attempt 0) one that was issued before this register. A cancelled number stays so.

    `content_id` is the frozen, encrypted content.

    `expiry_date` is the last valid day as it is printed, None for a type that ends by an event (RC). A decree may let
    it hold longer: ask `life.validity`. Of one `exclusive` group a person has one valid document (docs/law.md, E15,
    E21, E24).
    """

    __tablename__ = "document"
    __table_args__ = (
        Index(
            "uq_document_one_valid",
            "person_id",
            "exclusive",
            unique=True,
            sqlite_where=text("state = 'valid'"),
            postgresql_where=text("state = 'valid'"),
        ),
        partial_index("ix_document_to_check", "id", where="state = 'personalised'"),
        partial_index("ix_document_expiring", "expiry_date", "id", where="state = 'valid'"),
        partial_index("ix_document_holds", "document_type", "expiry_date", "id", where="state = 'valid'"),
    )
    WITNESSED = (
        "number",
        "document_type",
        "request_id",
        "person_id",
        "issue_date",
        "expiry_date",
        "content_id",
        "attempt",
        "blank_serial",
        "chip_uid",
        "state",
        "state_by",
    )
    number: Mapped[str] = mapped_column(unique=True)
    document_type: Mapped[str]
    exclusive: Mapped[str]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    issue_date: Mapped[dt.date]
    expiry_date: Mapped[dt.date | None]
    content_id: Mapped[UUID] = mapped_column(ForeignKey("blob.id"), index=True)
    attempt: Mapped[int] = mapped_column(default=1)
    attempt_reason: Mapped[str] = mapped_column(default="")
    blank_serial: Mapped[str | None] = mapped_column(unique=True)
    chip_uid: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[DocumentState] = state_column(DocumentState, DocumentState.PREPARED)
    state_by: Mapped[UUID | None]

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(lazy="joined")


class Confirmation(Keyed, Base):
    """A holder's code by which one reader sees that the document holds, for one purpose, until the day `until`.

    `digest` is of the code, which nobody keeps; `place` counts those of a document. It is written by the process of the
    public pages, which does no acts: from `waits_since` on the office has to record that it was made (`recorded`), or
    withdrawn, and deletes what was. What ended is deleted the day after.
    """

    __tablename__ = "confirmation"
    __table_args__ = (
        UniqueConstraint("document_id", "place"),
        CheckConstraint(f"place BETWEEN 1 AND {MOST_CONFIRMATIONS}", name="so_many_a_document"),
        partial_index("ix_confirmation_waits", "waits_since", where="waits_since IS NOT NULL"),
    )
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    place: Mapped[int]
    purpose: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[dt.datetime]
    until: Mapped[dt.date] = mapped_column(index=True)
    withdrawn_at: Mapped[dt.datetime | None]
    recorded: Mapped[bool] = mapped_column(default=False)
    waits_since: Mapped[dt.datetime | None]


class QualityCheck(Keyed, Base):
    """The finished document was read back. `readings` says per machine part how it was read and whether it was equal.

    The values themselves are not kept: they are the record's own, or those of a wrong document. `shown_by` is who
    showed it to an officer of another centre: never that officer.
    """

    __tablename__ = "quality_check"
    __table_args__ = (CheckConstraint("shown_by <> officer_id", name="shower_is_another"),)
    WITNESSED = ("document_id", "officer_id", "shown_by", "checked_at", "readings", "passed")
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    shown_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    checked_at: Mapped[dt.datetime]
    readings: Mapped[Any] = mapped_column(JSON)
    passed: Mapped[bool]
    reason: Mapped[str] = mapped_column(default="")


class Showing(Keyed, Base):
    """A finished document as somebody at its centre showed it to the quality officer on watch elsewhere.

    Pictures and what was read there are encrypted under the key of its request; of an older showing, and once the
    document is handed over, they are gone. `again` is what the officer wants shown otherwise; the newest counts.
    """

    __tablename__ = "showing"
    __table_args__ = (CheckConstraint("asked_by <> shown_by", name="asker_is_another"),)
    WITNESSED = ("request_id", "document_id", "shown_by", "asked_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    shown_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    shown_at: Mapped[dt.datetime]
    front_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    back_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    read_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    again: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    def let_go(self) -> list[UUID]:
        """Hold nothing any more; the blobs that are to be deleted, once this is written."""
        held = [blob_id for blob_id in (self.front_id, self.back_id, self.read_id) if blob_id]
        self.front_id = self.back_id = self.read_id = None
        return held


class HandOver(Keyed, Base):
    """The controlled act by which a document becomes valid (domain step hand-over)."""

    __tablename__ = "hand_over"
    WITNESSED = (
        "document_id",
        "clerk_id",
        "at",
        "identity_confirmed_by",
        "representative",
        "surrendered_number",
        "signature_id",
    )
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    clerk_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[dt.datetime] = mapped_column(index=True)
    identity_confirmed_by: Mapped[str]
    representative: Mapped[str] = mapped_column(default="")
    surrendered_number: Mapped[str] = mapped_column(default="")
    signature_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    signature_source: Mapped[str] = mapped_column(default="")
    refusal_reason: Mapped[str] = mapped_column(default="")
    rights_notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("rights_notice.id"))


_CHANGED = insert(StatusChange)


@event.listens_for(Document, "after_insert")
@event.listens_for(Document, "after_update")
def _tell_of_move(_mapper: Mapper[Document], connection: Connection, document: Document) -> None:
    """Whichever act moved a document that was handed over: its transaction tells lists and feeds (ADR 0064, 0095)."""
    history = inspect(document).attrs.state.history
    if document.state not in HANDED_OVER or not history.has_changes():
        return
    session, is_new = object_session(document), not inspect(document).has_identity
    info = session.info if session else {}
    hearing.write(connection, info, _CHANGED, [{"number": document.number}])
    happening = hearing.moved(history.deleted[0] if history.deleted else None, document.state)
    if happening and is_new:
        hearing.write(connection, info, hearing.TELL, hearing.of_new(happening, about(document)))
    elif happening:
        hearing.hear(connection, happening, about(document))


def about(document: Document, day: dt.date | None = None) -> About:
    """The document as something that bodies outside are told of; it happened on `day`, or today."""
    session = object_session(document)
    clock = hearing.clock_of(session.info if session else {})
    case, days = (
        document.request.case_reference or document.request.reference,
        (document.issue_date, document.expiry_date),
    )
    return About(
        subject=f"document {document.id}",
        document_type=document.document_type,
        day=day or clock.today(),
        at=clock.now(),
        known=hearing.of_document(document.document_type, document.number, case, days),
        document_id=document.id,
    )
