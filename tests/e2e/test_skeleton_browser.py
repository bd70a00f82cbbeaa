"""The skeleton of a staff page: as tall as the window, the main act in sight, the focus on the first thing to do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.models.requests import IssuanceRequest
from issuance.web.frame.auth import access_of
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

OFFICE_PC = {"width": 1024, "height": 768}
NO_PAGES = re.compile(
    r"/rejected/|\.(pdf|png|csv)$|/evidence/<|/(portrait|earlier|master|picture|chip|events|lanes|bar)$"
)
FOCUSED = """() => {
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const isUseful = element.matches("a[href], button, input, select, textarea, summary, [tabindex='0'], #summary");
  const isSeen = box.bottom > 0 && box.top < innerHeight && element.checkVisibility();
  const isIdle = !document.querySelector("#work :is(a[href], button, input, select, textarea)");
  const isHere = element.closest("#work") || (isIdle && element.closest(".search, .rail"));
  return isUseful && isSeen && isHere ? "" : element.outerHTML.slice(0, 200);
}"""
"""Nothing, or what has the focus instead of something to do; where there is nothing to do, the way on."""


def cases(live: LiveOffice) -> dict[str, str]:
    """Requests of the demonstration, one a state: its id by the state."""
    with live.office.database.reading() as session:
        return {str(case.state): str(case.id) for case in session.scalars(select(IssuanceRequest))}


def addresses(live: LiveOffice, role: str) -> list[str]:
    """Every page of a role that needs no more than a request of the demonstration."""
    found = set()
    for rule in live.app.url_map.iter_rules():
        access = access_of(live.app, rule.endpoint)
        is_page = access and access.kind == "staff" and role in access.roles and "GET" in (rule.methods or ())
        if is_page and rule.arguments <= {"request_id"} and not NO_PAGES.search(rule.rule):
            found |= {rule.rule.replace("<uuid:request_id>", request_id) for request_id in cases(live).values()}
    return sorted(found)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("clerk", "clerk"),
        ("officer", "decision_officer"),
        ("operator", "operator"),
        ("quality", "quality_officer"),
        ("supervisor", "supervisor"),
        ("auditor", "auditor"),
        ("administrator", "administrator"),
    ],
)
def test_every_page_begins_with_its_first_thing_to_do(
    live_office: LiveOffice, page: Page, name: str, role: str
) -> None:
    """And its main act is in sight of an office PC without scrolling."""
    page.set_viewport_size(OFFICE_PC)
    live_office.log_in(page, name)
    lost, unseen, visited = [], [], 0
    for address in addresses(live_office, role):
        answer = page.goto(live_office.url + address)
        if answer is None or answer.status >= 400 or "text/html" not in answer.headers["content-type"]:
            continue
        visited += 1
        if wrong := page.evaluate(FOCUSED):
            lost.append(f"{address}: {wrong}")
        primary = page.locator("#work [data-primary]").first
        if primary.count() and not is_in_sight(page):
            unseen.append(address)
    assert visited > 2
    assert lost == []
    assert unseen == []


def is_in_sight(page: Page) -> bool:
    """Whether one sees the main act as the page was opened."""
    seen = "e => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight + 0.5 }"
    return bool(page.locator("#work [data-primary]").first.evaluate(seen))


@pytest.mark.parametrize("name", ["clerk", "administrator"])
def test_a_page_with_little_on_it_does_not_scroll(live_office: LiveOffice, page: Page, name: str) -> None:
    """The banner of the test keys is part of the window."""
    live_office.log_in(page, name)
    for address in ("/account", "/no/such/page"):
        page.goto(live_office.url + address)
        expect(page.locator(".test-keys")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), address


def test_what_is_not_there_keeps_the_skeleton(live_office: LiveOffice, seat: Seat) -> None:
    """404 and 403: the queues, and for who may search the search."""
    page = seat("clerk")
    for address, status in (("/no/such/page", 404), ("/accounts", 403)):
        answer = page.goto(live_office.url + address)
        assert answer
        assert answer.status == status
        expect(page.get_by_role("navigation", name="Work queues")).to_be_visible()
        expect(page.get_by_role("searchbox")).to_be_visible()
        assert page.evaluate(FOCUSED) == ""
    page = seat("operator")
    page.goto(f"{live_office.url}/no/such/page")
    expect(page.get_by_role("navigation", name="Work queues")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_count(0)
