"""The signature page: a pad, a scanned paper or why there is neither; shown as printed, used again, or refused."""

from __future__ import annotations

import base64
import io
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.models.requests import Signature
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.fixtures.databases import Folder
from tests.people import LAYLA, SmallOffice, changed
from tests.unit.portraits.test_signature import BAD, pad, photograph, saved
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, sentence_beside

PAD = "data:image/png;base64," + base64.b64encode(saved(pad())).decode()
CHILD = changed(LAYLA, birth_date="2023-05-01", representative="Al-Masri Nadia (mother)")


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


def send(clerk: Browser, office: Office, request_id: UUID, **values: Any) -> TestResponse:
    fields = {"version": case_of(office, request_id).version} | values
    return clerk.submit(f"/cases/{request_id}/signature", fields, content_type="multipart/form-data")


def rows(office: Office) -> list[Signature]:
    with office.database.reading() as session:
        return list(session.scalars(select(Signature)))


def test_what_is_drawn_is_shown_as_it_will_be_printed(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge()
    assert "Let the person sign" in clerk.get(f"/cases/{request_id}").text
    assert "data-signature" in clerk.get(f"/cases/{request_id}/signature").text
    assert send(clerk, office, request_id, signature=PAD).status_code == 303
    assert "signed here" in clerk.get(f"/cases/{request_id}/signature").text
    answer = clerk.get(f"/cases/{request_id}/signature/picture")
    assert (answer.mimetype, Image.open(io.BytesIO(answer.data)).mode) == ("image/png", "L")
    assert "Sign again" in clerk.get(f"/cases/{request_id}/signature").text
    assert "Signature taken" in clerk.get(f"/cases/{request_id}").text


def test_a_photographed_paper_is_taken_instead_of_the_pad(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge()
    scan = (io.BytesIO(saved(photograph((1000, 750)), "JPEG")), "paper.jpg")
    assert send(clerk, office, request_id, scan=scan, signature=PAD).status_code == 303
    (row,) = rows(office)
    assert row.source == "scan"
    assert "scanned from paper" in clerk.get(f"/cases/{request_id}/signature").text


def test_why_nothing_is_signed_is_noted(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge()
    assert send(clerk, office, request_id, absence="unable", reason="an injured hand").status_code == 303
    assert "The person cannot sign" in clerk.get(f"/cases/{request_id}").text
    assert "an injured hand" in clerk.get(f"/cases/{request_id}/signature").text
    assert clerk.get(f"/cases/{request_id}/signature/picture").status_code == 404


class TestRefusals:
    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    def test_what_is_no_signature_is_said_beside_the_pad(
        self, clerk: Browser, office: Office, people: SmallOffice
    ) -> None:
        request_id = people.lodge()
        for name, (data, words) in BAD.items():
            if name in ("nothing", "heavy"):
                continue
            answers = [send(clerk, office, request_id, scan=(io.BytesIO(data), "x.png"))]
            drawn = "data:image/png;base64," + base64.b64encode(data).decode()
            answers.append(send(clerk, office, request_id, signature=drawn))
            for answer in answers:
                assert answer.status_code == 400, name
                assert words in sentence_beside(answer, "signature"), name
        assert rows(office) == []

    @pytest.mark.parametrize(
        ("values", "field", "words"),
        [
            ({}, "signature", "Let the person sign"),
            ({"signature": "data:image/png;base64,@@"}, "signature", "no PNG or JPEG"),
            ({"signature": PAD, "absence": "refused"}, "absence", "There is a signature too"),
            ({"absence": "asleep"}, "absence", "Choose one"),
            ({"absence": "unable"}, "reason", "cannot sign"),
            ({"absence": "unable", "reason": "a\x07"}, "reason", "U+0007"),
            ({"absence": "small_child"}, "absence", "of age"),
        ],
    )
    def test_what_is_missing_is_named(
        self, clerk: Browser, office: Office, people: SmallOffice, values: dict[str, str], field: str, words: str
    ) -> None:
        answer = send(clerk, office, people.lodge(), **values)
        assert answer.status_code == 400
        assert words in sentence_beside(answer, field)
        assert rows(office) == []

    def test_a_small_child_does_not_sign(self, clerk: Browser, office: Office, people: SmallOffice) -> None:
        assert send(clerk, office, people.lodge(CHILD), absence="small_child").status_code == 303

    def test_an_approved_request_and_a_type_without_the_box(
        self, clerk: Browser, office: Office, people: SmallOffice
    ) -> None:
        case = people.carry("approved")
        assert send(clerk, office, case.request_id, signature=PAD).status_code == 409
        assert "The content is frozen" in clerk.get(f"/cases/{case.request_id}/signature").text
        paper = people.lodge(
            changed(LAYLA, document_type="RC", status="applicant", family_name="Nassar", case_reference="2026/TM/9")
        )
        page = clerk.get(f"/cases/{paper}").text
        assert "Let the person sign" not in page
        assert send(clerk, office, paper, signature=PAD).status_code == 409
        assert "Nothing that was signed" in clerk.get(f"/cases/{paper}/signature").text

    def test_the_earlier_signature_of_a_replacement(self, clerk: Browser, office: Office, people: SmallOffice) -> None:
        case = people.carry("checked")
        people.hand_over(case.request_id, case.number)
        request_id = people.lodge(
            changed(
                LAYLA,
                kind="replacement",
                replacement_reason="lost",
                previous_document=case.number,
                case_reference="2026/TM/2",
            )
        )
        assert "An earlier signature" in clerk.get(f"/cases/{request_id}/signature").text
        assert clerk.get(f"/cases/{request_id}/signature/earlier").data.startswith(b"\x89PNG")
        url, at = f"/cases/{request_id}/signature/reuse", case_of(office, request_id).version
        assert clerk.submit(url, {"version": at}).status_code == 303
        assert len(rows(office)) == 2
