"""Decrees: a legal act says that a class of documents holds longer than is printed on them (ADR 0078)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Versioned
from issuance.models.staff import Staff

WAITS = "agreed_at IS NULL AND declined_at IS NULL"


class Decree(Versioned, Base):
    """Documents of `types` whose printed last day lies from `printed_from` to `printed_to` hold until the day `until`.

    It does so from `from_day` on, once a second administrator agreed, never for a day before that; and no more from
    `over_from` on, when a later decree (`replaces_id`) took its place. One that only ends another extends nothing:
    `types` is empty, `until` None. `reference`, `article` and `text` are the act's own words, in its own language.
    """

    __tablename__ = "decree"
    __table_args__ = (
        CheckConstraint("agreed_by <> written_by", name="two_agree"),
        CheckConstraint("printed_from <= printed_to", name="begins_before_it_ends"),
        CheckConstraint("until >= printed_to", name="takes_nothing_away"),
        CheckConstraint("until IS NOT NULL OR replaces_id IS NOT NULL", name="does_something"),
        Index(
            "uq_decree_one_follows",
            "replaces_id",
            unique=True,
            sqlite_where=text("declined_at IS NULL"),
            postgresql_where=text("declined_at IS NULL"),
        ),
    )
    WITNESSED = (
        "reference",
        "article",
        "text",
        "gazette_day",
        "types",
        "printed_from",
        "printed_to",
        "until",
        "from_day",
        "over_from",
        "replaces_id",
        "written_by",
        "written_at",
        "agreed_by",
        "agreed_at",
        "declined_by",
        "declined_at",
    )
    reference: Mapped[str]
    article: Mapped[str]
    text: Mapped[str]
    gazette_day: Mapped[dt.date]
    types: Mapped[Any] = mapped_column(JSON)
    printed_from: Mapped[dt.date | None]
    printed_to: Mapped[dt.date | None]
    until: Mapped[dt.date | None]
    from_day: Mapped[dt.date]
    over_from: Mapped[dt.date | None]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("decree.id"))
    written_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    declined_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    declined_at: Mapped[dt.datetime | None]

    replaces: Mapped[Decree | None] = relationship(remote_side="Decree.id", foreign_keys=[replaces_id])
    writer: Mapped[Staff] = relationship(foreign_keys=[written_by])

    @property
    def waits(self) -> bool:
        """Whether it waits for a second administrator."""
        return self.agreed_at is None and self.declined_at is None

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which a document holds by it; None when it extends nothing."""
        if self.until is None or self.over_from is None:
            return self.until
        return min(self.until, self.over_from - dt.timedelta(days=1))
