"""The data of a person are restricted and let go again (Art 18); what that forbids is `services.restrictions`'."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.privacy import privacy
from issuance.models.people import Person
from issuance.models.privacy import Demand, Restriction
from issuance.models.requests import IssuanceRequest
from issuance.services import centres, restrictions
from issuance.values import calendar
from issuance.values.codes import one_of

ASKED_BY = ("restriction", "objection", "rectification")
"""Demands after which data are restricted."""


@dataclass(frozen=True)
class Because:
    """The ground as in `privacy.toml`, and whether the person agreed that the open requests go on."""

    ground: str
    goes_on: bool


def impose(act: Act, request: IssuanceRequest, because: Because) -> Restriction:
    """From now on the data of the person of this case are restricted. InvalidInput names the field.

    Conflict while they are already, or when nobody asked for it.
    """
    centres.check_own(act, request)
    ground = one_of("ground", because.ground, tuple(privacy().restrictions))
    demand = _asked(act, request.person)
    if demand is None:
        raise Conflict("Nobody asked for it. Take the demand in first: what is asked, and who asks.", field="ground")
    row = Restriction(
        person_id=request.person_id,
        demand_id=demand.id,
        centre_id=request.centre_id,
        ground=ground,
        goes_on=because.goes_on,
        imposed_by=act.actor.id,
        imposed_at=act.clock.now(),
    )
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("The data are restricted already. Open the page again.", field="ground") from error
    act.record("restriction.imposed", row, request, request.person, ground=ground)
    return row


def let_go_on(act: Act, request: IssuanceRequest, *, goes_on: bool) -> None:
    """The person agrees that the open requests go on meanwhile, or does not any more."""
    row = _in_force(act, request)
    if row.goes_on == goes_on:
        raise Conflict("That is noted already. Nothing was changed.")
    row.goes_on = goes_on
    act.record("restriction.consent", row, request, request.person, goes_on=goes_on)


def lift(act: Act, request: IssuanceRequest, told_on: dt.date | None) -> None:
    """The restriction ends; the person was told so before (Art 18(3)). NotAllowed for who imposed it."""
    row = _in_force(act, request)
    if row.imposed_by == act.actor.id:
        raise NotAllowed("You restricted these data. Somebody else lifts it.")
    if told_on is None:
        raise InvalidInput("told_on", "Tell the person before it is lifted, and say on which day.")
    calendar.check_past("told_on", told_on, act.clock.today())
    row.told_on, row.lifted_by, row.lifted_at = told_on, act.actor.id, act.clock.now()
    act.record("restriction.lifted", row, request, request.person)


def _in_force(act: Act, request: IssuanceRequest) -> Restriction:
    centres.check_own(act, request)
    row = restrictions.of_person(act, request.person_id)
    if row is None:
        raise NotFound("The data of this person are not restricted. Open the page again.")
    return row


def _asked(look: Look, person: Person) -> Demand | None:
    """The newest demand that asks for it."""
    query = select(Demand).where(Demand.person_id == person.id, Demand.kind.in_(ASKED_BY))
    return look.session.scalar(query.order_by(Demand.id.desc()).limit(1))
