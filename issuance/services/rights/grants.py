"""Protection granted to somebody who has a case here and did not ask for the document of it yet (E7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance import document_types
from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.rights import Grant
from issuance.services import centres
from issuance.services.rule_versions import rules_of, types
from issuance.states import WITHOUT_DOCUMENT
from issuance.values.calendar import check_past
from issuance.values.codes import one_of

WHY_ENDED: tuple[Literal["mistaken", "gone"], ...] = ("mistaken", "gone")
"""Why a grant is waited for no more, beside that the document was asked for."""


@dataclass(frozen=True)
class Decision:
    """What the decision that grants protection says."""

    status: str
    number: str
    day: dt.date | None


def told_types(look: Look) -> list[str]:
    """The document types whose holders are told of rights and duties, by their rules of today."""
    today = look.clock.today()
    return [code for code, kind in types(look).items() if kind.rules_on(today).hand_over_requires("rights_notice")]


def permits(look: Look) -> dict[str, str]:
    """The residence permit of each status whose holders are told of rights and duties: the status, and the type."""
    today, known = look.clock.today(), types(look)
    permitted = [code for code in told_types(look) if known[code].exclusive == "residence"]
    return {status: code for code in permitted for status in known[code].rules_on(today).entitlement.statuses}


def note(act: Act, request: IssuanceRequest, decision: Decision) -> Grant:
    """Note that the person of this case was granted protection, and has the document still to ask for."""
    centres.check_own(act, request)
    permit = permits(act)
    status = one_of("status", decision.status, permit)
    if not decision.number.strip() or decision.day is None:
        raise InvalidInput("decision_number", "Type the number and the date of the decision that grants protection.")
    check_past("decided_on", decision.day, act.clock.today())
    person = request.person
    _check_not_asked(act, person, permit[status])
    said = {"status": status, "decision_number": decision.number.strip(), "decided_on": decision.day}
    row = Grant(person=person, request=request, noted_by=act.actor.id, noted_at=act.clock.now(), **said)
    try:
        with act.apart():
            act.session.add(row)
    except IntegrityError as error:
        raise Conflict("This person's grant is noted already. Open the case again.", field="status") from error
    act.record("grant.noted", request, person, row, status=status)
    return row


def _check_not_asked(look: Look, person: Person, permit: str) -> None:
    asked = select(IssuanceRequest.id).where(
        IssuanceRequest.person_id == person.id,
        IssuanceRequest.document_type == permit,
        IssuanceRequest.state.not_in(WITHOUT_DOCUMENT),
    )
    if look.session.scalar(asked.limit(1)):
        raise Conflict("This person asked for the permit already. Open that request.", field="status")


def waiting(look: Look, person: Person) -> Grant | None:
    """The grant whose document this person has still to ask for."""
    if is_new(person):
        return None
    return look.session.scalar(select(Grant).where(Grant.person_id == person.id, Grant.ended_at.is_(None)))


def answer(act: Act, request: IssuanceRequest) -> None:
    """The person asks for the document of the grant: it is waited for no more."""
    kind = document_types.get(request.document_type)
    if kind.exclusive != "residence" or not rules_of(request).hand_over_requires("rights_notice"):
        return
    if (row := waiting(act, request.person)) is not None:
        _end(act, row, "requested")


def end(act: Act, request: IssuanceRequest, because: str) -> None:
    """The document is not waited for any more: the grant was noted by mistake, or the person is gone."""
    centres.check_own(act, request)
    why = one_of("because", because, WHY_ENDED)
    row = waiting(act, request.person)
    if row is None:
        raise NotFound("No grant of this person waits. Open the case again.")
    _end(act, row, why)
    act.record("grant.ended", request, request.person, row, because=why)


def _end(act: Act, row: Grant, because: str) -> None:
    row.ended_at, row.ended_by, row.ended_because = act.clock.now(), act.actor.id, because
