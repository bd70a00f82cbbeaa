"""What somebody needs, and why (E25); whose identity only named persons see (ADR 0093)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.models.people import Person
from issuance.models.staff import Staff

OPEN = "ended_at IS NULL"


class Observation(Versioned, Base):
    """Somebody is vulnerable, as was seen on a day: `category`, `indicator` and `needs` are codes of `law/care`.

    `needs`, with spaces between them, and `other_need` are what the desk sees. The rest is why, which is need to know:
    the note is in the vault, under the key of the request from which it was noted. `source` is who said so: `staff`,
    `case_handling`, `desk` (a tick at the lodging), or `before`: the flag that a release before kept without its
    source. It holds to the day `until`, which may be open. `ended_because` is `over`, `mistaken`, or `lapsed`.
    """

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("until IS NULL OR seen_on <= until", name="begins_before_it_ends"),
        CheckConstraint("note_id IS NULL OR request_id IS NOT NULL", name="note_has_a_key"),
        Index(
            "uq_observation_open",
            "person_id",
            "category",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        partial_index("ix_observation_until", "until", where=f"{OPEN} AND until IS NOT NULL"),
    )
    WITNESSED = (
        "person_id",
        "request_id",
        "category",
        "indicator",
        "needs",
        "other_need",
        "source",
        "seen_on",
        "until",
        "note_id",
        "observed_by",
        "ended_by",
        "ended_because",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("request.id"), index=True)
    category: Mapped[str]
    indicator: Mapped[str] = mapped_column(default="")
    needs: Mapped[str] = mapped_column(default="")
    other_need: Mapped[str] = mapped_column(default="")
    source: Mapped[str]
    seen_on: Mapped[dt.date]
    until: Mapped[dt.date | None]
    note_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    observed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    observed_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship()


class Referral(Keyed, Base):
    """A paper referred somebody to who can help: `recipient` is a code of `law/care`, `shares` how much of why it says.

    `shares` is `need`, `category`, or `note` with both: the last two only as the person agreed.
    """

    __tablename__ = "referral"
    WITNESSED = ("person_id", "observation_id", "recipient", "shares", "referred_by", "referred_at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"), index=True)
    recipient: Mapped[str]
    shares: Mapped[str]
    referred_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    referred_at: Mapped[dt.datetime]


class Protection(Versioned, Base):
    """Only the named see who this person is: a supervisor marked the identity as protected.

    Why is in the vault (`reason_id`), under the key of the request from which it was marked. Supervisors of `centre_id`
    keep the list of the named, and are told who tried to open the record.
    """

    __tablename__ = "protection"
    __table_args__ = (
        Index(
            "uq_protection_one_open",
            "person_id",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )
    WITNESSED = ("person_id", "request_id", "centre_id", "reason_id", "marked_by", "marked_at", "ended_by", "ended_at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)
    reason_id: Mapped[UUID] = mapped_column(ForeignKey("blob.id"), index=True)
    marked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    marked_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    marker: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[marked_by])


class Named(Keyed, Base):
    """Somebody of the staff who may open a protected record, from one day to another, both included.

    Nobody names themselves, but for the supervisor who marked the record and knows it: `is_marker`.
    """

    __tablename__ = "protection_named"
    __table_args__ = (
        CheckConstraint("to_day IS NULL OR from_day <= to_day", name="begins_before_it_ends"),
        CheckConstraint("is_marker OR staff_id <> named_by", name="named_by_another"),
        Index(
            "uq_protection_named_open",
            "protection_id",
            "staff_id",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )
    WITNESSED = ("protection_id", "staff_id", "is_marker", "from_day", "to_day", "named_by", "ended_by", "ended_at")
    protection_id: Mapped[UUID] = mapped_column(ForeignKey("protection.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    is_marker: Mapped[bool] = mapped_column(default=False)
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date | None]
    named_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    named_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]

    staff: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[staff_id])


class Attempt(Keyed, Base):
    """Somebody who is not named tried to open a protected record, or was to lodge for it; a supervisor is told."""

    __tablename__ = "protection_attempt"
    __table_args__ = (partial_index("ix_protection_attempt_unseen", "protection_id", where="seen_at IS NULL"),)
    WITNESSED = ("protection_id", "staff_id", "at", "seen_by", "seen_at")
    protection_id: Mapped[UUID] = mapped_column(ForeignKey("protection.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[dt.datetime]
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    seen_at: Mapped[dt.datetime | None]

    staff: Mapped[Staff] = relationship(lazy="joined", foreign_keys=[staff_id])
