"""An order and its parcel in a real browser, at two centres: asked, agreed, packed, sealed, counted, acknowledged."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.models.staff import Centre, RoleName
from issuance.services import roles
from issuance.services.roles import Term
from issuance.services.trust import accounts
from tests.e2e.test_counts_browser import bring
from tests.e2e.test_stacks_browser import look, scan
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

AT_GALATI = {"clerk": RoleName.OPERATOR, "quality": RoleName.SUPERVISOR}


def see(page: Page, title: str) -> None:
    """The page with this title is there, and looks well."""
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    look(page)


def move_to_galati(live_office: LiveOffice) -> None:
    """Two people work at Galați from now on."""
    with live_office.office.act(SYSTEM) as act:
        galati = act.session.scalars(select(Centre).where(Centre.code == "galati")).one()
        for who, role in AT_GALATI.items():
            account = accounts.named(act, f"{who}@liman.example")
            for given in account.given:
                roles.end(act, account, given)
            roles.give(act, account, Term(role, act.clock.today(), None))
            account.centre_id = galati.id


def order(live_office: LiveOffice, page: Page) -> None:
    """Galați asks Timișoara for cards."""
    page.goto(f"{live_office.url}/stock/forecast")
    page.get_by_role("link", name="Order blanks of another centre").click()
    see(page, "Order blanks")
    page.get_by_label("Of which centre").select_option("timisoara")
    page.get_by_label("Stock").select_option("card")
    page.get_by_label("How many").fill("5")
    page.get_by_label("Why the centre needs them").fill("many families came")
    page.get_by_role("button", name="Ask for them").click()
    expect(page.get_by_text("Asked for.")).to_be_visible()
    look(page)


def pack(live_office: LiveOffice, page: Page) -> str:
    """Timișoara agrees and packs; the address of the parcel."""
    page.goto(f"{live_office.url}/")
    page.get_by_role("link", name="Orders for blanks").first.click()
    see(page, "Orders for blanks")
    page.locator("tr[data-row] a").first.click()
    see(page, "Order for blanks")
    page.get_by_role("button", name="Agree: this centre sends them").click()
    expect(page.get_by_text("Agreed to.")).to_be_visible()
    page.get_by_role("link", name="Pack a parcel for it").click()
    see(page, "Pack a parcel")
    page.get_by_label("Number of the seal").fill("S 4711")
    page.get_by_label("Serials").fill("NC0001 NC0005")
    page.get_by_role("button", name="I packed and sealed it").click()
    expect(page.get_by_text("Packed. Print the manifest")).to_be_visible()
    look(page)
    href = page.get_by_role("link", name="Manifest (PDF)").get_attribute("href")
    assert page.request.get(f"{live_office.url}{href}").body().startswith(b"%PDF")
    return page.url


def test_an_order_and_its_parcel_from_vault_to_vault(live_office: LiveOffice, seat: Seat) -> None:
    bring(live_office, seat)
    move_to_galati(live_office)
    order(live_office, seat("quality"))
    address = pack(live_office, seat("supervisor"))
    page = seat("operator")
    page.goto(address)
    page.get_by_label("Read the seal on the parcel").fill("S4711")
    page.get_by_role("button", name="I signed for it: it leaves").click()
    expect(page.get_by_text("Signed for.")).to_be_visible()
    page = seat("clerk")
    page.goto(f"{live_office.url}/stock/parcels")
    see(page, "Parcels of blanks")
    page.locator("tr[data-row] a").first.click()
    see(page, "Parcel")
    page.get_by_role("link", name="Open and count it").click()
    see(page, "Count a parcel")
    expect(page.get_by_text("NC00")).to_have_count(0)
    page.get_by_label("Number of the seal").fill("S4711")
    page.get_by_label("Serials that are here").focus()
    scan(page, "NC0005")
    page.keyboard.insert_text("NC0001 NC0003")
    page.get_by_role("button", name="I counted this").click()
    expect(page.get_by_text("Counted. A second person looks")).to_be_visible()
    page = seat("quality")
    page.goto(address)
    expect(page.get_by_role("table", name="Packed and not there").get_by_text("NC0004").first).to_be_visible()
    look(page)
    page.get_by_role("button", name="It is so: acknowledge the parcel").click()
    expect(page.get_by_text("Acknowledged. What came lies in the vault.")).to_be_visible()
    look(page)
    page.goto(f"{live_office.url}/stock/parcels")
    see(page, "Parcels of blanks")
