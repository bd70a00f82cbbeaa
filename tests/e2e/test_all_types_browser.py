"""All eight types in a real browser, from the desk to `valid`: at the demonstration's station and a real ippeveprinter.

What the demonstration has in its printer suffices. The ippeveprinter reads no serials: a stack of cards is declared
there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from card_drivers.links import raster
from issuance import document_types
from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.production import quality
from issuance.services.stations import tokens
from tests.contract.ippeve import IppEve, ippeve
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

IPP_STATION = "timisoara-ipp"
BY_IPP = ("TID", "RC")


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
    page.fill("#f-nationality", "TUR")
    page.select_option("#f-status", applicant.typed["status"])
    if "decision_number" in applicant.typed:
        page.fill("#f-decision_number", applicant.typed["decision_number"])
        date(page, "decision_date", "12", "10", "2026")
    page.check("input[name=travel_document_shown][value=passport]")
    page.fill("#f-travel_document_number", "U00000002")
    page.fill("#f-address", "Str. Armoniei 33, Timișoara")
    clerk.press()
    return case_id(page)


@contextmanager
def ipp_station(live: LiveOffice, eve: IppEve) -> Iterator[str]:
    """A second station, at the ippeveprinter, with ten cards by the ledger: its id. It runs until the block ends."""
    with live.office.act(SYSTEM) as act:
        centre = act.session.scalars(select(Centre).where(Centre.code == "timisoara")).one()
        station, token = tokens.add_station(act, IPP_STATION, centre)
        supply.bring(act, station, "card", [f"CI{number:07}" for number in range(1, 11)])
        station_id = str(station.id)
    with live.ipp_station(IPP_STATION, token, eve.uri):
        yield station_id


def declare_cards(operator: Workplace, station_id: str) -> None:
    """The operator begins a shift at the ippeveprinter and declares the ten cards in its feeder."""
    page = operator.visit("/production/stations")
    page.locator(f"form[action*='{station_id}'] button").first.click()
    page = operator.visit(f"/production/stations/{station_id}/stack")
    page.get_by_label("Serial that is fed first").fill("CI0000001")
    page.get_by_label("Serial that is fed last").fill("CI0000010")
    operator.press()
    expect(page.get_by_text("CI0000001 to CI0000010")).to_be_visible()


def scan_the_back(quality: Workplace, request_id: str, number: str) -> None:
    """Nobody read the serial of the card: it is scanned from its back before the check."""
    page = quality.visit(f"/quality/{request_id}")
    page.get_by_label("Serial on the back").fill("CI0000001")
    page.get_by_label("Number of the document").fill(number)
    quality.press()


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


def check(officer: Workplace, request_id: str, document: Document, picture: Path | None = None) -> None:
    """Every machine part of the document, as scanner, reader and camera give it; the camera reads the bar code too."""
    parts = document_types.get(document.document_type).machine_parts
    with officer.live.office.reading() as look:
        expected = quality.expected_values(look, look.session.get_one(Document, document.id))
    page = officer.visit(f"/quality/{request_id}")
    if "chip" in parts:
        page.click("button[name=do][value=chip]")
        expect(page.locator("#chip .chip.done").first).to_be_visible(timeout=30_000)
    if "seal" in parts:
        page.set_input_files("#f-picture", picture or pictures(officer.live, document))
    if "mrz" in parts:
        page.fill("#f-mrz", expected["mrz"])
        page.check("input[name=mrz-method][value=scanner]")
    officer.press()


def pictures(live: LiveOffice, document: Document) -> str:
    """The printed side with the seal."""
    folder = printed(live, document)
    sealed = ("back.png", "page.png", "data_page.png", "sheet.png")
    return str(next(folder / name for name in sealed if (folder / name).exists()))


def photographed(eve: IppEve, number: str, folder: Path) -> Path:
    """The side with the seal of what the ippeveprinter printed with this number on it."""
    for pdf in eve.printed():
        pages = pdfium.PdfDocument(pdf)
        text = "".join(page.get_textpage().get_text_bounded() for page in pages)
        side = len(pages) - 1
        pages.close()
        if number in text:
            file = folder / f"{number}.png"
            raster.rasterise(pdf, (300, 300), side).save(file)
            return file
    raise AssertionError("not printed")


def apply(workplaces: dict[str, Workplace], codes: Collection[str]) -> dict[str, str]:
    """The requests of these types, lodged and approved."""
    lodged = {}
    for applicant in (each for each in APPLICANTS if each.document_type in codes):
        request_id = lodge(workplaces["clerk"], applicant)
        complete(workplaces["clerk"], request_id, applicant)
        approve(workplaces["officer"], request_id, applicant)
        lodged[applicant.document_type] = request_id
    return lodged


def test_all_types_are_here() -> None:
    assert {each.document_type for each in APPLICANTS} == set(document_types.load())


@pytest.mark.parametrize("codes", [("RP-R", "RP-S", "TPP"), ("TD-C", "TD-S", "RT")], ids="-".join)
def test_a_type_comes_to_its_holder(
    workplaces: dict[str, Workplace], live_office: LiveOffice, codes: tuple[str, ...]
) -> None:
    lodged, ends = apply(workplaces, codes), {}
    open_shift(workplaces["operator"])
    with live_office.station():
        for code, request_id in lodged.items():
            document = wait_until_made(workplaces["quality"], request_id)
            check(workplaces["quality"], request_id, document)
            hand_over(workplaces["clerk2"], request_id, document.number)
            ends[code] = str(document_of(live_office, request_id).state)
    assert ends == dict.fromkeys(lodged, "valid")
    for workplace in workplaces.values():
        workplace.close()


def test_a_real_printer_makes_paper_and_a_card_of_a_declared_stack(
    workplaces: dict[str, Workplace], live_office: LiveOffice, tmp_path: Path
) -> None:
    lodged, ends = apply(workplaces, BY_IPP), {}
    with ippeve(tmp_path, media=("CR80", "A4")) as eve, ipp_station(live_office, eve) as station_id:
        declare_cards(workplaces["operator"], station_id)
        for code, request_id in lodged.items():
            document = wait_until_made(workplaces["quality"], request_id)
            if code == "TID":
                scan_the_back(workplaces["quality"], request_id, document.number)
            check(workplaces["quality"], request_id, document, photographed(eve, document.number, tmp_path))
            hand_over(workplaces["clerk2"], request_id, document.number)
            ends[code] = str(document_of(live_office, request_id).state)
    assert ends == dict.fromkeys(BY_IPP, "valid")
    for workplace in workplaces.values():
        workplace.close()
