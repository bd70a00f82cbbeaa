"""From an approved member to the request for the return title by which the member comes (Art 71(2), assumed).

Nothing is typed again: what was decided on is what is lodged.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.law.persons.reunification import reunification
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.reunification import Reunification, ReunificationMember
from issuance.services import centres
from issuance.services.casework import lodging
from issuance.services.casework.lodging import Lodging
from issuance.services.persons import people
from issuance.services.reunification import members
from issuance.services.rule_versions import rules_today
from issuance.values.calendar import youngest_age

SOURCE = "reunification"


@dataclass(frozen=True)
class Choices:
    """What is chosen when a title is lodged: at which centre's mission, who accompanies a minor, and of the persons
    alike the same one, or those who are others."""

    centre: str
    representative: str = ""
    person_id: UUID | None = None
    others: frozenset[UUID] = frozenset()


def lodge(act: Act, row: Reunification, member: ReunificationMember, choices: Choices) -> IssuanceRequest:
    """Lodge the request for the return title of an approved member. Conflict when there is one, or no approval.

    Refused as any lodging is; Conflict on the field `person` while somebody alike was not compared (E24).
    """
    centres.check_own(act, row.request)
    check_waits(member)
    _check_compared(act, member, choices)
    lodged = lodging.lodge(act, _lodging(act, row, member, choices))
    member.title_id, member.relative_id = lodged.id, lodged.person_id
    act.record("reunification.title_lodged", row, row.request, member, lodged, centre_id=row.centre_id)
    return lodged


def check_waits(member: ReunificationMember) -> None:
    """Conflict unless this member is approved and has no request yet."""
    if member.outcome != "approved":
        raise Conflict("This member is not approved. Open the request to see what was decided.")
    if member.title_id:
        raise Conflict("The return title of this member is lodged already. Open its case.")


def alike(look: Look, member: ReunificationMember) -> list[Person]:
    """Persons of the register who may be this member."""
    return people.similar(look, members.identity_of(member))


def who_accompanies(look: Look, row: Reunification, member: ReunificationMember) -> str:
    """Who comes with a minor: a parent who is approved too, else the beneficiary by the reference of the case."""
    if not needs_representative(look, member):
        return ""
    today = look.clock.today()
    for other in row.members:
        age = youngest_age(other.birth_date, today)
        if other.outcome == "approved" and other.tie in ("spouse", "parent") and age is not None and age >= 18:
            return other.full_name
    return row.request.reference


def needs_representative(look: Look, member: ReunificationMember) -> bool:
    """Whether the member is a minor, whose request names who accompanies (E14)."""
    return rules_today(look, reunification().title).is_minor(member.birth_date, look.clock.today())


def _lodging(look: Look, row: Reunification, member: ReunificationMember, choices: Choices) -> Lodging:
    return Lodging(
        identity=members.identity_of(member),
        document_type=reunification().title,
        kind="first",
        centre=choices.centre,
        decision_number=row.decision_number,
        decision_date=row.decided_on,
        representative=choices.representative,
        person_id=choices.person_id,
        others=choices.others,
        source=SOURCE,
    )


def _check_compared(look: Look, member: ReunificationMember, choices: Choices) -> None:
    found = {person.id for person in alike(look, member)}
    if choices.person_id in found or found <= choices.others:
        return
    raise Conflict("Somebody alike is in the register: say whether it is the same person.", field="person")
