"""What a proof looks at in events: their order, their digests, their MACs; and those that are in no chain."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from issuance import witness
from issuance.acts import Look
from issuance.models.audit import AuditEvent, AuditLink, AuditSubject, AuditUnlinked, AuditWitness
from issuance.services.trust import audit_chain
from issuance.services.trust.audit_chain import GENESIS, Place
from issuance.services.trust.audit_walk import Fault, Finding, Walk

BATCH = 500
TOLERANCE = dt.timedelta(minutes=2)
"""How far the clock that dated an event may be ahead of ours."""

EVENT = (
    *(AuditEvent.id, AuditEvent.at, AuditEvent.act, AuditEvent.actor_id, AuditEvent.actor_kind),
    *(AuditEvent.centre_id, AuditEvent.reason, AuditEvent.details, AuditEvent.mac),
)
LINK = (AuditLink.event_id, AuditLink.chain, AuditLink.position, AuditLink.previous, AuditLink.digest)


class _Parts:
    """Subjects and witnesses of a batch of events; `about` says which, by columns of the events or their links."""

    def __init__(self, look: Look, about: ColumnElement[bool]) -> None:
        self.subjects: dict[UUID, list[tuple[str, UUID]]] = defaultdict(list)
        self.witnesses: dict[UUID, list[tuple[str, UUID, int, Any]]] = defaultdict(list)
        subjects = select(AuditSubject.event_id, AuditSubject.kind, AuditSubject.subject_id)
        for event_id, kind, key in look.session.execute(_of(subjects, AuditSubject.event_id, about)):
            self.subjects[event_id].append((kind, key))
        said = select(
            *(AuditWitness.event_id, AuditWitness.kind, AuditWitness.subject_id),
            *(AuditWitness.number, AuditWitness.says),
        )
        for event_id, *told in look.session.execute(_of(said, AuditWitness.event_id, about)):
            self.witnesses[event_id].append(tuple(told))


def _of(query: Any, event_id: Any, about: ColumnElement[bool]) -> Any:
    joined = query.join(AuditEvent, AuditEvent.id == event_id)
    return joined.outerjoin(AuditLink, AuditLink.event_id == event_id).where(about)


def check_chain(look: Look, walk: Walk, chain: str, at: list[Any] | None) -> list[Any] | None:
    """The next links of a chain, each with its event; `at` is the last one seen, position and digest."""
    place = Place(chain, *(at or walk.reached.get(chain, [0, GENESIS])))
    if at is None and place.position:
        _check_start(look, walk, place)
    query = select(*LINK, *EVENT).outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id)
    beyond = query.where(AuditLink.chain == chain, AuditLink.position > place.position)
    rows = look.session.execute(beyond.order_by(AuditLink.position).limit(BATCH)).all()
    if not rows:
        return None
    here = AuditLink.position.between(rows[0].position, rows[-1].position)
    parts = _Parts(look, (AuditLink.chain == chain) & here)
    for row in rows:
        _check_link(look, walk, row, place, parts)
        place = Place(chain, row.position, row.digest)
    walk.events += len(rows)
    walk.reached[chain] = [place.position, place.digest]
    return walk.reached[chain]


def _check_start(look: Look, walk: Walk, place: Place) -> None:
    """The link at which the last proof ended is still there."""
    query = select(AuditLink.digest).where(AuditLink.chain == place.chain, AuditLink.position == place.position)
    if look.session.scalar(query) != place.digest:
        walk.note(_named(Fault.CHAIN_ANEW, place.chain, place.position))


def _check_link(look: Look, walk: Walk, row: Any, before: Place, parts: _Parts) -> None:
    def note(fault: Fault) -> None:
        walk.note(_named(fault, row.chain, row.position, row.event_id))

    for missing in range(before.position + 1, min(row.position, before.position + 1 + BATCH)):
        walk.note(_named(Fault.LINK_MISSING, row.chain, missing))
    if row.id is None:
        note(Fault.EVENT_DELETED)
        return
    if row.previous != before.digest and row.position == before.position + 1:
        note(Fault.OUT_OF_ORDER)
    body = witness.body(row, parts.subjects[row.id])
    if row.digest != audit_chain.digest(body, row.mac, row._mapping):
        note(Fault.EVENT_CHANGED)
    _check_event(look, walk, row, body, parts)


def _check_event(look: Look, walk: Walk, row: Any, body: dict[str, Any], parts: _Parts) -> None:
    """Its MAC, unless it was written before there were any; and that it is not dated in the future."""
    legacy = walk.legacy is None or (row.position or 0) <= walk.legacy.get(row.chain, -1)
    is_ours = row.mac == witness.mac(look.event_key, body, parts.witnesses[row.id]) if row.mac else legacy
    if not is_ours:
        walk.note(_event(Fault.EVENT_FORGED, row))
    if row.at > look.clock.now() + TOLERANCE:
        walk.note(_event(Fault.EVENT_FUTURE, row))


def _event(fault: Fault, row: Any) -> Finding:
    """About an event, at its place if it has one."""
    if row.position is None:
        return Finding("audit_event", str(row.id), "", fault, str(row.id))
    return _named(fault, row.chain, row.position, row.id)


def _named(fault: Fault, chain: str, position: int, event_id: UUID | str = "") -> Finding:
    return Finding("link", f"{chain} {position}", "", fault, str(event_id))


def check_outside(look: Look, walk: Walk, _name: str, at: str | None) -> str | None:
    """The next events that are in no chain: those that wait for their link are as good as any other."""
    query = select(*EVENT, AuditLink.chain, AuditLink.position, AuditUnlinked.event_id.label("waits"))
    query = query.outerjoin(AuditLink, AuditLink.event_id == AuditEvent.id)
    query = query.outerjoin(AuditUnlinked, AuditUnlinked.event_id == AuditEvent.id)
    query = query.where(AuditLink.id.is_(None), AuditEvent.id > UUID(at or str(UUID(int=0))))
    rows = look.session.execute(query.order_by(AuditEvent.id).limit(BATCH)).all()
    _check_unlinked(look, walk, rows)
    walk.events += len(rows)
    return str(rows[-1].id) if len(rows) == BATCH else None


def _check_unlinked(look: Look, walk: Walk, rows: Sequence[Any]) -> None:
    parts = _Parts(look, AuditEvent.id.in_([row.id for row in rows]))
    for row in rows:
        _check_event(look, walk, row, witness.body(row, parts.subjects[row.id]), parts)
        if row.waits is None:
            walk.note(_event(Fault.EVENT_OUTSIDE, row))
