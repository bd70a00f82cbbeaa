"""What police see of a document, in a real browser: found by the lines of its zone, in both languages of the staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect

from issuance.models.staff import RoleName
from issuance.office import Office
from tests.fixtures.browser import violations
from tests.fixtures.databases import Folder
from tests.fixtures.servers import serving
from tests.people import SmallOffice
from tests.web.addresses import key_of

pytestmark = pytest.mark.browser
SMALL_PC, PHONE = {"width": 1024, "height": 768}, {"width": 360, "height": 740}


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    """Which database is beneath makes no difference to a page."""
    return sqlite


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """Where the office of the test is served."""
    with serving(lambda url: app) as url:
        yield url


def test_police_read_the_answer_on_a_small_screen(
    url: str, office: Office, people: SmallOffice, browser_context: BrowserContext
) -> None:
    case = people.carry("checked")
    people.hand_over(case.request_id, case.number)
    browser_context.add_cookies([{"name": "liman", "value": key_of(office, RoleName.POLICE), "url": url}])
    page = browser_context.new_page()
    for language, verdict in (("en", "Genuine and valid"), ("ro", "Autentic și valabil")):
        page.set_viewport_size(SMALL_PC)  # type: ignore[arg-type]
        page.goto(f"{url}/border/check?lang={language}")
        page.check("[name=why][value=street_control]")
        page.fill("#f-number", case.number)
        page.locator("[data-primary]").click()
        expect(page.locator("#found")).to_be_visible()
        assert verdict in page.inner_text(".title-row")
        assert page.locator(".shown-document img").evaluate("image => image.naturalWidth") > 100
        assert page.is_checked("[name=why][value=street_control]")
        assert violations(page) == []
        for window in (SMALL_PC, PHONE):
            page.set_viewport_size(window)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
