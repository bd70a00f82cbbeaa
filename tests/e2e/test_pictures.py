"""The pictures of the manuals and of docs/tour.md, taken of the demonstration's first morning; all of it is fictional.

`make pictures` keeps them (PICTURES=keep); any other run only sees that each can still be taken.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from issuance.demo import morning
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff, Station
from issuance.services.production import documents
from issuance.states import DocumentState
from issuance.web.frame.i18n import STAFF_LANGUAGES
from issuance.web.help.text import manual
from tests.fixtures.browser import PATIENT_MS, PHONE
from tests.fixtures.live import ROOT, LiveOffice

pytestmark = pytest.mark.browser

KEEPS = os.environ.get("PICTURES") == "keep"
OFFICE_PC = {"width": 1024, "height": 768}
COLOURS = 128
EMPTY = 5_000
"""A picture of a page with nothing on it has fewer bytes."""

LATE, TO_DECIDE = "2026/TM/0002", "2026/TM/0012"
HANDED, _, CHECKED = morning.PRINTED


@dataclass(frozen=True)
class View:
    """What is seen: by whom, at which address of an office, and what is done there first."""

    login: str
    address: Callable[[LiveOffice], str]
    prepare: Callable[[Page, LiveOffice], None] = lambda page, live: None


def at(address: str) -> Callable[[LiveOffice], str]:
    return lambda live: address


def of_case(address: str, reference: str) -> Callable[[LiveOffice], str]:
    """An address with the request of this case of the demonstration in it."""

    def found(live: LiveOffice) -> str:
        with live.office.reading() as look:
            return address.format(morning.request_of(look, reference).id)

    return found


def of_first(address: str, query: str) -> Callable[[LiveOffice], str]:
    """An address with the station or account of this name in it."""

    def found(live: LiveOffice) -> str:
        with live.office.reading() as look:
            station = select(Station.id).where(Station.name == query)
            return address.format(
                look.session.scalar(station) or look.session.scalar(select(Staff.id).where(Staff.email == query))
            )

    return found


def type_a_request(page: Page, live: LiveOffice) -> None:
    """A request by hand as far as the card is drawn beside it."""
    page.select_option("#f-document_type", "RP-R")
    page.check("input[name=kind][value=first]")
    page.fill("#f-family_name", "Dağlı-Özer")
    page.fill("#f-given_names", "Rojîn")
    for part, value in (("day", "14"), ("month", "03"), ("year", "1991")):
        page.fill(f"#f-birth_date-{part}", value)
    page.check("input[name=sex][value=F]")
    page.fill("#f-nationality", "TUR")
    expect(page.locator(".preview img")).to_be_visible()


def look_a_document_up(page: Page, live: LiveOffice) -> None:
    with live.office.reading() as look:
        checked = select(Document.number).where(Document.state == DocumentState.CHECKED)
        page.fill("#f-number", look.session.scalars(checked).first() or "")
    page.locator("[data-primary]").click()
    expect(page.locator("#found")).to_be_visible()


def check_a_document(page: Page, live: LiveOffice) -> None:
    with live.office.reading() as look:
        checked = select(Document.number).where(Document.state == DocumentState.CHECKED)
        page.fill("#f-number", look.session.scalars(checked).first() or "")
    page.check("[name=why][value=street_control]")
    page.locator("[data-primary]").click()
    expect(page.locator("#found")).to_be_visible()


def scan_its_blank(page: Page, live: LiveOffice) -> None:
    """The serial on the back of the card in the tray, and the number on its front."""
    if page.locator("#f-blank_serial").count():
        with live.office.reading() as look:
            document = documents.newest(look, morning.request_of(look, CHECKED))
            assert document
            tray = live.settings.var / "station-2" / "simulator" / "tray"
            card = json.loads((tray / str(documents.job_of(look, document).id) / "card.json").read_text())
            page.fill("#f-number", document.number)
        page.fill("#f-blank_serial", card["serial"])
        page.locator("[data-primary]").click()
    expect(page.locator("#f-mrz")).to_be_visible()


MANUALS = {
    "clerk-today": View("clerk", at("/")),
    "clerk-case": View("clerk", of_case("/cases/{}", LATE)),
    "decision_officer-decide": View("officer", of_case("/decisions/{}", TO_DECIDE)),
    "operator-station": View("operator", of_first("/production/stations/{}", "timisoara-2")),
    "quality_officer-check": View("quality", of_case("/quality/{}", CHECKED), scan_its_blank),
    "supervisor-today": View("supervisor", at("/")),
    "auditor-events": View("auditor", at("/oversight/events")),
    "administrator-account": View("administrator", of_first("/accounts/{}", "clerk@liman.example")),
    "enrolment_expert-register": View("expert", at("/desk/lodge"), type_a_request),
    "mission-titles": View("mission", at("/return-titles")),
    "police-check": View("police", at("/border/check"), check_a_document),
    "partner-files": View("partner", at("/files")),
    "border_police-entry": View("border", at("/border"), look_a_document_up),
}
TOUR = {
    "tour-portrait": View("clerk", of_case("/cases/{}/enrolment", LATE)),
    "tour-jobs": View("operator", at("/production/jobs/stuck")),
    "tour-hand-over": View("clerk2", of_case("/cases/{}/hand-over", HANDED)),
    "tour-figures": View("supervisor", at("/oversight/figures")),
}


@pytest.fixture
def working(live_office: LiveOffice) -> Iterator[LiveOffice]:
    """The demonstration after its first morning, its second station at work."""
    with live_office.station("station-2"):
        assert morning.play(live_office.office)
        yield replace(live_office, known={view.login for view in (MANUALS | TOUR).values()})


def small(picture: bytes) -> bytes:
    """The picture as a PNG of few colours."""
    with Image.open(BytesIO(picture)) as image:
        fewer = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    out = BytesIO()
    fewer.save(out, "PNG", optimize=True)
    return out.getvalue()


def take(page: Page, into: Path) -> None:
    """The window as it is now."""
    page.evaluate("scrollTo(0, 0)")
    page.add_style_tag(content=".test-keys { display: none } .staff { --banners: 0rem !important }")
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_bytes(small(page.screenshot(animations="disabled", caret="hide")))
    assert into.stat().st_size > EMPTY, into.name


def take_all(live: LiveOffice, page: Page, views: dict[str, View], into: Path) -> None:
    """A picture of each of these views, seen by its person."""
    for name, view in views.items():
        page.context.clear_cookies(name="liman")
        live.log_in(page, view.login)
        page.goto(live.url + view.address(live))
        view.prepare(page, live)
        take(page, into / f"{name}.png")


def ask_how_far_it_is(page: Page, live: LiveOffice) -> None:
    """As a holder does, on a telephone."""
    with live.office.reading() as look:
        request: IssuanceRequest = morning.request_of(look, HANDED)
        reference, (year, month, day) = request.reference, request.holder.birth_date.split("-")
    page.goto(f"{live.url}/status")
    page.fill("[name=reference]", reference)
    for part, value in (("day", day), ("month", month), ("year", year)):
        page.fill(f"[name=birth_date-{part}]", value)
    page.get_by_role("button", name="Show me").click()
    expect(page.locator(".verdict")).to_be_visible()


def test_every_picture_is_taken(working: LiveOffice, chromium: Browser, tmp_path: Path) -> None:
    root = ROOT if KEEPS else tmp_path
    for language in STAFF_LANGUAGES:
        context = chromium.new_context(
            locale=language, timezone_id="Europe/Bucharest", viewport=OFFICE_PC, bypass_csp=True
        )
        context.set_default_timeout(PATIENT_MS)
        take_all(working, context.new_page(), MANUALS, root / "static" / "help" / language)
        if language == "en":
            take_all(working, context.new_page(), TOUR, root / "docs" / "pictures")
        context.close()
    context = chromium.new_context(locale="en", viewport=PHONE, device_scale_factor=2, bypass_csp=True)
    page = context.new_page()
    ask_how_far_it_is(page, working)
    take(page, root / "docs" / "pictures" / "tour-status.png")
    context.close()


def test_the_manuals_and_the_tour_show_what_is_taken() -> None:
    shown = {block.picture for role in RoleName for block in manual(role, "ro")} - {""}
    assert shown == set(MANUALS)
    tour = (ROOT / "docs" / "tour.md").read_text("utf-8")
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", tour)
    assert len(pictures) >= 8
    assert all((ROOT / "docs" / picture).stat().st_size > EMPTY for picture in pictures), "make pictures"
    assert {*TOUR, "tour-status"} <= {Path(picture).stem for picture in pictures}
