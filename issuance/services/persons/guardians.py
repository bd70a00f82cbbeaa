"""Unaccompanied minors: a guardian within 24 hours of the registration, or an alarm; child protection is told."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, NotFound
from issuance.law.persons.families import families
from issuance.models.mandates import Mandate
from issuance.models.people import LoneChild, Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, lateness
from issuance.values.codes import one_of

WHY_ENDED = ("family_found", "of_age", "mistaken")
WAITING = LoneChild.ended_at.is_(None)


def begin(act: Act, request: IssuanceRequest) -> None:
    """The hours begin when the child is registered first; a later request of the same child moves nothing."""
    if _row(act, request.person) is not None:
        return
    now = act.clock.now()
    row = LoneChild(person=request.person, request_id=request.id, centre_id=request.centre_id)
    row.registered_at, row.due_at = now, now + _term()
    with suppress(IntegrityError), act.apart():  # another clerk registered the child at this moment
        act.session.add(row)


def settle(act: Act, person: Person, mandate: Mandate) -> None:
    """A guardian is there: the alarm ends."""
    row = _row(act, person)
    if row is not None and row.ended_at is None:
        row.mandate_id = mandate.id
        request = act.session.get_one(IssuanceRequest, row.request_id)
        lateness.note_by(act, "guardian", request, row.due_at)
        _end(act, row, "guardian")


def begin_again(act: Act, mandate: Mandate) -> None:
    """The guardian's mandate ended: the child is alone again, and the hours run anew."""
    row = act.session.scalar(select(LoneChild).where(LoneChild.mandate_id == mandate.id))
    if row is not None:
        row.mandate_id, row.ended_at, row.ended_by, row.ended_because = None, None, None, ""
        row.referred_at, row.referred_by = None, None
        row.due_at = act.clock.now() + _term()


def refer(act: Act, request: IssuanceRequest) -> None:
    """Child protection was told on paper that the child has no guardian."""
    centres.check_own(act, request)
    row = alone(act, request.person)
    if row.referred_at is not None:
        raise Conflict("Child protection was told already. Record the guardian when one is appointed.")
    row.referred_at, row.referred_by = act.clock.now(), act.actor.id
    act.record("person.guardian_asked_for", request, request.person)


def stop_waiting(act: Act, request: IssuanceRequest, because: str) -> None:
    """The child needs no guardian any more: the family was found, it is of age, or it never was alone."""
    centres.check_own(act, request)
    why = one_of("because", because, WHY_ENDED)
    _end(act, alone(act, request.person), why)
    act.record("person.not_alone", request, request.person, because=why)


def alone(look: Look, person: Person) -> LoneChild:
    """The open alarm of this child; NotFound when there is none."""
    row = waiting_for(look, person)
    if row is None:
        raise NotFound("This person does not wait for a guardian. Open the case again.")
    return row


def waiting_for(look: Look, person: Person) -> LoneChild | None:
    """The open alarm of this child, if there is one."""
    row = _row(look, person)
    return row if row is not None and row.ended_at is None else None


def searched(look: Look, person: Person) -> bool:
    """Whether the person was ever registered as a child without a guardian."""
    return _row(look, person) is not None


def waiting(look: Look) -> list[LoneChild]:
    """The children of the centre without a guardian, those whose hours end first ahead."""
    query = select(LoneChild).where(LoneChild.centre_id == look.actor.centre_id, WAITING)
    return list(look.session.scalars(query.order_by(LoneChild.due_at)))


def count(look: Look) -> Select[int]:
    """How many children of the centre have no guardian, as a query."""
    query = select(func.count()).select_from(LoneChild)
    return query.where(LoneChild.centre_id == look.actor.centre_id, WAITING)


def _row(look: Look, person: Person) -> LoneChild | None:
    if is_new(person):
        return None
    return look.session.scalar(select(LoneChild).where(LoneChild.person_id == person.id))


def _end(act: Act, row: LoneChild, because: str) -> None:
    row.ended_at, row.ended_by, row.ended_because = act.clock.now(), act.actor.id, because


def _term() -> dt.timedelta:
    return dt.timedelta(hours=families().guardian.hours)
