"""Decisions by keyboard alone: ten one after another, and twenty displaced persons together with their sample.

Limits are on keys and pages, beside the targets of the office; each key, click and scan is one.
"""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.casework import enrolment, requests
from issuance.services.casework.lodging import Lodging, lodge
from issuance.services.evidence import papers
from issuance.services.persons import signatures
from issuance.services.rule_versions import rules_of
from issuance.states import RequestState
from tests.bulks import PAPERS, displaced
from tests.e2e.test_centre_browser import actor
from tests.fixtures.browser import DESKTOP, PHONE, assert_accessible
from tests.fixtures.hands import Hands
from tests.fixtures.live import LiveOffice, Seat
from tests.people import LAYLA, changed, measured_portrait, signed

pytestmark = pytest.mark.browser

TEN, TWENTY = 25, 25
"""At most so many keys for ten decisions one by one, and for twenty together."""
FACTS = ".decision-facts section:first-child .facts"
OFFICE_PC = {"width": 1024, "height": 768}


def complete(live: LiveOffice, lodgings: list[Lodging], brought: tuple[str, ...] = PAPERS) -> list[UUID]:
    """These requests, carried to the officer of the demonstration."""
    clerk = actor(live, "clerk")
    with live.office.reading() as look:
        code = look.session.get_one(Centre, clerk.centre_id).code
    return [_complete_one(live, changed(lodging, centre=code), brought) for lodging in lodgings]


def _complete_one(live: LiveOffice, lodging: Lodging, brought: tuple[str, ...]) -> UUID:
    with live.office.act(actor(live, "clerk")) as act:
        request = lodge(act, lodging)
        for paper in rules_of(request).evidence_for(request.kind):  # type: ignore[arg-type]
            if paper.code in brought:
                papers.tick(act, request, paper.code)
        enrolment.add_portrait(act, request, measured_portrait(), "captured")
        enrolment.accept_portrait(act, request)
        signatures.keep(act, request, signed())
        requests.complete(act, request, has_portrait=True, has_signature=True)
        return request.id


def states(live: LiveOffice, ids: list[UUID]) -> list[str]:
    with live.office.database.reading() as session:
        return [
            str(state) for state in session.scalars(select(IssuanceRequest.state).where(IssuanceRequest.id.in_(ids)))
        ]


def refugees(count: int) -> list[Lodging]:
    own = [displaced(place).identity for place in range(count)]
    return [
        changed(
            LAYLA,
            family_name=each.family_name,
            given_names=each.given_names,
            birth_date=each.birth_date,
            native_name="",
            case_reference=f"2026/TM/8{place:03}",
        )
        for place, each in enumerate(own)
    ]


def test_ten_decisions_by_keyboard(live_office: LiveOffice, seat: Seat) -> None:
    ids = complete(live_office, refugees(10))
    hands = Hands(seat("officer"), live_office.url)
    page = hands.page
    hands.count.pages = 0
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    hands.press("g", "o")
    expect(page).to_have_url(f"{live_office.url}/decisions/")
    for _ in ids:
        hands.send()
        expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
        hands.send()
        expect(page.get_by_text("is printed as")).to_be_visible()
    assert set(states(live_office, ids)) == {RequestState.APPROVED}
    print(f"\nten decisions: {hands.count.keys} keys (target 25), {hands.count.pages} pages")
    assert hands.count.keys <= TEN
    assert hands.count.pages <= 22


def test_twenty_displaced_persons_together_by_keyboard(live_office: LiveOffice, seat: Seat) -> None:
    ids = complete(live_office, [displaced(place) for place in range(20)])
    hands = Hands(seat("officer"), live_office.url)
    page = hands.page
    hands.count.pages = 0
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    hands.press("g", "o")
    hands.click(page.get_by_role("link", name=re.compile("^TPP")))
    expect(page.locator("tr[data-row] a").first).to_be_focused()
    assert_accessible(page)
    hands.press("x", "Shift+X")
    expect(page.get_by_role("button", name="Draw a sample of the 20 ticked")).to_be_visible()
    hands.send()
    expect(page.get_by_role("heading", name="Drawn by lot")).to_contain_text("0 / 3")
    assert_accessible(page)
    for _ in range(3):
        hands.send()
        expect(page.get_by_text("are approved together once all 3 drawn ones are")).to_be_visible()
        hands.send()
        expect(page.get_by_role("heading", level=1)).to_have_text("Approve together")
    expect(page.get_by_role("button", name="Approve 17 together")).to_be_visible()
    hands.send()
    expect(page.get_by_text("20 of 20 approved.")).to_be_visible(timeout=60_000)
    assert set(states(live_office, ids)) == {RequestState.APPROVED}
    print(f"\ntwenty together: {hands.count.keys} keys, {hands.count.pages} pages")
    assert hands.count.keys <= TWENTY
    assert hands.count.pages <= 12


def test_what_must_be_seen_is_in_the_window_of_an_office_pc(live_office: LiveOffice, seat: Seat) -> None:
    """Name, facts of the person, face, portrait, the second entry and the act; on a phone nothing sticks out."""
    (by_hand,) = complete(live_office, [changed(refugees(1)[0], source="hand", case_reference="")])
    (plain,) = complete(live_office, [displaced(3)])
    page = seat("officer")
    page.set_viewport_size(OFFICE_PC)  # type: ignore[arg-type]
    page.goto(f"{live_office.url}/decisions/{by_hand}")
    expect(page.locator("#f-decision_number")).to_be_focused()
    expect(page.locator(".specimen img")).to_have_js_property("complete", True)
    seen(page, "#f-decision_number", "#f-decision_date-year", ".specimen img", ".decision-portrait img", FACTS)
    page.goto(f"{live_office.url}/decisions/{plain}")
    expect(page.locator(".specimen img")).to_have_js_property("complete", True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Koval Bohdan")
    seen(page, ".specimen img", ".decision-portrait img", FACTS)
    assert page.locator("main img, aside img").count() == 2  # the face and one portrait
    for address in (by_hand, plain):
        page.set_viewport_size(PHONE)
        page.goto(f"{live_office.url}/decisions/{address}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert_accessible(page)
        page.set_viewport_size(DESKTOP)


def seen(page: Page, *what: str) -> None:
    """Whether each is whole in the window, above the row of the act."""
    bottom = page.locator(".actions").bounding_box()
    assert bottom
    for each in what:
        box = page.locator(each).first.bounding_box()
        assert box, each
        assert box["y"] + box["height"] <= bottom["y"], (each, box, bottom)
    expect(page.get_by_role("button", name="Approve")).to_be_in_viewport(ratio=1)


def test_two_tabs_back_and_enter_twice(live_office: LiveOffice, seat: Seat) -> None:
    """A case is approved once, however often it is sent: the second answer says what became of it."""
    first, second = complete(live_office, refugees(2))
    page = seat("officer")
    page.goto(f"{live_office.url}/decisions/{first}")
    other = page.context.new_page()
    other.goto(f"{live_office.url}/decisions/{first}")
    for each in (page, other):
        expect(each.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("is printed as")).to_be_visible()
    other.keyboard.press("Control+Enter")
    expect(other.get_by_text("does not wait for a decision any more")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("does not wait for a decision any more")).to_be_visible()
    page.goto(f"{live_office.url}/decisions/{second}")
    expect(page.locator("[data-keys]")).to_be_visible()
    page.evaluate("() => { const act = document.querySelector('[data-primary]'); act.click(); act.click(); }")
    expect(page.get_by_text("is printed as")).to_be_visible()
    assert states(live_office, [first, second]) == [RequestState.APPROVED] * 2
