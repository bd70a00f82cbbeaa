"""Days on which holders leave the country, for which their document goes ahead (ADR 0101)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff

OPEN = "ended_at IS NULL"


class Departure(Keyed, Base):
    """The holder of a request leaves on `leaves_on`; `needed_by` is the last day on which the centre can hand over.

    `ground` and `evidence` are codes of `departures.toml`, `note_id` is in the vault. It is nothing until a supervisor
    agreed, who is not the one who noted it; from then on `request.needed_by` says its day. `ended_because`: handed
    over, withdrawn, refused by the supervisor, or over with its request.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("agreed_by <> noted_by", name="two_agree"),
        CheckConstraint("(agreed_by IS NULL) = (agreed_at IS NULL)", name="agreed_by_somebody"),
        CheckConstraint("needed_by <= leaves_on", name="needed_before_it"),
        CheckConstraint("(ended_at IS NULL) = (ended_because = '')", name="ended_with_a_reason"),
        Index(
            "uq_departure_one_open",
            "request_id",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        partial_index("ix_departure_open", "needed_by", "id", where=OPEN),
        Index("ix_departure_request_id", "request_id"),
    )
    WITNESSED = (
        "request_id",
        "leaves_on",
        "needed_by",
        "ground",
        "evidence",
        "noted_by",
        "agreed_by",
        "agreed_at",
        "ended_by",
        "ended_at",
        "ended_because",
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    leaves_on: Mapped[dt.date]
    needed_by: Mapped[dt.date]
    ground: Mapped[str]
    evidence: Mapped[str]
    note_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    noted_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")
    author: Mapped[Staff] = relationship(foreign_keys=[noted_by], lazy="joined")
    second: Mapped[Staff | None] = relationship(foreign_keys=[agreed_by], lazy="joined")

    @property
    def waits(self) -> bool:
        """Whether it waits for a supervisor."""
        return self.agreed_at is None and self.ended_at is None
