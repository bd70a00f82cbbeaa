"""The lodging form of one type, the passport that fills it, and nationalities by any of their names."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from printing.readers import zone
from tests import passports
from tests.counterparts import missing, require
from tests.e2e.test_keys import A_SCANNER, type_keys
from tests.fixtures.browser import DESKTOP, FLAGS, WHY, assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

PASSPORT = ("PPSYRHADDAD<<KARIM<YOUSSEF<<<<<<<<<<<<<<<<<<", "N004512870SYR6802011M3001019<<<<<<<<<<<<<<08")


@pytest.fixture
def form(live_office: LiveOffice, seat: Seat) -> Page:
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk/lodge")
    return page


def test_a_type_asks_for_its_own_fields_alone(form: Page) -> None:
    fee, decision = form.locator("#f-fee"), form.locator("#f-decision_number")
    expect(fee).to_be_visible()
    form.select_option("#f-document_type", "RP-R")
    expect(fee).to_be_hidden()
    expect(decision).to_be_visible()
    expect(form.locator("label[for=f-decision_number] .optional")).to_be_hidden()
    expect(form.locator("[name=status]")).to_have_value("refugee")
    expect(form.locator("input[name=kind][value=extension]")).to_be_hidden()
    form.select_option("#f-document_type", "TID")
    expect(decision).to_be_hidden()
    expect(fee).to_be_visible()
    expect(form.locator("label[for=f-birth_place] .optional")).to_be_hidden()
    assert_accessible(form)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Turk", "TUR"),
        ("turkm", "TKM"),
        ("TUR", "TUR"),
        ("Türkiye", "TUR"),
        ("سوري", "SYR"),
        ("suriye", "SYR"),
        ("ivory", "CIV"),
        ("cote d", "CIV"),
        ("apatrid", "XXA"),
        ("Сирия", "SYR"),
    ],
)
def test_a_nationality_is_found_by_any_of_its_names(form: Page, typed: str, code: str) -> None:
    form.locator("#f-nationality").fill(typed)
    form.keyboard.press("Enter")
    expect(form.locator("select[name=nationality]")).to_have_value(code)
    expect(form.locator("ul.choosing:visible")).to_have_count(0)


def test_what_is_no_nationality_is_none_and_the_summary_leads_to_the_box(form: Page) -> None:
    box = form.locator("#f-nationality")
    box.fill("xyzzy")
    box.press("Tab")
    expect(box).to_have_value("")
    form.keyboard.press("Control+Enter")
    expect(form.locator("[data-keys]")).to_be_visible()  # the scripts are at work
    form.locator("#summary").get_by_role("link", name="Nationality", exact=True).click()
    expect(box).to_be_focused()
    box.fill("sy")
    expect(form.get_by_role("listbox").get_by_role("option").first).to_contain_text("Syria")
    assert_accessible(form)


def test_a_scanned_passport_fills_the_form(form: Page) -> None:
    form.select_option("#f-document_type", "RP-R")
    form.locator("#passport_mrz").focus()
    type_keys(form, PASSPORT[0], A_SCANNER)
    type_keys(form, PASSPORT[1], A_SCANNER)
    expect(form.locator("#f-family_name")).to_have_value("Haddad")
    expect(form.locator("#f-given_names")).to_have_value("Karim Youssef")
    for part, value in (("day", "01"), ("month", "02"), ("year", "1968")):
        expect(form.locator(f"#f-birth_date-{part}")).to_have_value(value)
    expect(form.locator("input[name=sex][value=M]")).to_be_checked()
    expect(form.locator("select[name=nationality]")).to_have_value("SYR")
    expect(form.locator("#f-travel_document_number")).to_have_value("N00451287")
    expect(form.locator("select[name=travel_document_state]")).to_have_value("SYR")
    expect(form.locator("#f-native_name")).to_be_focused()


def test_a_zone_that_does_not_add_up_says_so_and_fills_nothing(form: Page) -> None:
    form.locator("#passport_mrz").fill("\n".join(PASSPORT).replace("6802011", "6802021"))
    expect(form.get_by_role("alert")).to_contain_text("does not add up")
    expect(form.locator("#f-family_name")).to_have_value("")


@pytest.mark.parametrize("width", [1440, 1024, 360])
def test_what_was_typed_otherwise_stands_beside_the_register(form: Page, live_office: LiveOffice, width: int) -> None:
    """Layla of the demonstration lodges again, born on another day and at another address; each is chosen."""
    form.set_viewport_size({"width": width, "height": 800})
    form.select_option("#f-document_type", "TD-C")
    for name, text in (("family_name", "Al-Masri"), ("given_names", "Layla"), ("address", "Str. Nouă 7")):
        form.locator(f"#f-{name}").fill(text)
    for part, text in (("day", "01"), ("month", "01"), ("year", "1992")):
        form.locator(f"#f-birth_date-{part}").fill(text)
    form.locator("input[name=sex][value=F]").check()
    form.locator("#f-nationality").fill("IRQ")
    form.locator("#f-nationality").press("Tab")
    form.locator("input[name=travel_document_shown][value=none]").check()
    form.locator("#f-decision_number").fill("1204/2026")
    for part, text in (("day", "05"), ("month", "10"), ("year", "2026")):
        form.locator(f"#f-decision_date-{part}").fill(text)
    send(form)
    form.get_by_label("Al-Masri Layla").check()
    send(form)
    nationality, address = (form.locator(f"input[name=differs-{name}]") for name in ("nationality", "address"))
    expect(nationality).to_have_count(2)
    expect(form.locator("#f-correction_reason")).to_be_hidden()
    nationality.first.focus()
    form.keyboard.press("ArrowRight")
    expect(nationality.last).to_be_checked()
    expect(form.locator("#f-correction_reason")).to_be_visible()
    assert_accessible(form)
    assert form.evaluate("document.documentElement.scrollWidth <= innerWidth")
    address.last.check()
    form.locator("input[name=correction_reason][value=new_evidence]").check()
    form.locator("#f-correction_evidence").fill("passport N 77")
    send(form)
    expect(form.get_by_text("is a correction now")).to_be_visible()
    expect(form.locator("h1")).to_have_text("Al-Masri Layla")
    expect(form.get_by_text("A correction waits for a second person")).to_be_visible()


def send(page: Page) -> None:
    expect(page.locator("[data-keys]:not([hidden])")).to_be_attached()  # the scripts are at work
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")


@pytest.fixture(scope="module")
def passport_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A passport's page before the camera, as raw video."""
    ffmpeg = require("ffmpeg", "it turns a drawn page into what the camera of the browser tests sees")
    folder = tmp_path_factory.mktemp("passport")
    (folder / "page.jpg").write_bytes(passports.photograph(PASSPORT, 2))
    fit = "scale=1280:-2,pad=1280:960:0:(oh-ih)/2:0x786e64"
    command = [ffmpeg, "-loglevel", "error", "-loop", "1", "-framerate", "10", "-i", folder / "page.jpg"]
    subprocess.run([*command, "-frames:v", "2", "-vf", fit, "-pix_fmt", "yuv420p", folder / "page.y4m"], check=True)
    return folder / "page.y4m"


@pytest.fixture
def before_camera(form: Page, chromium: Browser, passport_video: Path) -> Iterator[Page]:
    """The lodging form in a browser whose camera sees the passport, logged in as in `form`."""
    if not zone.can_read():
        missing("No OpenCV (requirements-photo.txt): it finds the lines. `make test` installs it.")
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={passport_video}"]
    browser = chromium.browser_type.launch(executable_path=require("chromium", WHY), args=flags)
    context = browser.new_context(storage_state=form.context.storage_state(), locale="en-GB", viewport=DESKTOP)
    page = context.new_page()
    page.goto(form.url)
    yield page
    browser.close()


def test_a_photographed_passport_fills_the_form(before_camera: Page) -> None:
    form = before_camera
    form.select_option("#f-document_type", "RP-R")
    shutter = form.locator("[data-camera='passport-page'] [data-shoot]")
    expect(shutter).to_be_hidden()
    form.get_by_role("button", name="Photograph its page").click()
    expect(shutter).to_be_focused()
    form.keyboard.press("Space")
    expect(form.locator("#passport_mrz")).to_have_value("\n".join(PASSPORT))
    expect(form.locator("#f-family_name")).to_have_value("Haddad")
    expect(form.locator("#f-travel_document_number")).to_have_value("N00451287")
    expect(shutter).to_be_hidden()
    expect(form.locator("#f-native_name")).to_be_focused()
    assert_accessible(form)
    kept = form.evaluate(
        "[...new FormData(document.querySelector('form[data-draft]'))].map(([, value]) => value.length)"
    )
    assert max(kept) < 1000, "the picture of the page goes nowhere else"
