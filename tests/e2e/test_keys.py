"""The keyboard and the scanner on staff pages, in a real browser: what ux.md promises a clerk's hands."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.models.requests import IssuanceRequest
from tests.fixtures.browser import assert_accessible
from tests.fixtures.live import LiveOffice

pytestmark = pytest.mark.browser

A_HAND, A_SCANNER = 0.100, 0.008
"""Seconds between two keys."""


@pytest.fixture
def desk(page: Page, live_office: LiveOffice) -> Page:
    """The start page of a clerk."""
    live_office.log_in(page, "clerk")
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    return page


def type_keys(page: Page, text: str, pause: float) -> None:
    """Press the keys of `text` and Enter, the browser being told that `pause` seconds lie between them."""
    devtools = page.context.new_cdp_session(page)
    start = time.time()
    for place, key in enumerate([*text, "Enter"]):
        typed = "\r" if key == "Enter" else key
        event = {"type": "keyDown", "key": key, "text": typed, "timestamp": start + place * pause}
        devtools.send("Input.dispatchKeyEvent", event)
        devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key})
    devtools.detach()


def reference_of(live_office: LiveOffice) -> str:
    """Some case of the demonstration."""
    with live_office.office.database.reading() as session:
        return session.scalars(select(IssuanceRequest.reference).limit(1)).one()


def test_a_scanned_code_opens_its_case_from_anywhere(desk: Page, live_office: LiveOffice) -> None:
    type_keys(desk, reference_of(live_office), A_SCANNER)
    expect(desk).to_have_url(re.compile("/cases/"))


def test_a_slow_hand_is_no_scanner(desk: Page, live_office: LiveOffice) -> None:
    """Its Enter is that of what has the focus: the first thing to do on the page."""
    type_keys(desk, reference_of(live_office), A_HAND)
    expect(desk).to_have_url(re.compile("/cases/"))


def test_a_slash_inside_a_scanned_address_is_no_shortcut(desk: Page) -> None:
    type_keys(desk, "https://liman.example/status?x=K", A_SCANNER)
    expect(desk).to_have_url(re.compile("/search"))
    expect(desk.get_by_role("dialog")).not_to_be_visible()


def test_slash_searches_and_escape_leaves(desk: Page) -> None:
    desk.keyboard.press("/")
    expect(desk.get_by_role("searchbox")).to_be_focused()
    desk.keyboard.type("abc/")
    expect(desk.get_by_role("searchbox")).to_have_value("abc/")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("searchbox")).not_to_be_focused()


def test_a_question_mark_shows_the_keys(desk: Page) -> None:
    desk.keyboard.press("?")
    dialog = desk.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    assert_accessible(desk)
    desk.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_control_enter_sends_and_the_summary_leads_to_the_field(desk: Page, live_office: LiveOffice) -> None:
    desk.goto(f"{live_office.url}/desk/lodge")
    desk.keyboard.press("Control+Enter")
    summary = desk.get_by_role("alert")
    expect(summary).to_be_focused()
    assert_accessible(desk)
    summary.get_by_role("link", name="Family name").click()
    expect(desk.get_by_label("Family name")).to_be_focused()


def test_names_show_their_mrz_form_while_typed(desk: Page, live_office: LiveOffice) -> None:
    desk.goto(f"{live_office.url}/desk/lodge")
    desk.get_by_label("Family name").press_sequentially("Müller-Đorđević")
    expect(desk.locator("output.mrz").first).to_have_text("MUELLER<DORDEVIC")


def test_unknown_empties_its_box_and_full_boxes_lead_on(desk: Page, live_office: LiveOffice) -> None:
    desk.goto(f"{live_office.url}/desk/lodge")
    birth = desk.get_by_role("group", name=re.compile("birth|Born", re.IGNORECASE)).first
    birth.get_by_label("Day", exact=True).press_sequentially("03")
    expect(birth.get_by_label("Month", exact=True)).to_be_focused()
    birth.get_by_label("Month", exact=True).fill("5")
    birth.get_by_label("unknown (Month)").check()
    expect(birth.get_by_label("Month", exact=True)).to_have_value("")
    expect(birth.get_by_label("Month", exact=True)).to_be_disabled()


def test_everything_but_the_machines_works_without_scripts(live_office: LiveOffice, page: Page) -> None:
    browser = page.context.browser
    assert browser
    plain = browser.new_context(java_script_enabled=False, locale="ro-RO")
    desk = plain.new_page()
    desk.goto(f"{live_office.url}/login?lang=en")
    live_office.log_in(desk, "clerk")
    desk.get_by_role("searchbox").fill(reference_of(live_office))
    desk.get_by_role("searchbox").press("Enter")
    expect(desk).to_have_url(re.compile("/cases/"))
    desk.get_by_text("Ana Pop").first.click()
    desk.get_by_role("button", name="Log out").click()
    expect(desk).to_have_url(re.compile("/login"))
    plain.close()


@pytest.mark.parametrize("width", [1440, 1024, 360])
@pytest.mark.parametrize("path", ["/login", "/"])
def test_the_first_pages_fit_and_are_accessible(live_office: LiveOffice, page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    if path == "/":
        live_office.log_in(page, "clerk")
    page.goto(live_office.url + path)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_f1_opens_the_manual_of_ones_role(desk: Page) -> None:
    """By itself, in a box, and in the dialog that names it. No letter does: a scanned address begins with one."""
    desk.keyboard.press("F1")
    expect(desk.get_by_role("heading", name="The clerk's manual")).to_be_visible()
    assert_accessible(desk)
    desk.go_back()
    expect(desk.locator("[data-keys]")).to_be_visible()
    desk.keyboard.press("?")
    expect(desk.get_by_role("link", name="Manual of your role")).to_be_visible()
    desk.keyboard.press("F1")
    expect(desk).to_have_url(re.compile("/help$"))
    desk.goto(desk.url.removesuffix("/help"))
    expect(desk.locator("[data-keys]")).to_be_visible()
    desk.keyboard.press("/")
    desk.keyboard.press("F1")
    expect(desk).to_have_url(re.compile("/help$"))
