"""Who leaves a centre soon, which moves were told late without a reason, which documents say a former address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Look
from issuance.db import written
from issuance.law.persons.residence import printed_by, residence_rules_on
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.residence import Residence
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.persons import records
from issuance.services.residence import history

MOST = 100
"""Of a list: those that wait longest; who was settled makes room for the next."""


def of(look: Look, person: Person) -> list[Residence]:
    """Everywhere the person lived, the newest first; what a merged record says comes after the person's own."""
    found: list[Residence] = []
    for record in records.of(look, person):
        query = select(Residence).where(Residence.person_id == record.id)
        found += look.session.scalars(query.order_by(Residence.number.desc()))
    return found


def leaving(look: Look, centre_id: UUID | None) -> list[Residence]:
    """Who is housed in this centre, or in any, and leaves it soon or should have left; the first day first."""
    query = select(Residence).join(Person, Person.id == Residence.person_id).where(*_leaving(look, centre_id))
    query = query.where(Person.merged_into.is_(None))
    return list(look.session.scalars(query.order_by(Residence.leaves_on, Residence.id).limit(MOST)))


def cases_of(look: Look, rows: list[Residence]) -> list[tuple[Residence, IssuanceRequest | None]]:
    """The rows, each with the newest case of its person that the reader's centre has, from where it is acted on."""
    ids = [row.person_id for row in rows]
    query = select(IssuanceRequest).where(IssuanceRequest.person_id.in_(ids))
    query = query.where(IssuanceRequest.centre_id == look.actor.centre_id).order_by(IssuanceRequest.id)
    newest = {case.person_id: case for case in look.session.scalars(query)} if ids else {}
    return [(row, newest.get(row.person_id)) for row in rows]


def leaving_count(look: Look, centre_id: UUID | None) -> Select[int]:
    """How many those are, as a query."""
    return select(func.count()).select_from(Residence).where(*_leaving(look, centre_id))


def unsaid(look: Look, centre_id: UUID | None) -> list[Residence]:
    """The moves told late at this centre's desk, or at any, of which nobody said why; the newest first."""
    here = [Residence.recorded_in == centre_id] if centre_id else []
    nothing = Residence.late_because == written("")
    query = select(Residence).where(Residence.reported_on > Residence.due_on, nothing, *here)
    return list(look.session.scalars(query.order_by(Residence.reported_on.desc(), Residence.id.desc()).limit(MOST)))


@dataclass(frozen=True, slots=True)
class Outdated:
    """A document that its holder has and that prints a former address; until when a replacement is asked for."""

    document: Document
    due_on: dt.date | None


def outdated(look: Look, person: Person) -> list[Outdated]:
    """The documents of the person that print where the person lives no more. They go on to hold."""
    mine = (Document.person_id == person.id, Document.state.in_(HELD_BY_HOLDER))
    query = select(Document).where(*mine, Document.document_type.in_(printed_by())).order_by(Document.id)
    now = history.current(look, person)
    told = now.reported_on if now else None
    due = residence_rules_on(told).replacement.after(told) if told else None
    return [
        Outdated(each, due) for each in look.session.scalars(query) if each.request.holder.address != person.address
    ]


def _leaving(look: Look, centre_id: UUID | None) -> list[ColumnElement[bool]]:
    """As the partial index says it."""
    today = look.clock.today()
    until = residence_rules_on(today).leaving.after(today)
    here = [Residence.house_id == centre_id] if centre_id else []
    return [Residence.ended_at.is_(None), Residence.leaves_on.is_not(None), Residence.leaves_on <= until, *here]
