"""A later version of the rules from one administrator's draft to another's word, in a real browser; three widths."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import DESKTOP, PHONE, assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser
TABLET = {"width": 1024, "height": 768}


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen, at any width; and axe finds nothing."""
    for size in (PHONE, TABLET, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        assert_accessible(page)


def test_two_administrators_move_the_end_of_temporary_protection(live_office: LiveOffice, seat: Seat) -> None:
    first, second = seat("administrator"), seat("administrator2")
    first.goto(f"{live_office.url}/rules")
    first.get_by_role("link", name="TPP").click()
    assert_fits(first)
    first.get_by_role("link", name="Draft the next version").click()
    day = live_office.office.clock.today() + dt.timedelta(days=40)
    start = first.get_by_role("group", name="First day", exact=True)
    for part in ("Day", "Month", "Year"):
        start.get_by_label(part).fill(str(getattr(day, part.lower())))
    first.get_by_label("Why").fill("Council Decision 2027/1")
    assert_fits(first)
    first.get_by_role("group", name="Last day of all documents").get_by_label("Year").fill("2028")
    first.get_by_role("button", name="Draft it").click()
    expect(first.locator(".summary")).to_contain_text("still says the number of before")
    assert_fits(first)
    validity = first.get_by_role("group", name="Validity", exact=True)
    for box in validity.locator("textarea").all():
        box.fill(box.input_value().replace("2027", "2028"))
    first.get_by_role("button", name="Draft it").click()
    expect(first.get_by_text("waits for a second administrator", exact=True)).to_be_visible()
    expect(first.get_by_role("button", name="Agree")).to_have_count(0)
    assert_fits(first)

    second.goto(f"{live_office.url}/rules")
    assert_fits(second)
    second.get_by_role("table", name="Waiting for a second administrator").get_by_role("link", name="TPP").click()
    expect(second.get_by_role("cell", name="2028-03-04")).to_be_visible()
    assert_fits(second)
    second.get_by_role("button", name="Agree").click()
    expect(second.get_by_text("Agreed. The version applies from its first day.")).to_be_visible()
    second.get_by_role("link", name="Back").click()
    expect(second.get_by_role("row", name="TPP").filter(has_text="this office")).to_contain_text("later")
    assert_fits(second)
