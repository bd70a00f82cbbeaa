"""Portraits through the services: kept encrypted, accepted by a person, used again where the rules allow it."""

from __future__ import annotations

import datetime as dt
import io
from uuid import UUID

import pytest
from PIL import Image, ImageFilter

from issuance.errors import Conflict, InvalidInput, StaleState
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.vault import Blob
from issuance.services.casework import enrolment
from issuance.services.casework.enrolment import Measured
from printing.portraits.crops import Crop
from printing.portraits.drawn import draw
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed, measured_portrait


def blurred() -> Measured:
    out = io.BytesIO()
    Image.open(io.BytesIO(draw("a"))).filter(ImageFilter.GaussianBlur(8)).save(out, "JPEG")
    return enrolment.measure(out.getvalue())


def add(office: SmallOffice, request_id: UUID, measured: Measured, source: str = "captured") -> None:
    with office.act(office.actors["clerk"]) as act:
        found = act.session.get_one(IssuanceRequest, request_id)
        enrolment.add_portrait(act, found, measured, source)


def accept(office: SmallOffice, request_id: UUID, reason: str = "") -> None:
    with office.act(office.actors["clerk"]) as act:
        found = act.session.get_one(IssuanceRequest, request_id)
        enrolment.accept_portrait(act, found, reason)


def accepted(office: SmallOffice, request_id: UUID) -> Portrait | None:
    with office.reading() as look:
        return enrolment.accepted(look, look.session.get_one(IssuanceRequest, request_id))


def test_a_portrait_is_encrypted_at_rest(office: SmallOffice) -> None:
    request_id = office.lodge()
    measured = measured_portrait()
    add(office, request_id, measured)
    with office.database.reading() as session:
        portrait = session.query(Portrait).one()
        sealed = [blob.encrypted for blob in session.query(Blob)]
        assert portrait.master_id is not None
        assert office.vault.get(session, portrait.master_id) == measured.master
    assert len(sealed) == 2
    assert not any(b"\xff\xd8\xff" in bytes(each)[:64] for each in sealed), "no JPEG in the clear"


def test_only_the_newest_counts_and_only_once_accepted(office: SmallOffice) -> None:
    request_id = office.lodge()
    add(office, request_id, measured_portrait())
    assert accepted(office, request_id) is None
    accept(office, request_id)
    assert accepted(office, request_id) is not None
    office.clock.advance(dt.timedelta(seconds=1))
    add(office, request_id, measured_portrait())
    assert accepted(office, request_id) is None, "a new picture has to be accepted again"


@on_sqlite
def test_a_failed_finding_needs_a_reason(office: SmallOffice) -> None:
    request_id = office.lodge()
    add(office, request_id, blurred())
    for nothing in ("", "   "):
        with pytest.raises(InvalidInput) as refused:
            accept(office, request_id, nothing)
        assert refused.value.field == "override_reason"
    accept(office, request_id, " a small child ")
    portrait = accepted(office, request_id)
    assert portrait is not None
    assert portrait.override_reason == "a small child"


@on_sqlite
def test_a_reason_without_a_failed_finding_is_not_kept(office: SmallOffice) -> None:
    request_id = office.lodge()
    add(office, request_id, measured_portrait())
    accept(office, request_id, "just so")
    portrait = accepted(office, request_id)
    assert portrait is not None
    assert portrait.override_reason == ""


def crop(office: SmallOffice, request_id: UUID, measured: Measured) -> None:
    with office.act(office.actors["clerk"]) as act:
        found = act.session.get_one(IssuanceRequest, request_id)
        enrolment.crop_portrait(act, found, measured)


def test_another_crop_replaces_the_kept_one_and_waits_to_be_accepted(office: SmallOffice) -> None:
    request_id = office.lodge()
    measured = measured_portrait()
    add(office, request_id, measured)
    accept(office, request_id)
    moved = enrolment.recrop(measured.master, Crop(10, 10, 861))
    crop(office, request_id, moved)
    assert accepted(office, request_id) is None
    with office.database.reading() as session:
        portrait = session.query(Portrait).one()
        assert portrait.print_id is not None
        assert office.vault.get(session, portrait.print_id) == moved.print_crop != measured.print_crop
        assert session.query(Blob).count() == 2, "the former crop is deleted"
        assert not any(b"\xff\xd8\xff" in bytes(blob.encrypted)[:64] for blob in session.query(Blob))


@on_sqlite
def test_a_crop_of_another_picture_is_refused(office: SmallOffice) -> None:
    request_id = office.lodge()
    add(office, request_id, measured_portrait())
    with pytest.raises(StaleState):
        crop(office, request_id, enrolment.measure(draw("b")))


@pytest.mark.parametrize("box", [Crop(0, 0, 350), Crop(0, 0, 358), Crop(800, 0, 357), Crop(0, -1, 357)])
def test_a_crop_that_does_not_fit_is_refused_beside_its_field(box: Crop) -> None:
    for act in (enrolment.recrop, enrolment.look_at):
        with pytest.raises(InvalidInput) as refused:
            act(measured_portrait().master, box)
        assert refused.value.field == "crop"


@on_sqlite
def test_there_must_be_a_portrait_to_accept(office: SmallOffice) -> None:
    with pytest.raises(Conflict):
        accept(office, office.lodge())


@on_sqlite
def test_it_must_be_said_where_a_picture_comes_from(office: SmallOffice) -> None:
    with pytest.raises(InvalidInput):
        add(office, office.lodge(), measured_portrait(), "found")


@on_sqlite
@pytest.mark.parametrize(
    "act",
    [
        lambda office, key: add(office, key, measured_portrait()),
        lambda office, key: crop(office, key, measured_portrait()),
        accept,
    ],
)
def test_after_the_approval_nothing_changes(office: SmallOffice, act: object, approved: Case) -> None:
    with pytest.raises(Conflict):
        act(office, approved.request_id)  # type: ignore[operator]


def following(office: SmallOffice, first: UUID, kind: str, **changes: object) -> IssuanceRequest:
    with office.database.reading() as session:
        person_id = session.get_one(IssuanceRequest, first).person_id
    values = {"kind": kind, "previous_document": "RP1", "case_reference": "2026/TM/2", "person_id": person_id} | changes
    with office.database.reading() as session:
        return session.get_one(IssuanceRequest, office.lodge(changed(LAYLA, **values)))  # type: ignore[arg-type]


def may_reuse(office: SmallOffice, request: IssuanceRequest) -> bool:
    with office.reading() as look:
        return enrolment.reusable(look, request) is not None


@on_sqlite
@pytest.mark.parametrize(("days", "allowed"), [(0, True), (180, True), (182, False)])
def test_a_replacement_uses_a_portrait_younger_than_six_months(
    office: SmallOffice, days: int, allowed: bool, complete: Case
) -> None:
    office.clock.advance(dt.timedelta(days=days))
    assert (
        may_reuse(office, following(office, complete.request_id, "replacement", replacement_reason="damaged"))
        == allowed
    )


@on_sqlite
def test_a_renewal_takes_a_new_portrait(office: SmallOffice, complete: Case) -> None:
    assert not may_reuse(office, following(office, complete.request_id, "renewal"))


def test_a_portrait_used_again_is_sealed_under_the_new_key(office: SmallOffice, complete: Case) -> None:
    request = following(office, complete.request_id, "replacement", replacement_reason="damaged")
    with office.act(office.actors["clerk"]) as act:
        found = act.session.get_one(IssuanceRequest, request.id)
        enrolment.reuse_portrait(act, found)
        office.vault.destroy(act.session, complete.request_id, clock=office.clock)
    portrait = accepted(office, request.id)
    assert portrait is not None
    assert portrait.print_id is not None
    with office.database.reading() as session:
        assert office.vault.get(session, portrait.print_id).startswith(b"\xff\xd8\xff")


def test_another_persons_portrait_is_never_offered(office: SmallOffice, complete: Case) -> None:
    values = {"family_name": "Nassar", "kind": "replacement", "previous_document": "RP1", "replacement_reason": "lost"}
    stranger = office.lodge(changed(LAYLA, case_reference="2026/TM/2", **values))  # type: ignore[arg-type]
    with office.reading() as look:
        assert enrolment.reusable(look, look.session.get_one(IssuanceRequest, stranger)) is None
