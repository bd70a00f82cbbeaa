"""The main job in a real browser, each step by its own role: desk, decision, station, check, hand-over, holder."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from printing.mrz import Mrz
from tests.fixtures.browser import DESKTOP, PATIENT_MS, Watch, assert_accessible
from tests.fixtures.live import LiveOffice

pytestmark = pytest.mark.browser

MADE_WITHIN_MS = 60_000


class Workplace:
    """One person at a browser of their own, logged in."""

    def __init__(self, chromium: Browser, live: LiveOffice, login: str) -> None:
        self.live = live
        self.context: BrowserContext = chromium.new_context(locale="en-GB", viewport=DESKTOP)
        self.context.set_default_timeout(PATIENT_MS)
        self.watch = Watch(self.context)
        self.page = self.context.new_page()
        self.page.goto(f"{live.url}/login")
        self.page.fill("#f-email", f"{login}@liman.example")
        self.page.fill("#f-password", live.password)
        self.press()

    def press(self) -> None:
        """The one primary button of the page, which leads to another."""
        with self.page.expect_navigation():
            self.page.locator("[data-primary]").click()

    def visit(self, path: str) -> Page:
        """A page, looked at by axe."""
        self.page.goto(self.live.url + path)
        assert_accessible(self.page)
        return self.page

    def close(self) -> None:
        self.context.close()
        assert self.watch.faults == []


@pytest.fixture
def workplaces(chromium: Browser, live_office: LiveOffice) -> dict[str, Workplace]:
    logins = ("clerk", "clerk2", "officer", "operator", "quality")
    return {login: Workplace(chromium, live_office, login) for login in logins}


def date(page: Page, name: str, day: str, month: str, year: str) -> None:
    for part, value in (("day", day), ("month", month), ("year", year)):
        page.fill(f"#f-{name}-{part}", value)


def document_of(live: LiveOffice, request_id: str) -> Document:
    with live.office.database.reading() as session:
        query = select(Document).where(Document.request_id == UUID(request_id)).order_by(Document.attempt)
        return session.scalars(query).all()[-1]


def printed(live: LiveOffice, document: Document) -> Path:
    """The folder of pictures that the simulated printer made of a document."""
    with live.office.database.reading() as session:
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == document.id)).one()
    return next((live.settings.var / "station").rglob(f"*{job.id}*"))


def case_id(page: Page) -> str:
    found = re.search(r"/cases/([0-9a-f-]{36})", page.url)
    assert found, page.url
    return found[1]


def lodge_by_hand(clerk: Workplace) -> str:
    page = clerk.visit("/desk/lodge")
    page.select_option("#f-document_type", "RP-R")
    page.check("input[name=kind][value=first]")
    page.fill("#f-family_name", "Dağlı-Özer")
    page.fill("#f-given_names", "Rojîn")
    date(page, "birth_date", "", "03", "1991")
    page.check("input[name=birth_date-day-unknown]")
    page.check("input[name=sex][value=F]")
    page.fill("#f-nationality", "TUR")
    page.select_option("#f-status", "refugee")
    page.fill("#f-decision_number", "1499/2026")
    date(page, "decision_date", "12", "10", "2026")
    page.check("input[name=travel_document_shown][value=passport]")
    page.fill("#f-travel_document_number", "U00000001")
    page.fill("#f-address", "Str. Armoniei 33, Timișoara")
    expect(page.locator("#m-family_name")).to_have_text(re.compile("DAGLI<OEZER"))
    expect(page.locator(".preview img")).to_be_visible()
    clerk.press()
    return case_id(page)


def photograph(clerk: Workplace, request_id: str) -> None:
    page = clerk.visit(f"/cases/{request_id}/enrolment")
    page.locator("[data-shoot]").click()
    expect(page.get_by_role("heading", name="What is printed")).to_be_visible()  # it is measured at once
    assert_accessible(page)
    if page.locator("#f-override_reason").count():
        page.fill("#f-override_reason", "the camera of the office is old")
    clerk.press()
    page.goto(f"{clerk.live.url}/cases/{request_id}")
    if page.locator("[data-primary]").inner_text() == "Let the person sign":
        clerk.press()
        assert_accessible(page)
        sign(page)
        clerk.press()
        expect(page.locator(".signed img")).to_be_visible()
        assert_accessible(page)
    page.goto(f"{clerk.live.url}/cases/{request_id}")
    clerk.press()
    assert "Complete" in page.locator(".title-row").inner_text()


def approve(officer: Workplace, request_id: str, *, by_hand: bool) -> None:
    page = officer.visit("/decisions/")
    page.goto(f"{officer.live.url}/decisions/{request_id}")
    assert_accessible(page)
    if by_hand:
        assert "1499/2026" not in page.content()  # the digits alone are in a random key now and then
        assert "1499" not in page.locator("body").inner_text()
        page.fill("#f-decision_number", "1498/2026")
        date(page, "decision_date", "12", "10", "2026")
        officer.press()
        expect(page.locator("#summary")).to_be_visible()
        page.fill("#f-decision_number", "1499/2026")
    officer.press()


def check(quality: Workplace, request_id: str, mrz: str, picture: Path | None) -> None:
    page = quality.visit(f"/quality/{request_id}")
    assert mrz.splitlines()[0] not in page.content()
    if picture is None:
        page.click("button[name=do][value=chip]")
        # read, opened through PACE, signature valid, and both of the chip's keys proved
        expect(page.locator("#chip .chip.done")).to_have_count(5, timeout=20_000)
    else:
        page.set_input_files("#f-picture", picture)
    page.fill("#f-mrz", mrz)
    page.check("input[name=mrz-method][value=typed]")
    quality.press()


def sign(page: Page) -> None:
    """Draw something on the pad."""
    pad = page.locator("#f-signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 20, steps=8)
    page.mouse.move(box["x"] + 240, box["y"] + 80, steps=8)
    page.mouse.up()


def hand_over(clerk: Workplace, request_id: str, number: str, surrendered: str = "") -> None:
    page = clerk.visit(f"/cases/{request_id}/hand-over")
    page.check("input[name=identity_confirmed_by][value=portrait]")
    page.fill("#f-scanned_number", number)
    if surrendered:
        page.fill("#f-surrendered_number", surrendered)
    if page.locator("#f-notice_language").count():
        page.select_option("#f-notice_language", "tr")
        page.check("input[name=notice_signed][value=yes]")
    sign(page)
    clerk.press()


def ask_status(page: Page, url: str, reference: str) -> str:
    page.goto("about:blank")
    page.goto(f"{url}/status#{reference}")
    expect(page.locator("#f-reference")).not_to_have_value("")
    date(page, "birth_date", "", "03", "1991")
    page.check("input[name=birth_date-day-unknown]")
    assert_accessible(page)
    page.locator(".primary").click()
    assert_accessible(page)
    return page.locator("h1").inner_text()


def open_shift(operator: Workplace) -> None:
    operator.visit("/production/stations")
    operator.press()


def wait_until_made(quality: Workplace, request_id: str) -> Document:
    link = quality.page.locator(f"a[href*='{request_id}']").first
    for _ in range(60):
        quality.page.goto(f"{quality.live.url}/quality/")
        if link.count():
            return document_of(quality.live, request_id)
        quality.page.wait_for_timeout(MADE_WITHIN_MS / 60)
    raise AssertionError("the station made nothing")


def test_residence_permit_from_the_desk_to_the_hand_over(
    workplaces: dict[str, Workplace], live_office: LiveOffice, page: Page
) -> None:
    request_id = lodge_by_hand(workplaces["clerk"])
    with live_office.office.database.reading() as session:
        reference = session.get_one(IssuanceRequest, UUID(request_id)).reference
    received = ask_status(page, live_office.url, reference)
    photograph(workplaces["clerk"], request_id)
    approve(workplaces["officer"], request_id, by_hand=True)
    open_shift(workplaces["operator"])
    with live_office.station():
        made = wait_until_made(workplaces["quality"], request_id)
        mrz = Mrz(
            "TD1", "AR", "ROU", made.number, "TUR", "9103<<", "F", made.expiry_date.strftime("%y%m%d"),
            "DAGLI OEZER", "ROJIN",
        )  # fmt: skip
        check(workplaces["quality"], request_id, "\n".join(mrz.to_lines()), None)
    assert "ready" in ask_status(page, live_office.url, reference).lower()
    hand_over(workplaces["clerk2"], request_id, made.number)
    assert document_of(live_office, request_id).state == "valid"
    assert ask_status(page, live_office.url, reference) != received
    for workplace in workplaces.values():
        workplace.close()


def test_temporary_identity_document_of_case_handling(
    workplaces: dict[str, Workplace], live_office: LiveOffice
) -> None:
    with live_office.office.database.reading() as session:
        query = select(IssuanceRequest).where(IssuanceRequest.case_reference == "2026/TM/0101")
        request_id = str(session.scalars(query).one().id)
    clerk = workplaces["clerk"]
    page = clerk.visit(f"/cases/{request_id}/enrolment")
    clerk.press()
    page.goto(f"{live_office.url}/cases/{request_id}")
    clerk.press()
    approve(workplaces["officer"], request_id, by_hand=False)
    open_shift(workplaces["operator"])
    with live_office.station():
        made = wait_until_made(workplaces["quality"], request_id)
    mrz = Mrz(
        "TD1", "IT", "ROU", made.number, "BGD", "980303", "M", made.expiry_date.strftime("%y%m%d"),
        "MIAH", "ABDUL KADER",
    )  # fmt: skip
    check(workplaces["quality"], request_id, "\n".join(mrz.to_lines()), printed(live_office, made) / "back.png")
    assert document_of(live_office, request_id).state == "checked"
    for workplace in workplaces.values():
        workplace.close()
