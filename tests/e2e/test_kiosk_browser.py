"""The kiosk in a real browser: touched, scanned, heard, left alone, and stormed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from issuance.states import RequestState
from issuance.values import references
from issuance.web.public.parts import voices
from tests.counterparts import require
from tests.fixtures.browser import FLAGS, PATIENT_MS, Watch, assert_accessible
from tests.fixtures.holders import PublicPages
from tests.voices import spoken

pytestmark = pytest.mark.browser

TALL, WIDE = {"width": 1080, "height": 1920}, {"width": 1024, "height": 768}
TARGET = 64
NOT_TARGETS = ".skip, audio"
WHOLE_MINUTE = 61_000
UNTIL_WARNED = 41_000


def waiting_room(chromium: Browser, **more: Any) -> BrowserContext:
    """The machine: a touch screen."""
    context = chromium.new_context(**{"viewport": TALL, "has_touch": True, "locale": "en-GB", **more})
    context.set_default_timeout(PATIENT_MS)
    return context


@pytest.fixture
def kiosk(chromium: Browser, counter: PublicPages) -> Iterator[Page]:
    """The start page of the machine, whose clock the test turns."""
    context = waiting_room(chromium)
    watch = Watch(context)
    page = context.new_page()
    page.clock.install()
    page.goto(f"{counter.url}/kiosk")
    yield page
    context.close()
    assert [fault for fault in watch.faults if "ERR_FAILED" not in fault] == []


def choose(page: Page, language: str = "en") -> None:
    page.tap(f".tongues [lang={language}]")
    expect(page.locator("#f-reference")).to_be_focused()


def scan(page: Page, text: str) -> None:
    """What a hand scanner does."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def touch(page: Page, keys: str) -> None:
    for key in keys:
        page.tap(f"[data-key='{key}']")


def ask(page: Page, counter: PublicPages, year: str = "1992") -> None:
    """Layla's question, scanned and touched."""
    scan(page, f"{counter.url}/status#{counter.reference}")
    page.check("[name=birth_date-day-unknown]")
    touch(page, f"01{year}")
    page.tap(".form .primary")


def until(page: Page, expression: str) -> None:
    """Wait until it is true; a page of ours evaluates nothing by itself."""
    for _ in range(PATIENT_MS // 100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


def finished(page: Page) -> bool:
    """Whether the start page is there, with nothing of a person."""
    expect(page.locator("main[data-rests]")).to_be_visible()
    return page.evaluate("[history.length, localStorage.length, sessionStorage.length]")[1:] == [0, 0]


# The question and the answer


def test_a_code_is_scanned_a_date_is_touched_and_the_answer_is_there(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk)
    ask(kiosk, counter)
    expect(kiosk.locator("h1")).to_have_text("We have your request.")
    assert kiosk.url == f"{counter.url}/kiosk"
    assert counter.reference[:4] not in kiosk.content()
    assert not [address for address in counter.asked if counter.reference[:4] in address.upper()]
    assert kiosk.context.cookies() == []


def test_a_code_scanned_before_the_language_waits_for_it(kiosk: Page, counter: PublicPages) -> None:
    scan(kiosk, counter.reference)
    expect(kiosk.locator(".scanned")).to_be_visible()
    kiosk.tap(".tongues [lang=uk]")
    expect(kiosk.locator("#f-birth_date-day")).to_be_focused()
    assert kiosk.input_value("#f-reference") == references.grouped(counter.reference)
    assert kiosk.get_attribute("html", "lang") == "uk"


def test_a_reference_is_touched_letter_by_letter(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk)
    assert kiosk.is_disabled("[data-key='0']")
    touch(kiosk, "ABCD")
    kiosk.tap("[data-delete]")
    touch(kiosk, "EF")
    assert kiosk.input_value("#f-reference") == "ABCE-F"
    for _ in range(6):
        kiosk.tap("[data-delete]")
    touch(kiosk, counter.reference)
    expect(kiosk.locator("#f-birth_date-day")).to_be_focused()
    assert kiosk.is_disabled("[data-key='A']")
    assert kiosk.is_enabled("[data-key='0']")


def test_what_was_typed_comes_back_once_when_nothing_is_found(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk)
    ask(kiosk, counter, year="1950")
    expect(kiosk.locator("h1")).to_have_text("We did not find it.")
    kiosk.tap("[data-same]")
    expect(kiosk.locator("#f-birth_date-year")).to_have_value("1950")
    assert kiosk.is_checked("[name=birth_date-day-unknown]")
    kiosk.fill("#f-birth_date-year", "1992")
    kiosk.tap(".form .primary")
    expect(kiosk.locator("h1")).to_have_text("We have your request.")
    kiosk.tap("[data-again]")
    expect(kiosk.locator("#f-birth_date-year")).to_have_value("")
    assert kiosk.input_value("#f-reference") == ""


def test_the_next_paper_under_the_reader_is_the_next_question(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk)
    ask(kiosk, counter)
    expect(kiosk.locator("h1")).to_have_text("We have your request.")
    scan(kiosk, "K7WMP3XQH5R")
    expect(kiosk.locator("#f-reference")).to_have_value("K7WM-P3XQ-H5R")
    assert kiosk.input_value("#f-birth_date-year") == ""


# Left alone


def test_after_forty_seconds_it_asks_and_after_sixty_everything_is_gone(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk)
    ask(kiosk, counter)
    expect(kiosk.locator("h1")).to_have_text("We have your request.")
    kiosk.clock.run_for(UNTIL_WARNED)
    expect(kiosk.locator("dialog")).to_be_visible()
    assert_accessible(kiosk)
    kiosk.tap("[data-here]")
    expect(kiosk.locator("dialog")).to_be_hidden()
    kiosk.clock.run_for(UNTIL_WARNED)
    expect(kiosk.locator("dialog")).to_be_visible()
    with kiosk.expect_navigation():
        kiosk.clock.run_for(WHOLE_MINUTE - UNTIL_WARNED)
    assert finished(kiosk)
    assert "request" not in kiosk.inner_text("body")


def test_a_chosen_language_is_forgotten_too(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk, "ar")
    assert kiosk.get_attribute("html", "dir") == "rtl"
    with kiosk.expect_navigation():
        kiosk.clock.run_for(WHOLE_MINUTE)
    assert finished(kiosk)
    assert kiosk.get_attribute("html", "dir") == "ltr"


def test_a_code_that_nobody_chose_a_language_for_is_forgotten(kiosk: Page, counter: PublicPages) -> None:
    scan(kiosk, counter.reference)
    with kiosk.expect_navigation():
        kiosk.clock.run_for(WHOLE_MINUTE)
    assert finished(kiosk)
    choose(kiosk)
    assert kiosk.input_value("#f-reference") == ""


def test_back_and_forward_show_nothing_of_the_last_person(kiosk: Page, counter: PublicPages) -> None:
    entries = kiosk.evaluate("history.length")
    choose(kiosk)
    ask(kiosk, counter)
    expect(kiosk.locator("h1")).to_have_text("We have your request.")
    kiosk.tap("[data-finish]")
    assert finished(kiosk)
    assert kiosk.evaluate("history.length") == entries
    for go in (kiosk.go_forward, kiosk.go_back, kiosk.go_forward):
        go()
        assert "We have your request." not in kiosk.content()
        assert counter.reference[:4] not in kiosk.content()
    kiosk.goto(f"{counter.url}/kiosk")
    choose(kiosk)
    assert kiosk.input_value("#f-reference") == ""


def test_an_answer_that_comes_after_its_person_left_is_not_shown(kiosk: Page, counter: PublicPages) -> None:
    held: list[Route] = []
    kiosk.route(
        "**/kiosk/en", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    choose(kiosk)
    ask(kiosk, counter)
    with kiosk.expect_navigation():
        kiosk.clock.run_for(WHOLE_MINUTE)
    assert finished(kiosk)
    assert len(held) == 1


def test_while_the_server_is_away_the_machine_says_so_and_comes_back(kiosk: Page, counter: PublicPages) -> None:
    choose(kiosk)
    kiosk.route("**/kiosk*", lambda route: route.abort())
    kiosk.route("**/kiosk/*", lambda route: route.abort())
    ask(kiosk, counter)
    expect(kiosk.locator("h1")).to_have_text("This machine does not work now.")
    kiosk.clock.run_for(WHOLE_MINUTE)
    expect(kiosk.locator("h1")).to_have_text("This machine does not work now.")
    kiosk.unroute_all()
    with kiosk.expect_navigation():
        kiosk.clock.run_for(6_000)
    assert finished(kiosk)


# What is heard


@pytest.fixture
def speaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of two languages, as set-up makes them."""
    monkeypatch.setattr(voices, "FOLDER", spoken(tmp_path / "voices", ["en", "ar"]))


@pytest.mark.usefixtures("speaking")
def test_nothing_is_said_before_a_touch_and_then_every_page_speaks(chromium: Browser, counter: PublicPages) -> None:
    context = waiting_room(chromium)
    page = context.new_page()
    page.add_init_script("window.heard = []; document.addEventListener('playing', (e) => heard.push(e.target), true);")
    page.goto(f"{counter.url}/kiosk")
    choose(page, "ar")
    assert page.evaluate("heard.length") == 0
    page.tap("[data-listen]")
    until(page, "heard.length > 0 && heard[0].duration > 0.5")
    assert page.get_attribute("[data-listen]", "aria-pressed") == "true"
    ask(page, counter)
    until(page, "document.querySelector('.verdict audio')?.duration > 0.5")
    until(page, "heard.some((each) => each.closest('section'))")
    page.tap("[data-listen]")
    assert page.evaluate("[...document.querySelectorAll('audio')].every((each) => each.paused)")
    context.close()


def test_without_files_the_text_says_that_it_cannot_speak(
    kiosk: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(voices, "FOLDER", tmp_path / "none")
    choose(kiosk)
    expect(kiosk.get_by_text("This machine cannot speak now.")).to_be_visible()
    assert kiosk.locator("[data-listen]").count() == 0


# No way out


KEYS = [f"F{number}" for number in range(1, 13)]
KEYS += [f"{held}+{key}" for held in ("Control", "Alt", "Meta", "Control+Shift") for key in "ntwplousdjhrfi"]
KEYS += ["Alt+ArrowLeft", "Alt+ArrowRight", "Alt+Home", "Alt+F4", "Control+0", "Control+Equal", "Control+Minus"]
KEYS += ["ContextMenu", "Escape", "Control+Tab", "Control+Enter", "Shift+Enter"]


def storm(page: Page) -> None:
    """Everything a hand can do to a screen and a keyboard."""
    for key in KEYS:
        page.keyboard.press(key)
    for place in ("a, button", "h1:not(.hidden), strong", "main"):
        box = page.locator(place).first.bounding_box()
        assert box
        x, y = box["x"] + 10, box["y"] + 10
        page.mouse.click(x, y, button="right")
        page.mouse.click(x, y, button="middle")
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(600, 20, steps=3)
        page.mouse.up()
    cdp = page.context.new_cdp_session(page)
    for points in ([(300, 300)], [(300, 300), (500, 500)]):
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": touches})
        page.wait_for_timeout(700 if len(points) == 1 else 50)  # as long as a long press takes
        wide = [{**each, "x": each["x"] + 300 * each["id"], "y": each["y"] + 600 * each["id"]} for each in touches]
        cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": wide})
        cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.keyboard.down("Control")
    page.mouse.wheel(0, -600)
    page.keyboard.up("Control")


@pytest.fixture
def machine(chromium: Browser) -> Iterator[Browser]:
    """A Chromium that is started as docs/kiosk.md says, but without a screen."""
    page = (Path(__file__).parents[2] / "docs" / "kiosk.md").read_text("utf-8")
    said = re.findall(r"--[\w-]+(?:=\S+)?", page.partition("ExecStart=")[2].partition("Restart=")[0])
    flags = [each for each in said if not each.startswith(("--ozone-platform", "--user-data-dir"))]
    assert {"--kiosk", "--incognito", "--kiosk-printing"} <= set(flags)
    program = require("chromium", "it is what the machine shows")
    browser = chromium.browser_type.launch(executable_path=program, args=[*FLAGS, *flags])
    yield browser
    browser.close()


def test_no_key_drag_press_or_pinch_leads_out(machine: Browser, counter: PublicPages) -> None:
    context = waiting_room(machine)
    page = context.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    page.on("download", lambda download: asked.append(download.url))
    page.add_init_script("window.menus = 0; addEventListener('contextmenu', (e) => menus += !e.defaultPrevented);")
    page.goto(f"{counter.url}/kiosk")
    for at in ("start", "question", "answer"):
        if at == "question":
            page.goto(f"{counter.url}/kiosk")
            choose(page)
        if at == "answer":
            page.goto(f"{counter.url}/kiosk")
            choose(page)
            ask(page, counter)
            expect(page.locator(".verdict")).to_be_visible()
        storm(page)
        assert page.url == f"{counter.url}/kiosk", at
        assert context.pages == [page], at
        assert page.evaluate("visualViewport.scale") == 1
        assert page.evaluate("menus") == 0
    assert asked == []
    context.close()


def test_links_lead_nowhere_else(kiosk: Page, counter: PublicPages) -> None:
    pages = [lambda: None, lambda: choose(kiosk), lambda: ask(kiosk, counter)]
    for go in pages:
        go()
        links = kiosk.evaluate("[...document.querySelectorAll('a, form')].map((each) => each.href ?? each.action)")
        assert [each for each in links if not re.fullmatch(rf"{counter.url}/kiosk(/\w+)?(#work)?", each)] == []
        assert kiosk.locator("[target]").count() == 0
    kiosk.evaluate("document.body.append(Object.assign(document.createElement('a'), {href: '/status', id: 'out'}))")
    kiosk.evaluate("document.getElementById('out').click()")
    assert kiosk.url == f"{counter.url}/kiosk"


@pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
def test_who_comes_the_first_time_scans_the_way_to_the_form(kiosk: Page, counter: PublicPages, size: Any) -> None:
    kiosk.set_viewport_size(size)
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(kiosk.screenshot())))
    assert code.text == f"{counter.url}/ahead"
    assert len(set(kiosk.locator(".first-time span").all_inner_texts())) == 7


# How it looks


@pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
@pytest.mark.parametrize("language", ["ro", "ar"])
def test_it_is_accessible_large_and_fits(chromium: Browser, counter: PublicPages, size: Any, language: str) -> None:
    def check(height: bool = False) -> None:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if height:
            assert page.evaluate("document.documentElement.scrollHeight <= innerHeight + 40")
        for each in page.locator("a, button, input:not([type=checkbox]), .tick, summary").all():
            box = each.bounding_box()
            if each.is_visible() and not each.evaluate(f"each => each.matches('{NOT_TARGETS}')"):
                assert box
                assert (box["width"] >= TARGET, box["height"] >= TARGET) == (True, True), each.inner_html()

    context = waiting_room(chromium, viewport=size)
    page = context.new_page()
    page.goto(f"{counter.url}/kiosk")
    check(height=True)
    choose(page, language)
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    check(height=True)
    counter.put(RequestState.INCOMPLETE, missing=["portrait", "latin_spelling", "proof_of_residence", "other"])
    ask(page, counter, year="1950")
    expect(page.locator("[data-same]")).to_be_visible()
    check()
    page.tap("[data-same]")
    page.fill("#f-birth_date-year", "1992")
    page.tap(".form .primary")
    expect(page.locator(".verdict")).to_be_visible()
    check()
    assert page.locator("body > .actions").bounding_box()["y"] < size["height"]  # type: ignore[index]
    context.close()


def test_the_slip_is_plain(chromium: Browser, counter: PublicPages, tmp_path: Path) -> None:
    context = waiting_room(chromium)
    page = context.new_page()
    page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    page.goto(f"{counter.url}/kiosk")
    choose(page)
    counter.put(RequestState.INCOMPLETE, missing=["portrait"])
    ask(page, counter)
    page.tap("[data-print]")
    assert page.evaluate("printed") == 1
    page.pdf(path=str(tmp_path / "slip.pdf"), width="80mm", height="200mm")
    with pypdfium2.PdfDocument(tmp_path / "slip.pdf") as document:
        assert len(document) == 1
        said = " ".join(document[0].get_textpage().get_text_bounded().split())
    assert "Something is missing." in said
    assert not [word for word in ("Finish", "Listen", counter.reference[:4], "refugee", "1992") if word in said]
    context.close()


def test_it_works_without_scripts_and_goes_by_itself(chromium: Browser, counter: PublicPages) -> None:
    context = waiting_room(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{counter.url}/kiosk")
    page.click(".tongues [lang=ro]")
    assert page.url == f"{counter.url}/kiosk/ro"
    assert 'http-equiv="refresh" content="60; url=/kiosk"' in page.content()
    assert not page.is_visible(".keys")
    page.fill("#f-reference", f"{counter.url}/status#{counter.reference}")
    page.check("[name=birth_date-day-unknown]")
    page.fill("#f-birth_date-month", "1")
    page.fill("#f-birth_date-year", "1992")
    page.click(".form .primary")
    assert page.inner_text("h1") == "Am primit cererea dumneavoastră."
    assert context.cookies() == []
    page.click("[data-finish]")
    assert page.url == f"{counter.url}/kiosk"
    context.close()
