"""The pages of the centre in a real browser: what the machine does shows by itself, and nothing hinders anyone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.actors import Actor
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.models.stock import Blank
from issuance.services.casework import decisions, enrolment, requests
from tests.fixtures.browser import DESKTOP, PHONE, assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

MADE_MS = 30_000


def actor(live: LiveOffice, name: str) -> Actor:
    """A demo account as the author of an act."""
    with live.office.database.reading() as session:
        account = session.scalars(select(Staff).where(Staff.email == f"{name}@liman.example")).one()
    return Actor(account.id, account.centre_id, frozenset(account.roles_on(live.office.clock.today())))


def complete(live: LiveOffice, code: str) -> IssuanceRequest:
    """The first request for a document of this type at the demo centre, carried to the officer."""
    office, clerk = live.office, actor(live, "clerk")
    with office.act(clerk) as act:
        query = select(IssuanceRequest).where(
            IssuanceRequest.centre_id == clerk.centre_id,
            IssuanceRequest.document_type == code,
            IssuanceRequest.state == "lodged",
        )
        request = next(it for it in act.session.scalars(query) if it.person.latin_confirmed and it.person.address)
        enrolment.accept_portrait(act, request, "a child")
        requests.complete(act, request, has_portrait=True, has_signature=True)
    return request


def approve(live: LiveOffice, code: str) -> str:
    """A document of this type on its way to the printer; its number."""
    office, request = live.office, complete(live, code)
    with office.act(actor(live, "officer")) as act:
        return decisions.approve(act, act.session.get_one(IssuanceRequest, request.id)).number


def look(page: Page, address: str) -> Page:
    """A page, looked at by axe on a phone, where nothing may stick out and what scrolls must be reachable."""
    page.goto(address)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    assert_accessible(page)
    page.set_viewport_size(DESKTOP)
    return page


def test_stations_and_jobs_show_by_themselves_what_the_machine_does(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("operator")
    look(page, f"{live_office.url}/production/stations")
    expect(page.get_by_text("Never heard of yet.")).to_have_count(2)
    with live_office.station():
        expect(page.locator(".station .chip.done")).to_have_text("Ready", timeout=MADE_MS)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("button", name="Close the shift")).to_be_visible()
        look(page, f"{live_office.url}/production/jobs?state=done")
        number = approve(live_office, "TID")
        expect(page.locator("#jobs")).to_contain_text(number, timeout=MADE_MS)
        page.goto(f"{live_office.url}/production/stations")
        page.get_by_role("link", name="timisoara-1").click()
        expect(page.locator("#station")).to_contain_text("Last heard of")
        page.get_by_role("button", name="Make a test print").click()
        expect(page.locator("#station .chip.info", has_text="waiting for the station")).to_have_count(
            0, timeout=MADE_MS
        )
        look(page, page.url)
    look(page, f"{live_office.url}/production/jobs?state=done")
    look(page, f"{live_office.url}/production/stations")
    page = seat("administrator")
    page.goto(f"{live_office.url}/production/stations")
    page.get_by_role("link", name="timisoara-1").click()
    page.get_by_role("link", name="Change the settings").click()
    look(page, page.url)


def test_a_held_job_reaches_the_supervisor_and_its_end_the_auditor(live_office: LiveOffice, seat: Seat) -> None:
    with live_office.office.database.transaction() as session:
        strayed = session.scalars(select(Blank).where(Blank.stock == "card", Blank.serial == "CT0000001")).one()
        strayed.serial = "CT9999999"
    page = seat("operator")
    page.goto(f"{live_office.url}/production/stations")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Close the shift")).to_be_visible()
    number = approve(live_office, "TID")
    with live_office.station():
        page.goto(f"{live_office.url}/production/jobs?state=held")
        expect(page.locator("#jobs")).to_contain_text(number, timeout=MADE_MS)
    look(page, f"{live_office.url}/production/jobs?state=held")
    page = seat("supervisor")
    look(page, f"{live_office.url}/oversight/held")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    look(page, page.url)
    expect(page.get_by_role("heading", name="Is there a document in the output tray?")).to_be_visible()
    expect(page.locator("[data-keys]")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Is it whole and finished?")).to_be_visible()
    expect(page.locator("[data-keys]")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("#f-blank_serial")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#summary")).to_contain_text("What does its back say?")
    assert_accessible(page)
    page.fill("#f-blank_serial", "CT0000001")
    page.fill("#f-seen", "Printed on a card that is not in the ledger.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The job is resolved.")).to_be_visible()
    page = seat("auditor")
    look(page, f"{live_office.url}/oversight/events?act=job.resolved")
    expect(page.locator("tbody")).to_contain_text("Printed on a card that is not in the ledger.")
    look(page, f"{live_office.url}/oversight/overrides")
    look(page, f"{live_office.url}/oversight/chain?now=1")


def test_a_scanner_fills_the_parts_one_after_another(live_office: LiveOffice, seat: Seat) -> None:
    request = complete(live_office, "TID")
    page = seat("operator")
    page.goto(f"{live_office.url}/production/stations")
    page.keyboard.press("Control+Enter")
    page = seat("officer")
    look(page, f"{live_office.url}/decisions/")
    look(page, f"{live_office.url}/decisions/{request.id}")
    look(page, f"{live_office.url}/decisions/{request.id}/refuse")
    look(page, f"{live_office.url}/decisions/{request.id}/send-back")
    page.goto(f"{live_office.url}/decisions/{request.id}")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Approved:")).to_be_visible()
    page = seat("quality")
    with live_office.station():
        expect_listed(page, f"{live_office.url}/quality/", "CT0000001")
    look(page, f"{live_office.url}/quality/")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/quality/{request.id}")
    look(page, page.url)
    scan(page, "#f-mrz", "ITROUTI1000000\n")
    expect(page.locator("input[name=mrz-method][value=scanner]")).to_be_checked()
    page.locator("#f-mrz").press_sequentially("ABC", delay=60)
    page.locator("#f-mrz").press_sequentially("D" * 20, delay=60)
    expect(page.locator("input[name=mrz-method][value=typed]")).to_be_checked()
    scan(page, "#f-barcode", "TI1000000\n")
    expect(page).to_have_url(f"{live_office.url}/quality/{request.id}")
    expect(page.locator("#f-barcode")).to_have_value("TI1000000")
    look(page, f"{live_office.url}/quality/{request.id}/reject")
    page.fill("#f-reason", "A scratch across the portrait.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rejected")
    look(page, page.url)


def expect_listed(page: Page, address: str, text: str) -> None:
    """Open a list until it shows `text`: it has no live region."""
    for _ in range(60):
        page.goto(address)
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{text} did not appear in {address}")


def scan(page: Page, field: str, text: str) -> None:
    """What a hand-held scanner does: keys in a burst, Enter at the end. Sent from inside, as fast as one is."""
    page.focus(field)
    page.evaluate(
        f"""() => {{
            const box = document.querySelector({json.dumps(field)});
            for (const key of {json.dumps(text)}) {{
                const name = key === "\\n" ? "Enter" : key;
                const event = new KeyboardEvent("keydown", {{ key: name, bubbles: true, cancelable: true }});
                if (box.dispatchEvent(event) && key !== "\\n") box.value += key;
            }}
        }}"""
    )
