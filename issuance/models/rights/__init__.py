"""Protection that was granted, as long as nobody asked for its document; and which public texts somebody has read."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest

WAITING = "ended_at IS NULL"


class Grant(Versioned, Base):
    """A decision that granted protection to somebody with a case here (E7): the person has not asked for its document.

    `request_id` is the case from which it was noted. Over is it by `ended_because`: `requested`, or no more waited for:
    `mistaken`, `gone`.
    """

    __tablename__ = "protection_grant"
    __table_args__ = (
        Index(
            "uq_protection_grant_waiting",
            "person_id",
            unique=True,
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        partial_index("ix_protection_grant_waiting", "decided_on", where=WAITING),
    )
    WITNESSED = (
        "person_id",
        "request_id",
        "status",
        "decision_number",
        "decided_on",
        "noted_by",
        "noted_at",
        "ended_by",
        "ended_because",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    status: Mapped[str]
    decision_number: Mapped[str]
    decided_on: Mapped[dt.date]
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    noted_at: Mapped[dt.datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[dt.datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(lazy="joined")
    request: Mapped[IssuanceRequest] = relationship(lazy="joined")


class TextReview(Keyed, Base):
    """Somebody who speaks the language has read this text, word for word: `digest` is `law.text_reviews.digest` of it.

    `reader` is who read it, `back` what it says when it is said in Romanian again; `kept_by` the account that kept it.
    """

    __tablename__ = "text_review"
    __table_args__ = (UniqueConstraint("language", "digest"),)
    WITNESSED = ("language", "digest", "reader", "back", "kept_by", "kept_at")
    language: Mapped[str]
    digest: Mapped[str]
    reader: Mapped[str]
    back: Mapped[str]
    kept_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kept_at: Mapped[dt.datetime]
