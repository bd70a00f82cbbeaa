"""Single sign-on with an identity provider that we did not write: connected, logged in, logged out, and what opens
nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from app import create_app
from issuance.models.audit import AuditEvent
from issuance.models.staff import Staff, StaffSession
from issuance.settings import Settings
from tests.counterparts import free_port
from tests.fixtures.browser import DESKTOP, PATIENT_MS, assert_accessible
from tests.fixtures.idp import CLIENT, SECRET, identity_provider
from tests.fixtures.servers import serving
from tests.fixtures.strict import Strict, said

pytestmark = pytest.mark.browser

NAME = "Office ID"
REFUSED = f"The log-in at {NAME} opened nothing here."


@pytest.fixture
def office(demonstration: Path, tmp_path: Path, chromium: Browser) -> Iterator[Strict]:
    """An office that is no demonstration, with an identity provider beside it."""
    var, secret, port = tmp_path / "var", tmp_path / "secret", free_port()
    shutil.copytree(demonstration, var)
    secret.write_text(SECRET)
    apps: list[Flask] = []
    provided = {"oidc_issuer": f"http://localhost:{port}", "oidc_client": CLIENT, "oidc_secret_file": secret}

    def build(url: str) -> Flask:
        settings = Settings(var=var, demo=False, public_url=url, oidc_acr="two-factors", oidc_name=NAME, **provided)
        apps.append(create_app(settings))
        return apps[0]

    with serving(build) as url:
        here = url.replace("127.0.0.1", "localhost")
        returns = [f"{here}{path}/office/back" for path in ("/login", "/account")]
        context = chromium.new_context(locale="en-GB", viewport=DESKTOP)
        context.set_default_timeout(PATIENT_MS)
        page, found = context.new_page(), apps[0].extensions["office"]
        made = Strict(here, found, (var / "demo-password").read_text(), page, context.new_cdp_session(page))
        with identity_provider(port, returns, f"{here}/login/office/ended"):
            yield made
        context.close()
    found.database.engine.dispose()


def at_the_provider(page: Page, subject: str, acr: str = "two-factors", minutes: int = 0) -> None:
    """Say there who one is, how it was proved, and how long ago."""
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("How").fill(acr)
    page.get_by_label("Minutes ago").fill(str(minutes))
    page.get_by_role("button", name="Go on").click()


def connect(office: Strict, name: str, subject: str) -> None:
    """Somebody connects their account with a person at the provider, and logs out everywhere."""
    page = office.page
    office.by_password(name, by_passkey=True)
    page.goto(f"{office.url}/account")
    page.get_by_role("link", name=f"Log-in at {NAME}").click()
    assert_accessible(page)
    page.get_by_label("Present password").fill(office.password)
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("link", name=f"Go on to {NAME}").click()
    at_the_provider(page, subject)


def log_in(office: Strict, subject: str, acr: str = "two-factors", minutes: int = 0) -> None:
    page = office.page
    page.context.clear_cookies()
    page.goto(f"{office.url}/login?next=/desk")
    page.get_by_role("link", name=f"Log in at {NAME}").click()
    at_the_provider(page, subject, acr, minutes)


@pytest.fixture
def connected(office: Strict) -> Strict:
    """A clerk whose account is connected."""
    connect(office, "clerk", "s-17")
    expect(office.page.get_by_text("Your account is connected: from now on")).to_be_visible()
    return office


def opened(office: Strict) -> list[StaffSession]:
    """The sessions that the provider opened and that were not ended."""
    with office.office.reading() as look:
        query = select(StaffSession).where(StaffSession.provider_sid.is_not(None), StaffSession.ended_at.is_(None))
        return list(look.session.scalars(query).unique())


def test_who_is_connected_logs_in_there_and_is_logged_out_from_there(connected: Strict) -> None:
    page = connected.page
    log_in(connected, "s-17")
    expect(page).to_have_url(f"{connected.url}/desk")
    (session,) = opened(connected)
    assert session.account.email == "clerk@liman.example"
    assert session.provider_sid
    with connected.office.reading() as look:
        (event,) = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "account.logged_in")).unique()
    assert {"by_passkey": False, "by_provider": True}.items() <= event.details.items()
    issuer = connected.office.settings.oidc_issuer
    page.goto(f"{issuer}/session/end")
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("Sign-out Success")).to_be_visible()
    page.goto(f"{connected.url}/desk")
    expect(page.get_by_text("you logged out at the office's identity provider")).to_be_visible()
    assert opened(connected) == []
    assert said(connected.office)[-1] == "account.provider_logged_out"


@pytest.mark.parametrize(
    ("subject", "acr", "minutes"), [("s-18", "two-factors", 0), ("s-17", "one-factor", 0), ("s-17", "two-factors", 75)]
)
def test_a_stranger_a_weak_proof_and_an_old_one_open_nothing(
    connected: Strict, subject: str, acr: str, minutes: int
) -> None:
    log_in(connected, subject, acr, minutes)
    expect(connected.page.get_by_text(REFUSED)).to_be_visible()
    assert_accessible(connected.page)
    assert opened(connected) == []
    assert said(connected.office)[-1] == "account.login_refused"


def test_a_closed_account_stays_closed(connected: Strict) -> None:
    with connected.office.database.engine.begin() as connection:
        connection.execute(update(Staff).where(Staff.email == "clerk@liman.example").values(active=False))
    log_in(connected, "s-17")
    expect(connected.page.get_by_text(REFUSED)).to_be_visible()


def test_a_person_there_is_one_account_here(connected: Strict) -> None:
    connected.page.context.clear_cookies()
    connect(connected, "officer", "s-17")
    expect(connected.page.get_by_text("connected with another account").first).to_be_visible()


def test_it_is_no_passkey(office: Strict) -> None:
    connect(office, "officer", "s-19")
    log_in(office, "s-19")
    expect(office.page.get_by_text("Your role asks for a passkey.")).to_be_visible()


def test_the_connection_is_taken_away_with_its_sessions(connected: Strict) -> None:
    page = connected.page
    log_in(connected, "s-17")
    expect(page).to_have_url(f"{connected.url}/desk")
    connected.by_password("clerk")
    page.goto(f"{connected.url}/account/office")
    page.get_by_label("Present password").fill(connected.password)
    page.get_by_role("button", name="Take the connection away").click()
    expect(page.get_by_text("The connection is taken away.")).to_be_visible()
    assert opened(connected) == []
    log_in(connected, "s-17")
    expect(page.get_by_text(REFUSED)).to_be_visible()


def test_what_comes_back_without_being_sent_opens_nothing(connected: Strict) -> None:
    """The answer of another browser, one that was taken already, and none."""
    page, sent = connected.page, []
    page.on("request", lambda request: sent.append(request.url) if "/login/office/back" in request.url else None)
    log_in(connected, "s-17")
    expect(page).to_have_url(f"{connected.url}/desk")
    page.context.clear_cookies()
    for address in (sent[0], f"{connected.url}/login/office/back", f"{connected.url}/login/office/back?code=1&state=2"):
        page.goto(address)
        expect(page.get_by_text(REFUSED)).to_be_visible()
