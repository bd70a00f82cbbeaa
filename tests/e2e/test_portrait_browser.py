"""A portrait in one gesture: Space takes and measures, Enter accepts."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from issuance.services.casework.lodging import lodge
from printing.portraits import detector
from printing.portraits.drawn import draw
from tests.counterparts import missing
from tests.e2e.test_an_hour_by_keys import OMID
from tests.e2e.test_centre_browser import actor
from tests.fixtures.live import LiveOffice, Seat
from tests.people import changed

PARWIN = changed(OMID, given_names="Parwin", sex="F", case_reference="2026/TM/7915")

pytestmark = pytest.mark.browser


def test_a_picture_of_9_to_16_keeps_its_crown(live_office: LiveOffice, seat: Seat) -> None:
    """The head touches the upper edge of a phone's picture: it is all there on the page and in what is printed."""
    if not detector.installed():
        missing("No face detector (requirements-photo.txt): it proposes the frame. `make test` installs it.")
    picture, file = Image.new("RGB", (1080, 1920), (150, 160, 170)), io.BytesIO()
    picture.paste(Image.open(io.BytesIO(draw("a"))).resize((620, 797)), (230, 0))
    picture.save(file, "JPEG", quality=92)
    with live_office.office.act(actor(live_office, "supervisor")) as act:
        case_id = lodge(act, PARWIN).id
    page = seat("clerk")
    page.goto(f"{live_office.url}/cases/{case_id}/enrolment")
    upload = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Measure this picture").click()
    expect(page.get_by_role("heading", name="What is printed")).to_be_visible()
    frame = page.locator("[data-crop]")
    top, crown = (float(frame.get_attribute(f"data-{name}") or "nan") for name in ("top", "crown"))
    assert 0 <= top <= crown, "the crown lies in the frame"
    page.locator("#f-override_reason").fill("the drawn face of the test")
    page.get_by_role("button", name="Accept with this reason").click()
    expect(page.get_by_text("The portrait is accepted.")).to_be_visible()
    printed = page.request.get(f"{live_office.url}/cases/{case_id}/portrait").body()
    shown = Image.open(io.BytesIO(printed)).convert("RGB")
    (seen,) = detector.detect(shown) or ()
    assert seen.crown >= 0
    assert abs(seen.between_eyes[0] / shown.width - 0.5) < 0.05


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
