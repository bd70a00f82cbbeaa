"""One person with every case: opening the page of a person to look, which is recorded; whose person it is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.people import Correction, Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.care import protection
from issuance.services.casework import cases, corrections
from issuance.services.casework.cases import OpenCheck, OtherCentre
from issuance.services.persons import records


def person(look: Look, person_id: UUID) -> Person:
    """A person to look at, who is of every centre where a request was lodged.

    OtherCentre when there is none of the actor's and `actor.reason` does not say why; OpenCheck when a document of the
    person waits for its check, and who looks is a checker.
    """
    return _looked_at(look, person_id)[0]


def _looked_at(look: Look, person_id: UUID) -> tuple[Person, bool]:
    """The person, and whether a request of theirs is the actor's own centre's."""
    record = look.session.get(Person, person_id)
    if record is None:
        raise NotFound("There is no such person. Search by name, reference or number.")
    found = records.owner(look, record)
    protection.check(look, found)
    ours = is_ours(look, found)
    if not ours and not look.actor.reason.strip():
        raise OtherCentre("This person's cases belong to other centres. Say why you look; the auditor sees it.")
    is_checker = RoleName.QUALITY_OFFICER in look.actor.roles
    if is_checker and cases.is_closed_to_checker(look, *of_person(look, found)):
        raise OpenCheck(
            "This person opens to quality officers when the document is checked: what it should say is read from the"
            " document alone. Check it first, or leave the person to somebody else."
        )
    return found, ours


def whose(look: Look, person_id: UUID) -> Person | None:
    """The person whose record this is: a merged one leads to another."""
    record = look.session.get(Person, person_id)
    return records.owner(look, record) if record else None


def own_person(look: Look, person_id: UUID) -> Person:
    """A person to act on: of the centre where the actor works, whatever reason was typed.

    Conflict for a record that was merged into another meanwhile.
    """
    found = look.session.get(Person, person_id)
    if found is None:
        raise NotFound("There is no such person. Search by name, reference or number.")
    protection.check(look, found)
    if found.merged_into:
        raise Conflict("This record was merged into another person's. Open that person, and send it again there.")
    corrections.check_ours(look, found)
    return found


def of_person(look: Look, found: Person) -> list[IssuanceRequest]:
    """Every request of the person, the newest first."""
    query = select(IssuanceRequest).where(IssuanceRequest.person_id == found.id)
    query = query.order_by(IssuanceRequest.lodged_on.desc(), IssuanceRequest.id.desc())
    return list(look.still((of_person, found.id), lambda: look.session.scalars(query).all()))


def open_person(act: Act, person_id: UUID) -> Person:
    """A person opened by a member of staff to be looked at: recorded, with the reason when it is another centre's."""
    found, ours = _looked_at(act, person_id)
    act.record("person.opened" if ours else "person.opened_elsewhere", found, reason="" if ours else act.actor.reason)
    return found


def correction_of(look: Look, found: Person, correction_id: UUID) -> Correction:
    """The correction of this person with this id; NotFound otherwise."""
    row = look.session.get(Correction, correction_id)
    if row is None or row.person_id != found.id:
        raise NotFound("There is no such correction. Open the person again.")
    return row


def is_ours(look: Look, found: Person) -> bool:
    """Whether a request of the person is the actor's own centre's."""
    here = select(IssuanceRequest.id).where(IssuanceRequest.person_id == found.id)
    return look.session.scalar(here.where(IssuanceRequest.centre_id == look.actor.centre_id).limit(1)) is not None
