"""One request carried from the lodging to the hand-over, through the services, on both databases."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from card_drivers.order import Outcome
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.stock import Blank
from issuance.services.casework import decisions
from issuance.services.production import quality
from issuance.services.trust import events
from tests.people import LAYLA, SmallOffice, changed


def approved(office: SmallOffice) -> tuple[UUID, UUID]:
    request_id = office.lodge()
    office.enrol(request_id)
    return request_id, office.approve(request_id)


def document(office: SmallOffice, document_id: UUID) -> Document:
    with office.database.reading() as session:
        return session.get_one(Document, document_id)


def attempts(office: SmallOffice, request_id: UUID) -> list[Document]:
    with office.database.reading() as session:
        return session.query(Document).filter_by(request_id=request_id).order_by(Document.attempt).all()


def test_the_whole_path(office: SmallOffice) -> None:
    request_id, document_id = approved(office)
    office.prepare(document_id)
    office.open_shift()
    assert office.make() == document_id
    assert document(office, document_id).state == "personalised"
    assert office.check(document_id, office.readings(document_id))
    office.hand_over(request_id, document(office, document_id).number)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        acts = [event.act for event in events.life_line(look, request_id)]
    assert request.state == "delivered"
    assert document(office, document_id).state == "valid"
    assert acts == [
        "request.lodged",
        "portrait.added",
        "portrait.accepted",
        "signature.kept",
        "request.complete",
        "request.approved",
        "job.claimed",
        "document.checked",
        "document.handed_over",
    ]


def test_validity_and_issue_date_come_from_the_approval(office: SmallOffice) -> None:
    _, document_id = approved(office)
    made = document(office, document_id)
    assert (made.issue_date.isoformat(), made.expiry_date.isoformat()) == ("2026-11-02", "2029-11-01")


def test_the_lodger_cannot_decide_and_the_approver_cannot_hand_over(office: SmallOffice) -> None:
    request_id = office.lodge()
    office.enrol(request_id)
    office.actors["decision_officer"], clerk = office.actors["clerk"], office.actors["decision_officer"]
    with pytest.raises(NotAllowed):
        office.approve(request_id)
    office.actors["decision_officer"] = clerk


def test_an_entitlement_typed_by_hand_is_typed_twice(office: SmallOffice) -> None:
    request_id = office.lodge(changed(LAYLA, source="hand"))
    office.enrol(request_id)
    with pytest.raises(InvalidInput):
        office.approve(request_id)
    with pytest.raises(InvalidInput):
        office.approve(request_id, decisions.Entitlement("1205/2026", LAYLA.decision_date))
    assert attempts(office, request_id) == []
    office.approve(request_id, decisions.Entitlement(" 1204/2026 ", LAYLA.decision_date))
    assert len(attempts(office, request_id)) == 1


def test_a_spoiled_attempt_gets_a_new_number(office: SmallOffice) -> None:
    request_id, document_id = approved(office)
    office.prepare(document_id)
    office.open_shift()
    office.make(Outcome.SPOILED, step="print")
    first, second = attempts(office, request_id)
    assert (first.state, second.state, second.attempt) == ("cancelled", "prepared", 2)
    assert first.number != second.number
    assert (first.issue_date, first.expiry_date) == (second.issue_date, second.expiry_date)


def test_a_wrong_reading_rejects_the_document_and_its_blank(office: SmallOffice) -> None:
    request_id, document_id = approved(office)
    office.prepare(document_id)
    office.open_shift()
    office.make()
    wrong = [
        replace(item, value=item.value[:-1] + "7") if item.part == "mrz" else item
        for item in office.readings(document_id)
    ]
    assert not office.check(document_id, wrong)
    first, second = attempts(office, request_id)
    with office.database.reading() as session:
        blank = session.query(Blank).filter_by(document_id=first.id).one()
    assert (first.state, second.state, blank.state) == ("cancelled", "prepared", "spoiled")


def test_every_machine_part_must_be_read(office: SmallOffice) -> None:
    _, document_id = approved(office)
    office.prepare(document_id)
    office.open_shift()
    office.make()
    with pytest.raises(InvalidInput):
        office.check(document_id, [quality.Reading("mrz", "X", "typed")])


def test_without_a_shift_nothing_is_claimed(office: SmallOffice) -> None:
    _, document_id = approved(office)
    office.prepare(document_id)
    with pytest.raises(Conflict):
        office.claim()


def test_the_order_is_the_same_each_time(office: SmallOffice) -> None:
    _, document_id = approved(office)
    office.prepare(document_id)
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    assert office.compose(claim).model_dump_json() == office.order(claim).model_dump_json()
    assert office.claim(claim.claim_id) == claim
