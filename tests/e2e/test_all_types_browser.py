"""All eight types in a real browser, from the desk to `valid`: what the demonstration has in its printer suffices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from issuance import document_types
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.services.production import quality
from tests.e2e.test_path_browser import (
    Workplace,
    case_id,
    date,
    document_of,
    hand_over,
    open_shift,
    photograph,
    printed,
    wait_until_made,
)
from tests.fixtures.live import LiveOffice

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Applicant:
    """Whoever asks for a document: lodged by hand with these fields, or sent by case handling as `reference`."""

    document_type: str
    reference: str = ""
    given_names: str = ""
    born: tuple[str, str, str] = ("", "", "")
    typed: Mapping[str, str] = field(default_factory=dict)


APPLICANTS = (
    Applicant("RP-R", "2026/TM/0001"),
    Applicant("TID", "2026/TM/0101"),
    Applicant("RC", "2026/TM/0401"),
    Applicant("TD-C", "2026/TM/0012"),
    Applicant("TD-S", "2026/TM/0013"),
    Applicant("RP-S", "", "Zelal", ("5", "4", "1990"), typed={"status": "subsidiary", "decision_number": "1600/2026"}),
    Applicant("TPP", "", "Rojin", ("6", "5", "1971"), typed={"status": "temporary_protection"}),
    Applicant("RT", "", "Berfin", ("7", "8", "2001"), typed={"status": "refugee", "decision_number": "1601/2026"}),
)


@pytest.fixture
def workplaces(chromium: Browser, live_office: LiveOffice) -> dict[str, Workplace]:
    logins = ("clerk", "clerk2", "officer", "operator", "quality")
    return {login: Workplace(chromium, live_office, login) for login in logins}


def lodge(clerk: Workplace, applicant: Applicant) -> str:
    """The request of the applicant, lodged by hand unless case handling sent it."""
    if applicant.reference:
        with clerk.live.office.database.reading() as session:
            query = select(IssuanceRequest).where(IssuanceRequest.case_reference == applicant.reference)
            return str(session.scalars(query).one().id)
    page = clerk.visit("/desk/lodge")
    page.select_option("#f-document_type", applicant.document_type)
    page.check("input[name=kind][value=first]")
    page.fill("#f-family_name", "Demir")
    page.fill("#f-given_names", applicant.given_names)
    date(page, "birth_date", *applicant.born)
    page.check("input[name=sex][value=F]")
    page.fill("#f-birth_place", "Diyarbakır")
    page.select_option("#f-nationality", "TUR")
    page.select_option("#f-status", applicant.typed["status"])
    if "decision_number" in applicant.typed:
        page.fill("#f-decision_number", applicant.typed["decision_number"])
        date(page, "decision_date", "12", "10", "2026")
    page.check("input[name=travel_document_shown][value=passport]")
    page.fill("#f-travel_document_number", "U00000002")
    page.fill("#f-address", "Str. Armoniei 33, Timișoara")
    clerk.press()
    return case_id(page)


def complete(clerk: Workplace, request_id: str, applicant: Applicant) -> None:
    """The portrait accepted, the request complete."""
    if not applicant.reference:
        photograph(clerk, request_id)
        return
    page = clerk.visit(f"/cases/{request_id}/enrolment")
    clerk.press()
    page.goto(f"{clerk.live.url}/cases/{request_id}")
    clerk.press()


def approve(officer: Workplace, request_id: str, applicant: Applicant) -> None:
    """Approved; what was lodged by hand needs the decision typed again."""
    page = officer.visit(f"/decisions/{request_id}")
    if "decision_number" in applicant.typed:
        page.fill("#f-decision_number", applicant.typed["decision_number"])
        date(page, "decision_date", "12", "10", "2026")
    officer.press()


def check(officer: Workplace, request_id: str, document: Document) -> None:
    """Every machine part of the document, as scanner, reader and camera give it; the camera reads the bar code too."""
    parts = document_types.get(document.document_type).machine_parts
    with officer.live.office.reading() as look:
        expected = quality.expected_values(look, look.session.get_one(Document, document.id))
    page = officer.visit(f"/quality/{request_id}")
    if "chip" in parts:
        page.click("button[name=do][value=chip]")
        expect(page.locator("#chip .chip.done").first).to_be_visible(timeout=30_000)
    if "seal" in parts:
        page.set_input_files("#f-picture", pictures(officer.live, document))
    if "mrz" in parts:
        page.fill("#f-mrz", expected["mrz"])
        page.check("input[name=mrz-method][value=scanner]")
    officer.press()


def pictures(live: LiveOffice, document: Document) -> str:
    """The printed side with the seal."""
    folder = printed(live, document)
    sealed = ("back.png", "page.png", "data_page.png", "sheet.png")
    return str(next(folder / name for name in sealed if (folder / name).exists()))


def test_every_type_comes_to_its_holder(workplaces: dict[str, Workplace], live_office: LiveOffice) -> None:
    lodged = []
    for applicant in APPLICANTS:
        lodged.append(lodge(workplaces["clerk"], applicant))
        complete(workplaces["clerk"], lodged[-1], applicant)
        approve(workplaces["officer"], lodged[-1], applicant)
    open_shift(workplaces["operator"])
    ends = {}
    with live_office.station():
        for applicant, request_id in zip(APPLICANTS, lodged, strict=True):
            document = wait_until_made(workplaces["quality"], request_id)
            check(workplaces["quality"], request_id, document)
            hand_over(workplaces["clerk2"], request_id, document.number)
            ends[applicant.document_type] = str(document_of(live_office, request_id).state)
    assert ends == dict.fromkeys(document_types.load(), "valid")
    for workplace in workplaces.values():
        workplace.close()
