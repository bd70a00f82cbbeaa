"""The hand-over page: every condition named beside its field, four eyes, signatures, a valid document."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageDraw

from issuance.models.documents import Document, HandOver
from issuance.models.people import RightsNotice
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.fixtures.databases import Folder
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, sentence_beside

CHILD = changed(LAYLA, given_names="Yusuf", birth_date="2015-06-01", representative="Al-Masri Layla (mother)")


def signature(kind: str = "PNG", size: tuple[int, int] = (800, 260), ink: bool = True, mode: str = "RGBA") -> bytes:
    picture = Image.new(mode, size, (255, 255, 255, 0) if mode == "RGBA" else "white")
    if ink:
        ImageDraw.Draw(picture).line([(100, 200), (300, 60), (500, 200), (700, 80)], fill="#101c3a", width=6)
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


PAD = "data:image/png;base64," + base64.b64encode(signature()).decode()


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def fields(office: Office, request_id: UUID, number: str) -> dict[str, Any]:
    """A complete hand-over of an adult's first document."""
    return {
        "version": case_of(office, request_id).version,
        "identity_confirmed_by": "portrait",
        "scanned_number": number,
        "notice_language": "ar",
        "interpreter": "",
        "notice_signed": "yes",
        "signature": PAD,
        "refusal": "",
    }


def give(clerk: Browser, request_id: UUID, values: dict[str, Any]) -> Any:
    return clerk.submit(f"/cases/{request_id}/hand-over", values, content_type="multipart/form-data")


def test_the_document_becomes_valid(clerk: Browser, office: Office, checked: Case) -> None:
    page = clerk.get(f"/cases/{checked.request_id}/hand-over").text
    for shown in ("Number on the document", "Explained in", "Sign here", "Art 21¹"):
        assert shown in page
    assert "handed back" not in page, "a first document follows none"
    assert give(clerk, checked.request_id, fields(office, checked.request_id, checked.number)).status_code == 303
    with office.database.reading() as session:
        document = session.query(Document).one()
        row, notice = session.query(HandOver).one(), session.query(RightsNotice).one()
        drawn = Image.open(io.BytesIO(office.vault.get(session, row.signature_id)))  # type: ignore[arg-type]
    assert (document.state, case_of(office, checked.request_id).state) == ("valid", "delivered")
    assert (row.identity_confirmed_by, row.signature_source, notice.language, notice.signed) == (
        "portrait",
        "pad",
        "ar",
        True,
    )
    assert (drawn.format, drawn.mode, drawn.getextrema()[0] < 64) == ("PNG", "L", True)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"identity_confirmed_by": ""}, "identity_confirmed_by", "Choose one"),
    ({"identity_confirmed_by": "smile"}, "identity_confirmed_by", "Choose one"),
    ({"scanned_number": ""}, "scanned_number", "Fill this in"),
    ({"scanned_number": "RP9999999"}, "scanned_number", "not the document of this request"),
    ({"scanned_number": "RP\x001"}, "scanned_number", "U+0000"),
    ({"scanned_number": "x" * 200_000}, "scanned_number", "40 characters"),
    ({"notice_language": ""}, "notice_language", "Rights and duties"),
    ({"notice_language": "xx"}, "notice_language", "Choose one"),
    ({"notice_signed": ""}, "notice_signed", "Choose one"),
    ({"signature": ""}, "signature", "Take the signature"),
    ({"signature": "data:image/png;base64,@@"}, "signature", "no PNG or JPEG"),
    ({"signature": "data:image/png;base64," + base64.b64encode(signature(ink=False)).decode()}, "signature", "blank"),
    ({"scan": (io.BytesIO(b"%PDF-1.7"), "signed.png")}, "signature", "no PNG or JPEG"),
    ({"refusal": "a\x07b"}, "refusal", "U+0007"),
]


class TestRefusals:
    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    def test_each_condition_is_named_beside_its_field(self, clerk: Browser, office: Office, checked: Case) -> None:
        complete = fields(office, checked.request_id, checked.number)
        for change, field, words in BAD:
            answer = give(clerk, checked.request_id, complete | change)
            assert answer.status_code == 400, field
            assert words in sentence_beside(answer, field)
        assert case_of(office, checked.request_id).state == "ready"
        with office.database.reading() as session:
            assert (session.query(HandOver).count(), session.query(RightsNotice).count()) == (0, 0)

    def test_what_was_signed_is_kept_on_a_refusal(self, clerk: Browser, office: Office, checked: Case) -> None:
        answer = give(
            clerk,
            checked.request_id,
            fields(office, checked.request_id, checked.number) | {"identity_confirmed_by": ""},
        )
        assert PAD in answer.text

    def test_a_stale_page_hands_nothing_over(self, clerk: Browser, office: Office, checked: Case) -> None:
        values = fields(office, checked.request_id, checked.number)
        answer = give(clerk, checked.request_id, values | {"version": values["version"] - 1})
        assert answer.status_code == 409
        assert f'name="version" value="{values["version"]}"' in answer.text
        assert case_of(office, checked.request_id).state == "ready"

    def test_a_document_not_ready_is_not_given(self, clerk: Browser, office: Office, people: SmallOffice) -> None:
        request_id = people.lodge(LAYLA)
        assert "not ready" in clerk.get(f"/cases/{request_id}/hand-over").text
        assert give(clerk, request_id, fields(office, request_id, "RP1")).status_code == 409


@carrying(CHILD)
def test_a_child_receives_it_with_the_representative(clerk: Browser, office: Office, checked: Case) -> None:
    values = fields(office, checked.request_id, checked.number)
    page = clerk.get(f"/cases/{checked.request_id}/hand-over").text
    assert "Al-Masri Layla (mother)" in page
    mandate_id = re.findall(r'name="representative_present"[^>]*value="([^"]+)"', page)[0]
    answer = give(clerk, checked.request_id, values)
    assert "representative's presence" in sentence_beside(answer, "representative_present")
    assert give(clerk, checked.request_id, values | {"representative_present": "yes"}).status_code == 400
    assert give(clerk, checked.request_id, values | {"representative_present": mandate_id}).status_code == 303


def test_a_refusal_to_sign_is_recorded(clerk: Browser, office: Office, checked: Case) -> None:
    values = fields(office, checked.request_id, checked.number) | {"signature": "", "refusal": "cannot write"}
    assert give(clerk, checked.request_id, values).status_code == 303
    with office.database.reading() as session:
        row = session.query(HandOver).one()
    assert (row.signature_id, row.refusal_reason) == (None, "cannot write")


def test_a_scan_of_the_paper_counts_as_signature(clerk: Browser, office: Office, checked: Case) -> None:
    scan = (io.BytesIO(signature("JPEG", (2480, 3508), mode="RGB")), "scan.jpg")
    assert (
        give(
            clerk,
            checked.request_id,
            fields(office, checked.request_id, checked.number) | {"signature": "", "scan": scan},
        ).status_code
        == 303
    )
    with office.database.reading() as session:
        assert session.query(HandOver).one().signature_source == "scan"


def test_the_old_document_is_surrendered(clerk: Browser, office: Office, people: SmallOffice, checked: Case) -> None:
    people.hand_over(checked.request_id, checked.number)
    lodging = changed(
        LAYLA,
        kind="replacement",
        previous_document=checked.number,
        replacement_reason="damaged",
        case_reference="2026/TM/2",
        person_id=case_of(office, checked.request_id).person_id,
    )
    following = people.carry("checked", lodging)
    request_id, number = following.request_id, following.number
    page = clerk.get(f"/cases/{request_id}/hand-over").text
    assert f"It must be {checked.number}." in page
    assert "Explained on" in page, "the notice was given at the first hand-over"
    values = fields(office, request_id, number) | {"notice_language": "", "notice_signed": ""}
    refused = give(clerk, request_id, values | {"surrendered_number": number})
    assert "no document of this person" in sentence_beside(refused, "surrendered_number")
    assert give(clerk, request_id, values | {"surrendered_number": checked.number}).status_code == 303
    with office.database.reading() as session:
        states = {document.number: document.state for document in session.query(Document)}
    assert states == {checked.number: "surrendered", number: "valid"}


def test_whoever_lodged_or_enrolled_cannot_hand_over(
    clerk: Browser, office: Office, people: SmallOffice, login: Login
) -> None:
    people.actors["clerk"] = replace(people.actors["clerk"], id=login(clerk, RoleName.CLERK).id)
    case = people.carry("checked")
    request_id, number = case.request_id, case.number
    assert "Ask another clerk" in clerk.get(f"/cases/{request_id}/hand-over").text
    assert give(clerk, request_id, fields(office, request_id, number)).status_code == 403
    assert case_of(office, request_id).state == "ready"
