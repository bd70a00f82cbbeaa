"""Lodging: a person asks for a document. What the document type's rules refuse is refused here, with the article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.db import is_new, uuid7
from issuance.document_types import Rules
from issuance.errors import Conflict, InvalidInput, RuleViolation
from issuance.law.documents.kinds import request_kinds
from issuance.law.documents.requests import request_words
from issuance.law.persons.registration import Place
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.notices import NoticeKind
from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Centre
from issuance.services import centres, duties, parties
from issuance.services.duties import Task
from issuance.services.life.validity import standing
from issuance.services.mandates import giving
from issuance.services.membership import members
from issuance.services.membership.members import Place as PlaceInGroup
from issuance.services.notices import outbox
from issuance.services.persons import family, guardians, people, records, registrations, versions
from issuance.services.persons.identity import Identity
from issuance.services.production import documents
from issuance.services.reviews import ending
from issuance.services.rights import grants, handled
from issuance.services.rule_versions import rules_today, types, version_of
from issuance.states import ENDED, WITHOUT_DOCUMENT
from issuance.values import references
from issuance.values.calendar import check_birth_date, check_past
from issuance.values.cnp import agrees_with
from issuance.values.codes import KINDS, Kind, one_of
from issuance.values.travel_documents import NOTHING_SHOWN, ShownDocument


@dataclass(frozen=True)
class Lodging:
    """One request as lodged: a row of case handling's file, or what a clerk typed.

    `representative` is who accompanies a minor, `Popa Ana (mother)`, or a known person's reference instead of the name.
    `applied_on` and `applied_at` are when and where the application was made that a certificate registers (E22).
    `phone` is where the holder is called (`contacts.phone`). `centre` is its code; `source` is `case_handling`, `hand`,
    or `reunification`: decided on in this register, at any centre. `person_id` is the person who was chosen, `others`
    the persons alike who are others; `mark` is that of the form. `is_stranger`: whoever lodges has asked already, in
    the same look, and the register knows nobody alike (`strangers.among`); `was_composed`: the document of this
    stranger was composed when the file was checked. `place` is that in the list of a group, None for who comes alone.
    """

    identity: Identity
    document_type: str
    kind: str
    centre: str
    decision_number: str = ""
    decision_date: dt.date | None = None
    previous_document: str = ""
    replacement_reason: str = ""
    travel_document: ShownDocument = NOTHING_SHOWN
    representative: str = ""
    unaccompanied: bool = False
    applied_on: dt.date | None = None
    applied_at: Place = "inspectorate"
    procedure: str = "regular"
    phone: str = ""
    note: str = ""
    case_reference: str = ""
    fee: int = 0
    person_id: UUID | None = None
    others: frozenset[UUID] = frozenset()
    source: str = "hand"
    mark: str = ""
    beside_reason: str = ""
    is_stranger: bool = False
    was_composed: bool = False
    place: PlaceInGroup | None = None


@dataclass(frozen=True)
class _Grounds:
    """By which rules, and where, a request is lodged."""

    rules: Rules
    version: RuleVersion
    centre: Centre


class SentTwice(Conflict):
    """The same form was sent before, and lodged a request then: see `marked`."""


def marked(look: Look, mark: str) -> IssuanceRequest | None:
    """The request that the form of this mark lodged, by whoever looks."""
    if not mark:
        return None
    query = select(IssuanceRequest).where(IssuanceRequest.mark == mark, IssuanceRequest.lodged_by == look.actor.id)
    return look.session.scalar(query)


def lodge(act: Act, lodging: Lodging) -> IssuanceRequest:
    """Lodge one request: person found or made, rules applied, due date set, one audit event.

    InvalidInput names the field, also one that the document could not carry; RuleViolation the article; Conflict a
    request already open for the same document; SentTwice a form that lodged its request already.
    """
    if marked(act, lodging.mark):
        raise _sent_twice()
    grounds = _grounds(act, lodging)
    if lodging.source == "hand":
        centres.check_here(act, grounds.centre)
    person, version = _person(act, lodging)
    lodging = _as_registered(act, person, lodging)
    _check(act, lodging, person, grounds.rules)
    request = _new(act, lodging, person, grounds)
    request.person_version = version
    if lodging.representative:
        request.mandate = giving.accompany(act, person, lodging.representative)
    _add(act, request)
    if not (lodging.is_stranger and lodging.was_composed):
        documents.check_draft(act, request)
    duties.take(act, Task(DutyName.LODGING, request))
    if lodging.unaccompanied:
        guardians.begin(act, request)
    registrations.keep(act, request, lodging.applied_on, lodging.applied_at)
    parties.join(act, request, family.household(act, person))
    if lodging.place:
        members.join(act, request, lodging.place)
    outbox.write(act, request, NoticeKind.RECEIVED)
    if not lodging.is_stranger:
        grants.answer(act, request)
    act.record(
        "request.lodged",
        request,
        person,
        centre_id=grounds.centre.id,
        document_type=request.document_type,
        kind=lodging.kind,
        source=lodging.source,
        reason=lodging.beside_reason,
    )
    return request


def check(look: Look, lodging: Lodging) -> None:
    """What `lodge` would refuse of what case handling says, found without writing: nobody waits for it.

    Who acts for whom, and what is lodged at the same moment, the lodging alone finds.
    """
    grounds, earlier = _grounds(look, lodging), lodging.previous_document
    if lodging.is_stranger:
        person = people.made(lodging.identity)
    else:
        person = people.meant_or_new(look, lodging.identity, lodging.person_id, earlier=earlier)
    lodging = _of(person, lodging)
    _check(look, lodging, person, grounds.rules)
    if lodging.place:
        members.check_free(look, person, lodging.place)
    request = _new(look, lodging, person, grounds)
    registrations.check(request, lodging.applied_on, lodging.applied_at)
    documents.check_draft(look, request)


def _grounds(look: Look, lodging: Lodging) -> _Grounds:
    def ask() -> _Grounds:
        rules = rules_today(look, lodging.document_type)
        centre = centres.named(look, lodging.centre)
        centres.check_makes(centre, lodging.document_type)
        return _Grounds(rules, version_of(look, rules), centre)

    return look.once((_Grounds, lodging.document_type, lodging.centre), ask)


def _person(act: Act, lodging: Lodging) -> tuple[Person, PersonVersion]:
    if lodging.is_stranger:
        return people.add_stranger(act, lodging.identity)
    by_hand, earlier = lodging.source != "case_handling", lodging.previous_document
    if lodging.source == "hand" and lodging.person_id:
        handled.take_status(act, lodging.person_id, lodging.identity.status)
    return people.find_or_add(act, lodging.identity, lodging.person_id, by_hand=by_hand, earlier=earlier)


def _as_registered(act: Act, person: Person, lodging: Lodging) -> Lodging:
    """The lodging with the birth date and sex of the register; who was shown and is another is known from now on."""
    records.keep_two(act, person, lodging.others)
    return _of(person, lodging)


def _of(person: Person, lodging: Lodging) -> Lodging:
    return replace(lodging, identity=replace(lodging.identity, birth_date=person.birth_date, sex=person.sex))


def travel_beside(look: Look, permit: IssuanceRequest) -> str:
    """The travel document that the holder of this residence permit may ask for too, by its code; empty for another kind
    of document, a status without one, and while one is asked for or has not ended (E24).
    """
    known = types(look)
    if known[permit.document_type].exclusive != "residence" or permit.state in WITHOUT_DOCUMENT:
        return ""
    today, person = look.clock.today(), permit.person
    travel = [each for each in known.values() if each.exclusive == "travel"]
    fitting = [each.code for each in travel if person.status in each.rules_on(today).entitlement.statuses]
    asked = select(IssuanceRequest.document_type).where(
        IssuanceRequest.person_id == person.id, IssuanceRequest.state.not_in(ENDED)
    )
    has = select(Document).where(Document.person_id == person.id, Document.document_type.in_(fitting))
    held = {
        each.document_type for each in look.session.scalars(has) if standing(look, each) in request_kinds().first.unless
    }
    return next((code for code in fitting if code not in held | set(look.session.scalars(asked))), "")


def record_compared(act: Act, alike: Sequence[Person]) -> None:
    """Persons alike, of any centre, were shown to somebody who lodges: which, and how many."""
    act.record("person.compared", *alike, hits=len(alike))


def _check(look: Look, lodging: Lodging, person: Person, rules: Rules) -> None:
    """What the law refuses, and what the register has of the person already."""
    _check_rules(rules, lodging, person, look.clock.today())
    ending.check_not_withdrawn(look, person, lodging.document_type, lodging.decision_date)
    followed = _check_followed(look, rules, lodging, person)
    _check_nothing_open(look, person, lodging, followed)
    _check_correction(look, followed, person, lodging)


def _new(look: Look, lodging: Lodging, person: Person, grounds: _Grounds) -> IssuanceRequest:
    today = look.clock.today()
    return IssuanceRequest(
        id=uuid7(),  # before it is kept, no look for what is its own may mean everybody's
        reference=references.new_reference(),
        case_reference=lodging.case_reference or None,
        mark=lodging.mark or None,
        person=person,
        centre=grounds.centre,
        centre_id=grounds.centre.id,
        document_type=lodging.document_type,
        kind=lodging.kind,
        replacement_reason=lodging.replacement_reason,
        previous_number=lodging.previous_document,
        rule_version=grounds.version,
        fee=lodging.fee,
        entitlement_source=_source(look, lodging, person),
        decision_number=lodging.decision_number,
        decision_date=lodging.decision_date,
        procedure=lodging.procedure,
        travel_document_shown=lodging.travel_document.kind,
        travel_document_number=lodging.travel_document.number,
        travel_document_state=lodging.travel_document.state,
        unaccompanied=lodging.unaccompanied,
        phone=lodging.phone,
        note=lodging.note,
        lodged_on=today,
        due_on=grounds.rules.due_date(today),
        lodged_by=look.actor.id,
        missing=[],
    )


def _source(look: Look, lodging: Lodging, person: Person) -> str:
    """Where the entitlement is from: what a clerk typed or took over is case handling's when it told the very same."""
    decision = lodging.decision_number, lodging.decision_date
    told = bool(lodging.decision_number) and handled.confirms(look, person, lodging.identity.status, decision)
    return "case_handling" if told else lodging.source


def _add(act: Act, request: IssuanceRequest) -> None:
    """Add the request; Conflict when the same was lodged at this very moment, by another clerk or the same form."""
    try:
        with act.apart():
            act.session.add(request)
    except IntegrityError as error:
        raise (_sent_twice() if marked(act, request.mark or "") else _already_open()) from error


def _sent_twice() -> SentTwice:
    return SentTwice("This form was sent before: its request is lodged.")


def _already_open() -> Conflict:
    return Conflict(
        "This person already has an open request of this kind for this document. Open that one instead.",
        field="document_type",
    )


def _check_rules(rules: Rules, lodging: Lodging, person: Person, today: dt.date) -> None:
    """What the law refuses for this type, kind, status, age and fee."""
    identity = lodging.identity
    rules.check_kind(one_of("kind", lodging.kind, KINDS))
    rules.check_fee(lodging.fee)
    rules.check_status(identity.status)
    rules.check_case(closed=person.case_closed_on is not None)
    check_birth_date(identity.birth_date, today)
    if lodging.decision_date:
        check_past("decision_date", lodging.decision_date, today)
    rules.check_representative(identity.birth_date, lodging.representative, today)
    if lodging.unaccompanied and not rules.is_minor(identity.birth_date, today):
        raise InvalidInput("unaccompanied", "Only a minor is unaccompanied. Check the birth date and the mark.")
    if identity.cnp and not agrees_with(identity.cnp, identity.birth_date, identity.sex):
        raise InvalidInput("cnp", "This CNP does not fit the birth date or the sex. Check both against the file.")
    _check_birth_place(lodging)
    _check_replaced_document(lodging)
    if rules.entitlement.decision_required and not (lodging.decision_number and lodging.decision_date):
        raise InvalidInput("decision_number", "Type the number and the date of the decision that grants protection.")


def _check_birth_place(lodging: Lodging) -> None:
    """Some documents say where their holder was born, and are not lodged without (`requests.toml`)."""
    if lodging.document_type in request_words().birth_place.types and not lodging.identity.birth_place:
        raise InvalidInput(
            "birth_place",
            "This document needs the place of birth (Reg. (EU) 2024/1348, Art 29(4)). Ask the person; a country is"
            " enough where nothing else is known.",
        )


def _check_replaced_document(lodging: Lodging) -> None:
    """Which document this one follows, and why: lost, stolen or other (`requests.toml`)."""
    if lodging.kind != "first" and not lodging.previous_document:
        raise InvalidInput("previous_document", "Say which document this one follows: scan or type its number.")
    if lodging.replacement_reason:
        one_of("replacement_reason", lodging.replacement_reason, request_words().replacement_reasons)


def _check_followed(look: Look, rules: Rules, lodging: Lodging, person: Person) -> Document | None:
    """A document of this register that is followed is the same person's, stands as its kind asks, and is not renewed
    too early (E19, `kinds.toml`); a first request follows none that holds. A decree lets a document hold longer and
    takes no day of renewing away: the printed last day counts (E27).
    """
    if lodging.kind == Kind.FIRST:
        _check_is_first(look, lodging, person)
    number = lodging.previous_document
    followed = look.session.scalar(select(Document).where(Document.number == number)) if number else None
    if followed is None:
        return None
    if followed.person_id != person.id:
        raise InvalidInput(
            "previous_document",
            "This document is another person's. Scan the number from the document of the person before you.",
        )
    if lodging.kind != Kind.FIRST and followed.document_type == lodging.document_type:
        follows = request_kinds().followed_by(one_of("kind", lodging.kind, KINDS))
        if standing(look, followed) not in follows.standings:
            raise follows.refusal.violation("kind")
    if lodging.kind == "renewal" and followed.expiry_date:
        rules.check_renewal(followed.expiry_date, look.clock.today())
    return followed


def _check_is_first(look: Look, lodging: Lodging, person: Person) -> None:
    """RuleViolation while the person has a document of this type that has not ended (E24)."""
    if is_new(person):
        return
    query = select(Document).where(Document.person_id == person.id, Document.document_type == lodging.document_type)
    first = request_kinds().first
    if any(standing(look, document) in first.unless for document in look.session.scalars(query)):
        raise first.refusal.violation("kind")


def _check_correction(look: Look, followed: Document | None, person: Person, lodging: Lodging) -> None:
    """A correction follows a document that says otherwise than the register; free where the office erred (E20)."""
    if lodging.kind != Kind.CORRECTION or followed is None:
        return
    shown = followed.request.holder
    if not versions.differences(shown, person):
        raise InvalidInput(
            "kind",
            "The document says what the register says. Correct the data on the page of the person first, then lodge"
            " the correction.",
        )
    since = versions.reasons_since(look, person, followed.request.person_version)
    free = request_words().free_correction(since)
    if lodging.fee and free:
        raise RuleViolation(
            "E20",
            free.legal_basis.en,
            "The office erred, so the corrected document is free of charge. Leave the fee at zero.",
            field="fee",
        )


def _check_nothing_open(look: Look, person: Person, lodging: Lodging, followed: Document | None) -> None:
    """Two open requests of one person for one document would end in two documents (E24, `kinds.toml`).

    Conflict for another of the same kind; RuleViolation for one that another kind excludes, on the field
    `beside_reason` where a reason is all that is missing.
    """
    kind, open_kinds = one_of("kind", lodging.kind, KINDS), _open_kinds(look, person, lodging.document_type)
    if kind in open_kinds:
        raise _already_open()
    if followed is None and lodging.previous_document and lodging.source != "hand":
        open_kinds -= {Kind.FIRST}  # of a document of before that nobody took over only case handling knows
    for open_kind in sorted(open_kinds):
        about = request_kinds().about(Kind(open_kind), kind)
        if not about.is_asked:
            raise about.refusal.violation("kind")
        if not lodging.beside_reason.strip():
            raise about.refusal.violation("beside_reason")


def _open_kinds(look: Look, person: Person, document_type: str) -> set[str]:
    """The kinds of the person's open requests for this document."""
    if is_new(person):
        return set()
    mine = (IssuanceRequest.person_id == person.id, IssuanceRequest.document_type == document_type)
    return set(look.session.scalars(select(IssuanceRequest.kind).where(*mine, IssuanceRequest.state.not_in(ENDED))))
