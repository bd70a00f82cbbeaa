"""A loss told on a phone, in the holder's language: what comes before, the report in two answers, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from app import create_app
from issuance.db import Database
from issuance.models.documents import Document
from issuance.models.requests import IssuanceRequest, Outlook
from issuance.office import Office
from issuance.settings import Settings
from issuance.states import DocumentState
from issuance.tasks import HANDLERS
from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.servers import serving
from tests.people import LAYLA, NOON, Case, FixedClock, SmallOffice, changed

pytestmark = pytest.mark.browser

GONE = {"ar": "وثيقتكم", "bn": "নথি", "uk": "документ", "ro": "Documentul"}
"""A word of the first line once the document holds no more."""


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


def ask(page: Page, url: str, reference: str, language: str) -> None:
    """Ask as Layla does."""
    page.goto(f"{url}/status?lang={language}")
    page.fill("#f-reference", reference)
    page.check("[name=birth_date-day-unknown]")
    page.fill("#f-birth_date-month", "1")
    page.fill("#f-birth_date-year", "1992")
    with page.expect_navigation():
        page.click("button.primary")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def reference_of(office: SmallOffice, case: Case) -> str:
    with office.reading() as look:
        return look.session.get_one(IssuanceRequest, case.request_id).reference


@pytest.mark.parametrize("language", GONE)
def test_a_loss_is_told_in_two_answers(page: Page, office: SmallOffice, case: Case, url: str, language: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    reference = reference_of(office, case)
    ask(page, url, reference, language)
    before = page.inner_text("h1")
    page.click("main summary")
    assert_accessible(page)
    assert fits(page)
    page.check("[name=kind][value=stolen]")
    with page.expect_navigation():
        page.click("main details button")
    after = page.inner_text("h1")
    assert (after != before, GONE[language] in after, page.locator("main details button").count()) == (True, True, 0)
    assert_accessible(page)
    HANDLERS["take-told"](office)
    with office.reading() as look:
        assert look.session.get_one(Document, case.document_id).state == DocumentState.SUSPENDED
    ask(page, url, reference, language)
    assert page.inner_text("h1") == after


@pytest.mark.parametrize("language", GONE)
def test_who_waits_reads_the_place_and_the_day(page: Page, office: SmallOffice, url: str, language: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    waiting = office.lodge(changed(LAYLA, birth_date="1992-01-XX", document_type="TD-C", case_reference="2026/TM/77"))
    office.enrol(waiting)
    with office.database.transaction() as session:
        day = NOON.date()
        session.add(Outlook(request_id=waiting, place=35, a_day=12, expected_on=day.replace(day=28), said_before=day))
        reference = session.get_one(IssuanceRequest, waiting).reference
    ask(page, url, reference, language)
    facts = page.inner_text(".facts")
    assert ("34" in facts, "12" in facts, "28" in facts) == (True, True, True)
    assert_accessible(page)
    assert fits(page)
