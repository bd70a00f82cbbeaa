"""Acts that came after their clock had passed, and why."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, partial_index
from issuance.models.requests import IssuanceRequest

UNSAID = "because = ''"
SAID = "because <> ''"


class Lateness(Keyed, Base):
    """An act about a request came late: `clock` and `because` are codes of `clocks.toml`.

    `due_on` was its last day, `done_on` the day of the act. An empty reason was not said yet.
    """

    __tablename__ = "lateness"
    __table_args__ = (
        UniqueConstraint("clock", "request_id", "due_on"),
        partial_index("ix_lateness_unsaid", "done_on", "id", where=UNSAID),
        partial_index("ix_lateness_unsaid_here", "centre_id", "done_on", "id", where=UNSAID),
        partial_index("ix_lateness_said", "done_on", "id", where=SAID),
        partial_index("ix_lateness_said_here", "centre_id", "done_on", "id", where=SAID),
    )
    WITNESSED = ("clock", "request_id", "centre_id", "due_on", "done_on", "because", "said_by", "said_at")
    clock: Mapped[str]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    due_on: Mapped[dt.date]
    done_on: Mapped[dt.date]
    because: Mapped[str] = mapped_column(default="")
    said_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    said_at: Mapped[dt.datetime | None]

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")

    @property
    def days(self) -> int:
        """By how many calendar days it was late."""
        return (self.done_on - self.due_on).days
