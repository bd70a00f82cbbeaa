"""What holders have in their hands, and what they tell the office by it (ADR 0072, 0079)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed
from issuance.models.requests import IssuanceRequest

UNANSWERED = "outcome = ''"


class ReceiptCode(Keyed, Base):
    """The code on the receipt of a request, which opens its status without the birth date; the newest one alone.

    The public pages find it by its SHA-256; `sealed` is the code under the office's own key, so that the receipt can
    be drawn again as it was.
    """

    __tablename__ = "receipt_code"
    WITNESSED = ("request_id", "digest")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    digest: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[bytes]


class ToldTime(Keyed, Base):
    """A holder chose or cancelled a time at the status page; gone when the office made it an appointment.

    `id` is that of the appointment. It counts as booked from the first moment, with its `minutes`; without `starts_at`
    the appointment is cancelled. It is written by the process of the public pages, which does no acts.
    """

    __tablename__ = "told_time"
    __table_args__ = (Index("ix_told_time_centre_id_starts_at", "centre_id", "starts_at"),)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), unique=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    purpose: Mapped[str]
    starts_at: Mapped[dt.datetime | None]
    minutes: Mapped[int]
    told_at: Mapped[dt.datetime]


class ToldMistake(Base):
    """A holder told at the status page that the office has something wrong; gone when the office made it a Mistake.

    `said` is what they wrote, which the process of the public pages may write and not read.
    """

    __tablename__ = "told_mistake"
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), primary_key=True)
    field: Mapped[str]
    said: Mapped[str]
    told_at: Mapped[dt.datetime]


class Mistake(Keyed, Base):
    """What a holder says is wrong, by `field`, for the desk to look at; one of a request is open.

    What they wrote is encrypted under the request's key, and goes when it is answered. `outcome` is a code that the
    holder reads in words, empty until then.
    """

    __tablename__ = "mistake"
    __table_args__ = (
        Index("ix_mistake_request_id", "request_id"),
        Index(
            "uq_mistake_one_open",
            "request_id",
            unique=True,
            sqlite_where=text(UNANSWERED),
            postgresql_where=text(UNANSWERED),
        ),
    )
    WITNESSED = ("request_id", "field", "told_at", "outcome", "settled_at", "settled_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    field: Mapped[str]
    blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    told_at: Mapped[dt.datetime]
    outcome: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    request: Mapped[IssuanceRequest] = relationship()
