"""A request for family reunification from the asking to the decision, and its end (Law 122/2006, Art 71 and 72)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.persons.reunification import reunification
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reunification import Reunification
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.lists import in_order
from issuance.services.persons import guardians
from issuance.services.reunification import members
from issuance.states import REUNIFICATIONS_AT_THE_DESK, ReunificationState, advance
from issuance.values import references
from issuance.values.calendar import check_past, youngest_age
from issuance.values.codes import one_of

Row = TypeVar("Row")

MISSING = ("kinship", "marriage", "consent", "identity", "other")
"""What may still be brought: evidence of kinship, of the marriage, of the other parent's consent, of the identity."""

WHY_CLOSED = ("arrived", "refused", "withdrawn", "not_coming")
MOST = 100


def ask(act: Act, request: IssuanceRequest, entered_on: dt.date | None, *, ex_officio: bool = False) -> Reunification:
    """The person of this case asks for the family; `ex_officio` an officer opens it for an unaccompanied minor.

    RuleViolation names the article where the status gives no such right.
    """
    centres.check_own(act, request)
    law, person = reunification(), request.person
    if person.status not in law.statuses:
        raise law.asking.violation("status")
    if ex_officio:
        _check_ex_officio(act, person)
    if entered_on:
        check_past("entered_on", entered_on, act.clock.today())
    row = Reunification(
        reference=references.new_reference(),
        request=request,
        person=person,
        ex_officio=ex_officio,
        entered_on=entered_on,
        asked_on=act.clock.today(),
        taken_by=act.actor.id,
        state_by=act.actor.id,
    )
    act.session.add(row)
    act.record("reunification.asked", row, request, person, ex_officio=ex_officio)
    return row


def record_entry(act: Act, row: Reunification, entered_on: dt.date) -> None:
    """When the beneficiary came to Romania, which a marriage is measured by. RuleViolation when a spouse's is not."""
    centres.check_own(act, row.request)
    _check_at_the_desk(row)
    check_past("entered_on", entered_on, act.clock.today())
    row.entered_on = entered_on
    for member in row.members:
        members.check_law(act, row, member)
    act.record("reunification.entry_recorded", row, row.request)


def wait_for(act: Act, row: Reunification, missing: Iterable[str]) -> None:
    """Something is still to be brought; an officer sends back what waits for the decision."""
    centres.check_own(act, row.request)
    if row.state == ReunificationState.COMPLETE and RoleName.DECISION_OFFICER not in act.actor.roles:
        raise NotAllowed("The officer has it. Wait for the officer to send it back.")
    codes = [one_of("missing", code, MISSING) for code in sorted(set(missing))]
    if not codes:
        raise InvalidInput("missing", "Choose what is missing.")
    row.missing = " ".join(codes)
    if row.state != ReunificationState.INCOMPLETE:
        advance(row, ReunificationState.INCOMPLETE, actor=act.actor)
    act.record("reunification.incomplete", row, row.request, missing=", ".join(codes))


def complete(act: Act, row: Reunification) -> None:
    """Everything is there: it goes to a decision officer. InvalidInput without a member."""
    centres.check_own(act, row.request)
    if not row.members:
        raise InvalidInput("members", "Add for whom it is asked first.")
    for member in row.members:
        members.check_law(act, row, member)
    row.missing = ""
    advance(row, ReunificationState.COMPLETE, actor=act.actor)
    act.record("reunification.complete", row, row.request, persons=len(row.members))


def close(act: Act, row: Reunification, because: str) -> None:
    """It is over. Conflict for a reason that is not so."""
    centres.check_own(act, row.request)
    why = one_of("because", because, WHY_CLOSED)
    approved = [member for member in row.members if member.outcome == "approved"]
    is_decided = row.state in (ReunificationState.DECIDED, ReunificationState.TRAVELLED)
    fits = {
        "arrived": row.state == ReunificationState.TRAVELLED,
        "refused": is_decided and not approved,
        "withdrawn": True,
        "not_coming": row.state == ReunificationState.DECIDED and bool(approved),
    }
    if not fits[why]:
        raise Conflict("This reason does not fit where the request stands. Choose another one.", field="because")
    row.closed_because = why
    advance(row, ReunificationState.CLOSED, actor=act.actor)
    act.record("reunification.closed", row, row.request, because=why)


# Looking


def of(look: Look, request: IssuanceRequest) -> list[Reunification]:
    """What the person of this case asked for at its desk, the newest first."""
    query = select(Reunification).where(Reunification.request_id == request.id)
    return list(look.session.scalars(query.order_by(Reunification.id.desc())).unique())


def found(look: Look, request: IssuanceRequest, reunification_id: UUID) -> Reunification:
    """The one of this case with this id; NotFound for another's."""
    row = look.session.get(Reunification, reunification_id)
    if row is None or row.request_id != request.id:
        raise NotFound("There is no such request for the family in this case. Open the case again.")
    return row


def waiting(look: Look) -> list[Reunification]:
    """What is open in the centre, the oldest first."""
    keys = _here(look, select(Reunification.id)).order_by(Reunification.id).limit(MOST)
    return in_order(look, Reunification, look.session.scalars(keys).all())


def count_open(look: Look) -> Select[int]:
    """How many are at the desk, as a query."""
    return _here(look, select(func.count(Reunification.id)), *REUNIFICATIONS_AT_THE_DESK)


def count_complete(look: Look) -> Select[int]:
    """How many wait for a decision, as a query."""
    return _here(look, select(func.count(Reunification.id)), ReunificationState.COMPLETE)


def _here(look: Look, query: Select[Row], *states: ReunificationState) -> Select[Row]:
    """Of the reader's centre: its case says which that is. Open ones, or of these states, as the partial index says."""
    at = select(IssuanceRequest.centre_id).where(IssuanceRequest.id == Reunification.request_id).scalar_subquery()
    query = query.where(Reunification.state != written(ReunificationState.CLOSED), at == look.actor.centre_id)
    return query.where(Reunification.state.in_(states)) if states else query


def _check_at_the_desk(row: Reunification) -> None:
    if row.state not in REUNIFICATIONS_AT_THE_DESK:
        raise Conflict("The officer has it, or decided on it. Wait for the officer to send it back.")


def _check_ex_officio(look: Look, person: Person) -> None:
    """Only an officer, and only for a minor who was registered alone (Art 72)."""
    if RoleName.DECISION_OFFICER not in look.actor.roles:
        raise NotAllowed("A decision officer opens it ex officio. At the desk the person asks for it.")
    age = youngest_age(person.birth_date, look.clock.today())
    is_minor = age is None or age < 18
    if not is_minor or not guardians.searched(look, person):
        raise reunification().ex_officio.violation("ex_officio")
