"""The end of a document in a real browser: from that minute on, every page that names it says the same."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app import create_app
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.services.trust import sessions
from issuance.settings import Settings
from tests.fixtures.browser import DESKTOP, PATIENT_MS, Watch, assert_accessible
from tests.fixtures.databases import on_sqlite
from tests.fixtures.servers import serving
from tests.people import EVENT_KEY, LAYLA, VAULT_KEY, Case, SmallOffice, Vault, changed

pytestmark = pytest.mark.browser

TEN = dt.datetime(2026, 11, 3, 8, tzinfo=dt.UTC)
"""Ten o'clock in Bucharest, on the day after the hand-over."""
AT_TEN = "3 Nov 2026, 10:00"


@dataclass
class Window:
    """A small office served to browsers at its own time; each person at a browser of their own."""

    office: SmallOffice
    chromium: Browser
    stack: ExitStack
    url: str = ""
    app: Flask = field(init=False)
    pages: dict[str, Page] = field(default_factory=dict)
    watches: list[Watch] = field(default_factory=list)

    def at(self, moment: dt.datetime) -> None:
        """Let the time pass until then."""
        self.office.clock.advance(moment - self.office.clock.now())

    def sit(self, who: str) -> Page:
        """The browser of this person, logged in."""
        if who not in self.pages:
            context = self.stack.enter_context(self.chromium.new_context(locale="en-GB", viewport=DESKTOP))
            context.set_default_timeout(PATIENT_MS)
            self.watches.append(Watch(context))
            self.pages[who] = context.new_page()
            context.add_cookies([{"name": "liman", "value": self._session(who), "url": self.url}])
        return self.pages[who]

    def _session(self, who: str) -> str:
        account_id = self.office.actors[who].id
        assert account_id is not None
        with self.app.extensions["office"].upkeep() as look:
            return sessions.begin(look, account_id, "Chrome, Linux")[1]

    def visit(self, who: str, path: str) -> Page:
        """A page before this person."""
        page = self.sit(who)
        page.goto(self.url + path)
        return page


@pytest.fixture
def window(office: SmallOffice, chromium: Browser, tmp_path: Path) -> Iterator[Window]:
    register = office.database.engine.url.render_as_string(hide_password=False)
    with ExitStack() as stack:
        window = Window(office, chromium, stack)

        def build(url: str) -> Flask:
            settings = Settings(
                var=tmp_path / "var", demo=True, background=False, database_url=register, public_url=url
            )
            window.app = create_app(settings, clock=office.clock)
            served = window.app.extensions["office"]
            served.vault, served.event_key = Vault(VAULT_KEY), EVENT_KEY
            return window.app

        window.url = stack.enter_context(serving(build))
        yield window
    window.app.extensions["office"].database.engine.dispose()
    assert [fault for watch in window.watches for fault in watch.faults] == []


@dataclass(frozen=True)
class Places:
    """Where a document is seen: its case, its person, and the reference of its request."""

    case: str
    document: str
    person: str
    number: str
    reference: str


@pytest.fixture
def places(office: SmallOffice, checked: Case) -> Places:
    """Layla's permit, handed over on the day before."""
    office.hand_over(checked.request_id, checked.number)
    with office.reading() as look:
        request = look.session.get_one(IssuanceRequest, checked.request_id)
        case = f"/cases/{request.id}"
        person = f"/persons/{request.person_id}"
        return Places(case, f"{case}/documents/{checked.document_id}", person, checked.number, request.reference)


def follow(office: SmallOffice, places: Places) -> Case:
    """A replacement of the document that waits for its hand-over."""
    lodging = changed(
        LAYLA, kind="replacement", replacement_reason="changed_data", previous_document=places.number,
        person_id=UUID(places.person.rpartition("/")[2]), case_reference="2026/TM/0002",
    )  # fmt: skip
    return office.carry("checked", lodging)


# What each page says of the document


def row_of(page: Page, text: str) -> str:
    """The words of the row with this text."""
    return page.locator("tr", has_text=text).first.inner_text()


def on_case(window: Window, places: Places) -> str:
    return row_of(window.visit("clerk", places.case), places.number)


def on_person(window: Window, places: Places) -> str:
    return row_of(window.visit("clerk", places.person), places.number)


def on_document(window: Window, places: Places) -> str:
    return window.visit("clerk", places.document).locator(".title-row").inner_text()


def on_search(window: Window, places: Places) -> str:
    page = window.visit("clerk", "/desk")
    page.locator("#search").fill(places.number)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Search")
    return page.locator("tr[data-row]").inner_text()


def among_persons_alike(window: Window) -> str:
    """What the lodging form shows of the person, when somebody of that name and birth date asks again."""
    page = window.visit("clerk", "/desk/lodge")
    page.select_option("#f-document_type", "TD-C")
    page.check("input[name=kind][value=first]")
    for name, value in (("family_name", "Al-Masri"), ("given_names", "Layla"), ("decision_number", "1204/2026")):
        page.fill(f"#f-{name}", value)
    for name, parts in (("birth_date", ("1", "1", "1992")), ("decision_date", ("5", "10", "2026"))):
        for part, value in zip(("day", "month", "year"), parts, strict=True):
            page.fill(f"#f-{name}-{part}", value)
    page.check("input[name=sex][value=F]")
    page.fill("#f-nationality", "SYR")
    page.select_option("#f-status", "refugee")
    page.check("input[name=travel_document_shown][value=none]")
    page.locator("[data-primary]").click()
    expect(page.locator("#summary")).to_be_visible()
    return page.locator(".alike").first.inner_text()


def on_losses(window: Window, places: Places) -> str:
    page = window.visit("supervisor", "/losses")
    rows = page.locator("tr[data-row]", has_text=places.number)
    return rows.inner_text() if rows.count() else page.locator("main").inner_text()


def in_the_rail(window: Window, label: str) -> int:
    """How many of these wait, as the rail counts them, folded or not."""
    link = window.visit("supervisor", "/").locator("nav a", has_text=label).first
    return int((link.text_content() or "").split()[-1])


def on_status(window: Window, places: Places) -> str:
    """What the holder's phone says."""
    page = window.stack.enter_context(window.chromium.new_context(locale="en-GB")).new_page()
    page.goto(f"{window.url}/status")
    page.fill("#f-reference", places.reference)
    for part, value in (("day", "1"), ("month", "1"), ("year", "1992")):
        page.fill(f"#f-birth_date-{part}", value)
    page.locator(".primary").click()
    expect(page.locator(".verdict")).to_be_visible()
    assert_accessible(page)
    return page.locator("main").inner_text()


def on_hand_over(window: Window, case: str) -> str:
    """What the hand-over of this case asks for."""
    return window.visit("second_clerk", f"{case}/hand-over").locator("main").inner_text()


def on_history(window: Window, places: Places) -> list[str]:
    """The history of the document, the newest first or last as the page has it, with the minute of each."""
    return window.visit("clerk", places.document).locator("ol.history li").all_inner_texts()


EVERYWHERE = (on_case, on_person, on_document, on_search)


def assert_everywhere(window: Window, places: Places, word: str) -> None:
    """Every page that names the document says this word of it, and none that it is valid beside."""
    said = {show.__name__: set(re.findall(r"\w+", show(window, places).lower())) for show in EVERYWHERE}
    assert {name: words for name, words in said.items() if word.lower() not in words} == {}
    assert word == "Valid" or {name: words for name, words in said.items() if "valid" in words} == {}
    assert f"RP-R, {word.lower()}" in among_persons_alike(window)


def fill_report(page: Page, number: str) -> None:
    page.fill("#f-number", number)
    for name, parts in (("birth_date", ("1", "1", "1992")), ("noticed_on", ("3", "11", "2026"))):
        for part, value in zip(("day", "month", "year"), parts, strict=True):
            page.fill(f"#f-{name}-{part}", value)
    page.check("input[name=kind][value=lost]")
    page.check("input[name=source][value=holder]")


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def report(window: Window, places: Places) -> None:
    page = window.visit("clerk", "/losses/report")
    assert_accessible(page)
    fill_report(page, places.number)
    press(page, "Suspend it now")


@on_sqlite
def test_a_permit_reported_lost_at_ten_is_lost_everywhere_at_ten(window: Window, places: Places) -> None:
    following = follow(window.office, places)
    next_case = f"/cases/{following.request_id}"
    window.at(TEN - dt.timedelta(minutes=1))
    assert on_case(window, places).split()[1] == "Valid"
    assert on_person(window, places).split()[1] == "Valid"
    assert "Valid" in on_document(window, places)
    assert "Suspended" not in on_search(window, places)
    assert "No loss waits to be settled" in on_losses(window, places)
    assert in_the_rail(window, "Reported lost") == 0
    assert on_status(window, places).startswith("You have your document.")

    window.at(TEN)
    report(window, places)
    assert_everywhere(window, places, "Suspended")
    said = window.visit("clerk", places.document).locator("main").inner_text()
    assert "Reported: it is suspended and holds nowhere." in said
    assert AT_TEN in on_losses(window, places)
    assert in_the_rail(window, "Reported lost") == 1
    assert on_status(window, places).startswith("Your document is not valid: it was reported lost or stolen.")
    assert any(AT_TEN in step and "lost" in step for step in on_history(window, places))
    assert "not ready for its holder" in on_hand_over(window, places.case)
    assert f"It must be {places.number}." in on_hand_over(window, next_case)
    events = window.visit("auditor", "/oversight/events").locator("main").inner_text()
    assert AT_TEN in events

    confirm(window, places)
    assert_everywhere(window, places, "Lost")
    assert "No loss waits to be settled" in on_losses(window, places)
    assert in_the_rail(window, "Reported lost") == 0
    assert on_status(window, places).startswith("Your document is not valid: it was reported lost or stolen.")
    assert places.number not in on_hand_over(window, next_case)
    void_for_ever(window, places)


def confirm(window: Window, places: Places) -> None:
    page = window.visit("clerk", places.document)
    assert_accessible(page)
    page.check("#confirm input[name=kind][value=lost]")
    page.check("#confirm input[name=identity_confirmed_by][value=portrait]")
    press(page, "Void it for ever")


def void_for_ever(window: Window, places: Places) -> None:
    """No page brings it back, and who finds it is told so."""
    for who in ("clerk", "supervisor"):
        buttons = window.visit(who, places.document).get_by_role("button").all_inner_texts()
        assert not {"It was found: it lies before me", "I see it too: lift the suspension"} & set(buttons)
    page = window.visit("second_clerk", "/losses/report")
    fill_report(page, places.number)
    press(page, "Suspend it now")
    expect(page.locator("main")).to_contain_text("Only a document that its holder has can be reported")
    with window.office.reading() as look:
        assert look.session.get_one(Document, UUID(places.document.rpartition("/")[2])).state == "lost"


@on_sqlite
def test_what_is_found_while_suspended_is_valid_again_by_two_persons(window: Window, places: Places) -> None:
    window.at(TEN)
    report(window, places)
    press(window.visit("clerk", places.document), "It was found: it lies before me")
    expect(window.visit("clerk", places.document).locator("main")).to_contain_text("Another person lifts")
    assert_everywhere(window, places, "Suspended")
    assert "found" in on_losses(window, places)
    page = window.visit("supervisor", places.document)
    assert_accessible(page)
    press(page, "I see it too: lift the suspension")
    assert_everywhere(window, places, "Valid")
    assert "No loss waits to be settled" in on_losses(window, places)
    assert on_status(window, places).startswith("You have your document.")


# Succession


@on_sqlite
def test_a_document_that_is_handed_over_ends_the_old_one_on_every_page(window: Window, places: Places) -> None:
    following = follow(window.office, places)
    window.at(TEN)
    assert_everywhere(window, places, "Valid")
    hand_over_for(window, following, places.number)
    assert_everywhere(window, places, "Surrendered")
    assert on_status(window, places).startswith("This document is not valid any more.")
    assert row_of(window.visit("clerk", f"/cases/{following.request_id}"), following.number).split()[1] == "Valid"
    assert "in the bin of the centre" in window.visit("clerk", places.document).locator("main").inner_text()
    assert in_the_rail(window, "Documents to destroy") == 1
    assert AT_TEN in row_of(window.visit("clerk", "/bin"), places.number)

    minutes = destroy(window, places.number)

    assert [
        word for word in (places.number, "Tocate", *named(window, "clerk", "supervisor")) if word not in minutes
    ] == []
    assert_everywhere(window, places, "Destroyed")
    assert "destroyed" in window.visit("clerk", places.document).locator("main").inner_text()
    assert in_the_rail(window, "Documents to destroy") == 0
    assert on_status(window, places).startswith("This document is not valid any more.")


def hand_over_for(window: Window, following: Case, old: str) -> None:
    """Hand over the next one: the old one is asked for, and another number is none.

    Rights are explained again: the text of the first time was a machine's, which does not count.
    """
    page = window.visit("second_clerk", f"/cases/{following.request_id}/hand-over")
    page.check("input[name=identity_confirmed_by][value=portrait]")
    page.fill("#f-scanned_number", following.number)
    page.check("input[name=notice_signed][value=yes]")
    page.get_by_text("Signed on paper, or does not sign").click()
    page.fill("#f-refusal", "the hand is injured")
    press(page, "Hand over")
    expect(page.locator("#summary")).to_contain_text(f"Take back {old} first")
    page.fill("#f-surrendered_number", "RP9999999")
    press(page, "Hand over")
    expect(page.locator("#summary")).to_contain_text("RP9999999 is no document of this person")
    page.fill("#f-surrendered_number", old)
    press(page, "Hand over")
    expect(page.locator("main")).to_contain_text("Handed over. The document is valid now.")


def destroy(window: Window, number: str) -> str:
    """Count, witness, and the words of the minutes."""
    page = window.visit("clerk", "/bin")
    assert_accessible(page)
    page.fill("#f-numbers", number)
    press(page, "Count them for destruction")
    expect(page.locator("main")).to_contain_text("You counted these documents. Another person witnesses")
    page = window.visit("supervisor", "/bin")
    page.check("input[name=method][value=shredded]")
    press(page, "Destroyed before my eyes")
    address = page.locator("a[href$='minutes.pdf']").get_attribute("href")
    with pypdfium2.PdfDocument(page.request.get(f"{window.url}{address}").body()) as pdf:
        return "".join(each.get_textpage().get_text_range() for each in pdf)


def named(window: Window, *people: str) -> list[str]:
    with window.office.reading() as look:
        return [look.session.get_one(Staff, window.office.actors[who].id).full_name for who in people]
