"""What OWASP ASVS asks of every answer, cookie and log-in and no other test shows (docs/asvs.md)."""

from __future__ import annotations

import datetime as dt
import re
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from flask_security.utils import login_user
from markupsafe import escape
from sqlalchemy import select, update
from structlog.testing import capture_logs

from app import create_app
from issuance.clock import FixedClock
from issuance.models.staff import RoleName, Staff, StaffSession
from issuance.office import Office
from issuance.settings import Settings
from tests.web.conftest import PASSWORD, Browser, Login, address_of
from tests.web.test_routes import rules

ROOT = Path(__file__).parents[3]
CLERK = address_of(RoleName.CLERK)

MARKUP = "\"'><img src=x onerror=alert(1)>{{7*7}}"
UNUSED = ("TRACE", "TRACK", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND")
HIDDEN = (
    "/.git/HEAD",
    "/.git/config",
    "/.env",
    "/app.py",
    "/requirements.txt",
    "/static/",
    "/static/js/",
    "/var/keys/vault",
)


def test_over_tls_every_cookie_is_of_this_host_alone(settings: Settings, app: Flask) -> None:
    """Session, known device and chosen language: named so that no other host and no plain HTTP can set them."""
    secure = create_app(settings.model_copy(update={"public_url": "https://liman.example"}))
    said = secure.test_client().get("/login?lang=ro").headers.getlist("Set-Cookie")
    secure.extensions["office"].database.engine.dispose()
    assert len(said) == 2
    for line in said:
        for name, morsel in SimpleCookie(line).items():
            assert name.startswith("__Host-")
            assert (bool(morsel["secure"]), morsel["path"], morsel["domain"]) == (True, "/", "")
            assert (bool(morsel["httponly"]), morsel["samesite"]) == (True, "Lax")
            assert len(name) + len(morsel.value) < 4096


def test_methods_that_no_page_uses_are_refused(app: Flask, client: Browser) -> None:
    """Every address knows its own methods alone, and so the application answers."""
    used = {method for rule in rules(app) for method in rule.methods or ()}
    assert used == {"GET", "HEAD", "OPTIONS", "POST"}
    for method in UNUSED:
        for path in ("/", "/login", "/search", "/status", "/api/station/orders", "/static/css/liman.css"):
            answer = client.open(path, method=method)
            assert answer.status_code in (404, 405), (method, path)
            assert "TRACE" not in answer.headers.get("Allow", "")


def test_nothing_of_the_source_or_the_keys_is_served(client: Browser) -> None:
    assert {path: client.get(path).status_code for path in HIDDEN} == dict.fromkeys(HIDDEN, 404)


def test_what_is_typed_is_shown_and_never_run(client: Browser, login: Login) -> None:
    """In an element, in an attribute, and as a template."""
    login(client, RoleName.CLERK)
    page = client.look_up(MARKUP).text
    assert MARKUP not in page
    assert "<img" not in page
    assert f'value="{escape(MARKUP)}"' in page


def test_what_comes_twice_counts_once_and_only_from_its_form(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    asked = client.submit("/search?q=Address&scanned=1", {"q": ["Form", "Again"]})
    page = client.get(asked.location).text
    assert 'value="Form"' in page
    assert "Again" not in page


def test_no_script_writes_where_data_say() -> None:
    """No key of an object comes from what was fetched or typed, so no prototype is changed."""
    for script in sorted((ROOT / "static" / "js").glob("*.js")):
        text = script.read_text("utf-8")
        assert not re.search(r"""[\w)]\[[^"'\]]+\]\s*=[^=>]|__proto__|\beval\(|document\.write""", text), script.name


def test_a_session_that_is_gone_leaves_nothing_in_the_tab(client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    assert client.submit("/logout").headers["Clear-Site-Data"] == '"storage"'


def test_who_is_refused_is_in_the_log_by_id_and_rule_alone(client: Browser, login: Login, office: Office) -> None:
    login(client, RoleName.CLERK)
    with capture_logs() as told:
        client.get("/oversight/events?act=Noor")
        client.post("/search", data={"q": "Noor"})
        client.get("/cases/01890000-0000-7000-8000-000000000000")
    refused = [line for line in told if line["event"] == "request_refused"]
    with office.reading() as look:
        clerk = look.session.scalars(select(Staff.id).where(Staff.email == CLERK)).one()
    assert [(line["status"], line["route"]) for line in refused] == [
        (403, "/oversight/events"),
        (400, "/search"),
        (404, "/cases/<uuid:request_id>"),
    ]
    assert {line["account_id"] for line in refused} == {clerk}
    assert "Noor" not in str(refused)


def test_strangers_fill_no_log(client: Browser) -> None:
    with capture_logs() as told:
        client.get("/nothing")
        client.get("/oversight/events")
        client.post("/logout")
    assert [line for line in told if line["event"] == "request_refused"] == []


@pytest.mark.parametrize(("days", "opens"), [(7, 302), (8, 200)])
def test_a_password_that_was_given_logs_in_for_a_week(
    client: Browser, office: Office, clock: FixedClock, days: int, opens: int
) -> None:
    given = clock.now() - dt.timedelta(days=days)
    with office.database.transaction() as session:
        session.execute(update(Staff).where(Staff.email == CLERK).values(password_given_at=given))
    answer = client.submit("/login", {"email": CLERK, "password": PASSWORD})
    assert answer.status_code == opens
    assert ("This first password is too old." in answer.text) == (opens == 200)
    wrong = client.submit("/login", {"email": CLERK, "password": "wrong"})
    assert "This first password is too old." not in wrong.text


def test_who_logs_in_again_in_a_browser_leaves_no_session_behind(app: Flask, client: Browser, login: Login) -> None:
    login(client, RoleName.CLERK)
    kept = client.get_cookie("liman")
    assert kept is not None
    office: Office = app.extensions["office"]
    with office.reading() as look:
        operator = (
            look.session.scalars(select(Staff).where(Staff.email == address_of(RoleName.OPERATOR))).unique().one()
        )
    with app.test_request_context("/login/passkey", headers={"Cookie": f"liman={kept.value}"}):
        login_user(operator, authn_via=["passkey"])
    with office.reading() as look:
        rows = look.session.scalars(select(StaffSession).order_by(StaffSession.ended_at.is_(None))).unique().all()
    assert [(row.account.email, row.ended_why) for row in rows] == [(CLERK, "logged-out"), (operator.email, "")]
