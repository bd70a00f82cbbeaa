"""What a supplier announced and what came."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Versioned, partial_index
from issuance.models.staff import Staff


class Delivery(Versioned, Base):
    """Blanks of one stock that a supplier announced by a manifest (`reference` is its number), and what came of them.

    One person typed the manifest, another opened the boxes and counted without seeing it. Its blanks name it.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        partial_index("ix_delivery_open", "centre_id", "announced_at", where="counted_at IS NULL"),
        Index("ix_delivery_counted_at", "centre_id", "counted_at"),
        CheckConstraint("counted_by <> announced_by", name="another_person_counts"),
        CheckConstraint("came <= announced", name="no_more_than_was_announced"),
    )
    WITNESSED = (
        "centre_id",
        "reference",
        "stock",
        "announced",
        "announced_by",
        "announced_at",
        "came",
        "counted_by",
        "counted_at",
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    reference: Mapped[str]
    stock: Mapped[str]
    announced: Mapped[int]
    announced_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    announced_at: Mapped[dt.datetime]
    came: Mapped[int | None]
    counted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    counted_at: Mapped[dt.datetime | None]

    announcer: Mapped[Staff | None] = relationship(foreign_keys=[announced_by], lazy="joined")
    counter: Mapped[Staff | None] = relationship(foreign_keys=[counted_by], lazy="joined")
