"""A loss told on a phone, in the holder's language: what comes before, the report in two answers, and what follows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from issuance.models.documents import Document
from issuance.models.requests import Outlook
from issuance.states import DocumentState
from issuance.tasks import HANDLERS
from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.holders import BORN_IN_JANUARY, PublicPages, fill, fits, send
from tests.people import LAYLA, NOON, Case, changed

pytestmark = pytest.mark.browser

GONE = {"ar": "وثيقتكم", "bn": "নথি", "uk": "документ", "ro": "Documentul"}
"""A word of the first line once the document holds no more."""


def ask(page: Page, url: str, reference: str, language: str) -> None:
    """Ask as Layla does."""
    page.goto(f"{url}/status?lang={language}")
    fill(page, reference)
    send(page)


@pytest.mark.parametrize("language", GONE)
def test_a_loss_is_told_in_two_answers(page: Page, handed: Case, public_pages: PublicPages, language: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    reference = public_pages.reference_of(handed.request_id)
    ask(page, public_pages.url, reference, language)
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
    HANDLERS["take-told"](public_pages.office)
    with public_pages.office.reading() as look:
        assert look.session.get_one(Document, handed.document_id).state == DocumentState.SUSPENDED
    ask(page, public_pages.url, reference, language)
    assert page.inner_text("h1") == after


@pytest.mark.parametrize("language", GONE)
def test_who_waits_reads_the_place_and_the_day(page: Page, public_pages: PublicPages, language: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    waiting = public_pages.office.lodge(
        changed(LAYLA, birth_date=BORN_IN_JANUARY, document_type="TD-C", case_reference="2026/TM/77")
    )
    public_pages.office.enrol(waiting)
    with public_pages.office.database.transaction() as session:
        day = NOON.date()
        session.add(Outlook(request_id=waiting, place=35, a_day=12, expected_on=day.replace(day=28), said_before=day))
    ask(page, public_pages.url, public_pages.reference_of(waiting), language)
    facts = page.inner_text(".facts")
    assert ("34" in facts, "12" in facts, "28" in facts) == (True, True, True)
    assert_accessible(page)
    assert fits(page)
