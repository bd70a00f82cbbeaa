"""What supervisors and auditors look through: events, life lines, and portraits accepted against a finding.

Writing an event is `Act.record`; chain and proof are `audit_chain`'s and `audit_proofs`'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import lazyload

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.db import written
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import Centre, Staff, Station

PAGE_ROWS = 50
ROUTINE = ("account.logged_in", "account.logged_out", "audit.proof_asked", "audit.proved")
"""What would bury the rest."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Which events are looked for: of one kind of act, one centre, one day, one person who acted, about one thing.

    All of them where it is not said, but log-ins and log-outs, which one asks for by their act or person.
    """

    act: str = ""
    centre_id: UUID | None = None
    day: dt.date | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None


def events(look: Look, wanted: Looked, *, page: int = 1) -> list[AuditEvent]:
    """50 events, newest first."""
    query = _wanted(wanted).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    query = query.options(lazyload(AuditEvent.subjects))
    return list(look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)))


def _wanted(wanted: Looked) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if wanted.act:
        query = query.where(AuditEvent.act == wanted.act)
    elif not wanted.actor_id:
        query = query.where(AuditEvent.act.not_in(ROUTINE))
    if wanted.actor_id:
        query = query.where(AuditEvent.actor_id == wanted.actor_id)
    if wanted.subject_id:
        about = select(AuditSubject.event_id).where(AuditSubject.subject_id == wanted.subject_id)
        query = query.where(AuditEvent.id.in_(about))
    if wanted.centre_id:
        query = query.where(AuditEvent.centre_id == wanted.centre_id)
    if wanted.day:
        begin = dt.datetime.combine(wanted.day, dt.time(), OFFICE_ZONE)
        end = dt.datetime.combine(wanted.day + dt.timedelta(days=1), dt.time(), OFFICE_ZONE)
        query = query.where(AuditEvent.at >= begin, AuditEvent.at < end)
    return query


def actors(look: Look, centre_id: UUID | None) -> list[tuple[UUID, str]]:
    """Who works at a centre, or (None) anywhere, and its stations: by name."""
    people, stations = select(Staff.id, Staff.full_name), select(Station.id, Station.name)
    if centre_id:
        people, stations = people.where(Staff.centre_id == centre_id), stations.where(Station.centre_id == centre_id)
    rows = [(key, name) for query in (people, stations) for key, name in look.session.execute(query)]
    return sorted(rows, key=lambda row: row[1].casefold())


def acts(look: Look) -> list[str]:
    """Every kind of act that ever happened here, from one entry of the index to the next other."""
    seen = select(func.min(AuditEvent.act).label("act")).cte("seen", recursive=True)
    following = select(func.min(AuditEvent.act)).where(AuditEvent.act > seen.c.act).scalar_subquery()
    every = seen.union_all(select(following).where(seen.c.act.is_not(None)))
    return list(look.session.scalars(select(every.c.act).where(every.c.act.is_not(None)).order_by(every.c.act)))


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
    keys = select(Portrait.id).where(Portrait.override_reason != written("")).order_by(Portrait.id.desc())
    if centre_id:  # asked of each, newest first: a join could begin with every request of the centre
        of_centre = select(IssuanceRequest.id).where(IssuanceRequest.centre_id == centre_id)
        keys = keys.where(of_centre.where(IssuanceRequest.id == Portrait.request_id).exists())
    listed = look.session.scalars(keys.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
    query = (
        select(Portrait, IssuanceRequest, Staff)
        .join(IssuanceRequest, IssuanceRequest.id == Portrait.request_id)
        .join(Staff, Staff.id == Portrait.accepted_by)
        .where(Portrait.id.in_(listed))
        .order_by(Portrait.id.desc())
    )
    rows = look.session.execute(query)
    return [(portrait, request, staff) for portrait, request, staff in rows.unique()]


def life_line(look: Look, *subject_ids: UUID) -> list[AuditEvent]:
    """Everything that happened to these subjects, oldest first, each event once; read its subjects in the session."""
    about = select(AuditSubject.event_id).where(AuditSubject.subject_id.in_(subject_ids))
    ordered = select(AuditEvent).where(AuditEvent.id.in_(about)).order_by(AuditEvent.at, AuditEvent.id)
    return list(look.session.scalars(ordered.options(lazyload(AuditEvent.subjects))))


def life_lines(look: Look, subject_ids: Collection[UUID]) -> dict[UUID, list[AuditEvent]]:
    """The same of each of them, by subject; those to which nothing happened are left out."""
    query = select(AuditSubject.subject_id, AuditEvent).join(AuditEvent, AuditEvent.id == AuditSubject.event_id)
    query = query.where(AuditSubject.subject_id.in_(subject_ids)).order_by(AuditEvent.at, AuditEvent.id)
    found: dict[UUID, list[AuditEvent]] = {}
    for subject_id, event in look.session.execute(query.options(lazyload(AuditEvent.subjects))):
        found.setdefault(subject_id, []).append(event)
    return found


def staff_names(look: Look, events: Iterable[AuditEvent]) -> dict[UUID, str]:
    """Which members of staff acted, by id."""
    actors = {event.actor_id for event in events if event.actor_id and event.actor_kind == "staff"}
    query = select(Staff.id, Staff.full_name).where(Staff.id.in_(actors))
    return {key: name for key, name in look.session.execute(query)} if actors else {}


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
