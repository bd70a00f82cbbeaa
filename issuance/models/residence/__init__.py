"""Where a person lives, from one day to another: at a private address, or housed in a centre (E11)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Versioned, partial_index
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre

CURRENT = "ended_at IS NULL"
LEAVING = "ended_at IS NULL AND leaves_on IS NOT NULL"
UNSAID = "reported_on > due_on AND late_because = ''"


class Residence(Versioned, Base):
    """One place where a person lives or lived; `number` counts them, and one at most has not ended.

    `house_id` is the centre in which the person is housed, None for a private `address`. Days that nobody knows are
    None: `moved_on`, `moved_out_on`, `reported_on`, and `due_on`, until when the move was to be reported by the `term`
    of `law.residence`. `leaves_on` is the last day of the housing that was announced. `reported_by` says how the office
    came to know. `evidence` is the paper in words; its scan is with the request at whose desk it was written down,
    `request_id`, in the centre `recorded_in`.
    """

    __tablename__ = "residence"
    __table_args__ = (
        UniqueConstraint("person_id", "number"),
        CheckConstraint("(house_id IS NULL) <> (address = '')", name="address_or_house"),
        CheckConstraint("moved_out_on IS NULL OR moved_on IS NULL OR moved_on <= moved_out_on", name="begins_first"),
        CheckConstraint("moved_out_on IS NULL OR ended_at IS NOT NULL", name="left_when_ended"),
        Index(
            "uq_residence_current", "person_id", unique=True, sqlite_where=text(CURRENT), postgresql_where=text(CURRENT)
        ),
        partial_index("ix_residence_leaving", "house_id", "leaves_on", where=LEAVING),
        partial_index("ix_residence_unsaid", "recorded_in", "reported_on", where=UNSAID),
    )
    WITNESSED = (
        "person_id",
        "number",
        "address",
        "house_id",
        "moved_on",
        "moved_out_on",
        "leaves_on",
        "reported_on",
        "due_on",
        "late_because",
        "recorded_in",
        "recorded_by",
        "ended_at",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    address: Mapped[str] = mapped_column(default="")
    house_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    moved_on: Mapped[dt.date | None]
    moved_out_on: Mapped[dt.date | None]
    leaves_on: Mapped[dt.date | None]
    reported_on: Mapped[dt.date | None]
    reported_by: Mapped[str]
    term: Mapped[str] = mapped_column(default="")
    due_on: Mapped[dt.date | None]
    late_because: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("request.id"))
    recorded_in: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")
    request: Mapped[IssuanceRequest | None] = relationship()
    house: Mapped[Centre | None] = relationship(lazy="joined", foreign_keys=[house_id])

    @property
    def text(self) -> str:
        """What a document prints of it."""
        return ", ".join(filter(None, (self.house.name, self.house.address))) if self.house else self.address

    @property
    def is_late(self) -> bool:
        """Whether it was reported after its term."""
        return bool(self.reported_on and self.due_on and self.reported_on > self.due_on)
