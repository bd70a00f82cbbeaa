"""One case: acting on it, and opening it to look, which is recorded."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import NotAllowed, NotFound
from issuance.models.requests import IssuanceRequest
from issuance.services.trust import audit


class OtherCentre(NotAllowed):
    """The case belongs to another centre: looking asks for a reason."""

    code = "other_centre"


def case(session: Session, request_id: UUID, *, actor: Actor) -> IssuanceRequest:
    """A case to act on. OtherCentre when it is another centre's and `actor.reason` does not say why."""
    request = session.get(IssuanceRequest, request_id)
    if request is None:
        raise NotFound("There is no such case. Search for it by reference or name.")
    if request.centre_id != actor.centre_id and not actor.reason.strip():
        raise OtherCentre("This case belongs to another centre. Say why you look; the auditor sees it.")
    return request


def open_case(session: Session, request_id: UUID, *, actor: Actor, clock: Clock) -> IssuanceRequest:
    """A case opened by a member of staff to be looked at: recorded, with the reason when it is another centre's."""
    request = case(session, request_id, actor=actor)
    elsewhere = request.centre_id != actor.centre_id
    audit.record(
        session,
        "case.opened_elsewhere" if elsewhere else "case.opened",
        actor=actor,
        clock=clock,
        subjects=[request, request.person],
        centre_id=request.centre_id,
        reason=actor.reason if elsewhere else "",
    )
    return request
