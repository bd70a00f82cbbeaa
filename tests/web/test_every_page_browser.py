"""Every page of the staff and of holders in a real browser: axe, three widths, where it begins.

One browser and one session a role; a page is opened once, by the first role that may.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from issuance.models.staff import RoleName
from issuance.office import Office
from tests.fixtures.browser import violations
from tests.fixtures.databases import Folder
from tests.fixtures.servers import serving
from tests.web.addresses import Address, every_page, key_of  # noqa: F401 - a fixture
from tests.web.test_access import things  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

WINDOWS = ((1440, 900), (1024, 768), (360, 740))
OF_EVERYBODY = ("/status", "/verify", "/rights", "/rights/refugee", "/ahead", "/no/such/page")
PUBLIC = ("/login", "/status", *(f"{path}?lang={language}" for language in ("ro", "ar") for path in OF_EVERYBODY))
FAULTS = """() => {
  const found = [];
  const wide = document.scrollingElement.scrollWidth - innerWidth;
  const isHidden = (element) => element.closest(".table-box, .rail, dialog, .hidden, .skip");
  const isOver = (element) => !isHidden(element) && element.getBoundingClientRect().right > innerWidth + 0.5;
  const last = [...document.querySelectorAll("body *")].filter(isOver).at(-1)?.outerHTML.slice(0, 120);
  if (wide > 0) found.push(`${wide} px too wide at ${innerWidth}: ${last}`);
  const tall = document.scrollingElement.scrollHeight - innerHeight;
  const holders = [document.body, ...document.querySelectorAll(".work, .stays, .frame")];
  const mins = holders.map((each) => each.style.minBlockSize);
  for (const each of holders) each.style.minBlockSize = "0";
  const needed = document.body.getBoundingClientRect().height;
  holders.forEach((each, place) => { each.style.minBlockSize = mins[place]; });
  if (tall > 0 && needed <= innerHeight) found.push(`scrolls by ${tall} px for nothing at ${innerWidth}`);
  return found;
}"""
BEGINS = """() => {
  const found = [];
  const titles = [...document.querySelectorAll("h1")].filter((each) => each.checkVisibility());
  if (titles.length !== 1) found.push(`${titles.length} headings of the page`);
  const isLost = document.querySelector(".staff #work") && document.activeElement === document.body;
  if (isLost) found.push("the focus is nowhere");
  return found;
}"""


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a page."""
    return sqlite


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """Where the office of the test is served."""
    with serving(lambda url: app) as url:
        yield url


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it was opened, at each width."""
    found: list[str] = page.evaluate(BEGINS)
    found += violations(page)
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        found += page.evaluate(FAULTS)
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def is_part(path: str) -> bool:
    """Whether an address answers with a part that its page asks for anew, and is no page."""
    return path.endswith(("/lanes", "/bar"))


def test_every_page_is_accessible_and_fits_its_window(
    url: str,
    office: Office,
    every_page: list[Address],  # noqa: F811
    browser_context: BrowserContext,
) -> None:
    page = browser_context.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    found: dict[str, list[str]] = {}
    for path in PUBLIC:
        page.goto(url + path)
        found[path] = faults(page)
    opened = 0
    keys = {role: key_of(office, role) for role in RoleName}
    for address in every_page:
        browser_context.add_cookies([{"name": "liman", "value": keys[address.role], "url": url}])
        answer = page.goto(url + address.path)
        assert answer
        if "text/html" in answer.headers["content-type"] and not is_part(address.path):
            opened += answer.status == 200
            found[f"{address.path} {address.role}"] = faults(page)
    assert opened > 80
    wrong = {path: each for path, each in found.items() if each}
    assert wrong == {}, "\n".join(f"{path}: {fault}" for path, each in wrong.items() for fault in each)
