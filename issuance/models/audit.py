"""What happened, and the chain that shows nothing was changed since."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed


class AuditEvent(Keyed, Base):
    """One act: who, where, what, on which rows. `details` hold ids, codes and counts, never personal data."""

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
