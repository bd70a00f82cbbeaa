"""One person with every case: opening the page of a person to look, which is recorded; whose person it is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import NotFound
from issuance.models.people import Correction, Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import cases, corrections
from issuance.services.casework.cases import OpenCheck, OtherCentre


def person(look: Look, person_id: UUID) -> Person:
    """A person to look at, who is of every centre where a request was lodged.

    OtherCentre when there is none of the actor's and `actor.reason` does not say why; OpenCheck when a document of the
    person waits for its check, and who looks is a checker.
    """
    found = look.session.get(Person, person_id)
    if found is None:
        raise NotFound("There is no such person. Search by name, reference or number.")
    requests = of_person(look, found)
    if not _is_ours(look, requests) and not look.actor.reason.strip():
        raise OtherCentre("This person's cases belong to other centres. Say why you look; the auditor sees it.")
    if any(cases.is_closed_to_checker(look, request) for request in requests):
        raise OpenCheck(
            "This person opens to quality officers when the document is checked: what it should say is read from the"
            " document alone. Check it first, or leave the person to somebody else."
        )
    return found


def own_person(look: Look, person_id: UUID) -> Person:
    """A person to act on: of the centre where the actor works, whatever reason was typed."""
    found = look.session.get(Person, person_id)
    if found is None:
        raise NotFound("There is no such person. Search by name, reference or number.")
    corrections.check_ours(look, found)
    return found


def of_person(look: Look, found: Person) -> list[IssuanceRequest]:
    """Every request of the person, the newest first."""
    query = select(IssuanceRequest).where(IssuanceRequest.person_id == found.id)
    return list(look.session.scalars(query.order_by(IssuanceRequest.lodged_on.desc(), IssuanceRequest.id.desc())))


def open_person(act: Act, person_id: UUID) -> Person:
    """A person opened by a member of staff to be looked at: recorded, with the reason when it is another centre's."""
    found = person(act, person_id)
    ours = _is_ours(act, of_person(act, found))
    act.record("person.opened" if ours else "person.opened_elsewhere", found, reason="" if ours else act.actor.reason)
    return found


def correction_of(look: Look, found: Person, correction_id: UUID) -> Correction:
    """The correction of this person with this id; NotFound otherwise."""
    row = look.session.get(Correction, correction_id)
    if row is None or row.person_id != found.id:
        raise NotFound("There is no such correction. Open the person again.")
    return row


def _is_ours(look: Look, requests: list[IssuanceRequest]) -> bool:
    return any(request.centre_id == look.actor.centre_id for request in requests)
