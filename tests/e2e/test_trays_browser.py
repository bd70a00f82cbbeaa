"""A tray of three temporary documents checked by keys alone, as a hand-held scanner types them; seconds are printed."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.services.batches import choosing, running, trays
from issuance.services.batches.choosing import Plan, Wanted
from issuance.services.production import quality, shifts
from tests.e2e.test_batches_browser import approve
from tests.e2e.test_centre_browser import actor, look
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

CARDS = 3
MADE_S = 60


class Scanner:
    """A hand that holds a scanner, and nothing else: what it scans is typed at once and ended with Enter."""

    def __init__(self, page: Page) -> None:
        self.page, self.scans, self.keys = page, 0, 0
        self.late = list[Route]()  # scripts of the page that are on their way until something was scanned

    def wait(self, route: Route) -> None:
        self.late.append(route)

    def scan(self, *lines: str) -> None:
        """One pull of the trigger; a zone has several lines."""
        self.scans += 1
        for line in lines:
            self.keys += len(line) + 1
            self.page.keyboard.type(line)
            self.page.keyboard.press("Enter")
        while self.late:
            self.late.pop().continue_()


def eventually(live: LiveOffice, state: str, *, of: type[Document] | type[PrintJob]) -> list[UUID]:
    """The jobs of the three, once their documents, or they themselves, are in this state."""
    references = [f"2026/TM/9{number:03}" for number in (0, 2, 4)]
    query = select(PrintJob.id).join(Document, Document.id == PrintJob.document_id)
    query = query.join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
    query = query.where(IssuanceRequest.case_reference.in_(references), of.state == state).order_by(PrintJob.id)
    for _ in range(MADE_S * 2):
        with live.office.reading() as look:
            if len(found := list(look.session.scalars(query))) == CARDS:
                return found
        time.sleep(0.5)
    raise AssertionError(f"the three were never {state}")


def able(live: LiveOffice) -> UUID:
    """The station, once it has said what it can make."""
    for _ in range(MADE_S * 2):
        with live.office.reading() as look:
            station = look.session.scalars(select(Station).where(Station.name == "timisoara-1")).one()
            if station.status:
                return station.id
        time.sleep(0.5)
    raise AssertionError("the station said nothing")


def in_a_tray(live: LiveOffice) -> tuple[str, list[Document]]:
    """Three temporary documents that a station made, in one tray: its code, and the documents from its front."""
    for number in (0, 2, 4):
        approve(live, number)
    jobs, operator = eventually(live, "queued", of=PrintJob), actor(live, "operator")
    with live.station():
        station_id = able(live)
        with live.office.act(operator) as act:
            batch, _ = choosing.make(act, Plan((station_id,), Wanted(), tuple(jobs)))
            batch_id = batch.id
        with live.office.act(operator) as act:
            running.start(act, running.own(act, batch_id))
        with live.office.act(operator) as act:
            shifts.open_shift(act, act.session.get_one(Station, station_id))
        eventually(live, "personalised", of=Document)
    with live.office.act(operator) as act:
        made_at = act.session.get_one(Station, station_id)
        tray = trays.fill(act, running.own(act, batch_id), made_at, CARDS)
        cards = [act.session.get_one(Document, card.document_id) for card in trays.cards(act, tray)]
        return tray.code, cards


def said_by(live: LiveOffice, document: Document) -> tuple[str, list[str], str]:
    """What bar code, lines of the zone and seal of the card say."""
    with live.office.reading() as look:
        said = quality.expected_values(look, look.session.get_one(Document, document.id))
    zone = said["mrz"]
    return said["barcode"], [zone[at : at + 30] for at in range(0, len(zone), 30)], said["seal"]


def check(hand: Scanner, said: tuple[str, list[str], str], place: int) -> None:
    """The card at this place of the tray, part after part, and the officer's word; the box waits for each."""
    barcode, zone, seal = said
    box, parts = hand.page.locator("#f-scan"), hand.page.locator(".tray-parts .chip.done")
    for read, lines in enumerate(([barcode], zone, [seal]), 1):
        expect(box).to_be_focused()
        hand.scan(*lines)
        expect(parts).to_have_count(read)
    expect(box).to_be_focused()
    hand.scan("RELEASE")
    told = hand.page.locator(".flash, .notice.done").first
    expect(told).to_contain_text(f"Card {place}: equal in every part")


def test_a_tray_is_checked_by_a_scanner_alone(live_office: LiveOffice, seat: Seat) -> None:
    """Also while the page's own script is still on its way: the hand does not wait for it."""
    code, cards = in_a_tray(live_office)
    page = seat("quality")
    look(page, f"{live_office.url}/quality/")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.locator("#card")).to_be_focused()
    hand = Scanner(page)
    page.route("**/js/trays*.js*", hand.wait)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    hand.scan(code)
    expect(page.get_by_role("heading", level=2)).to_contain_text("Take card 1")
    seconds = list[float]()
    for at, card in enumerate(cards, 1):
        said, begun = said_by(live_office, card), time.monotonic()
        check(hand, said, at)
        seconds.append(time.monotonic() - begun)
    expect(page.get_by_text("3 cards, all checked")).to_be_visible()
    print(f"{CARDS} cards, {hand.scans} scans, {hand.keys} keys; seconds a card: {[round(s, 2) for s in seconds]}")
    with live_office.office.reading() as register:
        states = [register.session.get_one(Document, card.id).state for card in cards]
    assert states == ["checked"] * CARDS
