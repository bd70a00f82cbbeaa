"""Later versions of the rules that an office gives itself: drafted by one administrator, agreed by another."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Versioned
from issuance.models.requests import RuleVersion
from issuance.models.staff import Staff

IN_USE = "kept_id IS NOT NULL AND ended_at IS NULL"


class RuleDraft(Versioned, Base):
    """A later version of a document type's rules, made from its last one (`base`), in force from `applies_from`.

    It is nothing until a second administrator agreed: then `kept` is the version that requests use. `ended_at`: it was
    declined or taken back, with the word `why`. Of what the command line made `drafted_by` and `agreed_by` are None.
    One base has one version that follows it, whoever agrees at once.
    """

    __tablename__ = "rule_draft"
    __table_args__ = (
        CheckConstraint("agreed_by <> drafted_by", name="two_agree"),
        CheckConstraint("(agreed_at IS NULL) = (kept_id IS NULL)", name="agreed_is_kept"),
        Index(
            "uq_rule_draft_follows",
            "base_id",
            unique=True,
            sqlite_where=text(IN_USE),
            postgresql_where=text(IN_USE),
        ),
    )
    WITNESSED = (
        "document_type",
        "applies_from",
        "base_id",
        "content",
        "drafted_by",
        "drafted_at",
        "agreed_by",
        "agreed_at",
        "kept_id",
        "ended_by",
        "ended_at",
    )
    document_type: Mapped[str]
    applies_from: Mapped[dt.date]
    base_id: Mapped[UUID] = mapped_column(ForeignKey("rule_version.id"))
    content: Mapped[str]
    reason: Mapped[str]
    drafted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    drafted_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    kept_id: Mapped[UUID | None] = mapped_column(ForeignKey("rule_version.id"), index=True)
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    why: Mapped[str] = mapped_column(default="")

    base: Mapped[RuleVersion] = relationship(foreign_keys=base_id, lazy="joined")
    kept: Mapped[RuleVersion | None] = relationship(foreign_keys=kept_id, lazy="joined")
    author: Mapped[Staff | None] = relationship(foreign_keys=drafted_by, lazy="joined")
    second: Mapped[Staff | None] = relationship(foreign_keys=agreed_by, lazy="joined")

    @property
    def waits(self) -> bool:
        """Whether it waits for a second administrator."""
        return self.agreed_at is None and self.ended_at is None

    @property
    def is_agreed(self) -> bool:
        """Whether it is, or will be, in force."""
        return self.agreed_at is not None and self.ended_at is None
