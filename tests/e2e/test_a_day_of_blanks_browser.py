"""A day of a centre in a real browser, each step by its own role: from the supplier's boxes to the closing sheet.

At its end the ledger is added up by plain SQL, and the paper that is signed says the same of every place.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, text

from card_drivers.simulators.machine import Blank, FaultScript, Simulation
from issuance.actors import SYSTEM
from issuance.demo import CENTRE, LOGINS
from issuance.models.documents import Document
from issuance.models.staff import Centre
from issuance.services.stations import tokens
from tests.counterparts import require
from tests.e2e.test_batches_browser import MADE_MS, approve
from tests.e2e.test_counts_browser import say
from tests.e2e.test_stacks_browser import scan
from tests.e2e.test_trays_browser import Scanner, check, said_by
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

STATION = "timisoara-3"
REFERENCE = "AV-77/2026"
HOLDERS = (0, 2, 4)
"""Of whom `approve` makes temporary documents."""
FEEDER = [f"ND{number:04}" for number in range(1, 7)]
"""Three documents, one that jams, one test print, and one that is left."""
NEVER_CAME, SLIPPED = "ND0012", "ND0009"
LINE_PX = 60
PLACES = {
    "in_vault": "Seif",
    "at_centre": "Camera mașinilor",
    "in_transit": "Predate, nepreluate încă",
    "received": "Anunțate, de numărat",
    "consumed": "Documente",
    "spoiled": "Rebuturi",
    "destroyed": "Distruse",
    "missing": "Lipsă",
    "found": "Găsite, de verificat",
}
STOCKS = {
    "card": "carduri",
    "card-chip": "carduri cu cip",
    "booklet-blue": "carnete albastre",
    "booklet-grey": "carnete gri",
    "sheet": "coli",
}
"""Typed once more: as the sheet says them."""

BALANCE = """
    SELECT p.kind, coalesce(t.name, ''), s.stock,
           (SELECT count(*) FROM stock_move m JOIN blank b ON b.id = m.blank_id
             WHERE m.to_id = p.id AND b.stock = s.stock),
           (SELECT count(*) FROM stock_move m JOIN blank b ON b.id = m.blank_id
             WHERE m.from_id = p.id AND b.stock = s.stock),
           (SELECT count(*) FROM blank b WHERE b.place_id = p.id AND b.state = p.kind AND b.stock = s.stock)
      FROM place p LEFT JOIN station t ON t.id = p.station_id
      CROSS JOIN (SELECT DISTINCT stock FROM blank) s
"""
ROW = re.compile(r"^(?P<where>\S.*?) {2,}(?P<stock>\S.*?) {2,}(?P<counts>\d+(?: +\d+){3})$", re.M)
"""A line of the balance on the sheet, as pdftotext lays it out; what a cell wraps follows it."""


@dataclass
class Day:
    """The office on this day: each of its people at one browser, which stays open."""

    live: LiveOffice
    seat: Seat
    pages: dict[str, Page] = field(default_factory=dict)

    def visit(self, who: str, path: str) -> Page:
        """A page before this person."""
        if who not in self.pages:
            self.pages[who] = self.seat(who)
        self.pages[who].goto(self.live.url + path)
        return self.pages[who]

    def paper(self, page: Page, link: str) -> str:
        """What a paper says to a reader of PDF that is not ours."""
        return self.read(page, page.get_by_role("link", name=link).first.get_attribute("href"))

    def read(self, page: Page, href: str | None) -> str:
        """The same, by its address."""
        answer = page.request.get(f"{self.live.url}{href}")
        command = [require("pdftotext", "it reads the papers of a day"), "-layout", "-", "-"]
        return subprocess.run(command, input=answer.body(), check=True, capture_output=True).stdout.decode()


@pytest.fixture
def day(live_office: LiveOffice, seat: Seat) -> Day:
    """The demonstration with a third station, in which nothing lies; the second card that it feeds jams."""
    for number in HOLDERS:
        approve(live_office, number)
    folder = live_office.settings.var / "station-3"
    with live_office.office.act(SYSTEM) as act:
        centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
        _, token = tokens.add_station(act, STATION, centre)
    (folder / "simulator").mkdir(parents=True)
    (folder / "token").write_text(token)
    (folder / "simulator" / "faults.json").write_text(FaultScript(events=["none", "jam"]).model_dump_json())
    return Day(live_office, seat)


def write_down(page: Page, choice: str, serials: str) -> None:
    """The form of moves: where they go, and which."""
    page.get_by_label(choice).check()
    page.get_by_label("Serials").fill(serials)
    page.get_by_role("button", name="Write it down").click()


def receive(day: Day) -> None:
    """Twelve cards are announced, eleven lie in the box; six go to the machines' room."""
    page = day.visit("supervisor", "/stock/deliveries/new")
    page.get_by_label("Number of the delivery papers").fill(REFERENCE)
    page.get_by_label("Stock").select_option("card")
    page.get_by_label("Serials").fill("ND0001 ND0012")
    page.get_by_role("button", name="Announce").click()
    expect(page.get_by_text("Announced: 12 blanks.")).to_be_visible()
    page = day.visit("operator", "/stock/deliveries")
    page.get_by_role("link", name=REFERENCE).click()
    page.get_by_label("Serials that are here").focus()
    page.keyboard.insert_text("ND0001 ND0011")
    page.get_by_role("button", name="I counted this").click()
    expect(page.get_by_role("rowheader", name=NEVER_CAME)).to_be_visible()
    write_down(day.visit("supervisor", "/stock/hand"), "Out of the vault", f"{FEEDER[0]} {FEEDER[-1]}")
    write_down(day.visit("operator", "/stock/hand"), "I have them", f"{FEEDER[0]} {FEEDER[-1]}")


def load(day: Day) -> None:
    """The operator puts the cards into the third station: into the ledger and into the machine."""
    page = day.visit("operator", "/production/stations")
    page.get_by_role("link", name=STATION).first.click()
    page.get_by_role("link", name="Put in or take out").click()
    write_down(page, "Into the station", f"{FEEDER[0]} {FEEDER[-1]}")
    machine = Simulation(day.live.settings.var / "station-3" / "simulator")
    machine.load([Blank(serial=serial, stock="card") for serial in FEEDER])
    page = day.visit("operator", "/production/stations")
    page.get_by_role("link", name=STATION).first.click()
    able = page.locator("#station .facts > div", has_text="TID").locator(".chip.done").first
    expect(able).to_be_visible(timeout=MADE_MS)


def make_batch(day: Day) -> str:
    """What is approved becomes a batch of the third station and is made, one card after it was spoiled; its tray."""
    page = day.visit("operator", "/production/batches/new?type=TID")
    for box in page.locator("input[name=stations]:checked").all():
        box.uncheck()
    page.get_by_label(STATION).check()
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("heading", name="3 jobs would be in it")).to_be_visible()
    page.get_by_role("button", name="Make a batch of all").click()
    expect(page.get_by_role("button", name="Start the batch")).to_be_visible()
    batch = page.url.removeprefix(day.live.url)
    page = day.visit("operator", "/production/stations")
    page.locator(".station", has_text=STATION).get_by_role("button", name="Open a shift").click()
    page = day.visit("operator", batch)
    page.get_by_role("button", name="Start the batch").click()
    expect(page.locator("#now .batch-counts")).to_contain_text("3 / 3", timeout=MADE_MS)
    expect(page.locator("#now .batch-counts")).to_contain_text("1 spoiled, made again")
    shown = page.locator("#now .batch-counts").bounding_box()
    assert shown is not None
    assert shown["height"] < LINE_PX, "the counts stand in one line"
    page.reload()
    page.get_by_role("button", name="Fill a tray").click()
    sheet = day.paper(page, "Print the sheet")
    code = re.search(r"[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}", sheet)
    assert code, sheet
    return code[0]


def print_test(day: Day) -> None:
    """One more card, with nobody's data; then the shift ends."""
    page = day.visit("operator", "/production/stations")
    page.get_by_role("link", name=STATION).first.click()
    page.get_by_role("button", name="Make a test print").click()
    waiting = page.locator("#station .chip.info", has_text="waiting for the station")
    expect(waiting).to_have_count(0, timeout=MADE_MS)
    page = day.visit("operator", "/production/stations")
    page.locator(".station", has_text=STATION).get_by_role("button", name="Close the shift").click()


def check_tray(day: Day, code: str) -> None:
    """The quality officer works through the tray by keys and scanner alone, from the first page on."""
    page = day.visit("quality", "/")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.locator("#card")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    hand = Scanner(page)
    hand.scan(code)
    expect(page.get_by_role("heading", level=2)).to_contain_text("Take card 1")
    for at, card in enumerate(made(day), 1):
        check(hand, said_by(day.live, card), at)
    expect(page.get_by_text("3 cards, all checked")).to_be_visible()


def made(day: Day) -> list[Document]:
    """The documents as they lie in the tray, from its front."""
    with day.live.office.reading() as look:
        query = select(Document).where(Document.state == "personalised", Document.blank_serial.in_(FEEDER))
        return list(look.session.scalars(query.order_by(Document.blank_serial)))


def hand_over(day: Day) -> None:
    """The second clerk gives the first document to its holder; two wait."""
    page = day.visit("clerk2", "/desk/ready")
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(len(HOLDERS))
    rows.first.get_by_role("link").first.click()
    request_id = page.url.rpartition("/")[2]
    page.locator("[data-primary]").click()
    with day.live.office.reading() as look:
        query = select(Document.number).where(Document.state == "checked")
        number = next(row for row in look.session.scalars(query.where(Document.request_id == UUID(request_id))))
    page.get_by_label("The face agrees with the portrait").check()
    page.get_by_label("Number on the document").fill(number)
    page.get_by_text("Signed on paper, or does not sign").click()
    page.get_by_label("Why the person does not sign").fill("cannot write")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("Handed over. The document is valid now.")).to_be_visible()
    expect(day.visit("clerk2", "/desk/ready").locator("tr[data-row]")).to_have_count(len(HOLDERS) - 1)


def count_vault(day: Day) -> None:
    """The supervisor asks for a count of the vault; whoever is drawn types what lies there, and one is not found."""
    page = day.visit("supervisor", "/counts/new")
    vault = page.locator("option[value$=' card']", has_text="Vault").get_attribute("value")
    page.get_by_label("What is counted").select_option(vault)
    page.get_by_role("button", name="Draw who counts").click()
    told = page.get_by_text("was drawn and counts.").inner_text()
    (drawn,) = [login.email.partition("@")[0] for login in LOGINS if login.full_name in told]
    assert drawn not in ("supervisor", "operator"), "they had the cards in their hands"
    page = day.visit(drawn, "/")
    page.get_by_role("link", name="Blanks to count").first.click()
    page.get_by_role("link", name="Vault").click()
    page.get_by_label("Serials that lie here").focus()
    scan(page, "ND0007 ND0008")
    page.keyboard.insert_text("ND0010 ND0011")
    expect(page.get_by_text(SLIPPED)).to_have_count(0)
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("button", name="This is all that lies here").click()
    expect(page.get_by_text("Counted.")).to_be_visible()
    page = day.visit("supervisor", "/counts")
    page.get_by_role("link", name="Vault").first.click()
    expect(page.locator("section.block h2")).to_contain_text(SLIPPED)
    say(page, "Nobody finds them: they are missing", "not in the vault, nor under it")


def find(day: Day) -> None:
    """The missing one turns up; the operator looks at it, and it lies in the vault again."""
    page = day.visit("supervisor", "/stock/missing")
    row = page.locator("tr", has=page.get_by_role("rowheader", name=SLIPPED))
    row.get_by_role("link", name="It was found").click()
    page.get_by_label("Where it was").fill("between two shelves")
    page.get_by_role("button", name="I have it in my hand").click()
    expect(page.get_by_text("You found it: another person looks.")).to_be_visible()
    page = day.visit("operator", "/stock/missing")
    page.get_by_role("button", name="Fit: into the vault").click()
    expect(page.get_by_text("It lies in the vault.")).to_be_visible()


def destroy(day: Day) -> None:
    """The operator counts what lies in the reject bin, the supervisor sees it destroyed; both sign the minutes."""
    page = day.visit("operator", "/stock/rejects")
    spoiled = [serial for serial in FEEDER if page.get_by_role("rowheader", name=serial).count()]
    assert len(spoiled) == 2, "one jammed, one was a test print"
    page.locator("textarea[name=serials]").focus()
    for serial in spoiled:
        scan(page, serial)
    page.get_by_role("button", name="Count them for destruction").click()
    expect(page.get_by_text("You counted these blanks.")).to_be_visible()
    page = day.visit("supervisor", "/stock/rejects")
    page.get_by_label("shredded").check()
    page.get_by_role("button", name="Destroyed before my eyes").click()
    expect(page.get_by_text("Destroyed. Print the minutes")).to_be_visible()
    href = page.locator("a[href$='minutes.pdf']").get_attribute("href")
    minutes = day.read(page, href)
    for said in (*spoiled, "Radu Stan", "Dan Voicu", "Tocate", "Tipărire de probă", "Tipărire nereușită"):
        assert said in minutes, minutes


def close(day: Day) -> str:
    """The supervisor says a word on each difference, and closes the day; its sheet."""
    page = day.visit("supervisor", "/days")
    page.get_by_role("link", name="Close today").click()
    words = page.locator("textarea[name*=':']")
    expect(words).to_have_count(1)
    expect(page.get_by_label("Gone missing since the closing before: cards")).to_be_visible()
    words.first.fill("one never came, the supplier was told; one lay between two shelves")
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_text("Day 1 is closed.")).to_be_visible()
    return day.paper(page, "Print the closing sheet")


def balanced(day: Day) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Every place and stock as the sheet calls them: what came, went and lies there, by plain SQL of this test."""
    with day.live.office.database.reading() as session:
        rows = session.execute(text(BALANCE)).all()
        (total,) = session.execute(text("SELECT count(*) FROM blank")).one()
    assert sum(row[-1] for row in rows) == total, "every blank is in one place"
    for kind, station, stock, came, went, lies in rows:
        assert came - went == lies >= 0, (kind, station, stock, came, went, lies)
    return {(station or PLACES[kind], STOCKS[stock]): counts for kind, station, stock, *counts in rows if any(counts)}


def printed(sheet: str) -> dict[tuple[str, str], list[int]]:
    """The balance on the paper; what lay there before is nothing on the first day."""
    found = {}
    for row in ROW.finditer(sheet):
        before, *counts = map(int, row["counts"].split())
        assert before == 0, row[0]
        found[row["where"].partition(" / ")[0], row["stock"].partition(" / ")[0]] = counts
    return found


def test_a_day_from_receiving_to_closing(day: Day) -> None:
    receive(day)
    with day.live.station("station-3"):
        load(day)
        code = make_batch(day)
        print_test(day)
    check_tray(day, code)
    hand_over(day)
    count_vault(day)
    find(day)
    destroy(day)
    sheet = close(day)
    ledger = balanced(day)
    assert printed(sheet) == ledger
    cards = {place: lies for (place, stock), (_, _, lies) in ledger.items() if stock == "carduri"}
    assert cards["Documente"] == 3
    assert (cards["Distruse"], cards["Rebuturi"]) == (2, 0)
    assert (cards["Lipsă"], cards["Seif"], cards[STATION]) == (1, 5, 1)
    assert re.search(r"Documente gata, neridicate +2\b", sheet), sheet
    assert re.search(r"Tipăriri de probă +1\b", sheet), sheet
    assert "one never came" in sheet
