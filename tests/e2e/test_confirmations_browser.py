"""A code made on a telephone in the holder's language, scanned by a reader, and stopped; and what police see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from issuance.web.public.parts.spoken import words
from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.holders import PublicPages, fill, fits, send
from tests.people import Case

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["ar", "bn"])
def test_a_holder_makes_a_code_and_a_reader_scans_it(
    page: Page, handed: Case, public_pages: PublicPages, language: str
) -> None:
    made, named = words("confirmations"), words("verify")
    reference = public_pages.reference_of(handed.request_id)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{public_pages.url}/status?lang={language}")
    fill(page, reference)
    send(page)
    send(page, "form[action='/status/confirmations'] button")
    assert (page.inner_text("h1"), fits(page)) == (made["title"][language], True)
    assert_accessible(page)
    send(page, "button[value=bank]")
    assert (page.inner_text("h1"), fits(page)) == (made["made"][language], True)
    assert_accessible(page)
    code = page.inner_text(".made-code").replace("-", "")
    page.goto(f"{public_pages.url}/verify/confirmation#{code}")
    expect(page.locator("#f-code")).to_have_value("-".join(code[at : at + 4] for at in range(0, 16, 4)))
    assert page.url == f"{public_pages.url}/verify/confirmation", "the code is taken out of the address"
    send(page, "[data-confirmation] button")
    assert (page.inner_text("h1"), fits(page)) == (named["confirmed"][language], True)
    assert named["for_bank"][language] in page.inner_text(".facts")
    assert_accessible(page)


@pytest.mark.parametrize("language", ["ar", "bn"])
def test_a_picture_of_the_camera_is_read(page: Page, public_pages: PublicPages, language: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{public_pages.url}/verify?lang={language}")
    page.click("[data-opens=taken]")
    expect(page.locator("[data-shoot]")).to_be_enabled()
    assert fits(page)
    assert_accessible(page)
    send(page, "[data-shoot]")
    assert page.inner_text("h1") == words("verify")["unread"][language], "a face has no code"
