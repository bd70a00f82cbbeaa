"""A morning in the waiting room with two real browsers: the desk gives tickets and calls, the board shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import PATIENT_MS, PHONE, Watch, assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

SCREEN = {"width": 1440, "height": 900}
WIDTHS = (SCREEN, {"width": 1024, "height": 768}, PHONE)
SMALL = 50_000
"""What the board may weigh in all, in bytes."""


@pytest.fixture
def room(chromium: Browser) -> Iterator[Page]:
    """The screen of the waiting room: nobody is logged in there, and nothing on it may fail."""
    context = chromium.new_context(locale="en-GB", viewport=SCREEN)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENT_MS)
    watch = Watch(context)
    yield context.new_page()
    context.close()
    assert watch.faults == []


def looked_at(page: Page) -> None:
    """Nothing is wider than any of the screens, and axe finds nothing."""
    for size in WIDTHS:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, size)
        assert_accessible(page)
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type]


def send(page: Page) -> None:
    """Press the main act by its key, once the page's scripts are at work."""
    expect(page.locator("[data-keys]")).to_be_visible()
    page.keyboard.press("Control+Enter")


def test_from_the_desk_to_the_board_in_arabic(seat: Seat, room: Page, live_office: LiveOffice) -> None:
    weight: list[int] = []
    room.on("response", lambda answer: weight.append(len(answer.body()) if answer.status == 200 else 0))
    room.goto(f"{live_office.url}/board/timisoara?lang=ar")
    assert room.locator("html").get_attribute("dir") == "rtl"
    expect(room.get_by_text("انتظروا")).to_be_visible()
    assert sum(weight) < SMALL
    looked_at(room)

    clerk = seat("clerk")
    clerk.goto(f"{live_office.url}/appointments/book")
    clerk.get_by_label("Persons").fill("2")
    clerk.locator("input[name=starts_at]").first.check()
    looked_at(clerk)
    send(clerk)
    expect(clerk.locator(".big-code")).to_have_text(re.compile(r"^\w{3}-\w{3}-\w{3}$"))
    looked_at(clerk)
    clerk.goto(f"{live_office.url}/appointments")
    looked_at(clerk)

    clerk.goto(f"{live_office.url}/tickets")
    looked_at(clerk)
    clerk.get_by_role("button", name="To collect a document").click()
    expect(clerk.locator(".ticket")).to_have_text("C001")
    looked_at(clerk)
    clerk.get_by_role("link", name="Next person").click()
    expect(clerk.get_by_role("cell", name="in turn")).to_be_visible()

    clerk.goto(f"{live_office.url}/counter")
    looked_at(clerk)
    clerk.keyboard.type("7")
    send(clerk)
    expect(clerk.get_by_role("heading", name="Counter 7")).to_be_visible()
    send(clerk)
    expect(clerk.locator(".ticket")).to_have_text("C001")
    looked_at(clerk)

    row = room.locator("tbody tr")
    expect(row.locator("th")).to_have_text("C001")
    expect(row.locator("td")).to_have_text("7")
    looked_at(room)
    clerk.get_by_role("button", name="Not there").click()
    expect(row).to_have_count(0)
    clerk.get_by_role("button", name="Call C001 again").click()
    expect(row).to_have_count(1)


def test_a_board_without_scripts_renews_itself(chromium: Browser, live_office: LiveOffice) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{live_office.url}/board/timisoara?lang=uk")
    expect(page.get_by_text("Зачекайте")).to_be_visible()
    assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "10"
    context.close()
