"""What each event of case handling does, from first to last, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from issuance.acts import Look
from issuance.errors import RuleViolation
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.exchange import CaseEvent, HandledCase
from issuance.models.people import Correction, Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.casework import corrections, lodging
from issuance.services.casework.corrections import Proposal
from issuance.services.mandates import giving
from issuance.services.persons import family
from issuance.services.rights import grants, handled, untold
from issuance.states import CaseEventState, DocumentState, RequestState
from tests.exchange import MARIAM, PERSON, told
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed

HELD, REFUSED, APPLIED = CaseEventState.HELD, CaseEventState.REFUSED, CaseEventState.APPLIED
TID = changed(
    LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None, eurodac_reference="RO1TM17"
)

LAYLAS = {"key": PERSON, "case_reference": LAYLA.case_reference}


@contextmanager
def looking(office: SmallOffice) -> Iterator[tuple[Look, HandledCase, Person]]:
    """The case of case handling, and whose it is."""
    with office.reading(office.actors["clerk"]) as look:
        case = look.session.scalars(select(HandledCase).where(HandledCase.key == PERSON)).one()
        yield look, case, look.session.get_one(Person, case.person_id)


def requests_of(look: Look, person: Person) -> list[IssuanceRequest]:
    """The requests of a person, in their order."""
    query = select(IssuanceRequest).where(IssuanceRequest.person_id == person.id)
    return list(look.session.scalars(query.order_by(IssuanceRequest.id)))


def registered(office: SmallOffice) -> None:
    """Mariam applied, and the register knows her by it."""
    assert told(office, "application_registered").state == APPLIED


def test_an_application_registers_and_lodges_what_a_clerk_would_have_typed(office: SmallOffice) -> None:
    registered(office)
    assert told(office, "application_lodged", 2).state == APPLIED
    with looking(office) as (look, case, person):
        certificate, document = requests_of(look, person)
        assert (certificate.document_type, document.document_type) == ("RC", "TID")
        assert (certificate.case_reference, document.case_reference) == (MARIAM["case_reference"], None)
        assert (person.full_name, person.native_name) == ("Haidari Mariam", "مریم حیدری")
        assert certificate.entitlement_source == "case_handling"
        assert case.applied == 2


def test_somebody_known_by_the_imported_reference_is_not_lodged_twice(office: SmallOffice) -> None:
    office.lodge(replace(TID, case_reference="2026/TM/0900"))
    assert told(office, "application_lodged").state == APPLIED
    with looking(office) as (look, _, person):
        assert person.family_name == "Al-Masri"
        assert len(requests_of(look, person)) == 1


def test_somebody_alike_is_decided_by_a_person(office: SmallOffice) -> None:
    registered(office)
    row = told(office, "application_registered", key="CH-2", case_reference="2026/TM/0901", birth_date="1990-03-XX")
    assert (row.state, row.why) == (HELD, "alike")
    with office.reading() as look:
        assert len(look.session.scalars(select(Person)).all()) == 1


def test_a_grant_begins_its_clock_and_the_form_of_the_permit_is_filled(office: SmallOffice) -> None:
    registered(office)
    assert told(office, "decision", 2).state == APPLIED
    with looking(office) as (look, case, person):
        assert [row.grant.decision_number for row in untold.not_asked(look)] == ["77/2026"]
        assert (case.granted, person.status) == ("refugee", "applicant")
        first = requests_of(look, person)[0]
    who = {name: MARIAM[name] for name in ("family_name", "given_names", "native_name", "birth_date", "birth_place")}
    typed = {"decision_number": "77/2026", "decision_date": dt.date(2026, 10, 20), "person_id": first.person_id}
    asks = changed(LAYLA, **who, **typed, nationality="AFG", language="fa", source="hand", case_reference="")
    with office.act(office.actors["clerk"]) as act:
        request = lodging.lodge(act, asks)
        assert (request.entitlement_source, request.person.status) == ("case_handling", "refugee")
        assert grants.waiting(act, request.person) is None


def test_another_decision_than_case_handling_told_stays_typed_by_hand(office: SmallOffice) -> None:
    registered(office)
    told(office, "decision", 2)
    with looking(office) as (look, _, person):
        day = dt.date(2026, 10, 20)
        assert handled.confirms(look, person, "refugee", ("77/2026", day))
        assert not handled.confirms(look, person, "refugee", ("78/2026", day))
        assert not handled.confirms(look, person, "subsidiary", ("77/2026", day))


def test_a_decision_that_a_clerk_typed_before_is_confirmed_or_refused(office: SmallOffice) -> None:
    office.lodge(replace(LAYLA, source="hand"))
    number, day = LAYLA.decision_number, str(LAYLA.decision_date)
    row = told(office, "decision", person=LAYLAS, decision_number="9/2026", decided_on=day)
    assert (row.state, row.why, row.field) == (REFUSED, "conflict", "decision_number")
    other = {"key": "CH-3", "case_reference": LAYLA.case_reference}
    assert told(office, "decision", person=other, decision_number=number, decided_on=day).state == APPLIED
    with office.reading() as look:
        assert look.session.scalars(select(IssuanceRequest.entitlement_source)).all() == ["case_handling"]


@carrying(TID)
def test_a_final_negative_ends_what_lives_with_the_procedure(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    assert told(office, "final", person=LAYLAS).state == APPLIED
    with looking(office) as (look, case, who):
        assert look.session.scalars(select(Document.state)).all() == [DocumentState.VOIDED]
        assert (case.outcome, who.case_closed_event) == ("negative", "negative")
    row = told(office, "appeal_lodged", 2)
    assert row.state == REFUSED
    assert row.why == "conflict"


@carrying(TID)
def test_what_was_made_before_the_case_ended_is_not_handed_over(office: SmallOffice, checked: Case) -> None:
    assert told(office, "final", person=LAYLAS, outcome="withdrawn").state == APPLIED
    with pytest.raises(RuleViolation, match="final event of case handling"):
        office.hand_over(checked.request_id, checked.number)
    with looking(office) as (look, _, _who):
        assert look.session.scalars(select(Document.state)).all() == [DocumentState.CHECKED]


@carrying(TID)
def test_a_positive_end_ends_no_document_and_an_appeal_keeps_it_extendable(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    assert told(office, "decision", person=LAYLAS, outcome="refusal").state == APPLIED
    assert told(office, "appeal_lodged", 2).state == APPLIED
    with looking(office) as (look, case, _):
        assert case.appeal_is_pending
        assert look.session.scalars(select(Document.state)).all() == [DocumentState.VALID]
        number = look.session.scalars(select(Document.number)).one()
    extension = replace(TID, kind="extension", previous_document=number, case_reference="2026/TM/0002")
    with office.act(office.actors["clerk"]) as act:
        lodging.lodge(act, extension)
    assert told(office, "appeal_decided", 3, outcome="admitted").state == APPLIED
    assert told(office, "final", 4, outcome="positive").state == APPLIED
    with looking(office) as (look, case, who):
        assert not case.appeal_is_pending
        assert who.case_closed_on is None
        assert look.session.scalars(select(Document.state)).all() == [DocumentState.VALID]


@carrying(TID)
def test_death_ends_every_document_and_what_is_not_made(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    office.lodge(replace(TID, kind="extension", previous_document=checked.number, case_reference="2026/TM/0002"))
    assert told(office, "death", person=LAYLAS).state == APPLIED
    with looking(office) as (look, case, who):
        assert look.session.scalars(select(Document.state)).all() == [DocumentState.VOIDED]
        states = [request.state for request in requests_of(look, who)]
        assert states == [RequestState.DELIVERED, RequestState.WITHDRAWN]
        assert (case.died_on, who.case_closed_event) == (dt.date(2026, 10, 20), "died")


def test_a_case_goes_to_the_centre_that_case_handling_tells(office: SmallOffice) -> None:
    registered(office)
    assert told(office, "transferred", 2).state == APPLIED
    with looking(office) as (look, _, person):
        code = select(Centre.code).join(IssuanceRequest, IssuanceRequest.centre_id == Centre.id)
        assert look.session.scalars(code.where(IssuanceRequest.person_id == person.id)).all() == ["galati"]
    assert told(office, "transferred", 3, to_centre="", to_state="D").state == APPLIED
    with looking(office) as (_, case, _):
        assert case.moved_to == "D"


@carrying(TID)
def test_a_case_that_cannot_go_now_waits_with_the_reason(office: SmallOffice, claimed: Case) -> None:
    row = told(office, "transferred", person=LAYLAS)
    assert (row.state, row.why) == (REFUSED, "conflict")


def test_flags_are_kept_and_seen_where_they_matter(office: SmallOffice) -> None:
    registered(office)
    assert told(office, "flags", 2, eurodac_reference="RO1TM99").state == APPLIED
    with looking(office) as (look, case, person):
        assert (case.procedure, case.joint_return, person.vulnerable) == ("accelerated", True, True)
        assert person.eurodac_reference == "RO1TM99"
        assert requests_of(look, person)[0].procedure == "accelerated"
    row = told(office, "flags", 3, eurodac_reference="RO1TM98")
    assert (row.state, row.field) == (REFUSED, "eurodac_reference")


def test_family_and_who_acts_for_somebody(office: SmallOffice) -> None:
    registered(office)
    other = {"family_name": "Haidari", "given_names": "Omid", "native_name": "", "birth_date": "1988-07-01", "sex": "M"}
    told(office, "application_registered", key="CH-2", case_reference="2026/TM/0902", **other)
    assert told(office, "family", 2).state == APPLIED
    assert told(office, "representative", 3).state == APPLIED
    with looking(office) as (look, _, person):
        (relative,) = family.relatives(look, person)
        assert (relative.tie, relative.person.given_names, relative.link.source) == ("spouse", "Omid", "case_handling")
        assert [row.kind for row in giving.of(look, person)] == ["lawyer"]


def test_a_correction_is_a_proposal_on_which_two_persons_decide(office: SmallOffice) -> None:
    registered(office)
    assert told(office, "correction", 2, said={"family_name": "Haydari"}).state == APPLIED
    with looking(office) as (look, _, person):
        (proposal,) = handled.proposals(look, person)
        assert (proposal.said, person.family_name) == ({"family_name": "Haydari"}, "Haidari")
        assert look.session.scalars(select(Correction)).all() == []
    with office.act(office.actors["clerk"]) as act:
        person = act.session.get_one(Person, person.id)
        row = corrections.propose(act, person, Proposal({"family_name": "Haydari"}, "said_otherwise", "event"))
        assert row is not None
    with office.act(office.actors["second_clerk"]) as act:
        corrections.agree(act, act.session.get_one(Correction, row.id))


def test_each_event_is_one_act_of_case_handling_without_a_word_of_the_person(office: SmallOffice) -> None:
    registered(office)
    told(office, "decision", 2)
    with office.reading() as look:
        events = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "case_event.applied")).all()
        assert [(each.actor_kind, each.details["kind"]) for each in events] == [
            ("case_handling", "application_registered"),
            ("case_handling", "decision"),
        ]
        said = " ".join(str(each.details) + each.reason for each in look.session.scalars(select(AuditEvent)))
        assert not any(word in said for word in ("Haidari", "Mariam", "1990-03-14", "Armoniei"))
        rows = look.session.scalars(select(CaseEvent)).all()
        assert {row.encrypted for row in rows} == {b""}
