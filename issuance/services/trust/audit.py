"""What happened, as the events tell it. Writing one is `Act.record`; chain and proof are `audit_chain`'s."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.staff import Centre, Staff, Station


def life_line(look: Look, *subject_ids: UUID) -> list[AuditEvent]:
    """Everything that happened to these subjects, oldest first, each event once."""
    about = select(AuditSubject.event_id).where(AuditSubject.subject_id.in_(subject_ids))
    ordered = select(AuditEvent).where(AuditEvent.id.in_(about)).order_by(AuditEvent.at, AuditEvent.id)
    return list(look.session.scalars(ordered))


def names(look: Look, events: Iterable[AuditEvent]) -> dict[UUID, str]:
    """Who acted and where, by id: members of staff, stations, centres."""
    listed = list(events)
    actors = {event.actor_id for event in listed if event.actor_id}
    centres = {event.centre_id for event in listed if event.centre_id}
    queries = (
        select(Staff.id, Staff.full_name).where(Staff.id.in_(actors)),
        select(Station.id, Station.name).where(Station.id.in_(actors)),
        select(Centre.id, Centre.name).where(Centre.id.in_(centres)),
    )
    return {key: name for query in queries for key, name in look.session.execute(query)}
