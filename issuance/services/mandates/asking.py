"""The one question: may somebody do this for the person, by which mandate, on this day (ADR 0091)?

Whatever page or act lets somebody act for a person asks here, and nowhere else is a mandate's term or scope compared.
"""

from __future__ import annotations

import datetime as dt
from typing import get_args
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_, select

from issuance.acts import Look
from issuance.db import is_new
from issuance.errors import InvalidInput
from issuance.law.persons.families import Scope, mandate_kinds
from issuance.models.mandates import Body, Consent, Mandate
from issuance.models.people import Person

SCOPES: tuple[Scope, ...] = get_args(Scope)


def holds(scope: Scope, day: dt.date) -> ColumnElement[bool]:
    """On mandates: whether they allow this on a day: neither they nor their body ended, and who must consent did."""
    allows = (literal(" ") + Mandate.scopes + literal(" ")).contains(f" {scope} ", autoescape=True)
    consented = select(Consent.id).where(Consent.mandate_id == Mandate.id, *_lives(day)).correlate(Mandate).exists()
    needs = [kind.code for kind in mandate_kinds().values() if scope in kind.consent]
    return and_(lasts(day), allows, or_(Mandate.kind.not_in(needs), consented))


def lasts(day: dt.date) -> ColumnElement[bool]:
    """On mandates: whether they are in force on a day, and so is their body."""
    within = (Mandate.from_day <= day, or_(Mandate.to_day.is_(None), Mandate.to_day >= day))
    ended = select(Body.id).where(Body.id == Mandate.body_id, Body.ended_at.is_not(None)).correlate(Mandate).exists()
    return and_(Mandate.ended_at.is_(None), *within, ~ended)


def _lives(day: dt.date) -> tuple[ColumnElement[bool], ...]:
    return Consent.withdrawn_at.is_(None), Consent.given_on <= day


def may(look: Look, mandate: Mandate, scope: Scope, day: dt.date) -> bool:
    """Whether this mandate allows it on a day."""
    return look.session.scalar(select(Mandate.id).where(Mandate.id == mandate.id, holds(scope, day))) is not None


def who_may(look: Look, person: Person, scope: Scope) -> list[Mandate]:
    """The mandates by which somebody may do this for the person today, the newest first."""
    if is_new(person):
        return []
    query = select(Mandate).where(Mandate.person_id == person.id, holds(scope, look.clock.today()))
    return list(look.session.scalars(query.order_by(Mandate.id.desc())))


def of_body(look: Look, body_id: UUID, person: Person, scope: Scope) -> Mandate | None:
    """The mandate by which a body may do this for the person today."""
    query = select(Mandate).where(Mandate.body_id == body_id, Mandate.person_id == person.id)
    query = query.where(holds(scope, look.clock.today()))
    return look.session.scalar(query.order_by(Mandate.id.desc()).limit(1))


def one_who_may(look: Look, person: Person, scope: Scope, mandate_id: UUID | None, field: str = "mandate") -> Mandate:
    """The chosen one of those who may. InvalidInput on `field` for any other, also one that has ended meanwhile."""
    for row in who_may(look, person, scope):
        if row.id == mandate_id:
            return row
    raise InvalidInput(field, "This mandate does not allow that today. Look at who acts for the person.")
