"""Passkeys in Chromium with its virtual authenticators: added, logged in with, and everything that opens nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from issuance.models.staff import Passkey, Staff, StaffSession
from issuance.services.trust import accounts
from tests.fixtures.browser import assert_accessible
from tests.fixtures.strict import Strict, said

pytestmark = pytest.mark.browser


def test_an_officer_adds_a_passkey_and_works_with_it_alone(strict: Strict) -> None:
    page = strict.page
    strict.by_password("officer")
    page.goto(f"{strict.url}/decisions")
    expect(page.get_by_text("Your role asks for a passkey.")).to_be_visible()
    assert page.url.endswith("/account/passkeys")
    assert_accessible(page)
    strict.add("the black key")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    page.goto(f"{strict.url}/decisions")
    assert page.url.endswith("/account/passkeys")  # it was added, and nobody logged in with it yet
    page.get_by_role("button", name="Log out").first.click()
    strict.log_in()
    expect(page).to_have_url(f"{strict.url}/")
    page.goto(f"{strict.url}/decisions")
    assert page.url.endswith("/decisions/")
    (key,) = strict.passkeys()
    assert (key.name, key.synced, key.used_at is not None) == ("the black key", False, True)
    with strict.office.reading() as look:
        opened = look.session.scalars(select(StaffSession.by_passkey).order_by(StaffSession.created_at)).all()
    assert opened == [False, True]
    assert said(strict.office)[-3:] == ["account.passkey_added", "account.logged_out", "account.logged_in"]


def test_a_clerk_needs_none_and_may_have_one(strict: Strict) -> None:
    strict.by_password("clerk")
    strict.page.goto(f"{strict.url}/")
    assert strict.page.url == f"{strict.url}/"
    strict.add("mine")
    expect(strict.page.get_by_text("The passkey is added.")).to_be_visible()
    expect(strict.page.get_by_text("To add or remove one, log in with a passkey")).to_be_visible()
    strict.log_out()
    strict.log_in()
    strict.remove()
    expect(strict.page.get_by_text("the passkey that opened it was removed")).to_be_visible()
    strict.log_in()
    expect(strict.page.get_by_text("This passkey opens nothing here.")).to_be_visible()
    assert said(strict.office)[-1] == "account.login_refused"


def test_what_is_no_passkey_for_a_role_is_not_added(strict: Strict) -> None:
    page = strict.page
    strict.by_password("officer")
    strict.add("mine", password="not the password")
    expect(page.get_by_text("This is not your present password.").first).to_be_visible()
    strict.authenticator(isUserVerified=False)
    strict.add("nobody's finger")
    expect(page.get_by_text("No passkey was made")).to_be_visible()
    strict.authenticator(defaultBackupEligibility=True, defaultBackupState=True)
    strict.add("a telephone's")
    expect(page.get_by_text("may be copied to other devices").first).to_be_visible()
    strict.authenticator()
    strict.add("mine")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    strict.log_out()
    strict.log_in()
    strict.remove()
    expect(page.get_by_text("This is your last passkey").first).to_be_visible()
    assert len(strict.passkeys()) == 1


def test_a_password_and_a_code_replace_no_passkey(strict: Strict) -> None:
    """Who learnt both is still kept out where a passkey is: neither page nor form takes another key."""
    strict.by_password("officer")
    strict.page.goto(f"{strict.url}/account/passkeys")
    token = strict.page.locator("form[data-passkey] [name=csrf_token]").get_attribute("value") or ""
    strict.add("mine")
    expect(strict.page.get_by_text("The passkey is added.")).to_be_visible()
    for path, form in (("/asked", {}), ("", {"name": "other", "present": strict.password, "credential": "{}"})):
        answer = strict.page.request.post(f"{strict.url}/account/passkeys{path}", form={"csrf_token": token, **form})
        assert answer.status in (400, 403), path
    assert [key.name for key in strict.passkeys()] == ["mine"]


def held_back(strict: Strict) -> dict[str, str]:
    """What the browser sends to log in, before any of it arrives."""
    page = strict.page
    page.goto(f"{strict.url}/login")
    page.route("**/login/passkey", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Use a passkey").click()
    form = page.locator("form[data-passkey]")
    expect(form.locator("[name=credential]")).not_to_have_value("")
    return {name: form.locator(f"[name={name}]").input_value() for name in ("csrf_token", "credential")}


def test_a_proof_that_was_taken_is_not_taken_again(proved: Strict) -> None:
    """With the very cookie of the browser that was asked, before it was answered."""
    page, sent = proved.page, held_back(proved)
    asked, answers = page.context.cookies(), []
    for _ in range(2):
        page.context.clear_cookies()
        page.context.add_cookies(asked)
        answers.append(page.request.post(f"{proved.url}/login/passkey", form=sent, max_redirects=0).status)
    assert answers == [303, 401]


@pytest.mark.parametrize("why", ["counter", "ended", "another's", "closed"])
def test_what_the_register_says_of_a_key_counts(proved: Strict, why: str) -> None:
    with proved.office.reading() as look:
        officer, clerk = (accounts.named(look, f"{name}@liman.example").id for name in ("officer", "clerk"))
    changed = {
        "counter": update(Passkey).values(sign_count=10**6),
        "ended": update(Passkey).values(ended_at=proved.office.clock.now()),
        "another's": update(Passkey).values(staff_id=clerk),
        "closed": update(Staff).where(Staff.id == officer).values(active=False),
    }
    with proved.office.database.engine.begin() as connection:
        connection.execute(changed[why])
    proved.log_in()
    expect(proved.page.get_by_text("This passkey opens nothing here.")).to_be_visible()


def test_another_site_gets_nothing_that_opens_this_one(proved: Strict) -> None:
    """A browser signs the name of the page that asked: a proof made elsewhere is another's."""
    page, sent = proved.page, held_back(proved)
    page.context.add_cookies([each | {"domain": "127.0.0.1"} for each in page.context.cookies()])
    elsewhere = proved.url.replace("localhost", "127.0.0.1")
    assert page.request.post(f"{elsewhere}/login/passkey", form=sent, max_redirects=0).status == 401
    assert page.request.post(f"{proved.url}/login/passkey", form=sent, max_redirects=0).status == 303


@pytest.mark.parametrize("answer", ["", "{}", "[1]", "x" * 30_000, '{"id": "AA", "rawId": "AA", "response": {}}'])
def test_any_other_answer_opens_nothing(proved: Strict, answer: str) -> None:
    page = proved.page
    page.goto(f"{proved.url}/login")
    token = page.locator("form[data-passkey] [name=csrf_token]").get_attribute("value") or ""
    form = {"csrf_token": token, "credential": answer}
    asked = page.request.post(f"{proved.url}/login/passkey/asked", form={"csrf_token": token})
    assert "allowCredentials" not in asked.json() or asked.json()["allowCredentials"] == []  # nobody is named
    for _ in range(2):
        assert page.request.post(f"{proved.url}/login/passkey", form=form, max_redirects=0).status in (401, 413)
