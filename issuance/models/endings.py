"""The ends of documents: what was reported lost or stolen, what ended and why, what was destroyed and by whom."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, event, inspect, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned, partial_index
from issuance.law.office.feeds import Happening
from issuance.models.documents import Document, about
from issuance.models.feeds import hearing
from issuance.models.requests import IssuanceRequest

OPEN = "settled_at IS NULL"
IN_BIN = "binned_at IS NOT NULL AND destruction_id IS NULL"
LIES = "left_at IS NULL"
WAITING = "witnessed_at IS NULL AND given_up_at IS NULL"
SOMEBODY_ELSE = "somebody_else"
"""The source of a report that did not come from the holder."""


class LossReport(Versioned, Base):
    """Somebody said that a document is lost or stolen (E19): it is suspended until the window settles the report.

    `noticed_on` is the day the holder noticed it, as told, and `in_time` whether the type's term was kept. Settled,
    `outcome` is `lost`, `stolen`, or `found`: then `found_by` said so first and `settled_by`, another person, agreed.
    """

    __tablename__ = "loss_report"
    __table_args__ = (
        CheckConstraint("found_by <> settled_by", name="two_lift_a_suspension"),
        partial_index("ix_loss_report_open", "centre_id", "reported_at", where=OPEN),
    )
    WITNESSED = (
        "document_id",
        "centre_id",
        "kind",
        "source",
        "noticed_on",
        "reported_at",
        "reported_by",
        "found_by",
        "outcome",
        "settled_at",
        "settled_by",
    )
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    kind: Mapped[str]
    source: Mapped[str]
    police_reference: Mapped[str] = mapped_column(default="")
    noticed_on: Mapped[dt.date]
    in_time: Mapped[bool]
    reported_at: Mapped[dt.datetime]
    reported_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    found_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    found_at: Mapped[dt.datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    identity_confirmed_by: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    document: Mapped[Document] = relationship(lazy="joined")


class ToldLoss(Base):
    """A holder told at the status page that a document is lost or stolen; gone when the office made it a LossReport.

    It is written by the process of the public pages, which does no acts.
    """

    __tablename__ = "told_loss"
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    kind: Mapped[str]
    noticed_on: Mapped[dt.date]
    told_at: Mapped[dt.datetime]


class Ending(Keyed, Base):
    """A document ended by an act: on what `ground` (`endings.toml`), on what evidence, and whether it lies here.

    `binned_at` names the centre in whose bin it lies until it is destroyed; None when it was not given back.
    """

    __tablename__ = "ending"
    __table_args__ = (partial_index("ix_ending_in_bin", "binned_at", where=IN_BIN),)
    WITNESSED = ("document_id", "ground", "evidence", "at", "by", "binned_at", "destruction_id")
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), unique=True)
    ground: Mapped[str]
    evidence: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    binned_at: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    destruction_id: Mapped[UUID | None] = mapped_column(ForeignKey("destruction.id"), index=True)

    document: Mapped[Document] = relationship(lazy="joined")


class Uncollected(Keyed, Base):
    """A ready document that its holder does not collect, from the night that noted it until it left.

    `ready_on` is the day from which it waited. `place` says where in the vault it lies, empty while it lies at the
    desk. It left for the window (`back`), since its holder came, or for the bin.
    """

    __tablename__ = "uncollected"
    __table_args__ = (
        Index(
            "uq_uncollected_one_open", "request_id", unique=True, sqlite_where=text(LIES), postgresql_where=text(LIES)
        ),
        partial_index("ix_uncollected_open", "centre_id", "ready_on", where=LIES),
    )
    WITNESSED = (
        "request_id",
        "centre_id",
        "ready_on",
        "noted_at",
        "vaulted_at",
        "vaulted_by",
        "back",
        "left_at",
        "left_by",
    )
    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    ready_on: Mapped[dt.date]
    noted_at: Mapped[dt.datetime]
    place: Mapped[str] = mapped_column(default="")
    vaulted_at: Mapped[dt.datetime | None]
    vaulted_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    back: Mapped[bool] = mapped_column(default=False)
    left_at: Mapped[dt.datetime | None]
    left_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    request: Mapped[IssuanceRequest] = relationship(lazy="joined")


class Destruction(Versioned, Base):
    """Documents of a centre's bin, or spoiled blanks, destroyed before two persons, with minutes.

    One counted them, the other witnessed; `things` says which of both. `given_up_at`: nobody destroyed them after all,
    and they lie in the bin again.
    """

    __tablename__ = "destruction"
    __table_args__ = (
        CheckConstraint("counted_by <> witnessed_by", name="two_destroy"),
        Index(
            "uq_destruction_one_open",
            "centre_id",
            "things",
            unique=True,
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )
    WITNESSED = (
        "centre_id",
        "things",
        "counted_by",
        "counted_at",
        "count",
        "method",
        "witnessed_by",
        "witnessed_at",
        "given_up_at",
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    things: Mapped[str] = mapped_column(default="documents")
    counted_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    counted_at: Mapped[dt.datetime]
    count: Mapped[int]
    method: Mapped[str] = mapped_column(default="")
    witnessed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    witnessed_at: Mapped[dt.datetime | None]
    given_up_at: Mapped[dt.datetime | None]


class RetentionPlan(Versioned, Base):
    """What may be destroyed until the day `until`, drawn up by one administrator and agreed by another."""

    __tablename__ = "retention_plan"
    __table_args__ = (
        CheckConstraint("asked_by <> agreed_by", name="two_agree"),
        Index(
            "uq_retention_plan_one_open", "open", unique=True, sqlite_where=text("open"), postgresql_where=text("open")
        ),
    )
    WITNESSED = ("until", "count", "asked_by", "asked_at", "agreed_by", "agreed_at", "open")
    until: Mapped[dt.date]
    count: Mapped[int]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    agreed_at: Mapped[dt.datetime | None]
    open: Mapped[bool] = mapped_column(default=True)


@event.listens_for(LossReport, "after_insert")
def _tell_of_report(_mapper: Mapper[LossReport], connection: Connection, report: LossReport) -> None:
    """Whoever reported a loss: bodies outside hear of it at once, before it is confirmed (ADR 0095)."""
    hearing.hear(connection, Happening(f"reported_{report.kind}"), about(report.document, report.noticed_on))


@event.listens_for(LossReport, "after_update")
def _tell_of_find(_mapper: Mapper[LossReport], connection: Connection, report: LossReport) -> None:
    """What was reported is found: what was told of it is taken back."""
    if report.outcome == "found" and inspect(report).attrs.outcome.history.has_changes():
        happening = Happening.NEVER_LOST if report.source == SOMEBODY_ELSE else Happening.FOUND
        hearing.hear(connection, happening, about(report.document))
