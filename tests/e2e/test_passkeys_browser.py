"""Passkeys in Chromium with its virtual authenticators: added, logged in with, and everything that opens nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import select, update

from app import create_app
from issuance.models.audit import AuditEvent
from issuance.models.staff import Passkey, Staff, StaffSession
from issuance.office import Office
from issuance.services.trust import accounts, sessions
from issuance.settings import Settings
from tests.fixtures.browser import DESKTOP, PATIENT_MS, assert_accessible
from tests.fixtures.servers import serving

pytestmark = pytest.mark.browser

KEY = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A security key with a PIN that its owner has typed."""


@dataclass
class Strict:
    """An office that is no demonstration, at `localhost`: a browser takes no key for a number."""

    url: str
    office: Office
    password: str = field(repr=False)
    page: Page
    devtools: CDPSession

    def authenticator(self, **otherwise: object) -> None:
        """From now on this browser has this key and no other."""
        self.devtools.send("WebAuthn.disable")
        self.devtools.send("WebAuthn.enable")
        self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | otherwise})

    def by_password(self, name: str) -> None:
        """The session of somebody who logged in by password and code."""
        with self.office.upkeep() as look:
            account = accounts.named(look, f"{name}@liman.example")
            _, key = sessions.begin(look, account.id, "Chrome, Linux")
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": "liman", "value": key, "url": self.url}])

    def add(self, name: str, password: str = "") -> None:
        """Fill in the form for another passkey, and touch the key."""
        self.page.goto(f"{self.url}/account/passkeys")
        self.page.get_by_label("Name of the passkey").fill(name)
        self.page.get_by_label("Present password").fill(password or self.password)
        self.page.get_by_role("button", name="Add the passkey").click()

    def remove(self) -> None:
        """Remove the one passkey there is."""
        expect(self.page).to_have_url(f"{self.url}/")
        self.page.goto(f"{self.url}/account/passkeys")
        self.page.get_by_role("link", name="Remove it").click()
        self.page.get_by_label("Present password").fill(self.password)
        self.page.get_by_role("button", name="Remove it").click()

    def log_out(self) -> None:
        self.page.context.clear_cookies()

    def log_in(self) -> None:
        """On the page of the log-in, with whichever key the browser has."""
        self.page.goto(f"{self.url}/login")
        self.page.get_by_role("button", name="Use a passkey").click()

    def passkeys(self) -> list[Passkey]:
        with self.office.reading() as look:
            return list(look.session.scalars(select(Passkey).order_by(Passkey.id)).unique())


@pytest.fixture
def strict(demonstration: Path, tmp_path: Path, chromium: Browser) -> Iterator[Strict]:
    var = tmp_path / "var"
    shutil.copytree(demonstration, var)
    apps: list[Flask] = []

    def build(url: str) -> Flask:
        apps.append(create_app(Settings(var=var, demo=False, background=False, public_url=url)))
        return apps[0]

    with serving(build) as url:
        office = apps[0].extensions["office"]
        context = chromium.new_context(locale="en-GB", viewport=DESKTOP)
        context.set_default_timeout(PATIENT_MS)
        page = context.new_page()
        here = url.replace("127.0.0.1", "localhost")
        made = Strict(here, office, (var / "demo-password").read_text(), page, context.new_cdp_session(page))
        made.authenticator()
        yield made
        context.close()
    office.database.engine.dispose()


def said(office: Office) -> list[str]:
    with office.reading() as look:
        acts = look.session.scalars(select(AuditEvent.act).order_by(AuditEvent.id))
        return [act for act in acts if act.startswith("account.")]


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
        opened = look.session.scalars(select(StaffSession.by_passkey).order_by(StaffSession.id)).all()
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
    expect(strict.page.get_by_text("You have no passkey yet.")).to_be_visible()
    strict.log_out()
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


@pytest.fixture
def proved(strict: Strict) -> Strict:
    """An officer has logged in with a passkey once, and is out again; somebody kept what was sent."""
    strict.by_password("officer")
    strict.add("mine")
    expect(strict.page.get_by_text("The passkey is added.")).to_be_visible()
    strict.log_out()
    strict.log_in()
    expect(strict.page).to_have_url(f"{strict.url}/")
    strict.log_out()
    return strict


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
