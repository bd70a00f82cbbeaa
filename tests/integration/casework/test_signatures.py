"""What holders sign at lodging: kept encrypted, once, printed as approved, and gone with the request."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance import tasks
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.duties import Duty
from issuance.models.requests import IssuanceRequest, RuleVersion, Signature
from issuance.models.vault import Blob
from issuance.services.casework import decisions, enrolment, requests
from issuance.services.persons import signatures
from issuance.services.persons.signatures import NotSigned, Signed
from issuance.services.production import documents
from printing.portraits.drawn import sign
from printing.portraits.signature import read_signature
from tests.fixtures.databases import on_sqlite
from tests.integration.life.test_retention import agree
from tests.people import LAYLA, Case, SmallOffice, changed, measured_portrait, signed

OTHER = Signed(read_signature(sign("b")), "scan")
CHILD = changed(LAYLA, birth_date="2023-05-01", representative="Al-Masri Nadia (mother)")


def keep(office: SmallOffice, request_id: UUID, what: Signed | NotSigned, role: str = "clerk") -> None:
    with office.act(office.actors[role]) as act:
        signatures.keep(act, act.session.get_one(IssuanceRequest, request_id), what)


def kept(office: SmallOffice, request_id: UUID) -> tuple[Signature | None, bytes | None]:
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        return signatures.of(look, request), signatures.picture_of(look, request)


def pictures(office: SmallOffice, request_id: UUID) -> int:
    with office.reading() as look:
        query = select(Blob).where(Blob.request_id == request_id, Blob.purpose == "signature-print")
        return len(look.session.scalars(query).all())


def test_it_is_encrypted_and_says_nothing_of_itself(office: SmallOffice) -> None:
    request_id = office.lodge()
    keep(office, request_id, signed())
    row, picture = kept(office, request_id)
    assert row is not None
    assert (row.source, row.absence, picture) == ("pad", "", signed().picture)
    with office.reading() as look:
        assert not any(b"PNG" in blob.encrypted for blob in look.session.scalars(select(Blob)))
        event = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "signature.kept")).one()
        assert event.details == {"how": "pad"}
        assert {duty.duty for duty in look.session.scalars(select(Duty))} == {"lodging"}


def test_signed_twice_the_last_one_counts_and_no_other_stays(office: SmallOffice) -> None:
    request_id = office.lodge()
    for what in (signed(), signed(), OTHER):
        keep(office, request_id, what)
    row, picture = kept(office, request_id)
    assert row is not None
    assert (row.source, picture, pictures(office, request_id)) == ("scan", OTHER.picture, 1)
    keep(office, request_id, NotSigned("unable", "an injured hand"))
    row, picture = kept(office, request_id)
    assert row is not None
    assert (row.source, row.absence, row.reason, picture) == ("", "unable", "an injured hand", None)
    assert pictures(office, request_id) == 0


@on_sqlite
@pytest.mark.parametrize(
    ("what", "field"),
    [
        (NotSigned(""), "signature"),
        (NotSigned("asleep"), "signature"),
        (NotSigned("unable", "  "), "reason"),
        (NotSigned("small_child"), "absence"),
    ],
)
def test_why_nothing_is_signed_is_asked_for(office: SmallOffice, what: NotSigned, field: str) -> None:
    request_id = office.lodge()
    with pytest.raises(InvalidInput) as refused:
        keep(office, request_id, what)
    assert refused.value.field == field
    assert kept(office, request_id) == (None, None)


def test_a_row_is_a_picture_or_a_reason_never_both_nor_neither(office: SmallOffice) -> None:
    request_id = office.lodge()
    keep(office, request_id, signed())
    for change in ({"absence": "refused"}, {"picture_id": None}):
        with pytest.raises(IntegrityError):
            set_row(office, change)


def set_row(office: SmallOffice, change: dict[str, object]) -> None:
    with office.act(office.actors["clerk"]) as act:
        row = act.session.scalars(select(Signature)).one()
        for name, value in change.items():
            setattr(row, name, value)
        act.record("signature.changed", row)


@on_sqlite
def test_a_small_child_does_not_sign(office: SmallOffice) -> None:
    request_id = office.lodge(CHILD)
    keep(office, request_id, NotSigned("small_child"))
    office.enrol(request_id, signs=False)
    document_id = office.approve(request_id)
    assert content(office, document_id) is None


def content(office: SmallOffice, document_id: UUID) -> bytes | None:
    """The signature in the frozen content."""
    with office.reading() as look:
        return documents.frozen_content(look, look.session.get_one(Document, document_id)).signature


def test_what_was_signed_is_frozen_and_printed_again_by_the_next_attempt(office: SmallOffice, complete: Case) -> None:
    keep(office, complete.request_id, OTHER)
    document_id = office.approve(complete.request_id)
    assert content(office, document_id) == OTHER.picture
    with pytest.raises(Conflict, match="frozen"):
        keep(office, complete.request_id, signed())
    office.prepare(document_id)
    office.open_shift()
    claim = office.claim()
    assert claim is not None
    order = office.compose(claim)
    assert order.digests() == office.compose(claim).digests(), "composed alike each time"


@on_sqlite
def test_no_officer_approves_what_nobody_asked_for(office: SmallOffice) -> None:
    request_id = office.lodge()
    office.enrol(request_id, signs=False)
    with pytest.raises(Conflict, match="Nobody signed"):
        office.approve(request_id)


@on_sqlite
def test_a_type_without_the_box_asks_nobody(office: SmallOffice) -> None:
    request_id = office.lodge(
        changed(LAYLA, document_type="RC", status="applicant", decision_number="", decision_date=None)
    )
    with pytest.raises(Conflict, match="Nothing that was signed"):
        keep(office, request_id, signed())
    office.enrol(request_id)
    assert content(office, office.approve(request_id)) is None


@on_sqlite
def test_a_request_of_before_keeps_rules_that_ask_for_no_signature(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["administrator"]) as act:
        version = act.session.get_one(IssuanceRequest, request_id).rule_version
        version.content = version.content.replace('"signature":{', '"former":{')
        act.record("rules.changed", version)
        assert isinstance(version, RuleVersion)
    office.enrol(request_id, signs=False)
    assert content(office, office.approve(request_id)) is None


def test_it_is_used_again_by_a_replacement_and_asked_anew_for_a_renewal(office: SmallOffice, checked: Case) -> None:
    office.hand_over(checked.request_id, checked.number)
    again = changed(LAYLA, kind="replacement", replacement_reason="lost", previous_document=checked.number)
    request_id = office.lodge(changed(again, case_reference="2026/TM/0002"))
    with office.act(office.actors["clerk"]) as act:
        signatures.take_over(act, act.session.get_one(IssuanceRequest, request_id))
    row, picture = kept(office, request_id)
    assert row is not None
    assert (row.source, picture, pictures(office, request_id)) == ("pad", signed().picture, 1)
    office.clock.advance(dt.timedelta(days=3 * 365 - 10))
    office.keep_time()
    renewal = changed(LAYLA, kind="renewal", previous_document=checked.number, case_reference="2026/TM/0003")
    renewed = office.lodge(changed(renewal, beside_reason="the replacement was never asked for again"))
    with pytest.raises(Conflict, match="no earlier"), office.act(office.actors["clerk"]) as act:
        signatures.take_over(act, act.session.get_one(IssuanceRequest, renewed))


def test_it_goes_with_the_key_of_its_request(office: SmallOffice) -> None:
    request_id = office.lodge()
    keep(office, request_id, signed())
    with office.act(office.actors["administrator"]) as act:
        act.vault.destroy(act.session, request_id, clock=act.clock)
        act.record("retention.tried", act.session.get_one(IssuanceRequest, request_id))
    with pytest.raises(NotFound, match="destroyed"):
        kept(office, request_id)


def test_the_words_why_go_too(office: SmallOffice) -> None:
    request_id = office.lodge()
    keep(office, request_id, NotSigned("unable", "an injured hand"))
    with office.act(office.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, request_id), "moved away")
    office.clock.advance(dt.timedelta(days=91))
    office.keep_time()
    agree(office)
    tasks.destroy_ended(office)
    row, _ = kept(office, request_id)
    assert row is not None
    assert (row.absence, row.reason) == ("unable", "")


@on_sqlite
def test_completing_names_what_is_missing(office: SmallOffice) -> None:
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, request, measured_portrait(), "captured")
        enrolment.accept_portrait(act, request)
        with pytest.raises(InvalidInput) as refused:
            requests.complete(act, request, has_portrait=True, has_signature=False)
    assert refused.value.params == {"codes": "signature"}
