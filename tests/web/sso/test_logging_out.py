"""What the identity provider says of people who logged out: taken when it says so itself, and of nobody else.

Its key signs here as its own program would; the program itself is in `tests/e2e/test_sign_on_browser.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from app import create_app
from issuance.actors import Actor
from issuance.clock import FixedClock
from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleName, StaffSession
from issuance.office import Office
from issuance.services.sso import identities
from issuance.services.sso.identities import Subject
from issuance.services.trust import sessions
from issuance.settings import Settings
from tests.counterparts import free_port
from tests.web.conftest import NOW, Browser, Login, move_in

ISSUER, CLIENT, SECRET = "https://idp.example/office", "liman", "shared with the provider, and long enough for HMAC"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
OWN, FORGED = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An office with an identity provider."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    provided = {"oidc_issuer": ISSUER, "oidc_client": CLIENT, "oidc_secret_file": secret, "oidc_acr": "two"}
    return Settings(
        var=tmp_path / "var", demo=True, background=False, database_url=database_url, oidc_name="Office ID", **provided
    )


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    """The application, which has asked the provider for its keys."""
    made = create_app(settings)
    made.test_client_class = Browser
    move_in(made, settings, clock)
    provider = made.extensions["authlib.integrations.flask_client"].office
    provider.server_metadata |= {"issuer": ISSUER, "_loaded_at": 1, "jwks": {"keys": [OWN.as_dict(private=False)]}}
    yield made
    made.extensions["office"].database.engine.dispose()


Claims = dict[str, Any]


def token(key: RSAKey | OctKey = OWN, algorithm: str = "RS256", **otherwise: Any) -> str:
    """What the provider says when the person `s-1` has logged out of its session `a`; with a None, without it."""
    said: Claims = {"iss": ISSUER, "aud": CLIENT, "iat": NOW.timestamp(), "jti": "1", "sub": "s-1", "sid": "a"}
    said |= {"events": {EVENT: {}}, "exp": NOW.timestamp() + 120} | otherwise
    claims = {name: value for name, value in said.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, algorithms=[algorithm])


@pytest.fixture
def opened(client: Browser, office: Office, login: Login) -> Callable[[], list[str | None]]:
    """A clerk who is connected has two sessions of the provider, `a` and `b`, and one by password: those that live."""
    account = login(client, RoleName.CLERK)
    with office.act(Actor(account.id, account.centre_id)) as act:
        identities.connect(act, Subject(ISSUER, "s-1"))
    with office.upkeep() as look:
        for sid in ("a", "b"):
            sessions.begin(look, account.id, "Firefox, Linux", provider_sid=sid)

    def living() -> list[str | None]:
        with office.reading() as look:
            query = select(StaffSession).where(StaffSession.ended_at.is_(None))
            return sorted((row.provider_sid for row in look.session.scalars(query).unique()), key=str)

    assert living() == [None, "a", "b"]
    return living


def test_the_session_it_names_ends(client: Browser, office: Office, opened: Callable[[], list[str | None]]) -> None:
    answer = client.post("/login/office/ended", data={"logout_token": token()})
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert opened() == [None, "b"]
    with office.reading() as look:
        event = look.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).unique().first()
    assert event is not None
    assert (event.act, event.details) == ("account.provider_logged_out", {"sessions": 1})


def test_all_of_the_person_end_when_it_names_none(client: Browser, opened: Callable[[], list[str | None]]) -> None:
    assert client.post("/login/office/ended", data={"logout_token": token(sid=None)}).status_code == 200
    assert opened() == [None]


def test_a_session_that_is_named_without_its_person_ends(
    client: Browser, opened: Callable[[], list[str | None]]
) -> None:
    for sid in ("another", "b"):
        assert client.post("/login/office/ended", data={"logout_token": token(sub=None, sid=sid)}).status_code == 200
    assert opened() == [None, "a"]


def test_what_is_sent_again_ends_nothing_that_began_since(
    client: Browser, clock: FixedClock, opened: Callable[[], list[str | None]], office: Office
) -> None:
    said = token(sid=None)
    client.post("/login/office/ended", data={"logout_token": said})
    clock.advance(dt.timedelta(minutes=1))
    with office.upkeep() as look:
        account = look.session.scalars(select(StaffSession.account_id)).first()
        assert account is not None
        sessions.begin(look, account, "Firefox, Linux", provider_sid="c")
    assert client.post("/login/office/ended", data={"logout_token": said}).status_code == 200
    assert opened() == [None, "c"]


WRONG = {
    "another key": lambda: token(FORGED),
    "the client's secret": lambda: token(OctKey.import_key(SECRET), "HS256"),
    "no signature": lambda: "eyJhbGciOiJub25lIn0." + token().split(".")[1] + ".",
    "another issuer": lambda: token(iss="https://idp.example/other"),
    "another client": lambda: token(aud="another"),
    "no event": lambda: token(events={}),
    "no events": lambda: token(events=None),
    "an ID token": lambda: token(nonce="n"),
    "yesterday's": lambda: token(iat=NOW.timestamp() - 86_400),
    "tomorrow's": lambda: token(iat=NOW.timestamp() + 86_400),
    "over": lambda: token(exp=NOW.timestamp() - 600),
    "nobody": lambda: token(sub=None, sid=None),
    "no moment": lambda: token(iat=None),
    "words": lambda: token(iat="now"),
    "nothing": lambda: "",
    "noise": lambda: "a.b.c",
    "a list": lambda: "W10.W10.W10",
}


@pytest.mark.parametrize("why", WRONG)
def test_anything_else_ends_nothing(client: Browser, opened: Callable[[], list[str | None]], why: str) -> None:
    assert client.post("/login/office/ended", data={"logout_token": WRONG[why]()}).status_code == 400
    assert opened() == [None, "a", "b"]


def test_a_stranger_there_is_nobody_here(client: Browser, opened: Callable[[], list[str | None]]) -> None:
    assert client.post("/login/office/ended", data={"logout_token": token(sub="s-2")}).status_code == 200
    assert opened() == [None, "a", "b"]


def test_a_provider_that_does_not_answer_is_said(app: Flask, client: Browser) -> None:
    provider = app.extensions["authlib.integrations.flask_client"].office
    provider.server_metadata.clear()
    provider._server_metadata_url = f"http://127.0.0.1:{free_port()}/"
    answer = client.get("/login/office")
    assert answer.status_code == 401
    assert "The log-in at Office ID opened nothing here." in answer.text
