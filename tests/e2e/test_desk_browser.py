"""The desk in a real browser: every page readable and accessible at three widths, the drawn card, the scanner."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.models.requests import IssuanceRequest
from printing.portraits import detector
from tests.counterparts import missing
from tests.fixtures.browser import assert_accessible
from tests.fixtures.live import LiveOffice

pytestmark = pytest.mark.browser

WIDTHS = (1440, 1024, 360)
TYPING_MS = 15_000


@pytest.fixture
def clerk(page: Page, live_office: LiveOffice) -> Page:
    live_office.log_in(page, "clerk")
    return page


def addresses(live: LiveOffice) -> list[str]:
    with live.office.database.reading() as session:
        query = select(IssuanceRequest).where(IssuanceRequest.case_reference == "2026/TM/0001")
        case = f"/cases/{session.scalars(query).one().id}"
    return [
        "/desk",
        "/desk/ready",
        "/desk/due",
        "/desk/lodge",
        case,
        f"{case}/enrolment",
        f"{case}/hand-over",
        f"{case}/next",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(clerk: Page, live_office: LiveOffice, width: int) -> None:
    """The rules of axe know no width: they are asked on the phone only."""
    clerk.set_viewport_size({"width": width, "height": 800})
    for address in addresses(live_office):
        clerk.goto(live_office.url + address)
        if width == min(WIDTHS):
            assert_accessible(clerk)
        assert clerk.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_refused_form_and_a_search_are_accessible(clerk: Page, live_office: LiveOffice) -> None:
    clerk.goto(f"{live_office.url}/desk/lodge")
    clerk.locator("[data-primary]").click()
    expect(clerk.locator("#summary")).to_be_focused()
    assert_accessible(clerk)
    clerk.locator("#search").fill("al")
    clerk.keyboard.press("Enter")
    expect(clerk.locator("tr[data-row]").first).to_be_visible()
    assert_accessible(clerk)


def test_the_card_is_drawn_while_the_clerk_types(clerk: Page, live_office: LiveOffice) -> None:
    clerk.goto(f"{live_office.url}/desk/lodge")
    caption, card = clerk.locator(".preview [role=status]"), clerk.locator(".preview img")
    expect(caption).to_have_text(re.compile("Choose the document"), timeout=TYPING_MS)
    clerk.locator("#f-document_type").select_option("RP-R")
    expect(card).to_be_visible(timeout=TYPING_MS)
    empty = card.get_attribute("src")
    clerk.locator("#f-family_name").press_sequentially("Haddad")
    expect(card).not_to_have_attribute("src", empty or "", timeout=TYPING_MS)
    expect(clerk.locator("#m-family_name")).to_have_text("HADDAD", timeout=TYPING_MS)
    clerk.locator("#f-address").fill("\u0378")
    clerk.locator("#f-document_type").select_option("TID")
    expect(caption).to_have_text(re.compile("Address: .*U.0378"), timeout=TYPING_MS)


def test_a_scan_goes_to_the_box_that_waits_for_a_number(clerk: Page, live_office: LiveOffice) -> None:
    clerk.goto(f"{live_office.url}/desk/lodge")
    waiting = clerk.locator("#f-previous_document")
    expect(waiting).to_be_hidden()
    clerk.get_by_label("Renewal").check()
    clerk.locator("h1").click()
    clerk.evaluate("document.activeElement.blur()")
    clerk.keyboard.type("RP1234567\n")
    expect(waiting).to_have_value("RP1234567")
    waiting.press("Enter")
    expect(waiting).not_to_be_focused()
    assert clerk.url.endswith("/desk/lodge"), "Enter of a scanner does not send half a form"


def test_the_frame_of_a_portrait_moves_by_keyboard_and_enter_accepts_it(clerk: Page, live_office: LiveOffice) -> None:
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): it proposes the frame. `make test` installs it.")
    clerk.goto(f"{live_office.url}{addresses(live_office)[4]}/enrolment")
    frame, share = clerk.locator("[data-frame]"), clerk.locator("[data-measure=print-head]")
    expect(frame).to_be_focused()
    left, top, width = (int(clerk.locator(f"#f-crop_{part}").input_value()) for part in ("left", "top", "width"))
    for _ in range(6):
        clerk.keyboard.press("-")
    expect(clerk.locator("#f-crop_width")).to_have_value(str(width - 84))
    expect(share.get_by_text("Change the size of the frame.")).to_be_visible()
    for key in ("+", "+", "+", "+", "+", "+", "ArrowLeft", "Shift+ArrowUp"):
        clerk.keyboard.press(key)
    moved = max(0, left - 12), top - 1, width
    for part, value in zip(("left", "top", "width"), moved, strict=True):
        expect(clerk.locator(f"#f-crop_{part}")).to_have_value(str(value))
    assert clerk.locator("[data-print]").get_attribute("viewBox") == f"{moved[0]} {moved[1]} {width} {width * 9 // 7}"
    expect(clerk.locator("#framing-said")).to_contain_text(f"From the left {moved[0]}, from the top {moved[1]}")
    expect(share.get_by_text("passed")).to_be_visible()
    clerk.keyboard.press("Enter")
    expect(clerk.get_by_text("The portrait is accepted.")).to_be_visible()
