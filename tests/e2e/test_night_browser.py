"""A small office at night in real browsers: who is on duty is set, a document is shown and checked from elsewhere."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, Staff
from issuance.services.production import quality
from printing.mrz.zone import LINE_SIZES
from tests.e2e.test_centre_browser import MADE_MS, approve, look
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def put_on_roster(page: Page, live: LiveOffice, today: dt.date) -> None:
    """The supervisor lets the quality officer of Galați check for this centre, day and night."""
    page.goto(f"{live.url}/oversight/roster")
    page.fill("#f-email", "quality@liman.example")
    for name in ("from_day", "to_day"):
        for part, value in (("day", today.day), ("month", today.month), ("year", today.year)):
            page.fill(f"#f-{name}-{part}", str(value))
    page.select_option("#f-role", "quality_officer")
    if not page.locator("#f-from_time").is_visible():
        page.locator("details.more summary").click()
    page.fill("#f-from_time", "00:00")
    page.fill("#f-to_time", "00:00")
    page.fill("#f-reason", "Nobody here checks at night.")
    page.locator("[data-primary]").click()
    expect(page.locator("tbody")).to_contain_text("on duty until 00:00")
    look(page, page.url)


def made(live: LiveOffice, page: Page) -> tuple[Document, Path, str]:
    """A TID that the station made: its row, the folder of its pictures, the lines of its zone."""
    page.goto(f"{live.url}/production/stations")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Close the shift")).to_be_visible()
    number = approve(live, "TID")
    with live.station():
        page.goto(f"{live.url}/production/jobs?state=done")
        expect(page.locator("#jobs")).to_contain_text(number, timeout=MADE_MS)
    with live.office.reading() as looked:
        document = looked.session.scalars(select(Document).where(Document.number == number)).one()
        job = looked.session.scalars(select(PrintJob).where(PrintJob.document_id == document.id)).one()
        mrz = quality.expected_values(looked, document)["mrz"]
    width = LINE_SIZES["TD1"][1]
    lines = "\n".join(mrz[at : at + width] for at in range(0, len(mrz), width))
    return document, next((live.settings.var / "station").rglob(f"*{job.id}*")), lines


def test_a_document_is_shown_at_one_centre_and_checked_at_another(live_office: LiveOffice, seat: Seat) -> None:
    with live_office.office.database.transaction() as session:
        galati = session.scalars(select(Centre.id).where(Centre.code == "galati")).one()
        officer = session.scalars(select(Staff).where(Staff.email == "quality@liman.example")).unique().one()
        officer.centre_id = galati
    put_on_roster(seat("supervisor"), live_office, live_office.office.clock.today())
    document, folder, mrz = made(live_office, seat("operator"))

    clerk = seat("clerk")
    look(clerk, f"{live_office.url}/")
    expect(clerk.get_by_text("On duty for this centre now")).to_be_visible()
    clerk.get_by_role("link", name="Show a document").click()
    look(clerk, clerk.url)
    clerk.locator(f"a[href='/showing/{document.request_id}']").click()
    look(clerk, clerk.url)
    taken = clerk.locator("[data-camera='front-taken']")
    taken.locator("[data-shoot]").click()  # the camera keeps the picture and does not send the form
    expect(taken.get_by_text("Picture taken.")).to_be_visible()
    taken.locator("[data-again]").click()
    clerk.check("input[name=nobody_here]")
    clerk.set_input_files("#f-front", folder / "front.png")
    clerk.set_input_files("#f-back", folder / "back.png")
    clerk.fill("#f-mrz", mrz)
    clerk.locator("[data-primary]").click()
    expect(clerk.get_by_text("Shown to the officer on duty.")).to_be_visible(timeout=MADE_MS)
    look(clerk, clerk.url)

    page = seat("quality")
    look(page, f"{live_office.url}/quality/")
    page.locator(f"a[href='/quality/{document.request_id}/shown']").click()
    for picture in page.locator(".beside img").all():
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("img => img.naturalWidth") > 400
    look(page, page.url)
    page.locator("[data-primary]").click()
    expect(page.get_by_text("is released for hand-over")).to_be_visible(timeout=MADE_MS)
    with live_office.office.reading() as looked:
        assert looked.session.get_one(Document, document.id).state == "checked"
