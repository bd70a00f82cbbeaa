"""What a holder does from the answer on a phone, in their language: a code scanned, a time chosen, a mistake told."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.models.appointments import Appointment, Purpose
from issuance.models.holders import Mistake
from issuance.models.requests import IssuanceRequest
from issuance.services import centres
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from issuance.services.public import receipts
from issuance.tasks import HANDLERS
from tests.fixtures.browser import PHONE, assert_accessible
from tests.fixtures.holders import PublicPages, fits, send
from tests.people import Case, SmallOffice

pytestmark = pytest.mark.browser


@pytest.fixture
def office(public_pages: PublicPages) -> SmallOffice:
    """An office that gives appointments."""
    with public_pages.office.act(SYSTEM) as act:
        capacity.give(act, centres.named(act, "timisoara"), dict.fromkeys(Purpose, Given(1, 30, 0)))
    return public_pages.office


@pytest.fixture
def case(office: SmallOffice) -> Case:
    """Layla's document is ready."""
    return office.carry("checked")


@pytest.fixture
def code(office: SmallOffice, case: Case) -> str:
    """What is on her receipt."""
    with office.act(office.actors["clerk"]) as act:
        return receipts.renew(act, act.session.get_one(IssuanceRequest, case.request_id))


def good(page: Page, shot: Path) -> None:
    """Nothing reaches beyond the screen, and everybody can use it; a picture is kept to be looked at."""
    page.screenshot(path=shot, full_page=True)
    assert fits(page), shot.name
    assert_accessible(page)


@pytest.mark.parametrize("language", ["ar", "ro"])
def test_a_code_a_time_and_a_mistake(
    page: Page, office: SmallOffice, public_pages: PublicPages, code: str, tmp_path: Path, language: str
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{public_pages.url}/status?lang={language}#{code}")
    page.wait_for_selector("form[action='/status/times']")
    good(page, tmp_path / f"{language}-answer.png")
    send(page, "form[action='/status/times'] button")
    good(page, tmp_path / f"{language}-times.png")
    page.locator("[name=starts_at]").nth(2).check()
    send(page, "form[action='/status/time'] button")
    assert page.locator(".verdict.done").count() == 1
    good(page, tmp_path / f"{language}-taken.png")
    with page.expect_download() as kept:
        page.click("form[action='/status/appointment.ics'] button")
    assert kept.value.suggested_filename == "appointment.ics"
    send(page, "form[action='/status/time/cancel'] button")
    assert page.locator(".verdict.done").count() == 0
    page.locator("[name=starts_at]").first.check()
    send(page, "form[action='/status/time'] button")
    page.goto(f"{public_pages.url}/status?lang={language}#{code}")
    page.wait_for_selector("form[action='/status/mistake']")
    send(page, "form[action='/status/mistake'] button")
    good(page, tmp_path / f"{language}-mistake.png")
    page.check("[name=field][value=birth_date]")
    page.fill("#f-said", "٠١.٠٢.١٩٩٢")
    send(page, "form[action='/status/mistake/told'] button")
    good(page, tmp_path / f"{language}-told.png")
    HANDLERS["take-told"](office)
    with office.reading() as look:
        assert [row.state for row in look.session.scalars(select(Appointment))] == ["booked"]
        assert [row.field for row in look.session.scalars(select(Mistake))] == ["birth_date"]
    assert not [address for address in public_pages.asked if code[:8] in address.upper()]
    assert [each["name"] for each in page.context.cookies()] == ["language"]
    assert page.evaluate("sessionStorage.length") == 0


def test_a_receipt_that_ended_says_so_and_asks_for_the_two(page: Page, public_pages: PublicPages, code: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{public_pages.url}/status?lang=en#{code[::-1]}")
    page.wait_for_selector("text=This receipt opens nothing now.")
    assert page.input_value("#f-reference") == ""
    assert_accessible(page)
