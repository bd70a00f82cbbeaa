"""One case: acting on it where one works, and opening it to look, which is recorded."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, exists

from issuance.acts import Act, Look
from issuance.errors import NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.care import protection
from issuance.services.production import documents
from issuance.states import UNCHECKED


class OtherCentre(NotAllowed):
    """The case belongs to another centre: looking asks for a reason."""

    code = "other_centre"


class OpenCheck(NotAllowed):
    """A document of the case waits for its check, and who looks is a checker: the check is blind."""

    code = "open_check"


def case(look: Look, request_id: UUID) -> IssuanceRequest:
    """A case to look at. OtherCentre when it is another centre's and `actor.reason` does not say why; OpenCheck."""
    request = _found(look, request_id)
    if request.centre_id != look.actor.centre_id and not look.actor.reason.strip():
        raise OtherCentre("This case belongs to another centre. Say why you look; the auditor sees it.")
    if is_closed_to_checker(look, request):
        raise OpenCheck(
            "This case opens to quality officers when its document is checked: what it should say is read from the"
            " document alone. Check it first, or leave the case to somebody else."
        )
    return request


def own_case(look: Look, request_id: UUID) -> IssuanceRequest:
    """A case to act on: one of the centre where the actor works, whatever reason was typed."""
    request = _found(look, request_id)
    centres.check_own(look, request)
    return request


def _found(look: Look, request_id: UUID) -> IssuanceRequest:
    request = look.session.get(IssuanceRequest, request_id)
    if request is None:
        raise NotFound("There is no such case. Search for it by reference or name.")
    if RoleName.MISSION in look.actor.roles and request.document_type not in centres.mission_types():
        raise NotAllowed("A mission abroad issues return titles and opens no other case.")
    protection.check(look, request.person_id)
    return request


def is_closed_to_checker(look: Look, *requests: IssuanceRequest) -> bool:
    """Whether the actor may be the one to check a document of these cases that is made, or about to be."""
    if RoleName.QUALITY_OFFICER not in look.actor.roles:
        return False
    found = documents.of_requests(look, {request.id for request in requests})
    return any(newest.state in UNCHECKED for newest, *_ in found.values())


def open_to(look: Look) -> list[ColumnElement[bool]]:
    """The conditions on requests that a list holds only what its reader may open: open checks, protected records."""
    seen = protection.open_to(look)
    if RoleName.QUALITY_OFFICER not in look.actor.roles:
        return seen
    return [*seen, ~exists().where(Document.request_id == IssuanceRequest.id, Document.state.in_(UNCHECKED))]


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


def open_check(act: Act, request_id: UUID) -> IssuanceRequest:
    """The check of a case's document opened by a quality officer, who sees the portrait and nothing else of it."""
    request = own_case(act, request_id)
    act.record("check.opened", request)
    return request
