"""Cases that go from one centre to another (ADR 0068)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre

WAITS = "outcome = ''"
UNSEEN = "outcome = 'moved' AND seen_by IS NULL"


class Transfer(Keyed, Base):
    """A supervisor sends a case to another centre. `because` is a code: nothing of a person stands here.

    `apart`: who of its family can go goes, though others cannot. `outcome` is empty while it waits for its turn, then
    `moved`, or the code of what kept it (`services.transfers.hindrances`). `seen_by` is who took note of it at the
    other centre, or sent it on.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("to_centre_id <> from_centre_id", name="goes_to_another_centre"),
        CheckConstraint("(outcome = '') = (ended_at IS NULL)", name="ended_with_an_outcome"),
        Index("ix_transfer_request_id", "request_id"),
        Index("ix_transfer_from", "from_centre_id", "id"),
        partial_index("ix_transfer_unseen", "to_centre_id", "id", where=UNSEEN),
        Index(
            "uq_transfer_one_waits",
            "request_id",
            unique=True,
            sqlite_where=text(WAITS),
            postgresql_where=text(WAITS),
        ),
    )
    WITNESSED = (
        "request_id",
        "from_centre_id",
        "to_centre_id",
        "because",
        "apart",
        "asked_by",
        "outcome",
        "seen_by",
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    from_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    to_centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    because: Mapped[str]
    apart: Mapped[bool] = mapped_column(default=False)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    outcome: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[dt.datetime | None]
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    seen_at: Mapped[dt.datetime | None]

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")
    from_centre: Mapped[Centre] = relationship(foreign_keys=[from_centre_id])
    to_centre: Mapped[Centre] = relationship(foreign_keys=[to_centre_id])
