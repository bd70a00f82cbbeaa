"""A stack in a real browser: declared with a scanner, counted with the shift, and what is missing is found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.demo import supply
from issuance.models.staff import Station
from tests.fixtures.browser import DESKTOP, PHONE, assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def look(page: Page) -> None:
    """The page on a phone: nothing sticks out, and axe finds nothing."""
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    assert_accessible(page)
    page.set_viewport_size(DESKTOP)


def scan(page: Page, serial: str) -> None:
    """What a hand-held scanner types."""
    page.keyboard.insert_text(serial)
    page.keyboard.press("Enter")


def load(live: LiveOffice) -> str:
    """Ten blanks of the demonstration's station; where its page is."""
    with live.office.act(SYSTEM) as act:
        station = act.session.scalars(select(Station)).first()
        assert station is not None
        supply.bring(act, station, "card-chip", [f"RO-{number:04}" for number in range(1, 11)])
        return f"{live.url}/production/stations/{station.id}"


def test_a_stack_is_declared_with_a_scanner_and_counted_with_the_shift(live_office: LiveOffice, seat: Seat) -> None:
    address, page = load(live_office), seat("operator")
    page.goto(f"{live_office.url}/production/stations")
    page.get_by_role("button", name="Open a shift").first.click()
    page.goto(address)
    page.get_by_role("link", name="Declare a stack").click()
    look(page)
    expect(page.get_by_label("Serial that is fed first")).to_be_focused()
    scan(page, "RO-0001")
    scan(page, "RO-0010")
    page.get_by_role("button", name="Declare the stack").click()
    expect(page.get_by_text("RO-0001 to RO-0010")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Count the stacks").click()
    look(page)
    page.get_by_label("A card lies on top").check()
    page.get_by_label("Serial of the card on top").focus()
    scan(page, "RO-0003")
    page.get_by_role("button", name="Count and close the shift").click()
    expect(page.get_by_text("The count does not agree.")).to_be_visible()
    expect(page.get_by_role("button", name="Open a shift").first).to_be_visible()
    page = seat("supervisor")
    page.goto(f"{live_office.url}/oversight/blanks")
    look(page)
    page.get_by_role("link", name="RO-0001").click()
    look(page)
    page.get_by_label("Nobody finds it, or can read it").check()
    page.get_by_label("What you found").fill("Looked in the feeder and in both trays.")
    page.get_by_role("button", name="Settle it").click()
    expect(page.get_by_role("link", name="RO-0002")).to_be_visible()
    expect(page.get_by_role("link", name="RO-0001")).to_have_count(0)
