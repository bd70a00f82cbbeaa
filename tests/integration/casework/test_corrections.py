"""Corrections: with a reason and evidence, of who somebody is by two persons; what is not made follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, RuleViolation
from issuance.models.documents import Document
from issuance.models.people import Correction, Person
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.casework import corrections
from issuance.services.casework.corrections import Proposal
from issuance.services.life import loss
from issuance.services.life.loss import Said
from issuance.services.persons import versions
from issuance.services.production import documents
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed

TRAVEL = changed(LAYLA, document_type="TD-C")


def propose(office: SmallOffice, who: str = "clerk", reason: str = "office_error", **said: str) -> UUID | None:
    with office.act(office.actors[who]) as act:
        person = act.session.scalars(select(Person).order_by(Person.id)).first()
        assert person is not None
        row = corrections.propose(act, person, Proposal(said, reason, "passport N004512873 of 2020"))
        return row.id if row else None


def agree(office: SmallOffice, row_id: UUID | None, who: str = "second_clerk") -> None:
    with office.act(office.actors[who]) as act:
        corrections.agree(act, act.session.get_one(Correction, row_id))


def correct(office: SmallOffice, **said: str) -> None:
    agree(office, propose(office, **said))


def request_of(office: SmallOffice, case: Case) -> IssuanceRequest:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, case.request_id)


def test_before_approval_the_request_is_corrected_in_place(office: SmallOffice, complete: Case) -> None:
    """The MRZ name is made anew, and what changed since the lodging is known."""
    row = propose(office, birth_date="1993-02-01", family_name="El Masri")
    assert request_of(office, complete).holder.birth_date == "1992-01-01"
    agree(office, row)
    request = request_of(office, complete)
    assert (request.state, request.holder.birth_date) == ("complete", "1993-02-01")
    assert request.person.mrz_name.startswith("EL<MASRI")
    assert request.person_version is not None
    assert versions.differences(request.person_version, request.person) == {
        "family_name": ("Al-Masri", "El Masri"),
        "birth_date": ("1992-01-01", "1993-02-01"),
    }
    with office.reading() as look:
        newest = versions.of_person(look, request.person)[0]
    clerk, second = office.actors["clerk"].id, office.actors["second_clerk"].id
    assert (newest.why, newest.made_by, newest.agreed_by) == ("office_error", clerk, second)
    assert newest.evidence == "passport N004512873 of 2020"


@on_sqlite
@pytest.mark.parametrize(
    "said",
    [
        {"family_name": "El Masri"},
        {"given_names": ""},
        {"birth_date": "1992-01-XX"},
        {"sex": "X"},
        {"nationality": "IRQ"},
        {"cnp": "8920101350013"},
        {"native_name": "ليلى"},
        {"eurodac_reference": "RO1"},
    ],
)
def test_who_somebody_is_takes_two(office: SmallOffice, lodged: Case, said: dict[str, str]) -> None:
    row = propose(office, **said)
    with pytest.raises(NotAllowed, match="You proposed"):
        agree(office, row, "clerk")
    assert not versions.differences(request_of(office, lodged).holder, request_of(office, lodged).person_version)  # type: ignore[arg-type]
    agree(office, row, "supervisor")
    (field,) = versions.differences(request_of(office, lodged).person_version, request_of(office, lodged).person)  # type: ignore[arg-type]
    assert [field] == list(said)


@on_sqlite
def test_an_address_takes_one_and_its_evidence(office: SmallOffice, lodged: Case) -> None:
    assert propose(office, address="Str. Nouă 7, Arad", birth_place="Homs") is None
    holder = request_of(office, lodged).holder
    assert (holder.address, holder.birth_place) == ("Str. Nouă 7, Arad", "Homs")


def test_an_approval_that_no_station_has_is_withdrawn_and_given_anew(office: SmallOffice, queued: Case) -> None:
    correct(office, birth_date="1993-02-01")
    assert request_of(office, queued).state == "complete"
    again = office.approve(queued.request_id)
    with office.reading() as look:
        first = look.session.get_one(Document, queued.document_id)
        second = look.session.get_one(Document, again)
        assert (first.state, second.state, second.attempt) == ("cancelled", "prepared", 2)
        assert documents.frozen_content(look, second).birth_date == "1993-02-01"
        assert documents.newest(look, second.request) is second
    assert request_of(office, queued).holder.birth_date == "1993-02-01"


def test_what_a_station_has_is_made_as_it_was_approved(office: SmallOffice, claimed: Case) -> None:
    correct(office, birth_date="1993-02-01")
    request = request_of(office, claimed)
    assert (request.state, request.holder.birth_date) == ("in_production", "1992-01-01")
    with office.reading() as look:
        assert [each.id for each in corrections.made_otherwise(look, request.person)] == [claimed.request_id]


def following(number: str, **changes: Any) -> Any:
    said = {"kind": "correction", "previous_document": number, "case_reference": "2026/TM/0002"}
    return changed(LAYLA, **{"birth_date": "1993-02-01"} | said | changes)


def test_after_the_issue_a_request_of_kind_correction_replaces_the_document(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    person = request_of(office, checked).person_id
    with pytest.raises(InvalidInput) as refused:
        office.lodge(following(checked.number, birth_date="1992-01-01", person_id=person))
    assert refused.value.field == "kind"
    correct(office, birth_date="1993-02-01")
    assert request_of(office, checked).holder.birth_date == "1992-01-01"
    new = office.carry("checked", following(checked.number, person_id=person))
    office.hand_over(new.request_id, new.number, surrendered_number=checked.number)
    with office.reading() as look:
        states = {number: state for number, state in look.session.execute(select(Document.number, Document.state))}
        document = look.session.get_one(Document, new.document_id)
        assert documents.frozen_content(look, document).birth_date == "1993-02-01"
    assert states == {checked.number: "surrendered", new.number: "valid"}


def test_a_document_that_is_lost_is_replaced_and_not_corrected(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    correct(office, birth_date="1993-02-01")
    with office.act(office.actors["clerk"]) as act:
        document = act.session.get_one(Document, checked.document_id)
        row = loss.report(act, document, Said("lost", "holder", act.clock.today()))
        loss.confirm(act, row, "lost", "portrait")
    lodging = following(checked.number, person_id=request_of(office, checked).person_id)
    with pytest.raises(RuleViolation) as refused:
        office.lodge(lodging)
    assert refused.value.field == "kind"
    office.lodge(replace(lodging, kind="replacement", replacement_reason="lost"))


@on_sqlite
@carrying(TRAVEL)
@pytest.mark.parametrize(("reason", "free"), [("office_error", True), ("said_otherwise", False)])
def test_it_is_free_where_the_office_erred(office: SmallOffice, approved: Case, reason: str, free: bool) -> None:
    with office.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE request SET state = 'delivered'")
        session.connection().exec_driver_sql("UPDATE document SET state = 'valid'")
    agree(office, propose(office, reason=reason, birth_date="1993-02-01"))
    person = request_of(office, approved).person_id
    lodging = following(approved.number, document_type="TD-C", person_id=person, fee=258)
    if not free:
        office.lodge(lodging)
        return
    with pytest.raises(RuleViolation) as refused:
        office.lodge(lodging)
    assert (refused.value.rule, refused.value.field) == ("E20", "fee")


@on_sqlite
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"birth_date": "1992-13-01"}, "birth_date"),
        ({"birth_date": "2030-01-01"}, "birth_date"),
        ({"family_name": ""}, "family_name"),
        ({"sex": "W"}, "sex"),
        ({"status": "citizen"}, "status"),
        ({"cnp": "8920101350014"}, "cnp"),
        ({"cnp": "7920101350011"}, "cnp"),
        ({"family_name": "Al-Masri"}, "family_name"),
        ({"vulnerable": "yes"}, "vulnerable"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    office: SmallOffice, lodged: Case, said: dict[str, str], field: str
) -> None:
    with pytest.raises(LimanError) as refused:
        propose(office, **said)
    assert refused.value.field == field


@on_sqlite
def test_two_persons_are_not_made_one(office: SmallOffice, lodged: Case) -> None:
    office.lodge(changed(LAYLA, family_name="Haddad", eurodac_reference="RO77", case_reference="2026/TM/0003"))
    with pytest.raises(Conflict) as refused:
        propose(office, eurodac_reference="RO 77")
    assert refused.value.field == "eurodac_reference"


@on_sqlite
def test_a_status_without_a_right_to_what_is_open_is_refused(office: SmallOffice, lodged: Case) -> None:
    row = propose(office, status="subsidiary")
    with pytest.raises(RuleViolation, match="refugee status"):
        agree(office, row)
    assert request_of(office, lodged).holder.status == "refugee"


@on_sqlite
def test_one_correction_at_a_time_and_a_declined_one_changes_nothing(office: SmallOffice, lodged: Case) -> None:
    row = propose(office, sex="X")
    with pytest.raises(Conflict, match="waits for a second person"):
        propose(office, sex="M")
    with office.act(office.actors["clerk"]) as act:
        corrections.decline(act, act.session.get_one(Correction, row))
    with pytest.raises(Conflict, match="settled already"):
        agree(office, row)
    assert request_of(office, lodged).holder.sex == "F"


@on_sqlite
def test_what_was_changed_meanwhile_is_not_overwritten(office: SmallOffice, lodged: Case) -> None:
    row = propose(office, sex="X")
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, lodged.request_id)
        corrections.people.spell(act, request.person, "El Masri", "Layla")
        act.record("person.spelling_confirmed", request.person)
    with pytest.raises(Conflict, match="changed since"):
        agree(office, row)


@on_sqlite
def test_whoever_proposed_does_not_decide(office: SmallOffice, complete: Case) -> None:
    propose(office, "decision_officer", sex="X")
    with pytest.raises(NotAllowed, match="decide"):
        office.approve(complete.request_id)


@on_sqlite
def test_another_centre_does_not_correct(office: SmallOffice, lodged: Case) -> None:
    with office.reading() as look:
        galati = centres.named(look, "galati")
    office.actors["stranger"] = Actor(office.actors["clerk"].id, galati.id, frozenset({"clerk"}), reason="asked to")
    with pytest.raises(NotAllowed, match="another centre"):
        propose(office, "stranger", sex="X")


@on_sqlite
def test_evidence_is_asked_for(office: SmallOffice, lodged: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        person = act.session.scalars(select(Person)).one()
        with pytest.raises(InvalidInput) as refused:
            corrections.propose(act, person, Proposal({"sex": "X"}, "office_error", " "))
    assert refused.value.field == "evidence"
