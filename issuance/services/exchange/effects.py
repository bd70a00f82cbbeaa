"""What each event does here, from first to last: one function a kind, by the services that people use at the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.db import wait_turn
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.documents import endings as ending_law
from issuance.law.office.exchange import exchange_rules
from issuance.law.persons.families import mandate_kinds
from issuance.models.documents import Document
from issuance.models.exchange import CaseEvent, CaseProposal, HandledCase
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.care import observations
from issuance.services.casework import decisions
from issuance.services.casework import lodging as lodgings
from issuance.services.casework.lodging import Lodging
from issuance.services.exchange import schema
from issuance.services.exchange.schema import Told
from issuance.services.imports import batches, lines, reading
from issuance.services.imports.lines import Decision
from issuance.services.life import endings
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.mandates import giving
from issuance.services.mandates.giving import Given
from issuance.services.persons import family, people, records
from issuance.services.persons.family import Said
from issuance.services.persons.versions import Made
from issuance.services.rights import grants, handled
from issuance.services.transfers import asking, moving
from issuance.services.transfers.asking import Wanted
from issuance.states import OPEN, UNDECIDED, WITHOUT_DOCUMENT
from issuance.values import fields
from issuance.values.calendar import check_past


class UnknownPerson(NotFound):
    """Nobody here is known to be this person, yet: the event is held until somebody is."""

    code = "unknown_person"

    def __init__(self) -> None:
        super().__init__(
            "Nobody in the register is this person of case handling. It is applied once an application event, the"
            " Eurodac reference or case handling's reference says who it is."
        )


def apply(act: Act, row: CaseEvent, event: Told, decided: Decision | None) -> IssuanceRequest:
    """Do what this event says; the request of the person at whose centre it is seen. A part of an act.

    UnknownPerson; `Undecided` when an application is of somebody alike; any other refusal of the services.
    """
    case = row.case
    if isinstance(event, schema.Application):
        request = _apply(act, case, event, decided)
        case.person_id = request.person_id
        return request
    person = person_of(act, case, event.person)
    case.person_id = person.id
    request = _request(act, person)
    if isinstance(event, schema.Correction):
        _propose(act, row, event, person)
    else:
        EFFECTS[type(event)](act, case, event, request)
    return request


def person_of(look: Look, case: HandledCase | None, key: schema.PersonKey) -> Person:
    """Whom case handling means by this key: as an event said before, else by a number. UnknownPerson for nobody."""
    if case and case.person_id:
        return records.owner(look, look.session.get_one(Person, case.person_id))
    reference, eurodac = fields.compact(key.case_reference), fields.compact(key.eurodac_reference)
    of_request = select(IssuanceRequest.person_id).where(IssuanceRequest.case_reference == reference)
    of_eurodac = select(Person.id).where(Person.eurodac_reference == eurodac)
    found = {look.session.scalar(query) for query, said in ((of_request, reference), (of_eurodac, eurodac)) if said}
    persons = records.owners(look, [look.session.get_one(Person, each) for each in found if each])
    if len(persons) > 1:
        raise Conflict("The two references are two persons' here. Ask case handling who is meant.", field="person")
    if not persons:
        raise UnknownPerson
    return persons[0]


def centre_of(look: Look, case: HandledCase, event: Told) -> UUID | None:
    """Whose supervisors look at an event that waits: the centre it names, or the person's; None for nobody known."""
    if isinstance(event, schema.Application):
        return look.session.scalar(select(Centre.id).where(Centre.code == event.centre))
    try:
        return _request(look, person_of(look, case, event.person)).centre_id
    except (UnknownPerson, Conflict):
        return None


def _request(look: Look, person: Person) -> IssuanceRequest:
    request = handled.newest_request(look, person)
    if request is None:
        raise UnknownPerson
    return request


# Applications


def lodging_of(event: schema.Application) -> Lodging:
    """The application as a line of case handling's file would say it, with every check of such a line."""
    cells = dict.fromkeys((*reading.COLUMNS, *reading.OPTIONAL), "")
    said = event.model_dump(mode="json")
    cells |= {name: said[name] for name in cells if isinstance(said.get(name), str)}
    cells["nationality"] = " ".join(event.nationalities)
    cells["unaccompanied"] = "yes" if event.unaccompanied else "no"
    cells["eurodac_reference"] = event.person.eurodac_reference
    cells["document_type"], cells["kind"] = exchange_rules().document_of(schema.kind_of(type(event))), "first"
    cells["status"] = "applicant"
    lodging = reading.lodging_of(cells)
    return replace(lodging, identity=replace(lodging.identity, vulnerable=event.vulnerable))


def _apply(act: Act, case: HandledCase, event: schema.Application, decided: Decision | None) -> IssuanceRequest:
    """Lodge what the application asks for, unless the person asked for it already: then this only says who it is."""
    wait_turn(act.session, batches.TURN)  # two may name one new person, of whom no constraint knows
    lodging = lodging_of(event)
    chosen = _known(act, case, event) or lines.person_of(act, lodging, decided)
    case.procedure = event.procedure
    if chosen and (asked := _asked(act, chosen, lodging.document_type)):
        return asked
    others = decided.shown if decided and chosen is None else frozenset[UUID]()
    reference = "" if lines.known(act, [lodging.case_reference]) else lodging.case_reference
    return lodgings.lodge(act, replace(lodging, person_id=chosen, others=others, case_reference=reference))


def _known(act: Act, case: HandledCase, event: schema.Application) -> UUID | None:
    """Whom this application names by what case handling said before; a Eurodac reference counts with the name alone."""
    reference = event.person.case_reference or event.case_reference
    try:
        return person_of(act, case, schema.PersonKey(key=event.person.key, case_reference=reference)).id
    except UnknownPerson:
        return None


def _asked(look: Look, person_id: UUID, document_type: str) -> IssuanceRequest | None:
    mine = IssuanceRequest.person_id == person_id, IssuanceRequest.document_type == document_type
    query = select(IssuanceRequest).where(*mine, IssuanceRequest.state.not_in(WITHOUT_DOCUMENT))
    return look.session.scalar(query.order_by(IssuanceRequest.id).limit(1))


# Decisions, and how a case ends


def _decision(act: Act, case: HandledCase, event: schema.Decision, request: IssuanceRequest) -> None:
    """Keep the decision; a grant begins the clock of E7, unless the document was asked for by this very decision."""
    check_past("decided_on", event.decided_on, act.clock.today())
    number = fields.read("decision_number", event.decision_number)
    case.granted = "" if event.outcome == "refusal" else event.outcome
    case.decision_number, case.decided_on = number, event.decided_on
    permit = grants.permits(act).get(case.granted)
    if permit is None:
        return
    said = grants.Decision(case.granted, number, event.decided_on)
    if asked := _asked(act, request.person_id, permit):
        _confirm(asked, said)
    elif waits := grants.waiting(act, request.person):
        _check_same(said, grants.Decision(waits.status, waits.decision_number, waits.decided_on))
    else:
        grants.note(act, request, said)


def _confirm(asked: IssuanceRequest, said: grants.Decision) -> None:
    """The clerk typed what case handling tells now: while nothing is decided, nobody has to type it again."""
    _check_same(said, grants.Decision(said.status, asked.decision_number, asked.decision_date))
    if asked.state in UNDECIDED:
        asked.entitlement_source = "case_handling"


def _check_same(said: grants.Decision, kept: grants.Decision) -> None:
    if said != kept:
        raise Conflict(
            "The register has another decision for this person. Compare both with the file.", field="decision_number"
        )


def _final(act: Act, case: HandledCase, event: schema.Final, request: IssuanceRequest) -> None:
    """The case ends; a positive end ends no document: the permit does when it is handed over (E15)."""
    case.outcome, case.ended_on = event.outcome, event.occurred_on
    _close(act, event, event.outcome, request.person)


def _death(act: Act, case: HandledCase, event: schema.Death, request: IssuanceRequest) -> None:
    """Everything that the person holds ends, and what is not made yet is not made."""
    case.died_on = event.occurred_on
    _close(act, event, "died", request.person, event.certificate)


def _close(act: Act, event: Told, outcome: str, person: Person, evidence: str = "") -> None:
    """End what the law ends by this outcome: the case, documents on the table or not, requests that are not made."""
    code = exchange_rules().ground_of(schema.kind_of(type(event)), outcome)
    if not code:
        return
    ground, said = ending_law.grounds()[code], evidence or str(event.event_id)
    person.case_closed_on, person.case_closed_event = event.occurred_on, outcome
    held = select(Document).where(Document.person_id == person.id, Document.state.in_(HELD_BY_HOLDER))
    for document in act.session.scalars(held.order_by(Document.id)).all():
        if ground.is_for(document.document_type, act.actor.roles):
            endings.end(act, document, code, said, given_back=False)
    for request in _open(act, person):
        if ground.is_for(request.document_type, act.actor.roles) and decisions.is_unmade(act, request):
            decisions.withdraw(act, request, said)


def _open(look: Look, person: Person) -> list[IssuanceRequest]:
    query = select(IssuanceRequest).where(IssuanceRequest.person_id == person.id, IssuanceRequest.state.in_(OPEN))
    return list(look.session.scalars(query.order_by(IssuanceRequest.id)))


def _appeal(_: Look, case: HandledCase, event: schema.AppealLodged, request: IssuanceRequest) -> None:
    """The right to stay goes on: a temporary document is extended while the appeal is pending (E15)."""
    if case.outcome or request.person.case_closed_on:
        raise Conflict("The case ended by a final event before this appeal. Ask case handling which one is right.")
    if case.appeal_is_pending:
        raise Conflict("An appeal of this person is pending already. Its outcome is told first.")
    case.appeal_on, case.appeal_outcome = event.occurred_on, ""


def _appeal_decided(_: Look, case: HandledCase, event: schema.AppealDecided, request: IssuanceRequest) -> None:
    """What the court said is shown; what follows of it here is told by events of their own."""
    if not case.appeal_is_pending:
        raise Conflict("No appeal of this person is pending. Case handling tells that it was lodged first.")
    case.appeal_outcome = event.outcome


# Where the case is, and what is said of the person


def _transfer(act: Act, case: HandledCase, event: schema.Transferred, request: IssuanceRequest) -> None:
    """What is open of the person, and of the family with it, goes to the other centre; what waits there goes along."""
    if bool(event.to_centre) == bool(event.to_state):
        raise InvalidInput("to_centre", "Say either the centre or the Member State, and not both.")
    case.moved_to = event.to_state
    for each in _open(act, request.person) if event.to_centre else ():
        act.session.refresh(each)
        if each.centre.code != event.to_centre:
            moving.move(act, each, Wanted(event.to_centre, asking.TOLD))


def _family(act: Act, case: HandledCase, event: schema.Family, request: IssuanceRequest) -> None:
    other = act.session.scalar(select(HandledCase).where(HandledCase.key == event.relative.key))
    relative = person_of(act, other, event.relative)
    family.link(act, request, relative, Said(event.tie, "case_handling", event.evidence, event.from_day))


def _flags(act: Act, case: HandledCase, event: schema.Flags, request: IssuanceRequest) -> None:
    """Keep what was said; what is not decided yet follows the procedure."""
    person = request.person
    if event.procedure is not None:
        case.procedure = event.procedure
        for each in _open(act, person):
            each.procedure = event.procedure if each.state in UNDECIDED else each.procedure
    if event.joint_return_decision is not None:
        case.joint_return = event.joint_return_decision
    if event.vulnerable:
        observations.flag(act, person, "case_handling")
    elif event.vulnerable is not None:
        observations.take_back(act, person)
    if event.eurodac_reference:
        _take_eurodac(act, person, fields.read("eurodac_reference", event.eurodac_reference))


def _take_eurodac(act: Act, person: Person, reference: str) -> None:
    if person.eurodac_reference not in (None, "", reference):
        raise Conflict(
            "This person already has another Eurodac reference. Check both against the file.", field="eurodac_reference"
        )
    other = select(Person.id).where(Person.eurodac_reference == reference, Person.id != person.id)
    if act.session.scalar(other):
        raise Conflict("This number is another person's. Search by it and compare the two.", field="eurodac_reference")
    people.change(act, person, {"eurodac_reference": reference}, Made("lodged"))


def _represent(act: Act, case: HandledCase, event: schema.Representative, request: IssuanceRequest) -> None:
    scopes = mandate_kinds()[event.kind].scopes
    days = event.occurred_on, None
    giving.give(act, request, Given(event.kind, event.name, event.relation, scopes, event.evidence, *days))


def _propose(act: Act, row: CaseEvent, event: schema.Correction, person: Person) -> None:
    """Nothing changes: a clerk reads it at the person's page, and a second person agrees to what the clerk proposes."""
    said = {name: fields.read(name, text) if name in fields.TYPES else text for name, text in event.said.items()}
    proposal = CaseProposal(person_id=person.id, event_id=row.id, said=said, evidence=event.evidence)
    proposal.told_at = act.clock.now()
    act.session.add(proposal)


EFFECTS: dict[type[Told], Callable[[Act, HandledCase, Any, IssuanceRequest], None]] = {
    schema.Decision: _decision,
    schema.Final: _final,
    schema.AppealLodged: _appeal,
    schema.AppealDecided: _appeal_decided,
    schema.Transferred: _transfer,
    schema.Family: _family,
    schema.Flags: _flags,
    schema.Representative: _represent,
    schema.Death: _death,
}
"""What each kind of event does, but for applications and corrections."""
assert {*EFFECTS, schema.ApplicationRegistered, schema.ApplicationLodged, schema.Correction} == set(schema.KINDS)
