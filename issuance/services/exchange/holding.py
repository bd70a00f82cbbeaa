"""What is held or was refused, as supervisors see it: that of their centre, and of persons whom nobody knows yet."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text

from issuance.acts import Act, Look
from issuance.errors import NotAllowed, NotFound
from issuance.models.exchange import OPEN, CaseEvent
from issuance.models.people import Person
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.exchange import effects, schema, taking
from issuance.services.exchange.taking import ALIKE, Opened
from issuance.services.imports import lines
from issuance.services.imports.lines import Decision
from issuance.services.lists import in_order, total

LISTED = 50
COUNTED = 500
"""More are not counted: the rail says so many, however many there are."""


def waiting(look: Look) -> list[CaseEvent]:
    """Those of the own centre and of nobody known, that came first ahead: LISTED of both at most."""
    found = [key for where in _mine(look) for key in look.session.scalars(_open(where).limit(LISTED))]
    return sorted(in_order(look, CaseEvent, found), key=lambda row: (row.received_at, row.id))[:LISTED]


def waiting_since(look: Look) -> list[dt.datetime]:
    """When each of those came."""
    queries = (_open(where).with_only_columns(CaseEvent.received_at).limit(LISTED) for where in _mine(look))
    return sorted(moment for query in queries for moment in look.session.scalars(query))[:LISTED]


def count(look: Look) -> Select[int]:
    """How many there are, as a query; COUNTED of each kind at most."""
    capped = (_open(where).order_by(None).limit(COUNTED).subquery() for where in _mine(look))
    return total(select(func.count()).select_from(each) for each in capped)


def one(look: Look, key: UUID) -> CaseEvent:
    """The event with this id, of the own centre or of nobody known; NotFound when it is another's or settled."""
    row = look.session.get(CaseEvent, key)
    if row is None or not row.encrypted or row.centre_id not in (None, look.actor.centre_id):
        raise NotFound("No such event waits here. Open the list again.")
    return row


def alike(look: Look, said: Opened) -> list[Person]:
    """The persons alike to whom an application names."""
    if not isinstance(said.event, schema.Application):
        return []
    return list(lines.alike_of(look, effects.lodging_of(said.event)).values())


def decide(act: Act, row: CaseEvent, decided: Decision | None) -> None:
    """Try the event again, for the person that a supervisor chose where somebody is alike."""
    _check(act, row)
    taking.retry(act, row, decided if row.why == ALIKE else None)


def set_aside(act: Act, row: CaseEvent, reason: str) -> None:
    """A supervisor says that the event will not be applied, and why."""
    _check(act, row)
    taking.set_aside(act, row, reason)


def _check(act: Act, row: CaseEvent) -> None:
    if RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor looks at what case handling told and was not applied. Ask one.")
    if row.centre_id not in (None, act.actor.centre_id):
        raise NotAllowed(centres.ELSEWHERE)


def _mine(look: Look) -> list[ColumnElement[bool]]:
    return [CaseEvent.centre_id == look.actor.centre_id, CaseEvent.centre_id.is_(None)]


def _open(where: ColumnElement[bool]) -> Select[UUID]:
    return select(CaseEvent.id).where(where, text(OPEN)).order_by(CaseEvent.received_at, CaseEvent.id)
