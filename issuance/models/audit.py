"""What happened, and the chain that shows nothing was changed since."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed


class AuditEvent(Keyed, Base):
    """One act: who, where, what, on which rows. `details` hold ids, codes and counts, never personal data.

    `mac` is over all of it, its subjects and its witnesses (`issuance.witness`); None in events of releases before.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_act", "act", "at"),
        Index("ix_audit_event_centre_id", "centre_id", "at"),
        Index("ix_audit_event_actor_id", "actor_id", "act", "at"),
    )
    at: Mapped[dt.datetime] = mapped_column(index=True)
    act: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_kind: Mapped[str]
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"))
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[Any] = mapped_column(JSON, default=dict)
    mac: Mapped[str | None]

    subjects: Mapped[list[AuditSubject]] = relationship(lazy="selectin", order_by="AuditSubject.subject_id")


class AuditSubject(Keyed, Base):
    """A row an event is about, so that a life line is one look-up."""

    __tablename__ = "audit_subject"
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_event.id"), index=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)


class AuditLink(Keyed, Base):
    """An event's place in the chain of its centre (`chain` is the centre's id or `office`)."""

    __tablename__ = "audit_link"
    __table_args__ = (UniqueConstraint("chain", "position"),)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_event.id"), unique=True)
    chain: Mapped[str]
    position: Mapped[int]
    previous: Mapped[str]
    digest: Mapped[str]


class AuditUnlinked(Base):
    """An event that waits for its link, so that linking looks through nothing else."""

    __tablename__ = "audit_unlinked"
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)


class AuditWitness(Base):
    """What an act left a watched row saying, by column; None when it deleted the row. `number` counts from 1 a row.

    Codes, counts and ids are in clear, everything else is a keyed digest (`issuance.witness`): nothing personal or
    secret lies here.
    """

    __tablename__ = "audit_witness"
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_event.id"), index=True)
    says: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))


class AuditProof(Keyed, Base):
    """One proof of the audit, `whole` or from where the last one ended. At most one is under way.

    `walk` is a `services.trust.audit_walk.Walk`: how far it is, and what it found.
    """

    __tablename__ = "audit_proof"
    __table_args__ = (
        Index(
            "uq_audit_proof_under_way",
            "verdict",
            unique=True,
            sqlite_where=text("verdict = 'under_way'"),
            postgresql_where=text("verdict = 'under_way'"),
        ),
    )
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    whole: Mapped[bool]
    verdict: Mapped[str]
    walk: Mapped[Any] = mapped_column(JSON)
