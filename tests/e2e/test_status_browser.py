"""The holder's phone: the status page in a real browser, with and without scripts."""

from __future__ import annotations

import gzip
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from issuance.states import RequestState
from issuance.values import references
from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.holders import PublicPages, fill, fits, send

pytestmark = pytest.mark.browser

ZOOMED = {"width": 320, "height": 640}
TARGET = 24
"""How high a target is at least, in pixels (WCAG 2.2, 2.5.8)."""

SMALL = 50_000
"""What the page may weigh in all, in bytes."""

COMPRESSED = 40_000
"""And what it may weigh as it is sent."""


def test_the_code_on_the_receipt_fills_the_reference_and_never_sends_it(phone: Page, counter: PublicPages) -> None:
    phone.goto(f"{counter.url}/status#{counter.reference}")
    assert phone.input_value("#f-reference") == references.grouped(counter.reference)
    assert phone.url == f"{counter.url}/status"
    assert phone.evaluate("document.activeElement.id") == "f-birth_date-day"
    fill(phone)
    assert phone.is_disabled("#f-birth_date-day")
    assert send(phone) == "We have your request."
    assert phone.inner_text("bdi.code") == references.grouped(counter.reference)
    assert not [address for address in counter.asked if counter.reference[:4] in address.upper()]
    assert phone.context.cookies() == []


def test_a_second_code_scanned_in_the_same_tab_is_taken(phone: Page, counter: PublicPages) -> None:
    phone.goto(f"{counter.url}/status#AAAABBBBCCC")
    phone.evaluate(f"location.hash = '{counter.reference}'")
    phone.wait_for_function(f"document.querySelector('#f-reference').value.startsWith('{counter.reference[:4]}')")
    phone.goto(f"{counter.url}/status?again#<img src=x>")
    assert phone.input_value("#f-reference") == ""


def test_what_was_typed_comes_back_once_when_nothing_is_found(phone: Page, counter: PublicPages) -> None:
    phone.goto(f"{counter.url}/status")
    fill(phone, counter.reference, year="1950")
    assert send(phone) == "We did not find it."
    assert phone.input_value("#f-reference") == counter.reference
    assert phone.input_value("#f-birth_date-year") == "1950"
    assert phone.is_checked("[name=birth_date-day-unknown]")
    assert phone.evaluate("sessionStorage.length") == 0
    phone.fill("#f-birth_date-year", "1992")
    assert send(phone) == "We have your request."
    assert phone.evaluate("sessionStorage.length") == 0
    phone.goto(f"{counter.url}/status")
    assert phone.input_value("#f-reference") == ""


def test_it_works_without_scripts(chromium: Browser, counter: PublicPages) -> None:
    counter.put(RequestState.INCOMPLETE, missing=["portrait"])
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE, locale="ro-RO")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(counter.url)
    fill(page, counter.reference, year="92")
    assert send(page) == "Unde este documentul meu?"
    assert page.input_value("#f-reference") == counter.reference
    page.fill("#f-birth_date-year", "1992")
    assert send(page) == "Mai lipsește ceva."
    context.close()


def test_the_page_with_all_it_loads_is_small(phone: Page, counter: PublicPages) -> None:
    sizes: dict[str, int] = {}
    phone.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    phone.goto(f"{counter.url}/status", wait_until="networkidle")
    assert len(sizes) >= 4
    assert sum(sizes.values()) < SMALL, sizes


@pytest.mark.parametrize("language", ["ro", "bn"])
def test_the_first_page_is_small_on_the_wire(phone: Page, counter: PublicPages, language: str) -> None:
    sizes: dict[str, int] = {}
    phone.on("response", lambda response: sizes.update({response.url: len(gzip.compress(response.body()))}))
    phone.goto(f"{counter.url}/status?lang={language}", wait_until="networkidle")
    assert len(sizes) >= 4
    assert sum(sizes.values()) < COMPRESSED, sizes


def test_every_page_is_accessible_and_fits_a_small_phone(phone: Page, counter: PublicPages) -> None:
    def check() -> None:
        assert fits(phone)
        assert_accessible(phone)

    for language in ("ro", "en"):
        phone.goto(f"{counter.url}/status?lang={language}")
        assert phone.get_attribute("html", "lang") == language
        check()
        send(phone)
        check()
        fill(phone, "12345")
        send(phone)
        check()
    for state in (RequestState.INCOMPLETE, RequestState.READY, RequestState.DELIVERED, RequestState.REFUSED):
        counter.put(state, missing=["portrait", "proof_of_residence", "other"])
        phone.goto(f"{counter.url}/status")
        fill(phone, counter.reference)
        send(phone)
        check()


@pytest.mark.parametrize("language", ["fr", "ar", "uk", "bn", "ur"])
def test_every_language_is_whole_and_fits(phone: Page, counter: PublicPages, language: str) -> None:
    """At 360 pixels, and at the 320 that 400 % of a large screen leaves."""

    def check() -> None:
        assert phone.get_attribute("html", "lang") == language
        assert_accessible(phone)
        for size in (ZOOMED, PHONE):
            phone.set_viewport_size(size)  # type: ignore[arg-type]
            assert fits(phone)

    phone.goto(f"{counter.url}/status?lang={language}")
    check()
    fill(phone, "12345")
    send(phone)
    check()
    for state in (RequestState.INCOMPLETE, RequestState.READY, RequestState.REFUSED):
        counter.put(state, missing=["portrait", "latin_spelling", "proof_of_residence", "representative", "other"])
        phone.goto(f"{counter.url}/status")
        fill(phone, counter.reference)
        send(phone)
        check()
        assert phone.locator("bdi.code").evaluate("box => getComputedStyle(box).direction") == "ltr"


@pytest.mark.parametrize("language", ["ro", "ar"])
def test_a_screen_reader_is_told_the_question_and_the_answer(phone: Page, counter: PublicPages, language: str) -> None:
    """What is in the tree of accessibility, as text; numbers and days of the test stand in it as they are shown."""
    phone.goto(f"{counter.url}/status?lang={language}")
    question = phone.locator("main").aria_snapshot()
    assert question == told(f"question-{language}", question)
    counter.put(RequestState.READY)
    fill(phone, counter.reference)
    send(phone)
    answer = phone.locator("main").aria_snapshot().replace(references.grouped(counter.reference), "XXXX-XXXX-XXX")
    assert answer == told(f"answer-{language}", answer)


def told(name: str, now: str) -> str:
    """A tree of accessibility that somebody looked at. When its file is deleted it is written as it is `now`."""
    file = Path(__file__).parent / "aria" / f"{name}.yml"
    if not file.exists():
        file.write_text(now + "\n", "utf-8")
        pytest.fail(f"{file.name} was written anew: look at it")
    return file.read_text("utf-8").rstrip()


@pytest.mark.parametrize("language", ["ro", "ar", "ur"])
def test_rights_and_duties_fit_also_in_forced_colours_and_much_enlarged(
    phone: Page, counter: PublicPages, language: str
) -> None:
    phone.emulate_media(forced_colors="active")
    for path in ("/rights", "/rights/refugee", "/rights/applicant"):
        phone.goto(f"{counter.url}{path}?lang={language}")
        assert_accessible(phone)
        for size in (ZOOMED, PHONE):
            phone.set_viewport_size(size)  # type: ignore[arg-type]
            assert fits(phone)


def test_the_menu_is_whole_on_a_small_phone(phone: Page, counter: PublicPages) -> None:
    for language in ("ar", "en"):
        phone.goto(f"{counter.url}/status?lang={language}")
        phone.click(".languages summary")
        boxes = [each.bounding_box() for each in phone.locator(".languages a").all()]
        assert len(boxes) == 7
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)
        assert all(box and box["height"] >= TARGET for box in boxes)


def test_the_language_can_be_changed_by_its_own_name(phone: Page, counter: PublicPages) -> None:
    phone.goto(f"{counter.url}/status")
    phone.click(".languages summary")
    phone.click("text=Română")
    assert phone.inner_text("h1") == "Unde este documentul meu?"
    assert [cookie["name"] for cookie in phone.context.cookies()] == ["language"]


def test_a_limited_reference_says_when_to_come_back(phone: Page, counter: PublicPages) -> None:
    for number in range(11):
        phone.goto(f"{counter.url}/status")
        fill(phone, counter.reference, year=f"19{number + 10}")
        first_line = send(phone)
    assert first_line == "Too many tries. Please wait."
    assert "Try again in 16 minutes, at 12:16." in phone.inner_text("main")
    assert fits(phone)
    assert_accessible(phone)


def test_the_answer_prints_on_one_page_without_buttons(
    browser_context: BrowserContext, counter: PublicPages, tmp_path: Path
) -> None:
    counter.put(RequestState.INCOMPLETE, missing=["portrait", "latin_spelling", "proof_of_residence", "representative"])
    page = browser_context.new_page()
    page.goto(f"{counter.url}/status")
    fill(page, counter.reference)
    send(page)
    printed = tmp_path / "answer.pdf"
    page.pdf(path=str(printed), format="A4")
    document = pypdfium2.PdfDocument(printed)
    assert len(document) == 1
    said = document[0].get_textpage().get_text_bounded()
    document.close()
    assert "Something is missing." in said
    assert references.grouped(counter.reference) in said
    assert "Ask again" not in said
