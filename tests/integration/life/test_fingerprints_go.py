"""Fingerprints go at the hand-over, at the end of the request, or 90 days after they were taken; nothing stays."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pytest
from sqlalchemy import select

from issuance import tasks
from issuance.actors import SYSTEM
from issuance.models.documents import Document
from issuance.models.requests import Fingerprint, IssuanceRequest
from issuance.models.vault import Blob
from issuance.services.capture import fingerprints
from issuance.services.capture.fingerprints import Finger
from issuance.services.casework import decisions
from issuance.services.life import retention
from issuance.services.trust import events
from tests.fingers import finger
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, SmallOffice, changed
from tests.stored import stored


@pytest.fixture
def scanning(office: SmallOffice) -> SmallOffice:
    office.settings = office.settings.model_copy(update={"fingerprint_scanner": "simulator"})
    return office


def take(office: SmallOffice, request_id: UUID) -> None:
    for number, hand in enumerate(("right", "left")):
        captured = fingerprints.capture(office.settings, finger(number))
        with office.act(office.actors["clerk"]) as act:
            request = act.session.get_one(IssuanceRequest, request_id)
            fingerprints.take(act, request, Finger(hand, "thumb", "injured"), captured)


def sealed(office: SmallOffice) -> list[bytes]:
    with office.reading() as look:
        return list(look.session.scalars(select(Blob.encrypted).where(Blob.purpose == "fingerprint")))


def days_pass(office: SmallOffice, days: int) -> None:
    office.clock.advance(dt.timedelta(days=days))
    office.keep_time()


def acts_of(office: SmallOffice, request_id: UUID) -> list[str]:
    with office.reading() as look:
        return [event.act for event in events.life_line(look, request_id)]


def test_they_go_at_the_hand_over(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    take(scanning, request_id)
    scanning.enrol(request_id)
    document_id = scanning.approve(request_id)
    scanning.prepare(document_id)
    scanning.open_shift()
    scanning.make(claim=scanning.claim())
    assert scanning.check(document_id, scanning.readings(document_id))
    with scanning.reading() as look:
        number = look.session.get_one(Document, document_id).number
    scanning.hand_over(request_id, number)
    assert len(sealed(scanning)) == 2
    tasks.retain(scanning, str(request_id))
    assert sealed(scanning) == []
    assert acts_of(scanning, request_id)[-1] == "retention.applied"
    tasks.delete_fingerprints(scanning)
    assert acts_of(scanning, request_id)[-1] == "retention.applied"


def test_they_go_ninety_days_after_they_were_taken(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    take(scanning, request_id)
    days_pass(scanning, 90)
    tasks.delete_fingerprints(scanning)
    assert len(sealed(scanning)) == 2
    days_pass(scanning, 1)
    tasks.delete_fingerprints(scanning)
    assert sealed(scanning) == []
    assert acts_of(scanning, request_id)[-1] == "retention.fingerprints_deleted"
    with scanning.reading() as look:
        request = look.session.get_one(IssuanceRequest, request_id)
        assert fingerprints.are_missing(look, request), "a request that is still at the desk asks for them anew"
        assert fingerprints.last_day(look, request, look.clock.today()) is None


def test_they_go_the_night_after_the_request_ended(scanning: SmallOffice) -> None:
    ended, open_still = scanning.lodge(), scanning.lodge(changed(LAYLA, document_type="TD-C", case_reference="2"))
    for request_id in (ended, open_still):
        take(scanning, request_id)
    with scanning.act(scanning.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, ended), "moved away")
    tasks.delete_fingerprints(scanning)
    assert len(sealed(scanning)) == 2
    assert acts_of(scanning, ended)[-1] == "retention.fingerprints_deleted"
    assert "retention.fingerprints_deleted" not in acts_of(scanning, open_still)


def test_many_go_in_acts_of_some(scanning: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST", 1)
    for number, code in enumerate(("RP-R", "TD-C")):
        take(scanning, scanning.lodge(changed(LAYLA, document_type=code, case_reference=str(number))))
    days_pass(scanning, 91)
    with scanning.act(SYSTEM) as act:
        assert retention.delete_fingerprints(act) == 1
    tasks.delete_fingerprints(scanning)
    assert sealed(scanning) == []


@on_sqlite
def test_nothing_of_them_is_found_in_the_files(scanning: SmallOffice) -> None:
    """Grepped: database, write-ahead log and shared memory, for the encrypted bytes; they never were there in clear."""
    request_id = scanning.lodge()
    take(scanning, request_id)
    templates = [fingerprints.capture(scanning.settings, finger(number)).template for number in (0, 1)]
    encrypted = sealed(scanning)
    assert [each for each in encrypted if each not in stored(scanning)] == []
    assert [each for each in templates if each in stored(scanning)] == []
    days_pass(scanning, 91)
    tasks.delete_fingerprints(scanning)
    assert [each for each in encrypted if each in stored(scanning)] == []


def test_with_the_request_goes_which_finger_and_why(scanning: SmallOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = scanning.lodge()
    take(scanning, request_id)
    with scanning.act(scanning.actors["clerk"]) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, request_id), "moved away")
    days_pass(scanning, 91)
    monkeypatch.setattr(retention, "agreed_until", lambda look: look.clock.today())
    tasks.destroy_ended(scanning)
    with scanning.reading() as look:
        rows = look.session.scalars(select(Fingerprint)).all()
        assert [(row.finger, row.why) for row in rows] == [("", ""), ("", "")]
