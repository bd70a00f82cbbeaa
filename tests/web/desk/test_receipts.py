"""The receipt's QR code: it opens the status without a birth date, and the next receipt ends it."""

from __future__ import annotations

import re
from uuid import UUID

import numpy as np
import pypdfium2
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from issuance.actors import SYSTEM
from issuance.models.audit import AuditEvent
from issuance.models.holders import ReceiptCode
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.services.life import retention
from issuance.services.public import receipts
from printing.faces.compose import rasterise
from tests.people import LAYLA, SmallOffice, changed
from tests.web.centre.shared import sit_down
from tests.web.conftest import Browser
from tests.web.public.holder import ON_BOTH, statements, words

cv2 = pytest.importorskip("cv2", reason="reads QR codes independently of zxing-cpp, which draws them")

ADDRESS = re.compile(r"https?://[^/]+/status#([A-Z2-7]{26})")
NOTHING = "We did not find it."


@pytest.fixture
def clerk(client: Browser, office: Office, people: SmallOffice) -> Browser:
    return sit_down(client, office, people, "clerk")


@pytest.fixture
def request_id(people: SmallOffice) -> UUID:
    return people.lodge(LAYLA)


@pytest.fixture
def phone(clerk: Browser) -> Browser:
    """Somebody who is not logged in, and reads English."""
    stranger = clerk.application.test_client()
    stranger.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert isinstance(stranger, Browser)
    return stranger


SHOTS = (300, 250, 200, 400)
"""Dots per inch: who holds a phone over a code moves it until it is read. OpenCV could not read one in CI."""


def scanned(answer: TestResponse) -> str:
    """What a phone reads from the QR code of the receipt as it is printed."""
    assert answer.mimetype == "application/pdf"
    pictures = (np.asarray(rasterise(answer.data, dots).convert("L")) for dots in SHOTS)
    return next(filter(None, (str(cv2.QRCodeDetector().detectAndDecode(picture)[0]) for picture in pictures)), "")


def code_on(answer: TestResponse) -> str:
    found = ADDRESS.fullmatch(scanned(answer))
    assert found
    return found[1]


def printed(clerk: Browser, request_id: UUID) -> str:
    return code_on(clerk.get(f"/cases/{request_id}/receipt.pdf"))


def ask(phone: Browser, shown: str) -> TestResponse:
    return phone.post("/status", data={"reference": shown})


@ON_BOTH
def test_the_code_opens_the_status_and_the_next_receipt_ends_it(
    clerk: Browser, phone: Browser, people: SmallOffice, request_id: UUID
) -> None:
    first = printed(clerk, request_id)
    assert printed(clerk, request_id) == first, "drawn again it is the same receipt"
    assert "We have your request." in words(ask(phone, first))
    assert clerk.submit(f"/cases/{request_id}/receipt").status_code == 303
    second = printed(clerk, request_id)
    with statements(people) as for_withdrawn:
        withdrawn = ask(phone, first)
    with statements(people) as for_unknown:
        unknown = ask(phone, "A" * 26)
    assert (withdrawn.status_code, withdrawn.data) == (unknown.status_code, unknown.data)
    assert (withdrawn.status_code, for_withdrawn) == (404, for_unknown)
    assert NOTHING in words(withdrawn)
    assert "We have your request." in words(ask(phone, second))
    with people.reading() as look:
        assert len(look.session.scalars(select(AuditEvent).where(AuditEvent.act == "receipt.code_made")).all()) == 2
        row = look.session.scalars(select(ReceiptCode)).one()
        assert second.encode() not in row.sealed + row.digest.encode()


def test_whatever_a_scanner_at_a_desk_types_is_taken(clerk: Browser, phone: Browser, request_id: UUID) -> None:
    code = printed(clerk, request_id)
    for typed in (
        f"http://localhost:5000/status#{code}",
        code.lower(),
        f" {code[:13]} {code[13:]}\t",
        f"https:&&x&status3{code}",
    ):
        assert "We have your request." in words(ask(phone, typed)), typed


@pytest.mark.parametrize(
    "wrong", ["A" * 25, "A" * 26, "1" * 26, "#" * 26, "A" * 99, "\0" + "A" * 26, "ا" * 26, "A" * 5000]
)
def test_what_is_no_code_opens_nothing(clerk: Browser, phone: Browser, request_id: UUID, wrong: str) -> None:
    printed(clerk, request_id)
    answer = ask(phone, wrong)
    assert answer.status_code in (400, 404)
    assert "We have your request." not in words(answer)


def test_the_code_is_tried_as_often_as_a_reference(
    clerk: Browser, phone: Browser, office: Office, request_id: UUID
) -> None:
    code = printed(clerk, request_id)
    tries = office.settings.status_attempts_per_address
    statuses = [
        ask(phone, f"{'A' * 24}{number:02}".translate(str.maketrans("0189", "ABCD"))) for number in range(tries)
    ]
    assert {answer.status_code for answer in statuses} == {404}
    assert ask(phone, code).status_code == 429


def test_a_family_has_a_code_each(clerk: Browser, phone: Browser, people: SmallOffice, request_id: UUID) -> None:
    people.lodge(changed(LAYLA, given_names="Amal", native_name="", case_reference="2026/TM/0002"))
    answer = clerk.get(f"/cases/{request_id}/family/receipts.pdf")
    with pypdfium2.PdfDocument(answer.data) as document:
        assert len(document) >= 1
    assert "We have your request." in words(ask(phone, code_on(answer)))


def test_no_text_of_the_receipt_says_the_code(clerk: Browser, request_id: UUID) -> None:
    answer = clerk.get(f"/cases/{request_id}/receipt.pdf")
    code = code_on(answer)
    with pypdfium2.PdfDocument(answer.data) as document:
        said = "".join(page.get_textpage().get_text_range() for page in document)
    assert code not in re.sub(r"\s", "", said)


@ON_BOTH
def test_the_code_goes_with_the_request(clerk: Browser, people: SmallOffice, request_id: UUID) -> None:
    printed(clerk, request_id)
    with people.act(SYSTEM) as act:
        retention._erase(act, act.session.get_one(IssuanceRequest, request_id))
    with people.reading() as look:
        assert receipts.code_of(look, look.session.get_one(IssuanceRequest, request_id)) is None
