"""Every page that a stranger can open: much enlarged, in forced colours, without scripts, on paper, in two directions.

WCAG 2.2: 1.4.10 (320 x 256 px are a screen of 1280 x 1024 at 400 %), 1.4.3 and 1.4.11 in colours of the reader's own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.holders import PublicPages, fill, fits, send

pytestmark = pytest.mark.browser

ENLARGED = {"width": 320, "height": 256}
DIRECTIONS = ("ro", "ar")
PAGES = (
    "/status",
    "/status/lost",
    "/verify",
    "/verify/number",
    "/verify/picture",
    "/verify/confirmation",
    "/ahead",
    "/rights",
    "/rights/refugee",
    "/rights/applicant",
)
STOPS = "a, button, input, select, textarea, summary"
WHERE = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const shown = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return [[...document.querySelectorAll('*')].indexOf(at), at.closest('main') !== null, shown];
}"""


def usable(page: Page) -> None:
    """Enlarged and on a phone nothing reaches beyond the screen; everybody can use it."""
    for size in (ENLARGED, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert fits(page), (page.url, size)
    assert_accessible(page)


def answered(page: Page, pages: PublicPages, language: str) -> None:
    page.goto(f"{pages.url}/status?lang={language}")
    fill(page, pages.reference)
    send(page)


@pytest.mark.parametrize("language", DIRECTIONS)
@pytest.mark.parametrize(("colours", "scheme"), [("none", "dark"), ("active", "light")])
def test_every_page_much_enlarged_and_in_colours_of_the_reader(
    page: Page, counter: PublicPages, language: str, colours: str, scheme: str
) -> None:
    page.emulate_media(forced_colors=colours, color_scheme=scheme)  # type: ignore[arg-type]
    for path in PAGES:
        page.goto(f"{counter.url}{path}?lang={language}")
        usable(page)
    answered(page, counter, language)
    usable(page)


@pytest.fixture
def without_scripts(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", DIRECTIONS)
def test_what_only_scripts_can_do_is_not_offered_without_them(
    without_scripts: Page, counter: PublicPages, language: str
) -> None:
    for path in PAGES:
        without_scripts.goto(f"{counter.url}{path}?lang={language}")
        for dead in without_scripts.locator("button[type=button]:visible").all():
            pytest.fail(f"{path}: {dead.evaluate('element => element.outerHTML')}")
    answered(without_scripts, counter, language)
    assert without_scripts.locator("h1").count() == 1


def test_every_page_is_walked_by_keys_and_shows_where_one_is(page: Page, counter: PublicPages) -> None:
    for path in PAGES:
        page.goto(f"{counter.url}{path}?lang=en")
        reached, wanted = walked(page), page.locator(f"main :is({STOPS}):visible").count()
        radios = page.locator("main input[type=radio]:visible").count()
        assert len(reached) >= wanted - radios, path


def walked(page: Page) -> set[int]:
    """What the Tab key reaches in the page, each shown as where one is."""
    reached = set()
    for _ in range(page.locator(f":is({STOPS}):visible").count() + 5):
        page.keyboard.press("Tab")
        place, inside, shown = page.evaluate(WHERE)
        if inside:
            assert shown, page.evaluate("document.activeElement.outerHTML")
            reached.add(place)
    return reached
