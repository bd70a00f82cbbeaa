"""One case: acting on it, and opening it to look, which is recorded."""

from __future__ import annotations

from uuid import UUID

from issuance.acts import Act, Look
from issuance.errors import NotAllowed, NotFound
from issuance.models.requests import IssuanceRequest


class OtherCentre(NotAllowed):
    """The case belongs to another centre: looking asks for a reason."""

    code = "other_centre"


def case(look: Look, request_id: UUID) -> IssuanceRequest:
    """A case to act on. OtherCentre when it is another centre's and `actor.reason` does not say why."""
    request = look.session.get(IssuanceRequest, request_id)
    if request is None:
        raise NotFound("There is no such case. Search for it by reference or name.")
    if request.centre_id != look.actor.centre_id and not look.actor.reason.strip():
        raise OtherCentre("This case belongs to another centre. Say why you look; the auditor sees it.")
    return request


def open_case(act: Act, request_id: UUID) -> IssuanceRequest:
    """A case opened by a member of staff to be looked at: recorded, with the reason when it is another centre's."""
    request = case(act, request_id)
    elsewhere = request.centre_id != act.actor.centre_id
    act.record(
        "case.opened_elsewhere" if elsewhere else "case.opened",
        request,
        request.person,
        centre_id=request.centre_id,
        reason=act.actor.reason if elsewhere else "",
    )
    return request
