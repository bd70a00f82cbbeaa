"""What persons ask about their data, what was told of them to whom, and who was seen when something went wrong
(GDPR; ADR 0097).
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest

OPEN = "outcome = ''"
IN_FORCE = "lifted_at IS NULL"
FILED = "blob_id IS NOT NULL"


class Demand(Versioned, Base):
    """A person, or who acts for one, asks something about the person's data, or asks or complains of anything.

    `kind` is one of `law.privacy.KINDS`; it was taken in from the page of the case `request_id`, under whose key the
    words of both sides are encrypted (`said_id`, `answer_id`). `identity` says against what the person's was checked,
    `mandate_id` who acted for a minor. Answered, `outcome` is `granted`, `refused` or `withdrawn`, by the article `at`
    of the law's file; whoever took it in never answers.
    """

    __tablename__ = "demand"
    __table_args__ = (
        CheckConstraint("answered_by <> taken_by", name="two_answer"),
        CheckConstraint("(outcome = '') = (answered_at IS NULL)", name="answered_is_dated"),
        CheckConstraint("due_on >= taken_on", name="due_after_it_came"),
        partial_index("ix_demand_open", "centre_id", "due_on", "id", where=OPEN),
        Index("ix_demand_request_id", "request_id"),
    )
    WITNESSED = (
        "person_id",
        "request_id",
        "centre_id",
        "kind",
        "taken_by",
        "taken_on",
        "due_on",
        "extended_by",
        "extended_because",
        "outcome",
        "at",
        "answered_by",
        "answered_at",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    kind: Mapped[str]
    language: Mapped[str]
    identity: Mapped[str]
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"), index=True)
    said_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    taken_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[dt.datetime]
    taken_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    extended_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    extended_because: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    at: Mapped[str] = mapped_column(default="")
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[dt.datetime | None]

    person: Mapped[Person] = relationship()
    request: Mapped[IssuanceRequest] = relationship()


class AccessReport(Keyed, Base):
    """The file that answers a demand of access: everything the register keeps of a person (Art 15).

    Made in the background (`made_at`); `blob_id` is the file under the key of the demand's case, until the day
    `kept_until` or the end of that case's data. `withheld` are the codes of `privacy.toml` of what it leaves out,
    `digest` its SHA-256. `handed_over_at`: given to the person; by whom, the demand says.
    """

    __tablename__ = "access_report"
    __table_args__ = (partial_index("ix_access_report_kept", "kept_until", where=FILED),)
    WITNESSED = ("demand_id", "blob_id", "digest", "withheld", "made_at", "kept_until", "handed_over_at")
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("demand.id"), unique=True)
    blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"), index=True)
    size: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(default="")
    withheld: Mapped[Any] = mapped_column(JSON, default=list)
    made_at: Mapped[dt.datetime | None]
    kept_until: Mapped[dt.date | None]
    handed_over_at: Mapped[dt.datetime | None]

    demand: Mapped[Demand] = relationship()


class Disclosure(Keyed, Base):
    """Somebody outside was told something about a person: a paper given, an answer to a body that asked.

    `recipient` is a code of `privacy.toml`, `body` its name, `told` codes of what was told with spaces between
    them. What other acts tell by themselves has no row here (`services.privacy.disclosures`).
    """

    __tablename__ = "disclosure"
    __table_args__ = (CheckConstraint("told <> ''", name="tells_something"),)
    WITNESSED = ("person_id", "centre_id", "recipient", "told", "told_on", "noted_by", "noted_at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    recipient: Mapped[str]
    body: Mapped[str]
    told: Mapped[str]
    told_on: Mapped[dt.date]
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    noted_at: Mapped[dt.datetime]


class Informed(Keyed, Base):
    """Who was told something of a person was told that it has changed (Art 19): once for each change and body."""

    __tablename__ = "informed"
    __table_args__ = (UniqueConstraint("version_id", "recipient", "body"),)
    WITNESSED = ("person_id", "version_id", "recipient", "informed_by", "informed_at")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("person_version.id"))
    recipient: Mapped[str]
    body: Mapped[str]
    informed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    informed_at: Mapped[dt.datetime]


class Restriction(Versioned, Base):
    """The data of a person are restricted (Art 18): kept, and used for nothing but what `services.restrictions` says.

    `ground` is a code of `privacy.toml`. `goes_on`: the person agreed that the open requests go on meanwhile.
    The person is told before it is lifted (Art 18(3)), by another than who imposed it.
    """

    __tablename__ = "restriction"
    __table_args__ = (
        CheckConstraint("lifted_by <> imposed_by", name="two_lift"),
        CheckConstraint("lifted_at IS NULL OR told_on IS NOT NULL", name="told_before_it_is_lifted"),
        Index(
            "uq_restriction_in_force",
            "person_id",
            unique=True,
            sqlite_where=text(IN_FORCE),
            postgresql_where=text(IN_FORCE),
        ),
    )
    WITNESSED = (
        "person_id",
        "demand_id",
        "centre_id",
        "ground",
        "goes_on",
        "imposed_by",
        "imposed_at",
        "told_on",
        "lifted_by",
        "lifted_at",
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    demand_id: Mapped[UUID | None] = mapped_column(ForeignKey("demand.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    ground: Mapped[str]
    goes_on: Mapped[bool]
    imposed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    imposed_at: Mapped[dt.datetime]
    told_on: Mapped[dt.date | None]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[dt.datetime | None]


class Breach(Versioned, Base):
    """Whom could an account, or a station, have seen in a time: asked when something went wrong (Art 33).

    `known_at` is when the office knew of it, from which the 72 hours count to `due_at`; `walked_to` how far the list is
    made, whole at `to_at`. `reported_at` is when the authority was told; `late_because` why later than that.
    """

    __tablename__ = "breach"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (station_id IS NULL)", name="of_one"),
        CheckConstraint("from_at < to_at", name="begins_before_it_ends"),
        Index("ix_breach_asked_at", "asked_at"),
    )
    WITNESSED = (
        "account_id",
        "station_id",
        "from_at",
        "to_at",
        "known_at",
        "due_at",
        "centre_id",
        "asked_by",
        "asked_at",
        "reported_by",
        "reported_at",
        "late_because",
    )
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    station_id: Mapped[UUID | None] = mapped_column(ForeignKey("station.id"))
    from_at: Mapped[dt.datetime]
    to_at: Mapped[dt.datetime]
    known_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    reason: Mapped[str]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    walked_to: Mapped[dt.datetime | None]
    listed: Mapped[int] = mapped_column(default=0)
    searches: Mapped[int] = mapped_column(default=0)
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    reported_at: Mapped[dt.datetime | None]
    late_because: Mapped[str] = mapped_column(default="")

    @property
    def is_whole(self) -> bool:
        """Whether the list is made to its end."""
        return self.walked_to is not None and self.walked_to >= self.to_at


class BreachLine(Base):
    """A case that could be seen: first and last when, and by how many acts."""

    __tablename__ = "breach_line"
    __table_args__ = (Index("ix_breach_line_request_id", "request_id"),)
    breach_id: Mapped[UUID] = mapped_column(ForeignKey("breach.id"), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), primary_key=True)
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    times: Mapped[int]

    request: Mapped[IssuanceRequest] = relationship()
