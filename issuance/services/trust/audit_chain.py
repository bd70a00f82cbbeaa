"""Every event has its place in the chain of its centre: a changed, removed or moved one breaks the chain there.

A link's digest is SHA-256 over the canonical JSON of its event, its MAC, its place and the digest before it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuance import witness
from issuance.acts import Look
from issuance.db import uuid7
from issuance.models.audit import AuditEvent, AuditLink, AuditUnlinked
from issuance.models.staff import Centre

OFFICE_CHAIN = "office"
GENESIS = ""
TRIES = 5
BATCH = 250


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a chain: the last link seen."""

    chain: str
    position: int = 0
    digest: str = GENESIS


@dataclass(frozen=True, slots=True)
class Linked:
    """What `link` did: how many events it took, and whether a chain began, whose head nobody has signed yet."""

    events: int = 0
    began: bool = False


def is_waiting(look: Look) -> bool:
    """Whether an event waits for its link."""
    return look.session.scalar(select(AuditUnlinked.event_id).limit(1)) is not None


def waiting(look: Look) -> tuple[int, dt.datetime | None]:
    """How many events wait for their link, and when the oldest was: older than a minute, the thread does not run."""
    found = select(func.count(), func.min(AuditEvent.at)).join(AuditUnlinked, AuditUnlinked.event_id == AuditEvent.id)
    count, oldest = look.session.execute(found).one()
    return count, oldest


def link(look: Look) -> Linked:
    """Chain up to BATCH events that wait, whatever their keys. Another process linking them too is waited out."""
    for _ in range(TRIES):
        try:
            with look.session.begin_nested():
                return _link_batch(look.session)
        except IntegrityError:
            continue
    return Linked()


def _link_batch(session: Session) -> Linked:
    waiting = session.scalars(select(AuditUnlinked.event_id).order_by(AuditUnlinked.event_id).limit(BATCH)).all()
    events = _events(session, waiting)
    links, began = [], False
    for chain, members in groupby(sorted(events, key=_chain_of), key=_chain_of):
        place = last_place(session, chain)
        began = began or not place.position
        for event in members:
            link = _link_of(event, place)
            links.append({"id": uuid7(), "event_id": event.id} | link)
            place = Place(chain, link["position"], link["digest"])
    if links:
        session.execute(insert(AuditLink), links)
    session.execute(delete(AuditUnlinked).where(AuditUnlinked.event_id.in_(waiting)))
    return Linked(len(waiting), began)


def _events(session: Session, keys: Sequence[UUID]) -> Sequence[AuditEvent]:
    """Those of these events that can be read: one in which somebody wrote nonsense does not keep the others waiting."""
    try:
        return session.scalars(select(AuditEvent).where(AuditEvent.id.in_(keys)).order_by(AuditEvent.id)).all()
    except ValueError:
        half = len(keys) // 2
        return [*_events(session, keys[:half]), *_events(session, keys[half:])] if half else []


def _link_of(event: AuditEvent, before: Place) -> dict[str, Any]:
    link = {"chain": before.chain, "position": before.position + 1, "previous": before.digest}
    body = witness.body(event, [(subject.kind, subject.subject_id) for subject in event.subjects])
    return link | {"digest": digest(body, event.mac, link)}


def last_place(session: Session, chain: str) -> Place:
    """The end of a chain."""
    newest = select(AuditLink).where(AuditLink.chain == chain).order_by(AuditLink.position.desc()).limit(1)
    link = session.scalar(newest)
    return Place(chain, link.position, link.digest) if link else Place(chain)


def places(session: Session) -> list[Place]:
    """The ends of all chains that began."""
    chains = [OFFICE_CHAIN, *map(str, session.scalars(select(Centre.id).order_by(Centre.id)))]
    return [place for chain in chains if (place := last_place(session, chain)).position]


def _chain_of(event: AuditEvent) -> str:
    return str(event.centre_id) if event.centre_id else OFFICE_CHAIN


def digest(body: Mapping[str, Any], mac: str | None, link: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal over an event, its MAC if it has one, its place and what comes before."""
    place = {name: link[name] for name in ("chain", "position", "previous")}
    return hashlib.sha256(witness.canonical({**body, **place, **({"mac": mac} if mac else {})})).hexdigest()
