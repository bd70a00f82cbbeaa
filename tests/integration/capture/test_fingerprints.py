"""Fingerprints: asked by type and age, kept encrypted, replaced, exempted with what follows, in no chip."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from card_drivers.chips import profile as profiles
from issuance import document_types
from issuance.errors import Conflict, InvalidInput, LimanError, NotAllowed, RuleViolation
from issuance.models.documents import Document
from issuance.models.requests import Fingerprint, IssuanceRequest
from issuance.models.vault import Blob
from issuance.services.capture import fingerprints
from issuance.services.capture.fingerprints import Finger
from issuance.services.casework import decisions
from issuance.services.production import chips, orders
from issuance.services.production.documents import job_of
from issuance.services.trust import events
from tests.fingers import finger
from tests.people import LAYLA, Case, SmallOffice, changed

TRAVEL = changed(LAYLA, document_type="TD-C")
RIGHT, LEFT = Finger("right", "index"), Finger("left", "index")


@pytest.fixture
def scanning(office: SmallOffice) -> SmallOffice:
    """An office with a scanner."""
    office.settings = office.settings.model_copy(update={"fingerprint_scanner": "simulator"})
    return office


def take(office: SmallOffice, request_id: UUID, which: Finger, number: int) -> None:
    captured = fingerprints.capture(office.settings, finger(number))
    with office.act(office.actors["clerk"]) as act:
        fingerprints.take(act, act.session.get_one(IssuanceRequest, request_id), which, captured)


def take_both(office: SmallOffice, request_id: UUID) -> None:
    take(office, request_id, RIGHT, 1)
    take(office, request_id, LEFT, 2)


def exempt(office: SmallOffice, request_id: UUID, hand: str, why: str) -> None:
    with office.act(office.actors["clerk"]) as act:
        fingerprints.exempt(act, act.session.get_one(IssuanceRequest, request_id), hand, why)


def missing(office: SmallOffice, request_id: UUID) -> bool:
    with office.reading() as look:
        return fingerprints.are_missing(look, look.session.get_one(IssuanceRequest, request_id))


def kept(office: SmallOffice) -> list[tuple[str, str, str, bool]]:
    with office.reading() as look:
        rows = look.session.scalars(select(Fingerprint).order_by(Fingerprint.hand.desc()))
        return [(row.hand, row.finger, row.why, row.template_id is not None) for row in rows]


def blobs(office: SmallOffice) -> list[Blob]:
    with office.reading() as look:
        return list(look.session.scalars(select(Blob).where(Blob.purpose == "fingerprint")))


def test_an_office_without_a_scanner_takes_none_and_waits_for_none(office: SmallOffice) -> None:
    request_id = office.lodge()
    assert not missing(office, request_id)
    with pytest.raises(Conflict, match="no fingerprint scanner"):
        fingerprints.capture(office.settings, finger())
    with pytest.raises(Conflict, match="no fingerprint scanner"):
        exempt(office, request_id, "right", "impossible")
    office.enrol(request_id)


def test_a_request_waits_for_a_finger_of_each_hand(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    with pytest.raises(InvalidInput, match="fingerprints"):
        scanning.enrol(request_id)
    take(scanning, request_id, RIGHT, 1)
    assert missing(scanning, request_id)
    take(scanning, request_id, LEFT, 2)
    assert not missing(scanning, request_id)
    scanning.enrol(request_id)
    with scanning.reading() as look:
        acts = [event.act for event in events.life_line(look, request_id)]
    assert acts.count("fingerprint.taken") == 2


@pytest.mark.parametrize(
    ("code", "birth_date", "asked"),
    [
        ("RP-R", "2020-11-02", True),  # six years old on the day of the lodging
        ("RP-R", "2020-11-03", False),
        ("TD-C", "2014-11-02", True),
        ("TD-C", "2014-11-03", False),
        ("RP-R", "2020-XX-XX", False),  # who may be a child is one
        ("RP-R", "XXXX-XX-XX", True),
    ],
)
def test_they_are_asked_by_type_and_age(scanning: SmallOffice, code: str, birth_date: str, asked: bool) -> None:
    lodging = changed(LAYLA, document_type=code, birth_date=birth_date, representative="Rim Al-Masri (mother)")
    request_id = scanning.lodge(lodging)
    assert missing(scanning, request_id) is asked
    if not asked:
        with pytest.raises(RuleViolation, match="no fingerprints") as caught:
            take(scanning, request_id, RIGHT, 1)
        assert (caught.value.rule, caught.value.legal_basis[:15]) == ("E18", "Regulation (EC)")
        with pytest.raises(RuleViolation):
            exempt(scanning, request_id, "left", "impossible")


def test_one_that_is_taken_again_takes_the_place_of_the_other(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    take(scanning, request_id, RIGHT, 1)
    (first,) = blobs(scanning)
    take(scanning, request_id, RIGHT, 3)
    assert [blob.id != first.id for blob in blobs(scanning)] == [True]
    exempt(scanning, request_id, "right", "impossible")
    assert (blobs(scanning), kept(scanning)) == ([], [("right", "", "impossible", False)])
    take(scanning, request_id, RIGHT, 1)
    assert kept(scanning) == [("right", "index", "", True)]


def test_another_finger_needs_a_reason(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    for why in ("", "passing", "he would not"):
        with pytest.raises(InvalidInput, match="index finger comes first") as caught:
            take(scanning, request_id, Finger("right", "thumb", why), 1)
        assert caught.value.field == "why"
    take(scanning, request_id, Finger("right", "thumb", "injured"), 1)
    take(scanning, request_id, Finger("left", "index", "injured"), 2)
    assert kept(scanning) == [("right", "thumb", "injured", True), ("left", "index", "", True)]


def test_the_same_finger_is_not_taken_for_both_hands(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    take(scanning, request_id, RIGHT, 1)
    with pytest.raises(InvalidInput, match="picture of the other hand"):
        take(scanning, request_id, LEFT, 1)
    take(scanning, request_id, RIGHT, 1)  # the same hand again is nothing else
    assert len(blobs(scanning)) == 1


def test_a_weak_picture_is_taken_again(scanning: SmallOffice) -> None:
    with pytest.raises(InvalidInput, match="Wipe glass and finger") as caught:
        fingerprints.capture(scanning.settings, finger(clear=0.2))
    assert caught.value.params["quality"] == 0


@pytest.mark.parametrize("which", [("both", "index"), ("right", "little"), ("", "")])
def test_no_other_finger_than_those_of_the_list(scanning: SmallOffice, which: tuple[str, str]) -> None:
    request_id = scanning.lodge()
    with pytest.raises(InvalidInput, match="Choose one of"):
        take(scanning, request_id, Finger(*which), 1)
    with pytest.raises(InvalidInput, match="Choose one of"):
        exempt(scanning, request_id, "right", "unwilling")


def test_after_the_decision_none_is_taken(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    take_both(scanning, request_id)
    scanning.enrol(request_id)
    scanning.approve(request_id)
    with pytest.raises(Conflict, match="frozen"):
        take(scanning, request_id, RIGHT, 3)
    with pytest.raises(Conflict, match="frozen"):
        exempt(scanning, request_id, "right", "impossible")


def test_who_took_them_does_not_decide(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    both = scanning.actors["decision_officer"]
    captured = fingerprints.capture(scanning.settings, finger(1))
    with scanning.act(both) as act:
        fingerprints.take(act, act.session.get_one(IssuanceRequest, request_id), RIGHT, captured)
    take(scanning, request_id, LEFT, 2)
    scanning.enrol(request_id)
    with pytest.raises(NotAllowed, match="lodged this request"), scanning.act(both) as act:
        decisions.refuse(act, act.session.get_one(IssuanceRequest, request_id), "no status")


def expiry(office: SmallOffice, request_id: UUID) -> dt.date | None:
    document_id = office.approve(request_id)
    with office.reading() as look:
        return look.session.get_one(Document, document_id).expiry_date


@pytest.mark.parametrize(
    ("right", "left", "years"),
    [
        ("passing", "passing", 1),
        ("passing", "impossible", 1),
        ("impossible", "impossible", 2),
        ("passing", "", 2),  # a finger of the other hand was taken
    ],
)
def test_who_can_give_no_finger_for_now_gets_a_travel_document_of_twelve_months(
    scanning: SmallOffice, right: str, left: str, years: int
) -> None:
    request_id = scanning.lodge(TRAVEL)
    exempt(scanning, request_id, "right", right)
    if left:
        exempt(scanning, request_id, "left", left)
    else:
        take(scanning, request_id, LEFT, 2)
    scanning.enrol(request_id)
    assert expiry(scanning, request_id) == dt.date(2026 + years, 11, 1)


def test_a_permit_is_not_shortened(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    for hand in ("right", "left"):
        exempt(scanning, request_id, hand, "passing")
    scanning.enrol(request_id)
    assert expiry(scanning, request_id) == dt.date(2029, 11, 1)


def test_no_event_names_a_finger_or_a_reason(scanning: SmallOffice) -> None:
    request_id = scanning.lodge()
    take(scanning, request_id, Finger("right", "thumb", "injured"), 1)
    exempt(scanning, request_id, "left", "impossible")
    with scanning.reading() as look:
        details = [event.details for event in events.life_line(look, request_id) if event.act.startswith("fingerp")]
    assert details == [{"hand": "right", "quality": 100}, {"hand": "left"}]


@pytest.mark.parametrize("code", [code for code, kind in document_types.load().items() if kind.chip])
def test_no_chip_of_any_type_and_profile_gets_them(scanning: SmallOffice, code: str) -> None:
    """DG3 stays off: no type names it, no profile has terminal authentication, and the order has nothing of them."""
    status = "subsidiary" if code.endswith("-S") else "refugee"
    request_id = scanning.lodge(changed(LAYLA, document_type=code, status=status))
    take_both(scanning, request_id)
    templates = [fingerprints.capture(scanning.settings, finger(number)).template for number in (1, 2)]
    scanning.enrol(request_id)
    document_id = scanning.approve(request_id)
    scanning.prepare(document_id)
    with scanning.reading() as look:
        job = job_of(look, look.session.get_one(Document, document_id))
        recipe = orders.recipe(look, job)
    assert recipe.chip is not None
    files = chips.files(recipe.content, recipe.kind, recipe.chip)
    assert "DG3" not in files
    assert recipe.kind.chip is not None
    assert recipe.kind.chip.profile in profiles.names()
    order = orders.compose_order(recipe)
    whole = b"".join(files.values()) + repr((recipe.content, order)).encode()
    forms = [form for each in templates for form in (each, repr(each)[2:-1].encode(), base64.b64encode(each))]
    assert [form for form in forms if form in whole] == []


@pytest.mark.parametrize("name", profiles.names())
def test_no_profile_has_terminal_authentication(name: str) -> None:
    """The day one has, this test says that DG3 is to be decided upon."""
    assert "trust_point" not in repr(profiles.load(name)).lower()
    assert "terminal" not in repr(profiles.load(name)).lower()


def test_a_person_of_another_centre_takes_none(scanning: SmallOffice, lodged: Case) -> None:
    captured = fingerprints.capture(scanning.settings, finger())
    stranger = replace(scanning.actors["clerk"], centre_id=lodged.request_id)
    with pytest.raises(LimanError, match="another centre"), scanning.act(stranger) as act:
        fingerprints.take(act, act.session.get_one(IssuanceRequest, lodged.request_id), RIGHT, captured)
