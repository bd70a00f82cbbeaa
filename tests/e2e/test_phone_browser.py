"""Signing on a phone with two real browsers: the clerk's page learns by itself what a finger drew in the other."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from issuance.actors import Actor
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services.casework import lodging
from issuance.services.persons import signatures
from issuance.services.trust import accounts
from issuance.values.travel_documents import ShownDocument, TravelDocument
from tests.fixtures.browser import PATIENT_MS, PHONE, Watch, assert_accessible
from tests.fixtures.live import LiveOffice, Seat
from tests.people import LAYLA, changed

pytestmark = pytest.mark.browser

NASSAR = changed(
    LAYLA,
    family_name="Nassar",
    native_name="ليلى نصار",
    birth_date="1990-05-06",
    case_reference="2026/TM/0900",
    travel_document=ShownDocument(TravelDocument.PASSPORT, "N900", "SYR"),
)
THANKS = re.compile("شكراً")
SMALL = 50_000
"""What the page of the phone may weigh in all, in bytes."""


@pytest.fixture
def live_office(live_office: LiveOffice) -> LiveOffice:
    """An office whose network phones may use."""
    office = live_office.office
    office.settings = office.settings.model_copy(update={"phone_url": live_office.url})
    return live_office


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A holder's phone: narrow and touched; nothing on it may fail."""
    touched = chromium.new_context(
        locale="en-GB",
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    touched.set_default_timeout(PATIENT_MS)
    watch = Watch(touched)
    yield touched.new_page()
    touched.close()
    assert watch.faults == []


def unsigned(live: LiveOffice) -> UUID:
    """A request on whose document a signature is still to be printed, of somebody who reads Arabic."""
    with live.office.reading() as look:
        clerk = accounts.named(look, "clerk@liman.example")
        actor = Actor(clerk.id, clerk.centre_id, frozenset({RoleName.CLERK}))
    with live.office.act(actor) as act:
        return lodging.lodge(act, NASSAR).id


def ask(clerk: Page, live: LiveOffice, request_id: UUID) -> str:
    """Press the button of the signature page; what a camera reads of the code on the screen."""
    clerk.goto(f"{live.url}/cases/{request_id}/signature")
    clerk.get_by_role("button", name="Sign on a phone").click()
    screen = Image.open(io.BytesIO(clerk.locator(".phone-address svg").screenshot()))
    (code,) = zxingcpp.read_barcodes(screen)
    return str(code.text)


def draw(phone: Page) -> None:
    """A finger writes on the canvas."""
    box = phone.locator("canvas").bounding_box()
    assert box
    finger = phone.context.new_cdp_session(phone)
    path = [(0.1, 0.7), (0.25, 0.2), (0.4, 0.8), (0.55, 0.3), (0.75, 0.75), (0.9, 0.4)]
    points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in path]
    for number, point in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_what_a_finger_draws_is_looked_at_and_signed(seat: Seat, phone: Page, live_office: LiveOffice) -> None:
    request_id, clerk = unsigned(live_office), seat("clerk")
    address = ask(clerk, live_office, request_id)
    assert_accessible(clerk)
    weight: list[int] = []
    phone.on("response", lambda answer: weight.append(len(answer.body())))
    phone.goto(address)
    assert phone.locator("html").get_attribute("dir") == "rtl"
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_accessible(phone)
    assert 0 < sum(weight) < SMALL
    draw(phone)
    assert phone.evaluate("window.scrollY") == 0, "the finger draws and does not scroll"
    phone.locator("button.primary").click()
    expect(phone.get_by_role("heading", name=THANKS)).to_be_visible()
    assert_accessible(phone)
    expect(clerk.get_by_role("button", name="This is the signature")).to_be_visible()
    expect(clerk.locator(".phone-address")).to_be_hidden()
    assert_accessible(clerk)
    clerk.keyboard.press("Control+Enter")
    expect(clerk.get_by_text(re.compile("signed on a phone"))).to_be_visible()
    assert clerk.locator(".signed img").evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 300
    assert_accessible(clerk)
    with live_office.office.reading() as look:
        row = signatures.of(look, look.session.get_one(IssuanceRequest, request_id))
    assert row is not None
    assert row.source == "phone"
    phone.goto(address)
    expect(phone.locator("h1")).to_be_visible()
    expect(phone.locator("canvas")).to_have_count(0)
    assert_accessible(phone)


def test_a_drawing_can_be_cleared_and_an_empty_one_is_asked_for_again(
    seat: Seat, phone: Page, live_office: LiveOffice
) -> None:
    phone.goto(ask(seat("clerk"), live_office, unsigned(live_office)))
    draw(phone)
    expect(phone.locator("input[name=signature]")).to_have_value(re.compile("^data:image/png"))
    phone.locator("[data-clear]").click()
    expect(phone.locator("input[name=signature]")).to_have_value("")
    phone.locator("button.primary").click()
    expect(phone.locator(".notice.stop")).to_be_visible()
    assert_accessible(phone)
    draw(phone)
    phone.locator("button.primary").click()
    expect(phone.get_by_role("heading", name=THANKS)).to_be_visible()


def test_a_phone_without_scripts_is_sent_to_the_pad(chromium: Browser, seat: Seat, live_office: LiveOffice) -> None:
    address = ask(seat("clerk"), live_office, unsigned(live_office)).replace("lang=ar", "lang=en")
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    expect(page.locator("noscript .notice")).to_be_visible()
    expect(page.locator("canvas")).to_be_hidden()
    expect(page.locator("button.primary")).to_be_hidden()
    context.close()
