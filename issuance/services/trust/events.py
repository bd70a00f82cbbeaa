"""What supervisors and auditors look through: the events of the register, and portraits accepted against a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import Staff

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """Which events are looked for: of one kind of act, one centre, one day; all of them where it is not said."""

    act: str = ""
    centre_id: UUID | None = None
    day: dt.date | None = None


def events(look: Look, wanted: Looked, *, page: int = 1) -> list[AuditEvent]:
    """50 events, newest first."""
    query = _wanted(wanted).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    return list(look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)))


def _wanted(wanted: Looked) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if wanted.act:
        query = query.where(AuditEvent.act == wanted.act)
    if wanted.centre_id:
        query = query.where(AuditEvent.centre_id == wanted.centre_id)
    if wanted.day:
        begin = dt.datetime.combine(wanted.day, dt.time(), OFFICE_ZONE)
        end = dt.datetime.combine(wanted.day + dt.timedelta(days=1), dt.time(), OFFICE_ZONE)
        query = query.where(AuditEvent.at >= begin, AuditEvent.at < end)
    return query


def acts(look: Look) -> list[str]:
    """Every kind of act that ever happened here."""
    return list(look.session.scalars(select(AuditEvent.act).distinct().order_by(AuditEvent.act)))


def references_of(look: Look, found: Iterable[AuditEvent]) -> dict[UUID, tuple[UUID, str]]:
    """The request each event is about, where it names one: its id and reference, by event."""
    listed = [event.id for event in found]
    query = (
        select(AuditSubject.event_id, IssuanceRequest.id, IssuanceRequest.reference)
        .join(IssuanceRequest, IssuanceRequest.id == AuditSubject.subject_id)
        .where(AuditSubject.event_id.in_(listed), AuditSubject.kind == IssuanceRequest.__tablename__)
    )
    return {event_id: (request_id, reference) for event_id, request_id, reference in look.session.execute(query)}


def overrides(look: Look, centre_id: UUID | None, *, page: int = 1) -> list[tuple[Portrait, IssuanceRequest, Staff]]:
    """50 portraits accepted against a finding, newest first: of one centre, or of all."""
    query = (
        select(Portrait, IssuanceRequest, Staff)
        .join(IssuanceRequest, IssuanceRequest.id == Portrait.request_id)
        .join(Staff, Staff.id == Portrait.accepted_by)
        .where(Portrait.override_reason != "")
        .order_by(Portrait.id.desc())
    )
    if centre_id:
        query = query.where(IssuanceRequest.centre_id == centre_id)
    rows = look.session.execute(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS))
    return [(portrait, request, staff) for portrait, request, staff in rows.unique()]
