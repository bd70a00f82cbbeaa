"""An account from the administrator's page to its owner's first password, in a real browser; screen and phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import DESKTOP, PHONE, assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen, on either; and axe finds nothing."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        assert_accessible(page)


def test_a_new_colleague_gets_an_account_and_chooses_a_password(live_office: LiveOffice, page: Page) -> None:
    live_office.log_in(page, "administrator")
    page.get_by_role("link", name="Accounts").first.click()
    assert_fits(page)
    page.get_by_role("link", name="Add an account").click()
    page.get_by_role("textbox", name="Name").fill("Maria Ionescu")
    page.get_by_label("E-mail address").fill("Maria@Liman.example")
    page.get_by_label("Front-desk clerk").check()
    page.get_by_role("button", name="Add the account").click()
    password = page.locator("dd .code").inner_text()
    assert_fits(page)
    page.get_by_role("link", name="Done").click()
    assert_fits(page)

    browser = page.context.browser
    assert browser
    context = browser.new_context(locale="en-GB")
    desk = context.new_page()
    desk.goto(f"{live_office.url}/login")
    desk.get_by_label("E-mail address").fill("maria@liman.example")
    desk.get_by_label("Password").fill(password)
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_text("Somebody else knows your password.")).to_be_visible()
    assert_fits(desk)
    desk.get_by_label("Present password").fill(password)
    desk.get_by_label("New password", exact=True).fill("three unlikely words")
    desk.get_by_label("New password again").fill("three unlikely words")
    desk.get_by_role("button", name="Change the password").click()
    expect(desk).to_have_url(f"{live_office.url}/")
    desk.goto(f"{live_office.url}/account")
    assert_fits(desk)

    page.get_by_role("button", name="Close the account").click()
    desk.goto(f"{live_office.url}/desk")
    expect(desk).to_have_url(re.compile("/login"))
    expect(desk.get_by_text("the account was closed")).to_be_visible()
    context.close()


def test_a_second_administrator_agrees_to_a_role(live_office: LiveOffice, seat: Seat) -> None:
    first, second = seat("administrator"), seat("administrator2")
    first.goto(f"{live_office.url}/accounts")
    first.get_by_label("Name or address").fill("DOBRE")
    first.get_by_role("button", name="Search", exact=True).click()
    expect(first.locator("tbody tr")).to_have_count(1)
    assert_fits(first)
    first.get_by_role("link", name="Mihai Dobre").click()
    first.get_by_role("link", name="Give a role").click()
    first.get_by_label("Role").select_option("operator")
    assert_fits(first)
    first.get_by_role("button", name="Give the role").click()
    expect(first.get_by_role("button", name="Agree")).to_have_count(0)
    assert_fits(first)
    second.goto(f"{live_office.url}/accounts?show=waiting")
    second.get_by_role("link", name="Mihai Dobre").click()
    second.get_by_role("button", name="Agree").click()
    expect(second.get_by_text("Agreed. The role is in force on its days.")).to_be_visible()
    for path in ("/centres", "/centres/add", "/stations", "/stations/add", "/accounts/add"):
        second.goto(live_office.url + path)
        assert_fits(second)
    second.get_by_role("link", name="Station tokens").first.click()
    second.get_by_role("link", name="Add a station").click()
    second.get_by_label("Name").fill("Camera 4")
    second.get_by_role("button", name="Add the station").click()
    assert_fits(second)


@pytest.mark.parametrize(
    ("name", "path"), [("border", "/border"), ("mission", "/return-titles"), ("expert", "/desk/lodge")]
)
def test_who_works_outside_the_centre_finds_the_page(live_office: LiveOffice, seat: Seat, name: str, path: str) -> None:
    page = seat(name)
    page.goto(live_office.url)
    page.locator(f"nav a[href='{path}']").first.click()
    expect(page).to_have_url(live_office.url + path)
    assert_fits(page)
