"""A portrait in one gesture: Space takes and measures, Enter accepts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from issuance.services.casework.lodging import lodge
from printing.portraits import detector
from tests.counterparts import missing
from tests.e2e.test_centre_browser import actor
from tests.e2e.test_path_browser import sign
from tests.fixtures.live import LiveOffice, Seat
from tests.people import LAYLA, changed

pytestmark = pytest.mark.browser

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


MOST_KEYS = 12
"""An imported case with the camera, from the list to the officer."""


class Hands:
    """A keyboard that counts; Ctrl+Enter is one."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def press(self, key: str = "Control+Enter") -> None:
        """Press a key, which leads to another page."""
        expect(self.page.locator("[data-keys]")).to_be_visible()
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.keys += 1

    def main_act(self) -> str:
        """What the main button says."""
        return self.page.locator("#work [data-primary]").first.inner_text().strip()


def test_an_imported_case_takes_few_keys(live_office: LiveOffice, seat: Seat) -> None:
    """From its page to the officer; the pad is signed by hand."""
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): it proposes the frame. `make test` installs it.")
    with live_office.office.act(actor(live_office, "supervisor")) as act:
        case_id = lodge(act, OMID).id
    hands = Hands(seat("clerk"))
    page = hands.page
    page.goto(f"{live_office.url}/cases/{case_id}")
    hands.keys = 1  # Enter, in the list
    acts = []
    while not hands.main_act().startswith("Next:"):
        acts.append(hands.main_act())
        hands.press()
        if acts[-1] == "Take the portrait":
            expect(page.get_by_role("button", name="Take the picture")).to_be_focused()
            hands.press("Space")
            expect(page.get_by_role("heading", name="What is printed")).to_be_visible()
            hands.press("Enter")
        elif acts[-1] == "Let the person sign":
            sign(page)
            hands.press()
        assert len(acts) < MOST_KEYS, acts
    assert acts[-1] == "Send to the officer"
    assert hands.keys <= MOST_KEYS, acts


def test_space_takes_and_measures_and_enter_accepts(live_office: LiveOffice, seat: Seat) -> None:
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): it proposes the frame. `make test` installs it.")
    with live_office.office.act(actor(live_office, "supervisor")) as act:
        case_id = lodge(act, OMID).id
    page = seat("clerk")
    page.goto(f"{live_office.url}/cases/{case_id}/enrolment")
    expect(page.get_by_role("button", name="Take the picture")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="What is printed")).to_be_visible()
    expect(page.locator("[data-frame]")).to_be_focused()
    expect(page.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    reason = page.locator("#f-override_reason")
    if reason.count():
        reason.fill("the drawn face of the test camera")
        page.keyboard.press("Control+Enter")
    else:
        page.keyboard.press("Enter")
    expect(page.get_by_text("The portrait is accepted.")).to_be_visible()
