"""The keys that `?` shows: each works on the page that shows it, and none is shown that does nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_centre_browser import complete
from tests.e2e.test_keys import A_SCANNER, type_keys
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def shown(page: Page) -> list[str]:
    """The keys that the dialog shows, which is closed again: `Ctrl Enter`, `j k`."""
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    keys = [" ".join(line.split()) for line in dialog.locator("dt:visible").all_inner_texts()]
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    return keys


def row(page: Page, place: int) -> Locator:
    return page.locator("tr[data-row]").nth(place).locator("a").first


GOES = ["g l", "g d", "g h", "g a", "g w", "g c"]
WAITING = {"a": "/appointments", "w": "/tickets"}
PRODUCTION = {"p": "/production/jobs", "b": "/production/batches"}


def test_every_key_of_a_list_works(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk")
    assert shown(page) == ["j k", "Enter", *GOES, "/", "?", "F1", "Scanner"]
    expect(row(page, 0)).to_be_focused()
    page.keyboard.press("j")
    expect(row(page, 1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(page, 2)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    expect(row(page, 0)).to_be_focused()
    page.keyboard.press("j")
    opened = row(page, 1).get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(live_office.url + opened)


def test_escape_returns_to_the_list_at_its_row(live_office: LiveOffice, seat: Seat) -> None:
    """Also to its filter; and from a page below the case, first to the case."""
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk?state=lodged")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/cases/"))
    case = page.url
    assert "Esc" in shown(page)
    page.goto(f"{case}/enrolment")
    page.keyboard.press("Escape")
    expect(page).to_have_url(case)
    leave(page)
    expect(page).to_have_url(f"{live_office.url}/desk?state=lodged")
    expect(row(page, 1)).to_be_focused()


def leave(page: Page) -> None:
    """Esc, twice where a box has the focus."""
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    if page.evaluate("document.activeElement.matches('input:not([type=radio]), textarea, select')"):
        page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def test_g_goes_to_the_queues_of_ones_roles(live_office: LiveOffice, seat: Seat) -> None:
    for name, goes in (
        ("clerk", {"d": "/desk", "h": "/desk/ready", "l": "/desk/lodge", **WAITING, "c": "/counter"}),
        ("officer", {"o": "/decisions/"}),
        ("operator", PRODUCTION),
        ("quality", {"q": "/quality/"}),
        ("supervisor", {"d": "/desk", "h": "/desk/ready", **PRODUCTION, **WAITING}),
    ):
        page = seat(name)
        assert {key[2:] for key in shown(page) if key.startswith("g ")} == set(goes), name
        for key, address in goes.items():
            page.goto(live_office.url)
            page.keyboard.press("g")
            page.keyboard.press(key)
            expect(page).to_have_url(live_office.url + address)


def test_a_form_shows_its_keys_and_letters_stay_letters_in_it(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk/lodge")
    page.locator("#f-family_name").focus()
    page.keyboard.type("g/?jk")
    expect(page.locator("#f-family_name")).to_have_value("g/?jk")
    page.keyboard.press("Escape")
    assert shown(page) == ["Ctrl Enter", "Esc", "Esc", *GOES, "/", "?", "F1", "Scanner"]
    page.keyboard.press("Control+Enter")
    expect(page.locator("#summary")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{live_office.url}/")


def test_a_key_held_down_does_no_second_act(live_office: LiveOffice, seat: Seat) -> None:
    """Ctrl+Enter that repeats acts on the page where it was pressed, not on the one that comes."""
    complete(live_office, "TID")
    page = seat("officer")
    page.goto(f"{live_office.url}/decisions/")
    page.keyboard.down("Control")
    page.keyboard.down("Enter")
    expect(page).to_have_url(re.compile("/decisions/.+"))
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    page.keyboard.up("Control")
    expect(page.locator("#act")).to_be_attached()
    assert page.evaluate("document.querySelector('#act').dataset.sent") is None


def test_a_scan_opens_its_case_from_a_box_that_the_page_chose(live_office: LiveOffice, seat: Seat) -> None:
    """The focus that a page gives takes no scan; a box where a hand typed does."""
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk")
    code = page.locator("tr[data-row] .code").nth(1).inner_text()
    opened = row(page, 1).get_attribute("href")
    asked = f"{live_office.url}{row(page, 0).get_attribute('href')}/reason"
    page.goto(asked)
    expect(page.locator("#f-reason")).to_be_focused()
    page.keyboard.type("a")
    page.wait_for_timeout(100)
    page.keyboard.type("b")
    page.keyboard.type(code)
    expect(page.locator("#f-reason")).to_have_value(f"ab{code}")
    page.goto(asked)
    type_keys(page, code, A_SCANNER)
    expect(page).to_have_url(f"{live_office.url}{opened}")
