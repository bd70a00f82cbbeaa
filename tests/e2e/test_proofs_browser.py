"""A grave act asks again who is there: in Chromium with its virtual authenticators, and what proves nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import select, update

from issuance.actors import Actor
from issuance.chores.public import notices
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import AccountAlert, Passkey, RoleName, StaffSession
from issuance.services.alerts import letters
from issuance.services.casework import enrolment, requests
from issuance.services.casework.lodging import lodge
from issuance.services.persons import signatures
from issuance.services.trust import accounts, limits
from issuance.services.trust.limits import Counted
from issuance.states import RequestState
from issuance.web.frame.login import TRIES_OF_STRANGERS
from tests import relay
from tests.fixtures.browser import assert_accessible
from tests.fixtures.strict import Strict, said
from tests.people import LAYLA, changed, measured_portrait, signed

pytestmark = pytest.mark.browser

TOLD = {"passkey-added", "new-device", "sealed-key", "passkey-removed"}
ASKS = "Show that it is you"


def in_again(office: Strict) -> None:
    """The officer of `proved`, at work."""
    office.log_in()
    expect(office.page).to_have_url(f"{office.url}/")


def grown_old(office: Strict, minutes: int = 61) -> None:
    """So many minutes have passed since anybody proved who they are, and they worked all the while."""
    past = office.office.clock.now() - dt.timedelta(minutes=minutes)
    with office.office.database.engine.begin() as connection:
        connection.execute(update(StaffSession).values(created_at=past, proved_at=None))


def lodged(office: Strict, number: int) -> None:
    """One more request that waits for a decision."""
    with office.office.reading() as look:
        clerk = accounts.named(look, "clerk@liman.example")
        actor = Actor(clerk.id, clerk.centre_id, frozenset({RoleName.CLERK}))
    case = changed(LAYLA, given_names=f"Person {'ABC'[number]}", case_reference=f"2026/TM/9{number:03}")
    with office.office.act(actor) as act:
        request = lodge(act, case)
        enrolment.add_portrait(act, request, measured_portrait(), "captured")
        enrolment.accept_portrait(act, request)
        signatures.keep(act, request, signed())
        requests.complete(act, request, has_portrait=True, has_signature=True)


@pytest.fixture
def officer(proved: Strict) -> Strict:
    """The officer of `proved`, for whom two requests wait."""
    for number in range(2):
        lodged(proved, number)
    return proved


def cases(office: Strict) -> list[str]:
    """What waits for a decision."""
    waits = select(IssuanceRequest.id).where(IssuanceRequest.state == RequestState.COMPLETE)
    with office.office.reading() as look:
        return [str(each) for each in look.session.scalars(waits.order_by(IssuanceRequest.id))]


def approve(office: Strict, case: str) -> None:
    office.page.goto(f"{office.url}/decisions/{case}")
    office.page.get_by_role("button", name="Approve", exact=True).click()


def test_an_approval_with_an_old_proof_asks_and_then_goes_through(officer: Strict) -> None:
    page = officer.page
    in_again(officer)
    first, second = cases(officer)[:2]
    grown_old(officer)
    approve(officer, first)
    expect(page.get_by_role("heading", name=ASKS)).to_be_visible()
    assert_accessible(page)
    assert first in cases(officer)
    page.get_by_role("button", name="Use the passkey").click()
    page.wait_for_url(lambda url: "/account/proof" not in url)
    assert first not in cases(officer)
    approve(officer, second)  # asked once an hour, not for each
    page.wait_for_url(lambda url: second not in url)
    assert second not in cases(officer)
    assert said(officer.office)[-1] == "account.proved"


@pytest.mark.parametrize("why", ["unverified", "counter", "another's"])
def test_what_is_no_proof_of_the_owner_does_nothing(officer: Strict, why: str) -> None:
    page, devtools = officer.page, officer.devtools
    in_again(officer)
    case = cases(officer)[0]
    grown_old(officer)
    approve(officer, case)
    expect(page.get_by_role("heading", name=ASKS)).to_be_visible()
    with officer.office.reading() as look:
        clerk = accounts.named(look, "clerk@liman.example").id
        (key,) = look.session.scalars(select(Passkey)).unique()
    with officer.office.database.engine.begin() as connection:
        if why == "another's":
            other = {"staff_id": clerk, "name": "x", "credential_id": b"x", "public_key": key.public_key}
            other |= {"sign_count": 0, "synced": False, "sealed": False, "added_at": key.added_at, "id": clerk}
            connection.execute(Passkey.__table__.insert().values(other))  # type: ignore[attr-defined]
            connection.execute(update(Passkey).where(Passkey.id == key.id).values(credential_id=b"y"))
            connection.execute(update(Passkey).where(Passkey.id == clerk).values(credential_id=key.credential_id))
        if why == "counter":
            connection.execute(update(Passkey).values(sign_count=10**6))
    if why == "unverified":
        officer.authenticator(isUserVerified=False)
    page.get_by_role("button", name="Use the passkey").click()
    refused = "The browser found no passkey" if why == "unverified" else "not a passkey of your account"
    expect(page.get_by_text(refused).first).to_be_visible()
    assert case in cases(officer)
    assert "account.proved" not in said(officer.office)
    assert devtools


def test_who_presses_before_the_script_runs_sends_no_empty_proof(officer: Strict) -> None:
    """On a slow line the button is there before its script: what it sent would count as a wrong try."""
    page = officer.page
    held: list[Route] = []
    in_again(officer)
    grown_old(officer)
    case = cases(officer)[0]
    page.route("**/js/passkeys.js*", lambda route: held.append(route))
    with page.expect_request("**/js/passkeys.js*"):
        approve(officer, case)
    button = page.get_by_role("button", name="Use the passkey")
    expect(button).to_be_disabled()
    held[0].continue_()
    button.click()
    page.wait_for_url(lambda url: "/account/proof" not in url)
    assert case not in cases(officer)


def test_a_proof_is_taken_once_and_carries_nobody_elsewhere(officer: Strict) -> None:
    page = officer.page
    in_again(officer)
    grown_old(officer)
    approve(officer, cases(officer)[0])
    page.route("**/account/proof/given", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Use the passkey").click()
    form = page.locator("form[data-passkey]")
    expect(form.locator("[name=proof-credential]")).not_to_have_value("")
    names = ("csrf_token", "proof-credential")
    sent = {name: form.locator(f"[name={name}]").input_value() for name in names} | {"proof-to": "//elsewhere.example/"}
    answers = [page.request.post(f"{officer.url}/account/proof/given", form=sent, max_redirects=0) for _ in range(2)]
    assert [each.status for each in answers] == [307, 401]
    assert answers[0].headers["location"] == "/"


def test_a_removed_passkey_ends_what_it_opened_and_its_owner_is_told_of_all_of_it(strict: Strict) -> None:
    strict.by_password("clerk")
    strict.add("mine")
    expect(strict.page.get_by_text("The passkey is added.")).to_be_visible()
    strict.log_out()
    with strict.office.database.engine.begin() as connection:
        connection.execute(update(Passkey).values(sealed=True))
    strict.log_in()
    strict.remove()
    expect(strict.page.get_by_text("the passkey that opened it was removed")).to_be_visible()
    with strict.office.reading() as look:
        kinds = list(look.session.scalars(select(AccountAlert.kind).order_by(AccountAlert.id)))
    assert {*kinds} - {"at-night"} == TOLD


def test_a_new_passkey_and_a_log_in_from_a_new_browser_are_one_letter_each(strict: Strict) -> None:
    with relay.running() as mail:
        said = {"smtp_url": f"smtp://127.0.0.1:{mail.port}", "smtp_from": "no-reply@liman.example"}
        strict.office.settings = strict.office.settings.model_copy(update=said)
        for step, happened in (("add", "passkey-added"), ("log in", "new-device")):
            if step == "add":
                strict.by_password("clerk")
                strict.add("mine")
                expect(strict.page.get_by_text("The passkey is added.")).to_be_visible()
            else:
                strict.log_out()
                strict.log_in()
                expect(strict.page).to_have_url(f"{strict.url}/")
            mail.came.clear()
            for _ in range(3):
                notices.send_notices(strict.office)
            (letter,) = mail.came
            assert letter["To"] == "clerk@liman.example"
            assert letters.words()[happened]["ro"] in letter.get_content()


def test_no_lock_keeps_the_owner_of_a_passkey_out(officer: Strict) -> None:
    """Strangers used up every try at the account: its password opens nothing for a while, its passkey does."""
    email = "officer@liman.example"
    for _ in range(TRIES_OF_STRANGERS):
        with officer.office.upkeep() as look:
            limits.count(look, Counted("login", email, TRIES_OF_STRANGERS))
    page = officer.page
    page.context.clear_cookies()
    page.goto(f"{officer.url}/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(officer.password)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_text("Too many attempts.")).to_be_visible()
    in_again(officer)
