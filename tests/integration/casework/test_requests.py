"""Lodging through the services: what the law refuses, who is the same person, what is still missing."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, LimanError, NotFound, RuleViolation
from issuance.models.audit import AuditEvent
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import requests
from issuance.services.casework.lodging import Lodging
from issuance.services.persons import people
from issuance.services.residence import history
from issuance.values import references
from issuance.values.cnp import check_digit
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed

CNP = "892010135001" + check_digit("892010135001")
TID = changed(
    LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None, case_reference="2026/TM/7"
)
CHILD = changed(LAYLA, birth_date="2015-06-01", representative="Al-Masri Amal (mother)")
OKSANA = changed(LAYLA, family_name="Шевченко", given_names="Оксана", native_name="Шевченко Оксана", language="uk")


def case_of(office: SmallOffice, request_id: UUID) -> IssuanceRequest:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, request_id)


def test_a_lodging_is_kept_with_its_rules_its_due_date_and_its_event(office: SmallOffice) -> None:
    found = case_of(office, office.lodge())
    assert references.normalise(references.grouped(found.reference)) == found.reference
    assert (found.due_on - found.lodged_on).days == 30
    assert (found.state, found.entitlement_source, found.fee) == ("lodged", "case_handling", 0)
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "request.lodged")).one()
        assert {subject.kind for subject in event.subjects} == {"request", "person"}
        kept = str((event.details, event.reason))
    assert not any(private in kept for private in ("Masri", "1992", "SYR", "Ialomi")), "events hold no personal data"


REFUSED: list[tuple[Lodging, dict[str, Any], str, str]] = [
    (LAYLA, {"kind": "extension", "previous_document": "RP1"}, "kind", "Art 6"),
    (LAYLA, {"document_type": "TD-C", "kind": "extension", "previous_document": "TC1"}, "kind", "Art 20(8)"),
    (LAYLA, {"fee": 50}, "fee", "Art 51(1)"),
    (LAYLA, {"status": "subsidiary"}, "status", "Art 6"),
    (LAYLA, {"birth_date": "2015-06-01", "representative": ""}, "representative", "E14"),
]


@on_sqlite
@pytest.mark.parametrize(("lodging", "change", "field", "article"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_the_law_refuses_names_its_article(
    office: SmallOffice, lodging: Lodging, change: dict[str, Any], field: str, article: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        office.lodge(changed(lodging, **change))
    assert refused.value.field == field
    assert article in f"{refused.value.legal_basis} {refused.value}"
    with office.database.reading() as session:
        assert session.query(Person).count() == 0, "nothing half-written remains"


@on_sqlite
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "gift"}, "kind"),
        ({"kind": "renewal"}, "previous_document"),
        ({"kind": "replacement", "previous_document": "RP1", "replacement_reason": "eaten"}, "replacement_reason"),
        ({"decision_number": ""}, "decision_number"),
        ({"centre": "paris"}, "centre"),
        ({"birth_date": "2027-01-01"}, "birth_date"),
        ({"cnp": "7790101350016"}, "cnp"),
        ({"family_name": "রহমান"}, "family_name"),
        ({"birth_place": "ঢাকা"}, "birth_place"),
    ],
)
def test_what_cannot_be_taken_names_its_field(office: SmallOffice, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.lodge(changed(LAYLA, **change))
    assert refused.value.field == field
    with office.database.reading() as session:
        assert session.query(Person).count() == 0


@on_sqlite
def test_an_unknown_document_type_is_named(office: SmallOffice) -> None:
    with pytest.raises(NotFound, match="RP-X"):
        office.lodge(changed(LAYLA, document_type="RP-X"))


def test_a_tid_is_extended_while_the_case_is_open_and_not_after(office: SmallOffice) -> None:
    office.lodge(TID)
    extension = changed(TID, kind="extension", previous_document="TT1", case_reference="2026/TM/8")
    office.lodge(extension)
    with office.act(SYSTEM) as act:
        people.close_case(act, "2026/TM/7", "rejected-final", dt.date(2026, 11, 1))
    with pytest.raises(RuleViolation) as refused:
        office.lodge(changed(extension, case_reference="2026/TM/9"))
    assert refused.value.rule == "E15"


def test_a_case_that_nobody_knows_is_not_closed(office: SmallOffice) -> None:
    with pytest.raises(NotFound), office.act(SYSTEM) as act:
        people.close_case(act, "2026/XX/1", "withdrawn", dt.date(2026, 11, 1))


def test_two_open_requests_for_one_document_are_refused(office: SmallOffice) -> None:
    office.lodge()
    with pytest.raises(Conflict) as refused:
        office.lodge(changed(LAYLA, case_reference="2026/TM/2"))
    assert refused.value.field == "document_type"
    office.lodge(changed(LAYLA, document_type="TD-C", case_reference="2026/TM/3"))


# Who is the same person


def test_case_handling_means_the_same_person_by_name_date_and_nationality(office: SmallOffice) -> None:
    first = case_of(office, office.lodge())
    second = case_of(office, office.lodge(changed(LAYLA, document_type="TD-C", case_reference="2026/TM/2")))
    assert first.person_id == second.person_id
    swapped = changed(LAYLA, document_type="TD-C", nationality="IRQ", case_reference="2026/TM/3")
    assert case_of(office, office.lodge(swapped)).person_id != first.person_id


def test_who_is_lodged_by_hand_is_somebody_else_unless_chosen(office: SmallOffice) -> None:
    first = case_of(office, office.lodge())
    by_hand = changed(LAYLA, source="hand", case_reference="", document_type="TD-C")
    assert case_of(office, office.lodge(by_hand)).person_id != first.person_id
    chosen = changed(by_hand, person_id=first.person_id)
    assert case_of(office, office.lodge(chosen)).person_id == first.person_id


def test_a_chosen_person_must_exist_and_be_the_one_typed(office: SmallOffice) -> None:
    first = case_of(office, office.lodge())
    with pytest.raises(NotFound):
        office.lodge(changed(LAYLA, source="hand", case_reference="", person_id=uuid4()))
    with pytest.raises(Conflict):
        office.lodge(changed(LAYLA, source="hand", case_reference="", given_names="Amal", person_id=first.person_id))


@pytest.mark.parametrize(
    ("numbers", "field"), [({"eurodac_reference": "RO17"}, "eurodac_reference"), ({"cnp": CNP}, "cnp")]
)
def test_eurodac_reference_and_cnp_belong_to_one_person(
    office: SmallOffice, numbers: dict[str, str], field: str
) -> None:
    office.lodge(changed(LAYLA, **numbers))
    other = changed(LAYLA, family_name="Nassar", given_names="Hala", case_reference="2026/TM/2", **numbers)
    with pytest.raises(Conflict) as refused:
        office.lodge(other)
    assert refused.value.field == field


def test_two_clerks_at_once_do_not_share_a_cnp(office: SmallOffice) -> None:
    """Checking and writing overlap: one is lodged, the other hears that it was not, and nobody sees a traceback."""
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def lodge(family_name: str) -> None:
        lodging = changed(LAYLA, family_name=family_name, cnp=CNP, case_reference=family_name)
        start.wait()
        try:
            outcomes.append(office.lodge(lodging))
        except LimanError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=lodge, args=(name,)) for name in ("Nassar", "Khoury")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    with office.database.reading() as session:
        assert session.query(Person).filter_by(cnp=CNP).count() == 1


# Spelling, residence, and what is missing


def test_another_script_is_proposed_and_still_to_be_confirmed(office: SmallOffice) -> None:
    request_id = office.lodge(OKSANA)
    person = case_of(office, request_id).person
    assert (person.family_name, person.given_names, person.latin_confirmed) == ("Shevchenko", "Oksana", False)
    assert "latin_spelling" in requests.missing_now(case_of(office, request_id), has_portrait=True, has_signature=True)
    with office.act(office.actors["clerk"]) as act:
        found = act.session.get_one(IssuanceRequest, request_id)
        requests.confirm_spelling(act, found, "Shevtchenko", "Oxana")
    person = case_of(office, request_id).person
    assert (person.mrz_name, person.latin_confirmed) == ("SHEVTCHENKO<<OXANA", True)


def missing(office: SmallOffice, lodging: Lodging, *, has_portrait: bool = True) -> tuple[str, ...]:
    case = case_of(office, office.lodge(lodging))
    with office.reading() as look:
        lacks = history.is_missing(look, case)
    return requests.missing_now(case, has_portrait=has_portrait, has_signature=True, lacks_residence=lacks)


def test_what_the_register_sees_missing(office: SmallOffice) -> None:
    assert missing(office, LAYLA, has_portrait=False) == ("portrait",)
    homeless = changed(LAYLA, family_name="Nassar", address="", case_reference="2")
    assert missing(office, homeless) == ("proof_of_residence",)
    replaced = changed(LAYLA, family_name="Khoury", kind="replacement", previous_document="RP1", case_reference="3")
    assert missing(office, replaced) == ("replacement_reason",)
    traveller = changed(homeless, document_type="TD-C", case_reference="4")
    assert missing(office, traveller) == (), "a travel document asks for no proof of residence"


def done(office: SmallOffice, request_id: UUID, what: Any, *args: Any, **more: Any) -> None:
    with office.act(office.actors["clerk"]) as act:
        what(act, act.session.get_one(IssuanceRequest, request_id), *args, **more)


@on_sqlite
def test_nothing_incomplete_is_complete(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, address=""))
    with pytest.raises(InvalidInput, match="proof_of_residence"):
        done(office, request_id, requests.complete, has_portrait=True, has_signature=True)
    done(office, request_id, requests.wait_for, ["proof_of_residence"])
    assert case_of(office, request_id).missing == ["proof_of_residence"]
    done(office, request_id, requests.record_residence, "Str. Nouă 1")
    done(office, request_id, requests.complete, has_portrait=True, has_signature=True)
    found = case_of(office, request_id)
    assert (found.state, found.missing, found.person.address) == ("complete", [], "Str. Nouă 1")


@on_sqlite
def test_waiting_for_nothing_is_refused(office: SmallOffice) -> None:
    request_id = office.lodge()
    with pytest.raises(InvalidInput):
        done(office, request_id, requests.wait_for, [])


def test_after_completion_the_person_is_fixed(office: SmallOffice) -> None:
    request_id = office.lodge()
    done(office, request_id, requests.complete, has_portrait=True, has_signature=True)
    for what, args in (
        (requests.confirm_spelling, ("Other", "Name")),
        (requests.record_residence, ("Str. Nouă 1",)),
    ):
        with pytest.raises(Conflict):
            done(office, request_id, what, *args)
    assert case_of(office, request_id).person.family_name == "Al-Masri"
