"""Blanks in a real browser: a box comes, is counted, handed over, loaded; one is lost and found; spoiled ones end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_stacks_browser import look, scan
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def fill(page: Page, serials: str, button: str) -> None:
    page.get_by_label("Serials").fill(serials)
    look(page)
    page.get_by_role("button", name=button).click()


def test_a_box_of_blanks_from_the_manifest_to_the_machine(live_office: LiveOffice, seat: Seat) -> None:
    stock = f"{live_office.url}/stock"
    page = seat("supervisor")
    page.goto(f"{stock}/deliveries")
    page.get_by_role("link", name="Announce a delivery").click()
    page.get_by_label("Number of the delivery papers").fill("AV-12/2026")
    page.get_by_label("Stock").select_option("card")
    fill(page, "NB0001 NB0010", "Announce")
    expect(page.get_by_text("Announced: 10 blanks.")).to_be_visible()
    look(page)

    page = seat("operator")
    page.goto(f"{stock}/deliveries")
    page.get_by_role("link", name="AV-12/2026").click()
    expect(page.get_by_text("NB0001")).to_have_count(0)
    page.get_by_label("Serials that are here").focus()
    scan(page, "NB0010")
    page.keyboard.insert_text("NB0001 NB0008")
    look(page)
    page.get_by_role("button", name="I counted this").click()
    expect(page.get_by_text("Announced and not there: 1.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="NB0009")).to_be_visible()
    look(page)

    page = seat("supervisor")
    page.goto(f"{stock}/hand")
    page.get_by_label("Out of the vault").check()
    fill(page, "NB0001 NB0004", "Write it down")
    page.goto(f"{stock}/missing")
    look(page)
    expect(page.get_by_role("rowheader", name="NB0009")).to_be_visible()
    page.get_by_role("link", name="It was found").click()
    page.get_by_label("Where it was").fill("under the flap of the box")
    look(page)
    page.get_by_role("button", name="I have it in my hand").click()
    expect(page.get_by_text("You found it: another person looks.")).to_be_visible()

    page = seat("operator")
    page.goto(f"{stock}/missing")
    look(page)
    page.get_by_role("button", name="Fit: into the vault").click()
    expect(page.get_by_text("It lies in the vault.")).to_be_visible()
    page.goto(f"{stock}/hand")
    page.get_by_label("I have them").check()
    fill(page, "NB0001 NB0004", "Write it down")
    page.goto(f"{live_office.url}/production/stations")
    page.get_by_role("link", name="timisoara-1").first.click()
    page.get_by_role("link", name="Put in or take out").click()
    page.get_by_label("Into the station").check()
    fill(page, "NB0001 NB0003", "Write it down")
    for address in (stock, f"{stock}/rejects"):
        page.goto(address)
        look(page)
    page.goto(stock)
    page.get_by_role("link", name="Vault").first.click()
    expect(page.get_by_text("handed out of the vault").first).to_be_visible()
    look(page)
