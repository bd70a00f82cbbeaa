"""Corrections of what the register says of a person (E20): with a reason and evidence; of who somebody is, by two.

What is not decided yet follows at once. What was approved and no station has is decided on anew. What is made keeps
what it says: a request of kind correction replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.law.documents.requests import request_words
from issuance.models.duties import DutyName
from issuance.models.people import Correction, Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres, duties
from issuance.services.casework import decisions
from issuance.services.duties import Task
from issuance.services.persons import people, versions
from issuance.services.persons.versions import Made
from issuance.services.rule_versions import rules_of
from issuance.states import UNDECIDED, RequestState
from issuance.values import names
from issuance.values.calendar import check_birth_date
from issuance.values.cnp import agrees_with, check_cnp
from issuance.values.codes import SEXES, STATUSES, one_of

ALONE = ("birth_place", "address")
"""What one person corrects alone; everything else says who somebody is."""

NUMBERS = ("eurodac_reference", "cnp")
MAY_BE_EMPTY = (*ALONE, *NUMBERS, "given_names", "native_name", "other_nationalities")
AGREEING = (RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)


@dataclass(frozen=True)
class Proposal:
    """What the register should say, by field of `versions.SAID`; why, and the paper that says so."""

    said: Mapping[str, str]
    reason: str
    evidence: str


def propose(act: Act, person: Person, proposal: Proposal) -> Correction | None:
    """A clerk corrects what the register says of a person; None when one person was enough and it is done.

    InvalidInput names the field; Conflict while another correction waits, or for a number that is somebody else's.
    """
    check_ours(act, person)
    people.lock(act, person)
    said = _differing(act, person, proposal.said)
    why = Made(one_of("reason", proposal.reason, request_words().correction_reasons), _evidence(proposal.evidence))
    if waiting(act, person) is not None:
        raise _already_waiting()
    for request in undone(act, person):
        duties.take(act, Task(DutyName.CASE, request))
    if set(said) <= set(ALONE):
        _apply(act, person, said, why)
        act.record("person.corrected", person, *_requests(act, person), why=why.why, fields=", ".join(sorted(said)))
        return None
    return _wait(act, person, said, why)


def _wait(act: Act, person: Person, said: Mapping[str, str | None], why: Made) -> Correction:
    row = Correction(
        person=person,
        said=dict(said),
        on_number=versions.newest(act, person).number,
        reason=why.why,
        evidence=why.evidence,
        proposed_by=act.actor.id,
        proposed_at=act.clock.now(),
    )
    try:
        with act.session.begin_nested():
            act.session.add(row)
    except IntegrityError as error:
        raise _already_waiting() from error
    requests = _requests(act, person)
    act.record("correction.proposed", row, person, *requests, why=row.reason, fields=", ".join(sorted(said)))
    return row


def agree(act: Act, row: Correction) -> PersonVersion:
    """A second person looked at the evidence and agrees: from now on the register says so.

    NotAllowed for who proposed it; Conflict when the register says otherwise meanwhile; RuleViolation when an open
    request would have no right to its document any more.
    """
    _check_waits(act, row)
    if row.proposed_by == act.actor.id:
        raise NotAllowed("You proposed this correction. Another person looks at the evidence and agrees.")
    if not act.actor.roles & set(AGREEING):
        raise NotAllowed("A clerk, decision officer or supervisor agrees to a correction. Ask one.")
    people.lock(act, row.person)
    if versions.newest(act, row.person).number != row.on_number:
        raise Conflict("The person's data were changed since this was proposed. Decline it and propose it again.")
    _check_numbers(act, row.person, row.said)
    why = Made(row.reason, row.evidence, by=row.proposed_by, agreed_by=act.actor.id)
    version = _apply(act, row.person, row.said, why)
    row.settled_by, row.settled_at, row.version_id = act.actor.id, act.clock.now(), version.id
    requests = _requests(act, row.person)
    act.record("person.corrected", row, row.person, *requests, why=row.reason, fields=", ".join(sorted(row.said)))
    return version


def decline(act: Act, row: Correction) -> None:
    """The evidence does not say so, or whoever proposed it takes it back."""
    _check_waits(act, row)
    row.settled_by, row.settled_at = act.actor.id, act.clock.now()
    act.record("correction.declined", row, row.person, *_requests(act, row.person))


def waiting(look: Look, person: Person) -> Correction | None:
    """The correction of this person that waits for its second person."""
    query = select(Correction).where(Correction.person_id == person.id, Correction.settled_at.is_(None))
    return look.session.scalar(query)


def check_ours(look: Look, person: Person) -> None:
    """NotAllowed unless a request of the person is, or was, the actor's own centre's."""
    if not any(request.centre_id == look.actor.centre_id for request in _requests(look, person)):
        raise NotAllowed(centres.ELSEWHERE)


def made_otherwise(look: Look, person: Person) -> list[IssuanceRequest]:
    """Requests of the person whose document says, or will say, otherwise than the register."""
    decided = [request for request in _requests(look, person) if request.state not in UNDECIDED]
    ended = (RequestState.REFUSED, RequestState.WITHDRAWN, RequestState.CLOSED)
    kept = [request for request in decided if request.state not in ended]
    return [request for request in kept if versions.differences(request.holder, person)]


def _requests(look: Look, person: Person) -> list[IssuanceRequest]:
    query = select(IssuanceRequest).where(IssuanceRequest.person_id == person.id).order_by(IssuanceRequest.id)
    return list(look.session.scalars(query))


def undone(look: Look, person: Person) -> list[IssuanceRequest]:
    """What still follows the register: not decided yet, or approved and at no station."""
    approved = (RequestState.APPROVED, RequestState.IN_PRODUCTION)
    return [
        request
        for request in _requests(look, person)
        if request.state in UNDECIDED or (request.state in approved and decisions.is_unmade(look, request))
    ]


def _apply(act: Act, person: Person, said: Mapping[str, str | None], why: Made) -> PersonVersion:
    """Let the register say so, and everything follow that is not made."""
    following = undone(act, person)
    spelt = {"latin_confirmed": True} if {"family_name", "given_names"} & set(said) else {}
    version = people.change(act, person, {**said, **spelt}, why)
    follow(act, following)
    return version


def follow(act: Act, requests: list[IssuanceRequest]) -> None:
    """What is not made follows what the register says now of its person; what was approved otherwise is decided anew.

    RuleViolation when one of them would have no right to its document any more.
    """
    for request in requests:
        rules, person = rules_of(request), request.person
        rules.check_status(person.status)
        rules.check_representative(person.birth_date, request.representative, act.clock.today())
        if request.state not in UNDECIDED and versions.differences(request.holder, person):
            decisions.take_back(act, request)


def _differing(act: Act, person: Person, typed: Mapping[str, str]) -> dict[str, str | None]:
    """What was typed and is not what the register says, each checked as at the lodging."""
    typed = {name: text for name, text in typed.items() if name != "status" or text != person.status}  # ended, perhaps
    checked = {name: _checked(act, name, text.strip()) for name, text in typed.items()}
    said = {name: value for name, value in checked.items() if (getattr(person, name) or "") != (value or "")}
    if not said:
        raise InvalidInput("family_name", "This is what the register says already. Change what is wrong, then send it.")
    whole = {name: said.get(name, getattr(person, name)) for name in ("cnp", "birth_date", "sex")}
    if whole["cnp"] and not agrees_with(whole["cnp"], str(whole["birth_date"]), str(whole["sex"])):
        raise InvalidInput("cnp", "This CNP does not fit the birth date or the sex. Check both against the file.")
    _check_numbers(act, person, said)
    return said


def _checked(look: Look, name: str, text: str) -> str | None:
    """One field as the register keeps it; InvalidInput names it."""
    if not text and name in MAY_BE_EMPTY:
        return None if name in NUMBERS else ""
    match name:
        case "family_name" | "given_names":
            return names.check_latin_name(name, text)
        case "native_name":
            return names.check_name(name, text)
        case "birth_date":
            check_birth_date(text, look.clock.today())
            return text
        case "sex":
            return one_of(name, text, SEXES)
        case "status":
            return one_of(name, text, STATUSES)
        case "cnp":
            return check_cnp(text)
        case "eurodac_reference":
            return "".join(text.split()).upper()
        case "nationality" | "other_nationalities" | "birth_place" | "address":
            return names.check_text(name, text)
    raise InvalidInput(name, "This is no field of a person that can be corrected.")


def _check_numbers(look: Look, person: Person, said: Mapping[str, str | None]) -> None:
    """A correction that would make two persons one is none."""
    for name in NUMBERS:
        other = select(Person.id).where(getattr(Person, name) == said.get(name), Person.id != person.id)
        if said.get(name) and look.session.scalar(other):
            raise Conflict("This number is another person's. Search by it and compare the two.", field=name)


def _evidence(text: str) -> str:
    if not text.strip():
        raise InvalidInput("evidence", "Say which paper shows it, with its number and date.")
    return names.check_text("evidence", text.strip())


def _check_waits(look: Look, row: Correction) -> None:
    check_ours(look, row.person)
    if row.settled_at is not None:
        raise Conflict("This correction is settled already. Open the person again to see what the register says.")


def _already_waiting() -> Conflict:
    return Conflict("A correction of this person waits for a second person. Settle that one first.")
