"""The hand-over through the services: each condition, four eyes, old documents, the notice, and one valid document."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document, HandOver
from issuance.models.people import RightsNotice
from issuance.models.requests import IssuanceRequest
from issuance.services.mandates import giving, uses
from issuance.services.mandates.giving import Given
from issuance.services.persons.notices import Notice
from tests.background import queued
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed, signed

CHILD = changed(LAYLA, birth_date="2015-06-01", representative="Al-Masri Amal (mother)")


def state(office: SmallOffice, number: str) -> str:
    with office.database.reading() as session:
        return str(session.scalars(select(Document.state).where(Document.number == number)).one())


def test_the_document_is_valid_and_everything_is_written(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, f" {checked.number[:4]} {checked.number[4:].lower()} ")
    assert state(office, checked.number) == "valid"
    with office.database.reading() as session:
        found = session.get_one(IssuanceRequest, checked.request_id)
        row = session.query(HandOver).one()
        assert (found.state, found.handed_over_by) == ("delivered", office.actors["second_clerk"].id)
        assert row.signature_id is not None
        assert office.vault.get(session, row.signature_id) == signed().picture
        assert row.rights_notice_id == session.query(RightsNotice).one().id
        assert "retention" in [task.name for task in queued(session, office.clock.now())]
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "document.handed_over")).one()
    assert event.details == {"identity": "portrait", "signed": True, "surrendered": False}


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identity_confirmed_by": ""}, "identity_confirmed_by"),
        ({"identity_confirmed_by": "smile"}, "identity_confirmed_by"),
        ({"scanned_number": "RP0000000"}, "scanned_number"),
        ({"signature": None}, "signature"),
        ({"signature": None, "refusal": "  "}, "signature"),
        ({"notice": None}, "notice_language"),
        ({"notice": Notice(" ")}, "notice_language"),
    ],
)
def test_each_condition_names_its_field_and_leaves_nothing(
    office: SmallOffice, changes: dict[str, Any], field: str, checked: Case
) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.hand_over(checked.request_id, checked.number, **changes)
    assert refused.value.field == field
    assert state(office, checked.number) == "checked"
    with office.database.reading() as session:
        assert (session.query(HandOver).count(), session.query(RightsNotice).count()) == (0, 0)


def test_a_refusal_to_sign_takes_the_place_of_the_signature(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number, signature=None, refusal="cannot write")
    assert state(office, checked.number) == "valid"


def test_a_notice_given_once_is_enough(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    travel = office.carry("checked", changed(LAYLA, document_type="TD-C", case_reference="2026/TM/2"))
    office.hand_over(travel.request_id, travel.number, notice=None)
    assert state(office, travel.number) == "valid"


@on_sqlite
@pytest.mark.parametrize("role", ["clerk", "decision_officer"])
def test_who_lodged_enrolled_or_approved_does_not_hand_over(office: SmallOffice, role: str, checked: Case) -> None:
    office.actors["second_clerk"] = office.actors[role]
    with pytest.raises(NotAllowed):
        office.hand_over(checked.request_id, checked.number)
    assert state(office, checked.number) == "checked"


@on_sqlite
@carrying(CHILD)
def test_a_child_needs_the_representative(office: SmallOffice, checked: Case) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.hand_over(checked.request_id, checked.number)
    assert refused.value.field == "representative_present"
    office.hand_over(checked.request_id, checked.number, mandate_id=mandate_of(office, checked))
    with office.database.reading() as session:
        assert session.query(HandOver).one().representative == "Al-Masri Amal (mother)"


def mandate_of(office: SmallOffice, case: Case) -> UUID:
    with office.reading() as look:
        mandate = look.session.get_one(IssuanceRequest, case.request_id).mandate
        assert mandate is not None
        return mandate.id


@on_sqlite
@carrying(CHILD)
def test_who_has_no_mandate_any_more_does_not_accompany(office: SmallOffice, checked: Case) -> None:
    mandate_id = mandate_of(office, checked)
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, checked.request_id)
        giving.end(act, request, giving.mandate_of(act, request, mandate_id), "authority")
    for nobody in (mandate_id, uuid4()):
        with pytest.raises(InvalidInput, match="no mandate") as refused:
            office.hand_over(checked.request_id, checked.number, mandate_id=nobody)
        assert refused.value.field == "representative_present"


@carrying(CHILD)
def test_who_is_present_and_who_signs_is_kept_with_the_mandate(office: SmallOffice, checked: Case) -> None:
    """Nobody signs by a mandate that does not say so, and nothing of the hand-over is done then."""
    mother = mandate_of(office, checked)
    with office.act(office.actors["clerk"]) as act:
        aunt = Given("family", "Popa Ana", "aunt", ["see_status", "collect"], "letter", granted_by="person")
        aunt_id = giving.give(act, act.session.get_one(IssuanceRequest, checked.request_id), aunt).id
    with pytest.raises(InvalidInput) as refused:
        office.hand_over(checked.request_id, checked.number, mandate_id=mother, signed_by=aunt_id)
    assert (refused.value.field, state(office, checked.number)) == ("signed_by", "checked")
    office.hand_over(checked.request_id, checked.number, mandate_id=aunt_id, signed_by=mother)
    with office.reading() as look:
        person = look.session.get_one(IssuanceRequest, checked.request_id).person
        assert {(row.what, row.mandate_id) for row in uses.of(look, person)} == {
            ("collected", aunt_id),
            ("receipt_signed", mother),
        }


def replacement(office: SmallOffice, first: Case, reason: str) -> tuple[str, UUID, str]:
    """The first document, valid, and its replacement, ready: the old number, the request, the new number."""
    office.hand_over(first.request_id, first.number)
    with office.database.reading() as session:
        person_id = session.get_one(IssuanceRequest, first.request_id).person_id
    lodging = changed(
        LAYLA,
        kind="replacement",
        previous_document=first.number,
        replacement_reason=reason,
        case_reference="2026/TM/2",
        person_id=person_id,
    )
    case = office.carry("checked", lodging)
    return first.number, case.request_id, case.number


@pytest.mark.parametrize("given_back", ["", "RP0000000"])
def test_the_old_document_is_taken_back_first(office: SmallOffice, checked: Case, given_back: str) -> None:
    old, request_id, number = replacement(office, checked, "damaged")
    with pytest.raises(InvalidInput) as refused:
        office.hand_over(request_id, number, surrendered_number=given_back)
    assert refused.value.field == "surrendered_number"
    assert (state(office, old), state(office, number)) == ("valid", "checked")
    office.hand_over(request_id, number, surrendered_number=old)
    assert (state(office, old), state(office, number)) == ("surrendered", "valid")


@pytest.mark.parametrize("reason", ["lost", "stolen"])
def test_what_is_gone_is_not_asked_for_and_ends_as_that(office: SmallOffice, checked: Case, reason: str) -> None:
    old, request_id, number = replacement(office, checked, reason)
    office.hand_over(request_id, number)
    assert (state(office, old), state(office, number)) == (reason, "valid")


@on_sqlite
def test_nothing_is_handed_over_twice_or_before_its_check(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    with pytest.raises(Conflict):
        office.hand_over(checked.request_id, checked.number)
    waiting = office.lodge(changed(LAYLA, document_type="TD-C", case_reference="2026/TM/2"))
    with pytest.raises(Conflict):
        office.hand_over(waiting, "RP0000000")
