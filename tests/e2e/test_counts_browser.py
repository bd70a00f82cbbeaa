"""A count in a real browser, blind; what differs gets a word; the day is closed, and its sheet is a paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from issuance.services.trust import accounts
from tests.e2e.test_stacks_browser import look, scan
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def say(page: Page, choice: str, word: str) -> None:
    """A word on the first difference that has none."""
    block = page.locator("section.block").first
    block.get_by_label(choice).check()
    block.get_by_label("Where you looked, and what you found").fill(word)
    block.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Written down.")).to_be_visible()


def bring(live_office: LiveOffice, seat: Seat) -> None:
    """Twelve cards lie in the vault."""
    page = seat("supervisor")
    page.goto(f"{live_office.url}/stock/deliveries/new")
    page.get_by_label("Number of the delivery papers").fill("AV-44/2026")
    page.get_by_label("Stock").select_option("card")
    page.get_by_label("Serials").fill("NC0001 NC0012")
    page.get_by_role("button", name="Announce").click()
    page = seat("operator")
    page.goto(f"{live_office.url}/stock/deliveries")
    page.get_by_role("link", name="AV-44/2026").click()
    page.get_by_label("Serials that are here").fill("NC0001 NC0012")
    page.get_by_role("button", name="I counted this").click()


def count(live_office: LiveOffice, page: Page) -> None:
    """The clerk scans what lies there, and sees nothing else."""
    page.goto(f"{live_office.url}/")
    page.get_by_role("link", name="Blanks to count").first.click()
    look(page)
    page.get_by_role("link", name="Vault").click()
    expect(page.get_by_text("NC00")).to_have_count(0)
    page.get_by_label("Serials that lie here").focus()
    scan(page, "NC0012")
    page.keyboard.insert_text("NC0001 NC0008\nX77")
    look(page)
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("No ledger has X77").first).to_be_visible()
    look(page)
    page.get_by_role("button", name="This is all that lies here").click()
    expect(page.get_by_text("Counted.")).to_be_visible()


def close(live_office: LiveOffice, page: Page) -> None:
    """The supervisor closes the day, and prints its sheet."""
    page.goto(f"{live_office.url}/days")
    look(page)
    page.get_by_role("link", name="Close today").click()
    look(page)
    for field in page.locator("textarea[name*=':']").all():
        field.fill("the police was told")
    look(page)
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_text("Day 1 is closed.")).to_be_visible()
    expect(page.get_by_text("the police was told").first).to_be_visible()
    look(page)
    href = page.get_by_role("link", name="Print the closing sheet").get_attribute("href")
    sheet = page.request.get(f"{live_office.url}{href}")
    assert sheet.body().startswith(b"%PDF")
    page.goto(f"{live_office.url}/days")
    look(page)
    page.goto(f"{live_office.url}/stock/forecast")
    look(page)


def test_a_blind_count_and_the_closing_of_the_day(live_office: LiveOffice, seat: Seat) -> None:
    bring(live_office, seat)
    page = seat("supervisor")
    page.goto(f"{live_office.url}/counts")
    look(page)
    page.get_by_role("link", name="Ask for a count").click()
    look(page)
    vault = page.locator("option[value$=' card']", has_text="Vault").get_attribute("value")
    page.get_by_label("What is counted").select_option(vault)
    page.get_by_role("button", name="Draw who counts").click()
    expect(page.get_by_text("was drawn and counts.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Name somebody").first.click()
    look(page)
    with live_office.office.reading() as look_up:
        clerk = accounts.named(look_up, "clerk@liman.example").full_name
    page.get_by_label("Who counts").select_option(label=clerk)
    page.get_by_label("Why not who was drawn").fill("who was drawn is ill")
    page.get_by_role("button", name="They count").click()
    count(live_office, seat("clerk"))
    page = seat("supervisor")
    page.goto(f"{live_office.url}/counts")
    look(page)
    page.get_by_role("link", name="Vault").first.click()
    expect(page.get_by_text("not counted there").first).to_be_visible()
    look(page)
    say(page, "Nobody finds them: they are missing", "looked behind the safe, twice")
    say(page, "Onto the list of blanks where they may not be", "it is none of ours")
    look(page)
    close(live_office, page)
