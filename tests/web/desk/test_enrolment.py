"""The portrait page: pictures that are taken, refused, accepted with a reason, or used again."""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from functools import cache
from uuid import UUID

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.models.audit import AuditEvent
from issuance.models.requests import IssuanceRequest, Portrait
from issuance.models.staff import RoleName
from issuance.models.vault import Blob
from issuance.office import Office
from printing.portraits import detector, mesh
from printing.portraits.drawn import draw
from tests.counterparts import missing
from tests.fixtures.databases import Folder
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import case_of, sentence_beside


@pytest.fixture
def clerk(client: Browser, login: Login) -> Browser:
    login(client, RoleName.CLERK)
    return client


@cache
def good() -> bytes:
    return draw("somebody")


@cache
def blurred() -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(good())).filter(ImageFilter.GaussianBlur(8)).save(out, "JPEG")
    return out.getvalue()


def saved(kind: str, size: tuple[int, int] = (600, 800)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, kind)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises very many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def portraits(office: Office) -> list[Portrait]:
    with office.database.reading() as session:
        return session.query(Portrait).order_by(Portrait.id).all()


def upload(clerk: Browser, request_id: UUID, data: bytes, name: str = "face.jpg") -> TestResponse:
    answer = clerk.submit(f"/cases/{request_id}/enrolment/picture", {"portrait": (io.BytesIO(data), name)})
    answer.request.environ["wsgi.input"].close()  # the client keeps what it sent
    return answer


def test_an_uploaded_picture_is_measured_and_marked(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    assert upload(clerk, request_id, good()).status_code == 303
    page = clerk.get(f"/cases/{request_id}/enrolment").text
    for shown in (
        "uploaded, not taken here",
        "within its limits",
        "Sharpness",
        "at least 25",
        "assumption",
    ):
        assert shown in page
    assert [portrait.source for portrait in portraits(office)] == ["uploaded"]
    assert case_of(office, request_id).enrolled_by is not None


def test_a_captured_picture_comes_as_a_data_url(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    url = "data:image/jpeg;base64," + base64.b64encode(good()).decode()
    fields = {"captured": url, "captured-source": "captured"}
    answer = clerk.submit(f"/cases/{request_id}/enrolment/picture", fields, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert portraits(office)[0].source == "captured"


BAD = [
    (b"", "not empty"),
    (b"%PDF-1.7\n" + b"x" * 500, "a PDF"),
    (saved("GIF"), "a GIF"),
    (saved("WEBP"), "a WebP"),
    (saved("JPEG")[:3000], "damaged"),
    (saved("PNG")[:200], "damaged"),
    (saved("JPEG", (300, 400)), "at least"),
    (png_that_claims(8000, 8000), "megapixels"),
    (png_that_claims(20000, 20000), "megapixels"),
    (saved("JPEG", (1, 1)), "at least"),
    (b"\xff\xd8\xff" + b"\x00" * 15_000_001, "15 MB"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
]


class TestRefusals:
    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    @pytest.mark.parametrize(("data", "words"), BAD, ids=[words for _, words in BAD])
    def test_what_is_no_portrait_is_refused(
        self, clerk: Browser, office: Office, people: SmallOffice, data: bytes, words: str
    ) -> None:
        request_id = people.lodge(LAYLA)
        answer = upload(clerk, request_id, data)
        assert answer.status_code == 400
        assert words in sentence_beside(answer, "portrait")
        assert portraits(office) == []

    @pytest.mark.parametrize(
        "url", ["data:image/jpeg;base64,@@@", "data:text/html,x", "x", "data:image/jpeg;base64,AAAA"]
    )
    def test_a_broken_data_url_is_refused(self, clerk: Browser, office: Office, people: SmallOffice, url: str) -> None:
        request_id = people.lodge(LAYLA)
        answer = clerk.submit(f"/cases/{request_id}/enrolment/picture", {"captured": url})
        assert answer.status_code == 400
        assert sentence_beside(answer, "portrait")
        assert portraits(office) == []

    def test_more_than_a_request_may_carry_is_refused(self, clerk: Browser, people: SmallOffice) -> None:
        request_id = people.lodge(LAYLA)
        assert upload(clerk, request_id, b"\xff\xd8\xff" + b"\x00" * 21_000_000).status_code == 413


def frame(left: int, top: int, width: int) -> dict[str, str]:
    return {"crop_left": str(left), "crop_top": str(top), "crop_width": str(width)}


def shown_frame(page: str) -> tuple[int, ...]:
    """The numbers in the boxes of the frame."""
    found = [re.search(rf'name="crop_{part}"[^>]* value="([^"]*)"', page) for part in ("left", "top", "width")]
    return tuple(int(match[1]) for match in found if match)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"), float)


class TestFrame:
    """The printed part of the picture: proposed, moved by numbers (as without scripts), accepted."""

    @pytest.fixture
    def server(self, sqlite: Folder) -> Folder:
        return sqlite

    @pytest.fixture
    def request_id(self, clerk: Browser, people: SmallOffice) -> UUID:
        request_id = people.lodge(LAYLA)
        upload(clerk, request_id, good())
        return request_id

    def accepting(self, office: Office, request_id: UUID) -> dict[str, str]:
        at, newest = case_of(office, request_id).version, portraits(office)[-1]
        return {"version": str(at), "portrait_id": str(newest.id)}

    def printed(self, office: Office) -> bytes:
        key = portraits(office)[-1].print_id
        assert key is not None
        with office.database.reading() as session:
            return office.vault.get(session, key)

    def test_the_proposal_lies_over_the_whole_picture(self, clerk: Browser, request_id: UUID) -> None:
        if not detector.installed():
            missing("No face detector (requirements-photo.txt): it proposes the frame. `make test` installs it.")
        page = clerk.get(f"/cases/{request_id}/enrolment").text
        left, top, width = shown_frame(page)
        assert 0.70 <= (981 - 139) / (width * 9 / 7) <= 0.80, "crown 139, chin 981: where the drawing has them"
        assert f'viewBox="{left} {top} {width} {width * 9 // 7}"' in page, "what is printed is shown"
        assert "Crown to chin" in page
        assert "ICAO Doc 9303-3, 3.9.1.3" in page
        assert ("Not checked" in page) == (not mesh.installed())
        master = clerk.get(f"/cases/{request_id}/enrolment/master")
        assert Image.open(io.BytesIO(master.data)).size == (900, 1200)
        assert master.headers["Cache-Control"] == "no-store"

    def test_a_typed_frame_is_shown_and_not_kept(self, clerk: Browser, office: Office, request_id: UUID) -> None:
        before = self.printed(office)
        answer = clerk.submit(f"/cases/{request_id}/enrolment/crop", frame(20, 30, 500))
        assert answer.status_code == 200
        assert shown_frame(answer.text) == (20, 30, 497), "the next lower multiple of 7"
        assert 'viewBox="20 30 497 639"' in answer.text
        assert self.printed(office) == before

    def test_a_frame_that_does_not_fit_is_refused(self, clerk: Browser, office: Office, request_id: UUID) -> None:
        for act, typed, field, words in (
            ("crop", frame(-1, 0, 490), "crop_left", "from 0 to"),
            ("crop", frame(500, 0, 490), "crop", "900 x 1200"),
            ("crop", frame(0, 0, 70), "crop", "from 357 to 896"),
            ("accept", frame(0, 900, 490), "crop", "Move it back inside"),
            ("accept", frame(0, 0, 2000), "crop_width", "from 0 to"),
            ("accept", {"crop_left": "a", "crop_top": "", "crop_width": "9" * 50}, "crop_left", "whole number"),
        ):
            fields = self.accepting(office, request_id) | typed
            answer = clerk.submit(f"/cases/{request_id}/enrolment/{act}", fields)
            assert answer.status_code == 400
            assert words in re.sub("<[^>]*>", "", answer.text.split(f'id="e-{field}"')[1])[:300]
        assert portraits(office)[0].accepted_by is None

    def test_the_moved_frame_is_what_is_printed(self, clerk: Browser, office: Office, request_id: UUID) -> None:
        fields = self.accepting(office, request_id) | frame(40, 20, 840) | {"override_reason": "moved by hand"}
        assert clerk.submit(f"/cases/{request_id}/enrolment/accept", fields).status_code == 303
        whole = Image.open(io.BytesIO(good())).crop((40, 20, 880, 1100)).resize((490, 630), Image.Resampling.LANCZOS)
        printed = pixels(self.printed(office))
        assert printed.shape == (630, 490)
        assert np.abs(printed - np.asarray(whole.convert("L"), float)).mean() < 3
        with office.database.reading() as session:
            assert sorted(session.scalars(select(Blob.purpose))) == ["portrait-master", "portrait-print"]
            acts = session.scalars(select(AuditEvent.act).order_by(AuditEvent.id)).all()
        assert [act for act in acts if act.startswith("portrait")] == [
            "portrait.added",
            "portrait.cropped",
            "portrait.accepted",
        ]

    def test_the_frame_as_proposed_needs_no_second_crop(self, clerk: Browser, office: Office, request_id: UUID) -> None:
        proposed = frame(*shown_frame(clerk.get(f"/cases/{request_id}/enrolment").text))
        fields = self.accepting(office, request_id) | proposed
        assert clerk.submit(f"/cases/{request_id}/enrolment/accept", fields).status_code == 303
        with office.database.reading() as session:
            assert "portrait.cropped" not in session.scalars(select(AuditEvent.act)).all()

    def test_a_frame_for_another_picture_is_not_accepted(
        self, clerk: Browser, office: Office, request_id: UUID
    ) -> None:
        fields = self.accepting(office, request_id) | frame(40, 20, 840)
        upload(clerk, request_id, draw("another"))
        fields["version"] = str(case_of(office, request_id).version)
        answer = clerk.submit(f"/cases/{request_id}/enrolment/accept", fields)
        assert answer.status_code == 409
        assert "Another picture was taken meanwhile" in answer.text
        assert [portrait.accepted_by for portrait in portraits(office)] == [None, None]
        assert f'name="portrait_id" value="{portraits(office)[-1].id}"' in answer.text

    def test_a_refused_reason_keeps_the_frame(self, clerk: Browser, office: Office, request_id: UUID) -> None:
        upload(clerk, request_id, blurred())
        answer = clerk.submit(
            f"/cases/{request_id}/enrolment/accept", self.accepting(office, request_id) | frame(40, 20, 840)
        )
        assert answer.status_code == 400
        assert shown_frame(answer.text) == (40, 20, 840)

    def test_without_a_detector_the_page_says_what_was_not_checked(
        self, clerk: Browser, office: Office, people: SmallOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(detector, "opencv", lambda: None)
        request_id = people.lodge(LAYLA)
        upload(clerk, request_id, good())
        page = clerk.get(f"/cases/{request_id}/enrolment").text
        for words in ("No face detector is installed", "Not checked:", "tilt of the head", "crown to chin"):
            assert words in page
        assert "Every finding is within its limits" not in page
        fields = self.accepting(office, request_id) | frame(40, 20, 840)
        assert clerk.submit(f"/cases/{request_id}/enrolment/accept", fields).status_code == 303

    def test_without_a_picture_there_is_nothing_to_frame(self, clerk: Browser, people: SmallOffice) -> None:
        request_id = people.lodge(LAYLA)
        assert clerk.get(f"/cases/{request_id}/enrolment/master").status_code == 404
        assert "data-crop" not in clerk.submit(f"/cases/{request_id}/enrolment/crop", frame(0, 0, 490)).text


def test_a_failed_finding_asks_for_a_reason(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    upload(clerk, request_id, blurred())
    page = clerk.get(f"/cases/{request_id}/enrolment").text
    assert "failed" in page
    assert "keep still" in page
    url, at = f"/cases/{request_id}/enrolment/accept", case_of(office, request_id).version
    refused = clerk.submit(url, {"override_reason": "", "version": at})
    assert refused.status_code == 400
    assert "say why" in sentence_beside(refused, "override_reason")
    assert clerk.submit(url, {"override_reason": "x" * 501, "version": at}).status_code == 400
    assert clerk.submit(url, {"override_reason": "a small child", "version": at}).status_code == 303
    kept = portraits(office)[0]
    assert (kept.override_reason, kept.accepted_by is not None) == ("a small child", True)


def test_a_stale_page_accepts_nothing(clerk: Browser, office: Office, people: SmallOffice) -> None:
    request_id = people.lodge(LAYLA)
    upload(clerk, request_id, good())
    at = case_of(office, request_id).version
    with office.database.transaction() as session:
        session.get_one(IssuanceRequest, request_id).note = "somebody else was here"
    answer = clerk.submit(f"/cases/{request_id}/enrolment/accept", {"version": at})
    assert answer.status_code == 409
    assert f'name="version" value="{at + 1}"' in answer.text
    assert portraits(office)[0].accepted_by is None


def test_the_content_is_frozen_after_approval(clerk: Browser, office: Office, checked: Case) -> None:
    assert "frozen" in clerk.get(f"/cases/{checked.request_id}/enrolment").text
    answer = upload(clerk, checked.request_id, good())
    assert answer.status_code == 409
    assert len(portraits(office)) == 1


def test_a_replacement_uses_the_earlier_portrait_again(
    clerk: Browser, office: Office, people: SmallOffice, checked: Case
) -> None:
    people.hand_over(checked.request_id, checked.number)
    following = people.lodge(
        changed(
            LAYLA,
            kind="replacement",
            previous_document=checked.number,
            replacement_reason="damaged",
            case_reference="2026/TM/2",
            person_id=case_of(office, checked.request_id).person_id,
        )
    )
    page = clerk.get(f"/cases/{following}/enrolment").text
    assert "may be used again" in page
    assert clerk.get(f"/cases/{following}/enrolment/earlier").mimetype == "image/jpeg"
    url = f"/cases/{following}/enrolment/reuse"
    assert clerk.submit(url, {"version": case_of(office, following).version}).status_code == 303
    assert [portrait.accepted_by is not None for portrait in portraits(office)] == [True, True]


def test_a_first_request_has_no_earlier_portrait(clerk: Browser, people: SmallOffice, office: Office) -> None:
    request_id = people.lodge(LAYLA)
    assert clerk.get(f"/cases/{request_id}/enrolment/earlier").status_code == 404
    answer = clerk.submit(f"/cases/{request_id}/enrolment/reuse", {"version": case_of(office, request_id).version})
    assert answer.status_code == 409
