"""What a clerk typed, drew or took is there again after a closed tab, another language, an ended session."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Response, Route, expect
from sqlalchemy import select

from issuance.models.requests import IssuanceRequest, Signature
from issuance.services.trust import accounts, sessions
from issuance.services.trust.sessions import Ending
from tests.e2e.test_centre_browser import actor
from tests.fixtures.browser import assert_accessible
from tests.fixtures.live import LiveOffice, Seat

pytestmark = pytest.mark.browser


def is_kept(answer: Response) -> bool:
    return answer.url.endswith("/drafts") and answer.request.method == "POST"


def fill(page: Page, name: str, text: str) -> None:
    """Type into a box, and wait until the draft is kept."""
    with page.expect_response(is_kept):
        page.locator(f"#f-{name}").fill(text)


def end_sessions(live: LiveOffice, name: str) -> None:
    with live.office.upkeep() as look:
        sessions.end(look, accounts.named(look, f"{name}@liman.example").id, Ending.BY_ADMINISTRATOR)


def test_a_closed_tab_and_another_language_lose_nothing(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk/lodge")
    page.locator("input[name=sex][value=F]").check()
    fill(page, "family_name", "Haddad")
    other = page.context.new_page()
    page.close()
    other.goto(f"{live_office.url}/desk/lodge")
    expect(other.locator("#f-family_name")).to_have_value("Haddad")
    expect(other.locator("input[name=sex][value=F]")).to_be_checked()
    expect(other.get_by_text("is here again")).to_be_visible()
    assert_accessible(other)
    other.goto(f"{live_office.url}/desk/lodge?lang=ro")
    expect(other.locator("#f-family_name")).to_have_value("Haddad")
    with other.expect_navigation():
        other.locator("[data-draft-anew]").click()
    expect(other.locator("#f-family_name")).to_have_value("")


def test_who_types_before_the_scripts_are_at_work_loses_nothing(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk/lodge")
    fill(page, "given_names", "Karim")
    held: list[Route] = []
    page.route("**/drafts.js*", lambda route: held.append(route))
    page.goto(f"{live_office.url}/desk/lodge", wait_until="commit")
    page.locator("#f-family_name").fill("Haddad")
    with page.expect_response(is_kept):
        held[0].continue_()
    expect(page.locator("#f-given_names")).to_have_value("Karim")
    expect(page.locator("#f-family_name")).to_have_value("Haddad")


def test_an_ended_session_is_one_click_from_what_was_typed(live_office: LiveOffice, seat: Seat) -> None:
    page = seat("clerk")
    page.goto(f"{live_office.url}/desk/lodge")
    fill(page, "family_name", "Haddad")
    end_sessions(live_office, "clerk")
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="Log in and go on").click()
    page.get_by_label("E-mail address").fill("clerk@liman.example")
    page.get_by_label("Password").fill(live_office.password)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile("/desk/lodge$"))
    expect(page.locator("#f-family_name")).to_have_value("Haddad")


def test_a_signature_comes_back(live_office: LiveOffice, seat: Seat) -> None:
    with live_office.office.act(actor(live_office, "clerk")) as act:
        kept = act.session.scalars(select(Signature)).first()
        assert kept
        case_id = kept.request_id
        act.session.delete(kept)
        act.record("signature.taken", act.session.get_one(IssuanceRequest, case_id))
    page = seat("clerk")
    page.goto(f"{live_office.url}/cases/{case_id}/signature")
    box = page.locator("canvas").bounding_box()
    assert box
    with page.expect_response(is_kept):
        page.mouse.move(box["x"] + 40, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 90, steps=5)
        page.mouse.up()
    drawn = page.locator("input[name=signature]").input_value()
    page.reload()
    expect(page.locator("input[name=signature]")).to_have_value(drawn)
