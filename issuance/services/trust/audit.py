"""Writing down what happened: one event per act, in the act's own transaction, naming all its subjects.

Events hold ids, codes and counts, never personal data. Chaining and proof are `audit_chain`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.models.audit import AuditEvent, AuditSubject

Detail = str | int | bool | UUID


def record(
    session: Session,
    act: str,
    *,
    actor: Actor,
    clock: Clock,
    subjects: Iterable[Any],
    centre_id: UUID | None = None,
    reason: str = "",
    **details: Detail,
) -> AuditEvent:
    """Write the event of an act about `subjects` (rows of ours) in the caller's transaction.

    Centre and reason are the actor's own unless given. TypeError for a detail that is not a str, int, bool or UUID.
    """
    event = AuditEvent(
        at=clock.now(),
        act=act,
        actor_id=actor.id,
        actor_kind=actor.kind,
        centre_id=centre_id or actor.centre_id,
        reason=reason or actor.reason,
        details={name: _plain(name, value) for name, value in details.items()},
    )
    session.flush()  # gives new subjects their keys
    named = {subject.id: subject.__tablename__ for subject in subjects}
    event.subjects = [AuditSubject(kind=kind, subject_id=key) for key, kind in named.items()]
    session.add(event)
    return event


def life_line(session: Session, subject_id: UUID) -> list[AuditEvent]:
    """Everything that happened to one subject, oldest first."""
    about = select(AuditSubject.event_id).where(AuditSubject.subject_id == subject_id)
    return list(
        session.scalars(select(AuditEvent).where(AuditEvent.id.in_(about)).order_by(AuditEvent.at, AuditEvent.id))
    )


def _plain(name: str, value: object) -> str | int | bool:
    """The detail as JSON holds it, the same on every database."""
    if isinstance(value, (UUID, StrEnum)):
        return str(value)
    if isinstance(value, (str, int)):
        return value
    raise TypeError(f"the audit detail {name} is a {type(value).__name__}: give an id, a code or a count")
