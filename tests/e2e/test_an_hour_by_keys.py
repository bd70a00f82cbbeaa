"""Each role's hour with the keyboard alone: keys, pages and seconds beside what they should take.

A key, a scan and a signature are one each. The limits are on keys and pages; the seconds are only printed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.services.casework import decisions, enrolment, requests
from issuance.services.casework.lodging import lodge
from issuance.services.production import quality, shifts
from printing.portraits import detector
from tests.counterparts import missing
from tests.e2e.test_centre_browser import actor
from tests.e2e.test_keys import A_SCANNER, type_keys
from tests.e2e.test_path_browser import sign
from tests.fixtures.hands import Count, Hands
from tests.fixtures.live import LiveOffice, Seat
from tests.people import LAYLA, changed

pytestmark = pytest.mark.browser

LIMITS = {
    "imported case with camera": (12, 9),
    "new RP-R by hand": (110, 2),
    "check of a card by scanner": (2, 2),
    "hand-over": (10, 4),
}
"""At most so many keys and so many pages, by step."""

MADE_WITHIN_MS = 60_000
OMID = changed(
    LAYLA,
    family_name="Zaman",
    given_names="Omid",
    native_name="",
    birth_date="1981-07-09",
    sex="M",
    nationality="AFG",
    case_reference="2026/TM/0777",
)


@dataclass
class Hour:
    """What every step took, beside what it should take."""

    taken: dict[str, Count] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, hands: Hands) -> Iterator[Hands]:
        """One step, counted."""
        began = time.monotonic()
        hands.count = self.taken[name] = Count()
        yield hands
        hands.count.seconds = time.monotonic() - began

    def report(self) -> str:
        """The table that is printed."""
        rows = [
            f"{name:28} {each.keys:4} keys of {LIMITS[name][0]:4} {each.pages:3} pages of {LIMITS[name][1]:3}"
            f" {each.seconds:7.1f} s"
            for name, each in self.taken.items()
        ]
        return "\n".join(rows)

    def _of(self, name: str) -> Count:
        return self.taken.get(name, Count())

    def end(self) -> None:
        """Print the table; nothing took more than it should."""
        print(f"\n{self.report()}")
        over = [
            name for name, (keys, pages) in LIMITS.items() if self._of(name).keys > keys or self._of(name).pages > pages
        ]
        assert over == [], self.report()


def scan(hands: Hands, text: str) -> None:
    """A hand-held scanner, wherever the focus is: its lines in a burst, each ended by Enter."""
    hands.count.keys += 1
    for line in text.splitlines():
        type_keys(hands.page, line, A_SCANNER)


def sign_once(hands: Hands) -> None:
    hands.count.keys += 1
    sign(hands.page)


def main_act(page: Page) -> str:
    """What the main button says."""
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    return page.locator("#work [data-primary]").first.inner_text().strip()


# A clerk


def test_an_imported_case_goes_to_the_officer(live_office: LiveOffice, seat: Seat) -> None:
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): it proposes the frame. `make test` installs it.")
    with live_office.office.act(actor(live_office, "supervisor")) as act:
        case_id = lodge(act, OMID).id
    hour = Hour()
    with hour.step("imported case with camera", Hands(seat("clerk"), live_office.url)) as hands:
        hands.visit(f"/cases/{case_id}")  # Enter, in the list
        acts: list[str] = []
        while not (now := main_act(hands.page)).startswith("Next:"):
            assert now not in acts, acts
            acts.append(now)
            hands.send()
            if now == "Take the portrait":
                photograph(hands)
            elif now == "Let the person sign":
                sign_once(hands)
                hands.send()
    assert acts[-1] == "Send to the officer"
    hour.end()


def photograph(hands: Hands) -> None:
    """Space takes and measures, Enter accepts."""
    expect(hands.page.get_by_role("button", name="Take the picture")).to_be_focused()
    hands.press("Space")
    expect(hands.page.get_by_role("heading", name="What is printed")).to_be_visible()
    expect(hands.page.locator("[data-frame]")).to_be_focused()
    expect(hands.page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    with hands.page.expect_navigation():
        hands.press("Enter")


def test_a_residence_permit_is_lodged_by_hand(live_office: LiveOffice, seat: Seat) -> None:
    hour = Hour()
    with hour.step("new RP-R by hand", Hands(seat("clerk"), live_office.url)) as hands:
        hands.visit("/desk/lodge")
        hands.fill("document_type", "RP")
        hands.fill("family_name", "Haddad")
        hands.fill("given_names", "Karim")
        hands.fill("birth_date-day", "01021985")
        hands.to("sex", value="M")
        hands.fill("nationality", "Sy")
        hands.fill("decision_number", "1499/2026")
        hands.fill("decision_date-day", "12102026")
        hands.to("travel_document_shown", value="none")
        hands.fill("address", "Str. Armoniei 33")
        hands.send()
    lodged = newest_request(live_office)
    assert (lodged.document_type, lodged.kind, lodged.decision_number) == ("RP-R", "first", "1499/2026")
    assert (lodged.person.full_name, lodged.person.birth_date) == ("Haddad Karim", "1985-02-01")
    assert (lodged.person.sex, lodged.person.nationality, lodged.person.status) == ("M", "SYR", "refugee")
    hour.end()


def newest_request(live: LiveOffice) -> IssuanceRequest:
    with live.office.database.reading() as session:
        found = session.scalars(select(IssuanceRequest).order_by(IssuanceRequest.id.desc()).limit(1)).one()
        assert found.person
        return found


# A quality officer, and another clerk


def test_a_card_is_checked_by_scanner_and_handed_over(live_office: LiveOffice, seat: Seat) -> None:
    number = approved(live_office, "2026/TM/0001")
    open_shift(live_office)
    officer, clerk = Hands(seat("quality"), live_office.url), Hands(seat("clerk2"), live_office.url)
    hour = Hour()
    with live_office.station():
        made = wait_until_made(live_office, officer.page, number)
        with live_office.office.reading() as look:
            zone = quality.expected_values(look, look.session.get_one(Document, made.id))["mrz"]
        officer.page.goto(f"{live_office.url}/quality/")
        officer.page.keyboard.press("Control+Enter")  # "Next card": the end of the check before
        expect(officer.page.locator("#f-mrz")).to_be_focused()
        with hour.step("check of a card by scanner", officer):
            scan(officer, zone)
            expect(officer.page.locator("#chip .chip.done")).to_have_count(5, timeout=MADE_WITHIN_MS)
            officer.send()
    expect(officer.page.get_by_text("Equal in every part")).to_be_visible()
    clerk.page.goto(f"{live_office.url}/desk/ready")
    with hour.step("hand-over", clerk):
        give_out(clerk, made)
    expect(clerk.page.get_by_text("Handed over. The document is valid now.")).to_be_visible()
    assert of_number(live_office, number).state == "valid"
    hour.end()


def give_out(hands: Hands, made: Document) -> None:
    """From the list of what waits for its holder: the row, the person, the document, the notice, the signature."""
    page = hands.page
    row = page.locator(f"tr[data-row] a[href*='{made.request_id}']").first
    expect(page.locator("tr[data-row] a").first).to_be_focused()
    while not row.evaluate("row => row === document.activeElement"):
        hands.press("j")
    with page.expect_navigation():
        hands.press("Enter")
    hands.send()
    expect(page.locator("input[name=identity_confirmed_by]").first).to_be_focused()
    hands.press("Space")
    scan(hands, made.number)
    hands.to("notice_signed", value="yes")
    sign_once(hands)
    hands.send()


def approved(live: LiveOffice, case_reference: str) -> str:
    """An adult's case of case handling carried to the printer; the number of its document."""
    with live.office.act(actor(live, "clerk")) as act:
        query = select(IssuanceRequest).where(IssuanceRequest.case_reference == case_reference)
        case = act.session.scalars(query).one()
        enrolment.accept_portrait(act, case, "a drawn face")
        requests.complete(act, case, has_portrait=True, has_signature=True)
    with live.office.act(actor(live, "officer")) as act:
        return decisions.approve(act, act.session.get_one(IssuanceRequest, case.id)).number


def open_shift(live: LiveOffice) -> None:
    with live.office.act(actor(live, "operator")) as act:
        station = act.session.scalars(select(Station).where(Station.name == "timisoara-1")).one()
        shifts.open_shift(act, station)


def of_number(live: LiveOffice, number: str) -> Document:
    with live.office.database.reading() as session:
        return session.scalars(select(Document).where(Document.number == number)).one()


def wait_until_made(live: LiveOffice, page: Page, number: str) -> Document:
    for _ in range(MADE_WITHIN_MS // 500):
        if (found := of_number(live, number)).state == "personalised":
            return found
        page.wait_for_timeout(500)
    raise AssertionError("the station did not make it")
