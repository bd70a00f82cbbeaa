"""A family fills in its form on a phone, in Arabic and Bengali, and the window lodges it, counting the clerk's keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from issuance.services.ahead import codes
from tests.e2e.test_keys import A_SCANNER, type_keys
from tests.fixtures.browser import PHONE, Watch, assert_accessible
from tests.fixtures.hands import Count, Hands
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser

MOST_KEYS = 25
"""Of a person of whom everything is right."""

ARABIC = (("المصري", "هادي", "Al-Masri", "Hadi", "M", "1980"), ("المصري", "ريما", "Al-Masri", "Rima", "F", "2015"))
BENGALI = (("খাতুন", "মিনা", "Khatun", "Mina", "F", "1988"), ("খাতুন", "রহিম", "Khatun", "Rahim", "M", "2019"))


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A phone without scripts, 360 px wide."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def shoot(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for it."""
    if folder := os.environ.get("AHEAD_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def write(page: Page, person: tuple[str, str, str, str, str, str], nationality: str, language: str) -> None:
    family, given, latin_family, latin_given, sex, year = person
    for name, text in (("family_name", family), ("given_names", given)):
        page.fill(f"#f-{name}", text)
    for name, text in (("latin_family", latin_family), ("latin_given", latin_given), ("birth_place", "Halab")):
        page.fill(f"#f-{name}", text)
    page.check("[name=birth_date-day-unknown]")
    page.fill("#f-birth_date-month", "5")
    page.fill("#f-birth_date-year", year)
    page.check(f"[name=sex][value={sex}]")
    page.select_option("#f-nationality", nationality)
    page.select_option("#f-language", language)


def fits(page: Page) -> bool:
    return bool(page.locator("html").evaluate("each => each.scrollWidth <= 360"))


def fill(page: Page, url: str, people: tuple[tuple[str, str, str, str, str, str], ...], language: str) -> str:
    """The family's form, page by page; its code."""
    page.goto(f"{url}/ahead?lang={language}")
    shoot(page, f"{language}-1-begin")
    page.click("button[value=begin]")
    page.click("button[value=keep]")
    expect(page.locator(".error").first).to_be_visible()
    shoot(page, f"{language}-2-wrong")
    for place, person in enumerate(people):
        if place:
            page.click("button[value=add]")
            page.select_option("#f-tie", "child")
        write(page, person, {"ar": "SYR", "bn": "BGD"}[language], language)
        shoot(page, f"{language}-3-person-{place}")
        page.click("button[value=keep]")
        expect(page.locator(".people > li")).to_have_count(place + 1)
    page.check("[value=milk]")
    page.fill("#f-contact", "0722 123 456")
    shoot(page, f"{language}-4-family")
    page.click("button[value=finish]")
    shoot(page, f"{language}-5-code")
    code = codes.normalise("".join(page.locator(".ticket .code span").all_inner_texts()))
    assert code
    return code


@pytest.mark.parametrize("language", ["ar", "bn"])
def test_the_pages_fit_a_phone_and_axe_finds_nothing(chromium: Browser, live_office: LiveOffice, language: str) -> None:
    context = chromium.new_context(viewport=PHONE)  # type: ignore[arg-type]
    watch, page = Watch(context), context.new_page()
    page.goto(f"{live_office.url}/ahead?lang={language}")
    for press in ("begin", "keep", ""):
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), press
        assert (page.evaluate("document.documentElement.dir") == "rtl") == (language == "ar")
        if press:
            page.click(f"button[value={press}]")
    person = (ARABIC if language == "ar" else BENGALI)[0]
    write(page, person, "SYR", language)
    for press in ("keep", "add", "back", "finish"):
        page.click(f"button[value={press}]")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), press
    assert watch.faults == [] or not [each for each in watch.faults if "400" not in each]
    context.close()


@pytest.mark.parametrize(("language", "people"), [("ar", ARABIC), ("bn", BENGALI)])
def test_a_family_fills_in_its_form_and_the_window_lodges_it(
    phone: Page,
    live_office: LiveOffice,
    seat: Seat,
    language: str,
    people: tuple[tuple[str, str, str, str, str, str], ...],
) -> None:
    code = fill(phone, live_office.url, people, language)
    clerk = seat("clerk")
    clerk.set_viewport_size({"width": 1440, "height": 900})
    clerk.goto(live_office.url)
    expect(clerk.locator("[data-keys]")).to_be_visible()
    with clerk.expect_navigation(url="**/desk/ahead"):
        type_keys(clerk, code, A_SCANNER)
    assert_accessible(clerk)
    hands, keys = Hands(clerk, live_office.url), list[int]()
    for place in range(len(people)):
        hands.count = Count()
        lodge(hands, place, language)
        keys.append(hands.count.keys)
    expect(clerk.locator("h1")).to_have_text("Family")
    for _, _, family, given, _, _ in people:
        expect(clerk.locator("main")).to_contain_text(family if given == people[0][3] else given)
    print(f"\n{language}: {keys} keys a person")
    assert max(keys) <= MOST_KEYS
    clerk.goto(f"{live_office.url}/desk/ahead")
    expect(clerk.locator("#f-code")).to_be_focused()
    with clerk.expect_navigation():
        type_keys(clerk, code, A_SCANNER)
    expect(clerk.get_by_role("alert")).to_contain_text("lodged already")
    assert_accessible(clerk)
    shoot(clerk, f"{language}-9-used")


def lodge(hands: Hands, place: int, language: str) -> None:
    """One person: Enter on each line, what the form does not say, then the lodging form as it is filled."""
    page = hands.page
    expect(page.locator("#f-family_name")).to_be_focused()
    shoot(page, f"{language}-6-window-{place}")
    lines = page.locator("[data-compare]").count()
    hands.press(*["Enter"] * lines)
    if not place:
        hands.type("TI")
    hands.press("Enter")
    if not place:
        hands.type("As")
    hands.press("Enter", "Space")
    shoot(page, f"{language}-7-compared-{place}")
    with page.expect_navigation():
        hands.press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("Lodge")
    assert_accessible(page)
    shoot(page, f"{language}-8-lodging-{place}")
    hands.send()
