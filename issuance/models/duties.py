"""Who did what in the life of a request and its documents; the leave to do two of it; what is approved together; who
works at another centre."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff


class DutyName(StrEnum):
    """What somebody does for one request or document (docs/law.md, section 1).

    `lodging` is lodging or taking the portrait, `case` spelling, accepting the portrait or completing.
    """

    LODGING = "lodging"
    CASE = "case"
    DECISION = "decision"
    OPERATION = "operation"
    CHECK = "check"
    HAND_OVER = "hand_over"


ON_REQUEST = "document_id IS NULL AND override_id IS NULL"
ON_DOCUMENT = "document_id IS NOT NULL AND override_id IS NULL"
AT_BOTH_ENDS = "duty IN ('lodging', 'hand_over') AND override_id IS NULL"


class DutyOverride(Keyed, Base):
    """Leave for one person to do one more duty: asked for, given by a second person, closed by a supervisor.

    `given_by` is empty for what was done before duties were kept apart by constraints.
    """

    __tablename__ = "duty_override"
    __table_args__ = (
        CheckConstraint("given_by <> staff_id", name="giver_is_another"),
        CheckConstraint("closed_by <> staff_id", name="closer_is_not_asker"),
        CheckConstraint("closed_by <> given_by", name="closer_is_not_giver"),
    )
    WITNESSED = ("request_id", "document_id", "duty", "staff_id", "given_by", "closed_by")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))
    duty: Mapped[str]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    why: Mapped[str]
    asked_at: Mapped[dt.datetime]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[dt.datetime | None]

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")
    document: Mapped[Document | None] = relationship(lazy="joined")
    staff: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[staff_id])
    giver: Mapped[Staff | None] = relationship(lazy="joined", foreign_keys=[given_by])
    closer: Mapped[Staff | None] = relationship(lazy="joined", foreign_keys=[closed_by])


class Duty(Keyed, Base):
    """One person did one duty. The indexes keep them apart: nobody has two on a request, nor two on a document.

    The duties on the request are lodging, case and decision; those on a document decision, operation, check and
    hand-over. `override_id` is the leave by which a row may stand beside another.
    """

    __tablename__ = "duty"
    __table_args__ = (
        Index(
            "uq_duty_on_request",
            "request_id",
            "staff_id",
            unique=True,
            sqlite_where=text(ON_REQUEST),
            postgresql_where=text(ON_REQUEST),
        ),
        Index(
            "uq_duty_on_document",
            "document_id",
            "staff_id",
            unique=True,
            sqlite_where=text(ON_DOCUMENT),
            postgresql_where=text(ON_DOCUMENT),
        ),
        Index(
            "uq_duty_at_both_ends",
            "request_id",
            "staff_id",
            unique=True,
            sqlite_where=text(AT_BOTH_ENDS),
            postgresql_where=text(AT_BOTH_ENDS),
        ),
        Index("ix_duty_request_id", "request_id"),
    )
    WITNESSED = ("request_id", "document_id", "staff_id", "duty", "override_id")
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    duty: Mapped[str]
    at: Mapped[dt.datetime]
    override_id: Mapped[UUID | None] = mapped_column(ForeignKey("duty_override.id"), unique=True)


class Bulk(Keyed, Base):
    """Requests for one document type that an officer approves together, on `day` alone (ADR 0054).

    It waits for the drawn ones to be decided until it is released, or stopped since one of them was not approved.
    """

    __tablename__ = "bulk"
    __table_args__ = (Index("ix_bulk_officer", "officer_id", "day"),)
    WITNESSED = ("officer_id", "centre_id", "document_type", "day", "released_at", "stopped_at")
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    document_type: Mapped[str]
    day: Mapped[dt.date]
    released_at: Mapped[dt.datetime | None]
    stopped_at: Mapped[dt.datetime | None]


class BulkCase(Keyed, Base):
    """One request of a bulk; a request is in one bulk a day. `drawn`: it is opened and decided by itself first.

    `seen` is a digest of what was there to decide on when it was taken in. `outcome` is empty while it waits,
    `approved`, or a code of `services.bulks` that says why it is not approved together with the others.
    """

    __tablename__ = "bulk_case"
    __table_args__ = (UniqueConstraint("request_id", "day"),)
    WITNESSED = ("bulk_id", "request_id", "day", "drawn", "seen", "outcome")
    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulk.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    day: Mapped[dt.date]
    drawn: Mapped[bool] = mapped_column(default=False)
    seen: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="")

    bulk: Mapped[Bulk] = relationship(lazy="joined")
    request: Mapped[IssuanceRequest] = relationship(lazy="joined")


class Roster(Keyed, Base):
    """Somebody of one centre works at another, from one day to another, both included. The only way to act there.

    With a `role` it is a watch: this one duty, from a distance, on hours that begin on `weekdays` (ISO, "1234567") at
    `from_time` and end at the next `to_time`, of Bucharest. Without one the person is there, with all their roles.
    """

    __tablename__ = "roster"
    __table_args__ = (
        CheckConstraint("from_day <= to_day", name="begins_before_it_ends"),
        CheckConstraint("given_by <> staff_id", name="giver_is_another"),
        CheckConstraint("(role = '') = (from_time IS NULL OR to_time IS NULL)", name="watch_has_hours"),
    )
    WITNESSED = (
        "staff_id",
        "centre_id",
        "from_day",
        "to_day",
        "role",
        "weekdays",
        "from_time",
        "to_time",
        "given_by",
        "ended_at",
    )
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date]
    role: Mapped[str] = mapped_column(default="")
    weekdays: Mapped[str] = mapped_column(default="")
    from_time: Mapped[dt.time | None]
    to_time: Mapped[dt.time | None]
    reason: Mapped[str]
    given_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    staff: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[staff_id])
