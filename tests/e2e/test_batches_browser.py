"""A batch of twenty cards on two simulated stations in a real browser: chosen, started, watched live, done."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from issuance.models.requests import IssuanceRequest
from issuance.services.casework import decisions, enrolment, requests
from issuance.services.casework.lodging import lodge
from issuance.services.persons import signatures
from issuance.services.rule_versions import rules_of
from tests.e2e.test_centre_browser import actor, look
from tests.fixtures.live import LiveOffice, Seat
from tests.people import LAYLA, changed, measured_portrait, signed

pytestmark = pytest.mark.browser

CARDS = 20
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
MADE_MS = 180_000


def approve(live: LiveOffice, number: int) -> None:
    """A document of somebody on its way to the printers: every second one a card that both stations can make."""
    words = {"given_names": f"Person {LETTERS[number]}", "case_reference": f"2026/TM/9{number:03}"}
    case = changed(LAYLA if number % 2 else TID, **words)
    with live.office.act(actor(live, "clerk")) as act:
        request = lodge(act, case)
        enrolment.add_portrait(act, request, measured_portrait(), "captured")
        enrolment.accept_portrait(act, request)
        if rules_of(request).signature:
            signatures.keep(act, request, signed())
        requests.complete(act, request, has_portrait=True, has_signature=True)
        request_id = request.id
    with live.office.act(actor(live, "officer")) as act:
        decisions.approve(act, act.session.get_one(IssuanceRequest, request_id))


def open_shifts(live: LiveOffice, page: Page) -> None:
    """The operator opens a shift on every station that has none."""
    page.goto(f"{live.url}/production/stations")
    buttons = page.get_by_role("button", name="Open a shift")
    while left := buttons.count():
        buttons.first.click()
        expect(buttons).to_have_count(left - 1)


def test_a_batch_on_two_stations_from_choosing_to_done(live_office: LiveOffice, seat: Seat) -> None:
    for number in range(CARDS):
        approve(live_office, number)
    page = seat("operator")
    with live_office.station(), live_office.station("station-2"):
        expect_able(live_office, page)
        page.goto(f"{live_office.url}/production/batches")
        page.get_by_role("link", name="Choose jobs for a batch").click()
        # A shift of the demonstration is open: a few are claimed before the batch is made.
        expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile(r"^\d\d jobs would be in it$"))
        look(page, page.url)
        page.fill("#f-name", "morning cards")
        page.get_by_role("button", name="Make a batch of all").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("morning cards")
        batch, whole = page.url, page.locator("#now strong").inner_text().split()[-1]
        look(page, batch)
        open_shifts(live_office, page)
        page.goto(batch)
        page.get_by_role("button", name="Start the batch").click()
        expect(page.locator("#now")).to_contain_text(re.compile(r"[1-9]\d* / \d+"), timeout=MADE_MS)
        look(page, f"{live_office.url}/production/batches")
        expect(page.locator("#now .batch-counts").first).to_contain_text(re.compile(r"1\d / \d+"), timeout=MADE_MS)
        expect(page.locator("[data-tenths]")).to_contain_text("percent done", timeout=MADE_MS)
        shown = page.locator("#now .batch-counts strong").first.inner_text()
        page.reload()
        assert int(page.locator("#now .batch-counts strong").first.inner_text().split()[0]) >= int(shown.split()[0])
        expect(page.locator("#now")).to_contain_text("No batch is open.", timeout=MADE_MS)
        page.goto(batch)
        expect(page.locator(".title-row")).to_contain_text("Done")
        expect(page.locator("#now")).to_contain_text(f"{whole} / {whole}")
        look(page, f"{batch}?jobs=made")
        trays = page.get_by_role("button", name="Fill a tray")
        stations = trays.count()
        assert stations in (1, 2), "a fast machine claims the cards of one station before the batch is made"
        for left in range(stations - 1, -1, -1):
            trays.first.click()
            expect(trays).to_have_count(left)
        expect(page.get_by_role("link", name="Print the sheet")).to_have_count(stations)
        look(page, page.url)


def expect_able(live: LiveOffice, page: Page) -> None:
    """Both stations have said what they can make."""
    page.goto(f"{live.url}/production/stations")
    expect(page.locator(".station .chip.done")).to_have_count(2, timeout=30_000)
