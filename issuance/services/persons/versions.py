"""The versions of a person: what the register said from one change to the next, who made it say so, and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.models.people import HOLDER_FIELDS, Holder, Person, PersonVersion
from issuance.models.requests import IssuanceRequest

KEPT = "kept"
"""Why there is a first version of a person of a release that kept none."""

SAID = tuple(name for name in HOLDER_FIELDS if name not in ("latin_confirmed", "mrz_name"))
"""What people say of a person; the others follow from the names and from who confirmed them."""


@dataclass(frozen=True)
class Made:
    """Why a version is made: a code, the paper that says so, who proposed it if not the actor, who agreed."""

    why: str
    evidence: str = ""
    by: UUID | None = None
    agreed_by: UUID | None = None


def of_person(look: Look, person: Person) -> list[PersonVersion]:
    """Every version, the newest first."""
    query = select(PersonVersion).where(PersonVersion.person_id == person.id)
    return list(look.session.scalars(query.order_by(PersonVersion.number.desc())))


def newest(act: Act, person: Person) -> PersonVersion:
    """What the register says now, as a version; of a person of an earlier release it is kept now."""
    query = select(PersonVersion).where(PersonVersion.person_id == person.id)
    found = act.session.scalar(query.order_by(PersonVersion.number.desc()).limit(1))
    return found or _kept(act, person)


def keep(act: Act, person: Person, made: Made, number: int = 1) -> PersonVersion:
    """Keep what the register says now as the version `number`."""
    staff = act.actor.id if act.actor.kind == "staff" else None
    return _add(act, person, made, number, made_at=act.clock.now(), made_by=made.by or staff)


def reasons_since(look: Look, person: Person, version: PersonVersion | None) -> set[str]:
    """Why the register says otherwise now than in this version, which may be one of a record that was merged."""
    query = select(PersonVersion.why).where(PersonVersion.person_id == person.id)
    number = version.number if version and version.person_id == person.id else 1
    return set(look.session.scalars(query.where(PersonVersion.number > number)))


def differences(one: Holder, other: Holder) -> dict[str, tuple[str, str]]:
    """Where two say otherwise, in the order in which people read them: field, what the one says, what the other."""
    said = {
        name: (getattr(one, name) or "", getattr(other, name) or "") for name in HOLDER_FIELDS if name not in DERIVED
    }
    return {name: (first, second) for name, (first, second) in said.items() if first != second}


DERIVED = ("latin_confirmed", "mrz_name")
"""What nobody says: it follows from the names and from who confirmed them."""


def _kept(act: Act, person: Person) -> PersonVersion:
    """The first version of a person of an earlier release, on which everything rests that was lodged before."""
    version = _add(act, person, Made(KEPT), 1, made_at=None, made_by=None)
    before = IssuanceRequest.person_version_id.is_(None)
    for request in act.session.scalars(select(IssuanceRequest).where(IssuanceRequest.person_id == person.id, before)):
        request.person_version = version
    return version


def _add(act: Act, person: Person, made: Made, number: int, **when: object) -> PersonVersion:
    said = {name: getattr(person, name) for name in HOLDER_FIELDS}
    version = PersonVersion(
        person_id=person.id,
        number=number,
        why=made.why,
        evidence=made.evidence,
        agreed_by=made.agreed_by,
        **when,
        **said,
    )
    act.session.add(version)
    act.flush()
    return version
