"""A code made on a telephone in the holder's language, scanned by a reader, and stopped; and what police see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app import create_app
from issuance.db import Database
from issuance.models.requests import IssuanceRequest
from issuance.office import Office
from issuance.settings import Settings
from issuance.web.public.parts.spoken import words
from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.servers import serving
from tests.people import LAYLA, NOON, Case, FixedClock, SmallOffice, changed

pytestmark = pytest.mark.browser


@pytest.fixture
def office(sqlite_url: str) -> Iterator[SmallOffice]:
    made = SmallOffice(Database(sqlite_url))
    yield made
    made.database.engine.dispose()


@pytest.fixture
def case(office: SmallOffice) -> Case:
    """Layla has her document."""
    made = office.carry("checked", changed(LAYLA, birth_date="1992-01-XX"))
    office.hand_over(made.request_id, made.number)
    return made


@pytest.fixture
def url(case: Case, sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    """The public pages alone, served."""
    apps: list[Flask] = []

    def build(url: str) -> Flask:
        settings = Settings(var=tmp_path / "var", database_url=sqlite_url, public_url=url)
        apps.append(create_app(settings, surfaces={"public"}, clock=FixedClock(NOON)))
        return apps[0]

    with serving(build) as served:
        yield served
    served_office: Office = apps[0].extensions["office"]
    served_office.database.engine.dispose()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.click(button)


@pytest.mark.parametrize("language", ["ar", "bn"])
def test_a_holder_makes_a_code_and_a_reader_scans_it(
    page: Page, office: SmallOffice, case: Case, url: str, language: str
) -> None:
    made, named = words("confirmations"), words("verify")
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, case.request_id).reference
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{url}/status?lang={language}")
    page.fill("#f-reference", reference)
    page.check("[name=birth_date-day-unknown]")
    page.fill("#f-birth_date-month", "1")
    page.fill("#f-birth_date-year", "1992")
    press(page, "button.primary")
    press(page, "form[action='/status/confirmations'] button")
    assert (page.inner_text("h1"), fits(page)) == (made["title"][language], True)
    assert_accessible(page)
    press(page, "button[value=bank]")
    assert (page.inner_text("h1"), fits(page)) == (made["made"][language], True)
    assert_accessible(page)
    code = page.inner_text(".made-code").replace("-", "")
    page.goto(f"{url}/verify/confirmation#{code}")
    expect(page.locator("#f-code")).to_have_value("-".join(code[at : at + 4] for at in range(0, 16, 4)))
    assert page.url == f"{url}/verify/confirmation", "the code is taken out of the address"
    press(page, "[data-confirmation] button")
    assert (page.inner_text("h1"), fits(page)) == (named["confirmed"][language], True)
    assert named["for_bank"][language] in page.inner_text(".facts")
    assert_accessible(page)


@pytest.mark.parametrize("language", ["ar", "bn"])
def test_a_picture_of_the_camera_is_read(page: Page, url: str, language: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{url}/verify?lang={language}")
    page.click("[data-opens=taken]")
    expect(page.locator("[data-shoot]")).to_be_enabled()
    assert fits(page)
    assert_accessible(page)
    press(page, "[data-shoot]")
    assert page.inner_text("h1") == words("verify")["unread"][language], "a face has no code"
