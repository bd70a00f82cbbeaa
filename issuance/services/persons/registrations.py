"""Applications for protection: when and where they were made, registered within the law's term or late (E22)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.persons.registration import PLACES, Place, late_reasons, registering, registration_rules_on
from issuance.models.requests import IssuanceRequest, Registration
from issuance.services import centres
from issuance.values.calendar import check_past
from issuance.values.codes import Kind, one_of

PAGE_ROWS = 50


def keep(act: Act, request: IssuanceRequest, applied_on: dt.date | None, applied_at: Place) -> None:
    """A first certificate registers an application: without a day it was made today, where it is lodged.

    InvalidInput for another document with a day, and for a day to come; RuleViolation before the first rules.
    """
    if not check(request, applied_on, applied_at):
        return
    made_on, place = applied_on or request.lodged_on, one_of("applied_at", applied_at, PLACES)
    row = Registration(request=request, centre_id=request.centre_id, made_on=made_on, place=place)
    row.registered_on = request.lodged_on
    row.due_on = registration_rules_on(made_on).due_date(made_on, place)
    act.session.add(row)


def check(request: IssuanceRequest, applied_on: dt.date | None, applied_at: Place) -> bool:
    """Whether this request registers an application; refused as by `keep`."""
    if request.document_type not in registering() or request.kind != Kind.FIRST:
        if applied_on:
            raise InvalidInput(
                "applied_on", "Only a first registration certificate registers an application. Leave this day empty."
            )
        return False
    made_on, place = applied_on or request.lodged_on, one_of("applied_at", applied_at, PLACES)
    check_past("applied_on", made_on, request.lodged_on)
    registration_rules_on(made_on).due_date(made_on, place)
    return True


def explain(act: Act, request: IssuanceRequest, because: str) -> None:
    """Say why the application was registered late; said again, the later reason counts."""
    centres.check_own(act, request)
    row = of(act, request)
    if row is None:
        raise NotFound("This request registers no application. Open the list again.")
    if not days_late(row):
        raise Conflict("This application was registered in time. Open the list again.")
    row.late_because = one_of("because", because, late_reasons())
    row.said_by, row.said_at = act.actor.id, act.clock.now()
    act.record("request.lateness_explained", request, row, because=because)


def of(look: Look, request: IssuanceRequest) -> Registration | None:
    """The application that this request registers, if it does."""
    if request.document_type not in registering():
        return None
    return look.session.scalar(select(Registration).where(Registration.request_id == request.id))


def days_late(row: Registration) -> int:
    """By how many calendar days it was registered late; 0 when it was not."""
    return max(0, (row.registered_on - row.due_on).days)


def late(look: Look, centre_id: UUID | None, *, said: bool = False, page: int = 1) -> list[Registration]:
    """50 applications of a centre, or of all, that were registered late, without a reason or with one; newest first."""
    query = select(Registration).where(*_late(centre_id, said=said))
    query = query.order_by(Registration.registered_on.desc(), Registration.id.desc())
    return list(look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)))


def unexplained(look: Look, centre_id: UUID | None) -> int:
    """How many were registered late and nobody said why."""
    query = select(func.count()).select_from(Registration)
    return look.session.scalar(query.where(*_late(centre_id, said=False))) or 0


def _late(centre_id: UUID | None, *, said: bool) -> list[ColumnElement[bool]]:
    """As the partial indexes say it."""
    nothing = written("")
    reason = Registration.late_because != nothing if said else Registration.late_because == nothing
    here = [Registration.centre_id == centre_id] if centre_id else []
    return [Registration.registered_on > Registration.due_on, reason, *here]
