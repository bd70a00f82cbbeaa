"""A portrait in one gesture: Space takes and measures, Enter accepts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from issuance.services.casework.lodging import lodge
from printing.portraits import detector
from tests.counterparts import missing
from tests.e2e.test_an_hour_by_keys import OMID
from tests.e2e.test_centre_browser import actor
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


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
