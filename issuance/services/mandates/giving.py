"""Mandates given and ended: who acts for a person, for what, from when to when, on what evidence (E12, E14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.persons.families import MandateKind, body_kinds, mandate_kinds
from issuance.models.mandates import Body, Mandate
from issuance.models.notices import Contact
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.mandates import asking, bodies, consents
from issuance.services.mandates.asking import SCOPES
from issuance.services.persons import family, guardians
from issuance.services.rule_versions import rules_of
from issuance.values import names
from issuance.values.codes import one_of

KINDS = tuple(mandate_kinds())
GRANTORS = ("person", "guardian", "authority", "law", "holder")
"""Who gives a mandate: the person, the guardian or representative of a minor, an authority or court, the law itself.
`holder`, whoever else acts by a mandate, cannot."""

WHY_ENDED = ("person", "holder", "authority", "over", "mistaken")
"""Why a mandate ends before its day: taken back, given up, ended by an authority, over otherwise, never meant."""

FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Given:
    """A mandate as it is given. `holder` is a name, or the reference or document number of a known person, where
    `body_id` names no body of the register.
    """

    kind: str
    holder: str
    relation: str
    scopes: Collection[str]
    evidence: str
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    granted_by: str = "authority"
    body_id: UUID | None = None


def give(act: Act, request: IssuanceRequest, given: Given) -> Mandate:
    """Somebody acts for the person of this case from now on. A guardian ends the alarm of a lone child.

    InvalidInput names the field.
    """
    centres.check_own(act, request)
    kind = mandate_kinds()[one_of("kind", given.kind, KINDS)]
    if not given.evidence.strip():
        raise InvalidInput("evidence", "Say on what paper the mandate rests.")
    if not given.relation.strip():
        raise InvalidInput("relation", "Say what the holder is to the person, or for whom they work.")
    scopes = _scopes(kind, given.scopes)
    _check_grantor(act, request, kind, given.granted_by)
    row = _row(act, request.person, _given_to(act, kind, given), given.relation.strip())
    row.kind, row.scopes, row.evidence = kind.code, scopes, given.evidence.strip()
    row.granted_by = given.granted_by
    row.from_day, row.to_day = _days(act, given)
    act.session.add(row)
    act.session.flush()
    if kind.is_guardian:
        guardians.settle(act, request.person, row)
    act.record("person.mandate_given", request, request.person, row, kind=kind.code)
    return row


def end(act: Act, request: IssuanceRequest, row: Mandate, because: str) -> None:
    """The mandate ends now. The child whose guardian it was is alone again, and the hours begin anew."""
    centres.check_own(act, request)
    if row.ended_at is not None:
        raise Conflict("This mandate ended already. Look at the list again.")
    _end(act, row, one_of("because", because, WHY_ENDED))
    act.record("person.mandate_ended", request, row.person, row, kind=row.kind, because=because)


def end_forgotten(act: Act, holder: Person) -> None:
    """What this person held for others ends, since nobody knows any more who that was; its evidence goes."""
    for row in act.session.scalars(select(Mandate).where(Mandate.holder_id == holder.id)):
        row.evidence = ""
        if row.ended_at is None:
            _end(act, row, FORGOTTEN)
            act.record("person.mandate_ended", row.person, row, kind=row.kind)


def _end(act: Act, row: Mandate, because: str) -> None:
    """With it end the consent to it, and the address to which its holder was written."""
    row.ended_at, row.ended_by, row.ended_because = act.clock.now(), act.actor.id, because
    guardians.begin_again(act, row)
    if consent := consents.live(act, row):
        consents.end(act, consent)
    written_to = select(Contact).where(Contact.mandate_id == row.id, Contact.withdrawn_at.is_(None))
    for contact in act.session.scalars(written_to):
        contact.withdraw(act.actor.id, act.clock.now(), "mandate")


def accompany(act: Act, person: Person, representative: str) -> Mandate:
    """Who accompanies a minor at lodging, `Popa Ana (mother)`: the mandate that is there, or a new one.

    A known person is named by reference or document number instead. InvalidInput (field `representative`).
    """
    who, relation = names.split_representative(representative)
    holder = _holder(act, who, "representative")
    row = _row(act, person, holder, relation, field="representative")
    for earlier in asking.who_may(act, person, "collect"):
        if (earlier.holder_id, earlier.holder_name, earlier.relation) == (row.holder_id, row.holder_name, relation):
            return earlier
    kind = mandate_kinds()["representative"]
    row.kind, row.scopes, row.from_day = kind.code, " ".join(kind.scopes), act.clock.today()
    act.session.add(row)
    act.flush()
    return row


def of(look: Look, person: Person) -> list[Mandate]:
    """Every mandate for this person, the newest first."""
    if is_new(person):
        return []
    query = select(Mandate).where(Mandate.person_id == person.id).order_by(Mandate.id.desc())
    return list(look.session.scalars(query))


def mandate_of(look: Look, request: IssuanceRequest, mandate_id: UUID) -> Mandate:
    """The mandate for the person of this case with this id; NotFound for another's."""
    row = look.session.get(Mandate, mandate_id)
    if row is None or row.person_id != request.person_id:
        raise NotFound("There is no such mandate for this person. Open the list again.")
    return row


def _scopes(kind: MandateKind, said: Collection[str]) -> str:
    """What it allows, in their order; InvalidInput for nothing, and for what this kind cannot allow."""
    scopes = [scope for scope in SCOPES if scope in set(said)]
    if not scopes:
        raise InvalidInput("scopes", "Say what the mandate allows; one that allows nothing is none.")
    if not set(scopes) <= set(kind.most):
        message = "This kind of mandate cannot allow all of that. Look at what it may allow, and untick the rest."
        raise InvalidInput("scopes", message)
    return " ".join(scopes)


def _check_grantor(act: Act, request: IssuanceRequest, kind: MandateKind, by: str) -> None:
    """InvalidInput for a mandate of a mandate, and for who cannot give one of this kind."""
    if one_of("granted_by", by, GRANTORS) == "holder":
        message = "Whoever acts by a mandate cannot give it on. Ask the person, or the guardian of a minor."
        raise InvalidInput("granted_by", message)
    if by not in kind.granted_by:
        message = "A mandate of this kind is not given so. Look at the paper that it rests on, and choose again."
        raise InvalidInput("granted_by", message)
    if by == "guardian" and not _speaks_for_a_minor(act, request):
        message = "No guardian or representative may sign for this person today. Ask the person, or record that first."
        raise InvalidInput("granted_by", message)


def _speaks_for_a_minor(act: Act, request: IssuanceRequest) -> bool:
    if not rules_of(request).is_minor(request.person.birth_date, act.clock.today()):
        return False
    return any(mandate_kinds()[row.kind].is_legal for row in asking.who_may(act, request.person, "sign"))


def _given_to(look: Look, kind: MandateKind, given: Given) -> Person | Body | str:
    """Who holds it. InvalidInput for a body of another kind, and where only a body may."""
    if given.body_id is not None:
        body = bodies.with_id(look, given.body_id)
        if body.ended_at is not None or kind.code not in body_kinds()[body.kind].mandates:
            raise InvalidInput("body", "This body does not act so, or acts no more. Choose another body or kind.")
        return body
    if kind.only_bodies:
        raise InvalidInput("body", "A body holds a mandate of this kind. Choose it; an administrator adds a new one.")
    if not given.holder.strip():
        raise InvalidInput("holder", "Name who acts for the person, or choose a body.")
    return _holder(look, given.holder, "holder")


def _holder(look: Look, who: str, field: str) -> Person | str:
    """The known person of this code, else the name. InvalidInput for a number that nobody has."""
    found = family.known(look, who)
    if found is None and any(map(str.isdigit, who)):
        return family.person_of(look, who, field)
    return found or names.check_name(field, who)


def _row(act: Act, person: Person, to: Person | Body | str, relation: str, field: str = "holder") -> Mandate:
    if isinstance(to, Person) and to.id == person.id:
        raise InvalidInput(field, "Nobody is the own representative. Name who acts for this person.")
    row = Mandate(person_id=person.id, relation=relation, given_by=act.actor.id, given_at=act.clock.now())
    row.holder_id = to.id if isinstance(to, Person) else None
    row.body_id = to.id if isinstance(to, Body) else None
    row.holder_name = to.name if isinstance(to, Body) else to if isinstance(to, str) else ""
    return row


def _days(look: Look, given: Given) -> tuple[dt.date, dt.date | None]:
    begins = given.from_day or look.clock.today()
    if given.to_day and given.to_day < max(begins, look.clock.today()):
        raise InvalidInput("to_day", "The last day lies before the first, or has passed. Give a later one.")
    return begins, given.to_day
