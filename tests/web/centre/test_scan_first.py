"""The check begins with the card in the hand: a scan opens it, and what is another card destroys nothing."""

from __future__ import annotations

import pytest

from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services.production import quality
from printing.mrz import Mrz
from printing.mrz.zone import LINE_SIZES
from tests.fixtures.stages import carrying
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.web.centre.shared import document_of, hidden
from tests.web.conftest import Browser, Login
from tests.web.desk.shared import sentence_beside

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
OTHER = changed(
    TID,
    family_name="Haddad",
    given_names="Karim",
    native_name="",
    case_reference="2026/TM/2",
    birth_date="1968-02-01",
)


@pytest.fixture
def officer(client: Browser, login: Login) -> Browser:
    login(client, RoleName.QUALITY_OFFICER)
    return client


def mrz_of(office: Office, document_id: object) -> str:
    with office.reading() as look:
        return quality.expected_values(look, look.session.get_one(Document, document_id))["mrz"]


def send(officer: Browser, case: Case, **fields: str):  # type: ignore[no-untyped-def]
    page = officer.get(f"/quality/{case.request_id}").text
    return officer.submit(f"/quality/{case.request_id}", hidden(page) | {"mrz-method": "scanner"} | fields)


@carrying(TID)
def test_another_card_is_named_and_nothing_is_rejected(
    officer: Browser, office: Office, people: SmallOffice, made: Case
) -> None:
    """However often it is scanned; and the number of the card of the page is still nowhere."""
    other = people.approve(_enrolled(people))
    number = document_of(office, other).number
    text = mrz_of(office, made.document_id)
    width = LINE_SIZES["TD1"][1]
    zone = Mrz.parse([text[at : at + width] for at in range(0, len(text), width)])
    lines = Mrz(**{**zone.__dict__, "document_number": number}).to_lines()
    own = document_of(office, made.document_id).number
    for _ in range(2):
        answer = send(officer, made, mrz="\n".join(lines), barcode=number)
        assert f"This is document {number}" in answer.text
        assert own not in answer.text
        assert document_of(office, made.document_id).state == "personalised"


def _enrolled(people: SmallOffice):  # type: ignore[no-untyped-def]
    request_id = people.lodge(OTHER)
    people.enrol(request_id)
    return request_id


@carrying(TID)
def test_a_first_difference_is_read_again_and_a_second_one_rejects(
    officer: Browser, office: Office, made: Case
) -> None:
    answer = send(officer, made, mrz=mrz_of(office, made.document_id), barcode="TI9999999")
    assert answer.status_code in (400, 409)
    assert document_of(office, made.document_id).state == "personalised"
    assert "Fill this in" not in sentence_beside(answer, "mrz")


def test_the_list_waits_for_a_scan_and_ends_in_the_next_card(officer: Browser, office: Office, made: Case) -> None:
    page = officer.get("/quality/").text
    assert 'name="q"' in page
    assert "data-focus" in page
    assert "Next card" in page
    serial = document_of(office, made.document_id).blank_serial or ""
    for code in (serial, document_of(office, made.document_id).number):
        assert officer.look_up(code, scanned="1").location == f"/quality/{made.request_id}"
