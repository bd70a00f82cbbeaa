"""Decisions: by another officer, on entitlements entered twice, one document whoever is quicker, nothing half done."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, RuleViolation, StaleState
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document, NumberRange
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.casework import decisions, enrolment
from issuance.services.casework.decisions import Entitlement
from tests.background import queued
from tests.fixtures.databases import on_sqlite
from tests.fixtures.stages import carrying
from tests.people import LAYLA, RANGE, Case, SmallOffice, changed, measured_portrait

BY_HAND = changed(LAYLA, source="hand", case_reference="")
TYPED = Entitlement("1204/2026", dt.date(2026, 10, 5))


def case(office: SmallOffice, request_id: UUID) -> IssuanceRequest:
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, request_id)


def count(office: SmallOffice, kind: type) -> int:
    with office.database.reading() as session:
        return len(list(session.scalars(select(kind))))


def decided(office: SmallOffice, request_id: UUID, decide: Any, *args: Any, role: str = "decision_officer") -> None:
    with office.act(office.actors[role]) as act:
        decide(act, act.session.get_one(IssuanceRequest, request_id), *args)


def test_approval_makes_document_number_and_job_together(office: SmallOffice, complete: Case) -> None:
    office.approve(complete.request_id)
    found = case(office, complete.request_id)
    assert (found.state, found.decided_by) == ("approved", office.actors["decision_officer"].id)
    assert [count(office, kind) for kind in (Document, PrintJob)] == [1, 1]
    with office.database.reading() as session:
        assert [task.name for task in queued(session, office.clock.now())] == ["prepare"]


def test_an_approval_that_fails_leaves_nothing(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch, complete: Case
) -> None:
    before = [count(office, kind) for kind in (Document, PrintJob, NumberRange, AuditEvent)]

    def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as cut:
        cut.setattr(Act, "record", power_cut)
        with pytest.raises(RuntimeError):
            office.approve(complete.request_id)
    assert [count(office, kind) for kind in (Document, PrintJob, NumberRange, AuditEvent)] == before
    with office.database.reading() as session:
        assert queued(session, office.clock.now()) == []
    assert case(office, complete.request_id).state == "complete"


def test_two_officers_at_once_make_one_document(office: SmallOffice, complete: Case) -> None:
    barrier, answers = threading.Barrier(3), []

    def run() -> None:
        barrier.wait(10)
        try:
            office.approve(complete.request_id)
            answers.append(None)
        except LimanError as error:
            answers.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    refused = [answer for answer in answers if answer is not None]
    assert (len(answers), len(refused)) == (3, 2)
    assert all(isinstance(answer, Conflict | StaleState) for answer in refused)
    assert count(office, Document) == 1


@on_sqlite
@pytest.mark.parametrize("decide", [decisions.refuse, decisions.send_back])
def test_whoever_lodged_decides_nothing(office: SmallOffice, decide: Any, complete: Case) -> None:
    with pytest.raises(NotAllowed):
        decided(office, complete.request_id, decide, ["portrait"], role="clerk")
    office.actors["decision_officer"] = office.actors["clerk"]
    with pytest.raises(NotAllowed):
        office.approve(complete.request_id)
    assert case(office, complete.request_id).state == "complete"


@on_sqlite
@carrying(BY_HAND)
@pytest.mark.parametrize(
    "entitlement",
    [
        None,
        Entitlement("", dt.date(2026, 10, 5)),
        Entitlement("1204/2026", None),
        Entitlement("1204/2025", dt.date(2026, 10, 5)),
        Entitlement("1204/2026", dt.date(2026, 5, 10)),
    ],
)
def test_a_second_entry_that_does_not_agree_decides_nothing(
    office: SmallOffice, entitlement: Any, complete: Case
) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.approve(complete.request_id, entitlement)
    assert refused.value.field == "decision_number"
    assert "1204" not in str(refused.value)
    assert count(office, Document) == 0


@carrying(BY_HAND)
def test_the_second_entry_is_recorded_and_not_its_value(office: SmallOffice, complete: Case) -> None:
    office.approve(complete.request_id, TYPED)
    with office.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "request.approved")).one()
    assert event.details == {"portrait": "captured", "second_entry": True}


@on_sqlite
@carrying(BY_HAND)
def test_the_desks_entry_is_unseen_by_officers_until_the_decision(office: SmallOffice, complete: Case) -> None:
    officer, clerk = office.actors["decision_officer"], office.actors["clerk"]
    assert decisions.is_unseen(case(office, complete.request_id), officer)
    assert not decisions.is_unseen(case(office, complete.request_id), clerk)
    office.approve(complete.request_id, TYPED)
    assert not decisions.is_unseen(case(office, complete.request_id), officer)


@on_sqlite
def test_a_request_without_an_accepted_portrait_is_not_approved(office: SmallOffice, complete: Case) -> None:
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, complete.request_id)
        enrolment.add_portrait(act, request, measured_portrait(), "uploaded")
    with pytest.raises(Conflict, match="No accepted portrait"):
        office.approve(complete.request_id)


@on_sqlite
def test_a_type_without_a_face_is_not_approved(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch, complete: Case
) -> None:
    faceless = decisions.document_types.get(LAYLA.document_type).model_copy(update={"face": None})
    monkeypatch.setattr(decisions.document_types, "get", lambda code: faceless)
    with pytest.raises(RuleViolation, match="no face in this release"):
        office.approve(complete.request_id)
    assert case(office, complete.request_id).state == "complete"


def test_a_refusal_keeps_its_reason_and_makes_nothing(office: SmallOffice, complete: Case) -> None:
    with pytest.raises(InvalidInput):
        decided(office, complete.request_id, decisions.refuse, "  ")
    decided(office, complete.request_id, decisions.refuse, " The decision was annulled. ")
    found = case(office, complete.request_id)
    assert (found.state, found.ended_on, count(office, Document)) == ("refused", office.clock.today(), 0)
    assert found.decision_reason == "The decision was annulled."
    with pytest.raises(Conflict):
        office.approve(complete.request_id)


def test_what_is_sent_back_comes_again(office: SmallOffice, complete: Case) -> None:
    with pytest.raises(InvalidInput):
        decided(office, complete.request_id, decisions.send_back, [])
    decided(office, complete.request_id, decisions.send_back, ["proof_of_residence", "portrait", "portrait"])
    assert (case(office, complete.request_id).state, case(office, complete.request_id).missing) == (
        "incomplete",
        ["portrait", "proof_of_residence"],
    )
    office.enrol(complete.request_id)
    office.approve(complete.request_id)
    assert case(office, complete.request_id).state == "approved"


def test_a_withdrawal_before_the_claim_cancels_number_and_job(office: SmallOffice, complete: Case) -> None:
    office.prepare(office.approve(complete.request_id))
    decided(office, complete.request_id, decisions.withdraw, "The family left.", role="clerk")
    with office.database.reading() as session:
        states = (session.scalars(select(Document)).one().state, session.scalars(select(PrintJob)).one().state)
    assert states == ("cancelled", "cancelled")
    office.open_shift()
    assert office.claim() is None


def test_after_the_claim_nothing_is_withdrawn(office: SmallOffice, complete: Case) -> None:
    office.prepare(office.approve(complete.request_id))
    office.open_shift()
    assert office.claim()
    with pytest.raises(Conflict):
        decided(office, complete.request_id, decisions.withdraw, "The family left.", role="clerk")


def test_numbers_follow_each_other_and_are_never_given_twice(office: SmallOffice) -> None:
    numbers = []
    for name in ("Layla", "Amina", "Nour"):
        person = changed(LAYLA, given_names=name, native_name="", case_reference=f"2026/TM/{name}")
        office.carry("approved", person)
    with office.database.reading() as session:
        numbers = list(session.scalars(select(Document.number).order_by(Document.number)))
        leased = session.scalars(select(NumberRange)).one()
    assert numbers == ["RP1000000", "RP1000001", "RP1000002"]
    assert (leased.first_value, leased.next_value, leased.last_value) == (1_000_000, 1_000_003, 999_999 + RANGE)
