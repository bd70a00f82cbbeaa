"""What hands do wrong at a desk: two tabs, Back, Enter twice, a scanner that does not wait, names without end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest
from tests.e2e.test_an_hour_by_keys import newest_request
from tests.e2e.test_centre_browser import approve, complete
from tests.e2e.test_keys import A_SCANNER, type_keys
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

LONG = ("W" * 100, "M" * 50)
"""Longer than any document carries: only case handling or an earlier release could have brought it."""


def ready(page: Page) -> None:
    expect(page.locator("[data-keys]:not([hidden])")).to_be_attached()  # the scripts are at work


def case_of(live: LiveOffice, reference: str) -> IssuanceRequest:
    with live.office.database.reading() as session:
        return session.scalars(select(IssuanceRequest).where(IssuanceRequest.case_reference == reference)).one()


def test_the_second_of_two_tabs_is_told_what_the_first_did(live_office: LiveOffice, seat: Seat) -> None:
    first = seat("clerk")
    case = f"{live_office.url}/cases/{case_of(live_office, '2026/TM/0001').id}"
    second = first.context.new_page()
    for page in (first, second):
        page.goto(case)
        page.get_by_text("Something is missing").click()
    first.get_by_label("Portrait, accepted").check()
    first.get_by_role("button", name="Note what is missing").click()
    expect(first.get_by_text("Noted. The holder sees what is missing.")).to_be_visible()
    second.get_by_label("The request form").first.check()
    second.get_by_role("button", name="Note what is missing").click()
    expect(second.locator("#summary")).to_contain_text("Someone else changed this meanwhile")
    assert case_of(live_office, "2026/TM/0001").missing == ["portrait"]


def test_back_after_an_act_acts_no_second_time(live_office: LiveOffice, seat: Seat) -> None:
    """Back shows the form again; sending it again leads to the request that it lodged."""
    page = seat("clerk")
    lodge(live_office, page)
    lodged = page.url
    page.go_back()
    expect(page.locator("#f-family_name")).to_be_visible()
    ready(page)
    again = page.locator("#f-family_name").input_value()
    if again:
        page.wait_for_timeout(3100)  # the guard of a form that is sent twice at once has passed
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        expect(page).to_have_url(lodged)
    assert lodged_as(live_office, "Nassar") == 1


def test_enter_twice_sends_once(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("clerk")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.is_navigation_request() else None)
    lodge(live_office, page, sends=2)
    assert len([url for url in sent if url.endswith("/desk/lodge")]) == 2, "the page, and the form once"
    assert lodged_as(live_office, "Nassar") == 1


def lodge(live: LiveOffice, page: Page, sends: int = 1) -> None:
    page.goto(f"{live.url}/desk/lodge")
    page.select_option("#f-document_type", "RP-R")
    for name, text in (("family_name", "Nassar"), ("given_names", "Samir"), ("decision_number", "77/2026")):
        page.locator(f"#f-{name}").fill(text)
    for name, day in (("birth_date", "02031990"), ("decision_date", "12102026")):
        page.locator(f"#f-{name}-day").press_sequentially(day)
        for part, text in (("day", day[:2]), ("month", day[2:4]), ("year", day[4:])):
            page.locator(f"#f-{name}-{part}").fill(text)
    page.locator("input[name=sex][value=M]").check()
    page.locator("#f-nationality").fill("SYR")
    page.locator("#f-nationality").press("Tab")
    page.locator("input[name=travel_document_shown][value=none]").check()
    ready(page)
    with page.expect_navigation(url=re.compile("/cases/")):
        for _ in range(sends):
            page.keyboard.press("Control+Enter")


def lodged_as(live: LiveOffice, family_name: str) -> int:
    assert newest_request(live).person.family_name == family_name
    with live.office.database.reading() as session:
        query = select(IssuanceRequest).join(Person).where(Person.family_name == family_name)
        return len(session.scalars(query).all())


def held(page: Page) -> Callable[[], None]:
    """The scripts of the pages do not come before the answer of this is called."""
    waiting: list[Route] = []
    page.route("**/js/liman.js*", lambda route: waiting.append(route))

    def let() -> None:
        while not waiting:
            page.wait_for_timeout(50)
        waiting.pop().continue_()

    return let


def test_a_scan_before_the_scripts_are_at_work_opens_its_case(live_office: LiveOffice, seat: Seat) -> None:
    page, case = seat("clerk"), case_of(live_office, "2026/TM/0001")
    let = held(page)
    page.goto(f"{live_office.url}/desk/lodge", wait_until="commit")
    expect(page.locator("#f-note")).to_be_attached()
    type_keys(page, case.reference, A_SCANNER)
    let()
    expect(page).to_have_url(f"{live_office.url}/cases/{case.id}")


def test_a_scan_that_the_scripts_overtake_is_whole_and_no_box_has_half_of_it(
    live_office: LiveOffice, seat: Seat
) -> None:
    """The first half comes before the page gave a box the focus, the other half into that box."""
    page = seat("clerk")
    let = held(page)
    page.goto(f"{live_office.url}/losses/report", wait_until="commit")
    expect(page.locator("#f-number")).to_be_attached()
    page.evaluate("document.activeElement.blur()")
    press(page, "RP10")
    let()
    ready(page)
    expect(page.locator("#f-number")).to_have_value("RP10")
    press(page, "00001")
    expect(page.locator("#f-number")).to_have_value("RP1000001")


def press(page: Page, text: str) -> None:
    """Keys of a scanner, without its Enter."""
    devtools, began = page.context.new_cdp_session(page), time.time()
    for place, key in enumerate(text):
        event = {"type": "keyDown", "key": key, "text": key, "timestamp": began + place * A_SCANNER}
        devtools.send("Input.dispatchKeyEvent", event)
        devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key})
    devtools.detach()


@pytest.mark.parametrize("width", [1440, 1024, 360])
def test_a_name_without_end_pushes_nothing_off_the_page(live_office: LiveOffice, seat: Seat, width: int) -> None:
    """A hundred and fifty letters without a space: in lists, case, decision, hand-over, person, jobs."""
    approve(live_office, "TID")
    waits = complete(live_office, "RP-R")
    with live_office.office.database.transaction() as session:
        for kind in (Person, PersonVersion):
            for each in session.scalars(select(kind)):
                each.family_name, each.given_names = LONG
                each.native_name = each.address = each.birth_place = "ش" * 150
    case, person = f"/cases/{waits.id}", f"/persons/{waits.person_id}"
    seats = {
        "clerk": ("/", "/desk", "/desk/due", case, f"{case}/hand-over", f"{case}/next", f"{case}/family", person),
        "officer": ("/", "/decisions/", f"/decisions/{waits.id}"),
        "operator": ("/", "/production/jobs"),
        "supervisor": ("/oversight/events", "/oversight/figures"),
    }
    wide = []
    for who, addresses in seats.items():
        page = seat(who)
        page.set_viewport_size({"width": width, "height": 800})
        for address in addresses:
            page.goto(live_office.url + address)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(address)
            if name := cut_off(page):
                wide.append(f"{address}: {name}")
    assert wide == [], "\n".join(wide)


def cut_off(page: Page) -> str:
    """The first element whose words stick out of the box that they stand in."""
    script = """() => [...document.querySelectorAll("#work *, .aside *, .bar *")].find(each => {
        const style = getComputedStyle(each);
        const scrolls = each.closest(".table-box, .rail") || style.overflowX !== "visible";
        return each.childElementCount === 0 && each.textContent.includes("WWWW") && !scrolls
            && each.getBoundingClientRect().right > innerWidth + 1;
    })?.outerHTML.slice(0, 120) ?? "" """
    return str(page.evaluate(script))
