"""What is told to bodies outside (ADR 0095): rows written with what happened, the files they go in, the answers."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index
from issuance.models.staff import Staff

UNSENT = "file_id IS NULL"
REFUSED = "refused <> '' AND acknowledged_at IS NULL"
ABOUT_A_PERSON = "person_id IS NOT NULL"
UNSIGNED = "signed_at IS NULL"
UNSETTLED = "settled_at IS NULL"
HELD = "push_refused IS NOT NULL"
LIVE = "ended_at IS NULL"


class FeedRow(Keyed, Base):
    """One fact for one recipient, written in the transaction that made it a fact; its id is the id of the event.

    `subject` is what it is about and `nth` its place in that thing's own order; `says` is what is sent beside fact and
    day, never a name. `document_id` or `person_id` is whose it is, neither for blanks. `file_id` is the newest file it
    went in, None while it waits; `columns` the personal ones that went along there. Settled by the other side's
    receipt: `acknowledged_at`, or `refused` with its code until a person said what becomes of it. `history`: it
    happened before there were feeds.
    """

    __tablename__ = "feed_row"
    __table_args__ = (
        UniqueConstraint("recipient", "subject", "nth"),
        partial_index("ix_feed_row_unsent", "recipient", "nth", "id", where=UNSENT),
        partial_index("ix_feed_row_oldest", "recipient", "id", where=UNSENT),
        partial_index("ix_feed_row_refused", "recipient", "id", where=REFUSED),
        partial_index("ix_feed_row_person_id", "person_id", "id", where=ABOUT_A_PERSON),
        Index("ix_feed_row_document_id", "document_id", "id"),
        Index("ix_feed_row_file_id", "file_id"),
        CheckConstraint("nth >= 1", name="counts_from_one"),
        CheckConstraint("refused = '' OR file_id IS NOT NULL", name="refused_was_sent"),
    )
    recipient: Mapped[str]
    subject: Mapped[str]
    nth: Mapped[int]
    fact: Mapped[str]
    day: Mapped[dt.date]
    says: Mapped[Any] = mapped_column(JSON)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime]
    history: Mapped[bool] = mapped_column(default=False)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("feed_file.id"))
    columns: Mapped[str] = mapped_column(default="")
    acknowledged_at: Mapped[dt.datetime | None]
    refused: Mapped[str] = mapped_column(default="")

    file: Mapped[FeedFile | None] = relationship()


class FeedFile(Keyed, Base):
    """The `number`th file of a recipient: at most so many rows as JSON lines, signed as they are.

    `body` is kept until every row is answered, or went again in a later file (`resent_at`), under the office's master
    key when it has personal columns; `digest` (SHA-256 in hexadecimal) stays. `unanswered` counts its rows without an
    answer. Of a push: `tries`, when the next is due, and the status of HTTP with which it was refused (`push_refused`).
    """

    __tablename__ = "feed_file"
    __table_args__ = (
        UniqueConstraint("recipient", "number"),
        partial_index("ix_feed_file_unsigned", "recipient", "number", where=UNSIGNED),
        partial_index("ix_feed_file_unsettled", "recipient", "number", where=UNSETTLED),
        partial_index("ix_feed_file_held", "recipient", where=HELD),
        CheckConstraint("0 <= unanswered AND unanswered <= rows", name="answered_within_its_rows"),
        CheckConstraint("(signed_at IS NULL) = (signature IS NULL)", name="signed_has_a_signature"),
    )
    WITNESSED = ("recipient", "number", "rows", "digest", "encrypted")
    recipient: Mapped[str]
    number: Mapped[int]
    rows: Mapped[int]
    made_at: Mapped[dt.datetime]
    digest: Mapped[str]
    encrypted: Mapped[bool]
    body: Mapped[bytes | None]
    signature: Mapped[bytes | None]
    signed_at: Mapped[dt.datetime | None]
    unanswered: Mapped[int]
    fetched_at: Mapped[dt.datetime | None]
    resent_at: Mapped[dt.datetime | None]
    settled_at: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    push_refused: Mapped[int | None]


class FeedLine(Base):
    """Which row stands on which line of which file, and whether it was answered: one that goes again is in several."""

    __tablename__ = "feed_line"
    __table_args__ = (Index("ix_feed_line_row_id", "row_id"),)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("feed_file.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(ForeignKey("feed_row.id"))
    answered: Mapped[bool] = mapped_column(default=False)


class FeedReceipt(Keyed, Base):
    """What the other side said of rows of a file, once: `digest` is of the receipt as it came."""

    __tablename__ = "feed_receipt"
    __table_args__ = (UniqueConstraint("file_id", "digest"),)
    WITNESSED = ("file_id", "digest", "taken", "refused", "at", "by")
    file_id: Mapped[UUID] = mapped_column(ForeignKey("feed_file.id"))
    digest: Mapped[str]
    taken: Mapped[int]
    refused: Mapped[int]
    at: Mapped[dt.datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class FeedAllowance(Keyed, Base):
    """What a recipient may have once a second administrator agreed: its `personal` columns, by what `legal_basis`.

    One is live or waits at a time; any administrator ends it. What is `token`, with its `digest`, is of earlier
    releases: 0072 carried it to the tokens of callers.
    """

    __tablename__ = "feed_allowance"
    __table_args__ = (
        CheckConstraint("agreed_by <> asked_by", name="two_agree"),
        CheckConstraint("what <> 'personal' OR legal_basis <> ''", name="personal_has_a_basis"),
        Index(
            "uq_feed_allowance_live",
            "recipient",
            "what",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
    )
    WITNESSED = (
        "recipient",
        "what",
        "legal_basis",
        "digest",
        "asked_by",
        "asked_at",
        "agreed_by",
        "agreed_at",
        "ended_by",
        "ended_at",
    )
    recipient: Mapped[str]
    what: Mapped[str]
    legal_basis: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="", index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    asker: Mapped[Staff] = relationship(foreign_keys=[asked_by], lazy="joined")


class FeedHistory(Base):
    """How far a recipient was told what had happened before there were feeds: up to the document `after`; once."""

    __tablename__ = "feed_history"
    recipient: Mapped[str] = mapped_column(primary_key=True)
    after: Mapped[UUID | None]
    told: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[dt.datetime | None]
