"""An office with one account per role, on each database, and a browser that is logged in as one of them."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from issuance.actors import SYSTEM
from issuance.acts import Act
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.audit import AuditEvent
from issuance.models.staff import Centre, RoleName, Staff
from issuance.office import Office
from issuance.services import founding, rule_versions
from issuance.services.trust import accounts, sessions
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from issuance.vault import Vault
from tests.fixtures.databases import Server, server_of
from tests.fixtures.postgres import TEMPLATE
from tests.fixtures.stages import Stages
from tests.people import EVENT_KEY, VAULT_KEY, Memory, SmallOffice

NOW = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
CENTRE = "timisoara"
PASSWORD = "a demonstration password"
CSRF = "0" * 40


KEPT_ACTS: list[list[str]] = []
"""The events of each act that was kept, in this process."""


@pytest.fixture(autouse=True)
def acts_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each act that ends well, by its events."""
    end, record = Act.close, Act.record

    def noted_end(act: Act) -> None:
        end(act)
        if noted := act.__dict__.get("noted"):
            KEPT_ACTS.append(noted)

    def noted_record(act: Act, name: str, /, *subjects: Any, **more: Any) -> AuditEvent:
        act.__dict__.setdefault("noted", []).append(name)
        return record(act, name, *subjects, **more)

    monkeypatch.setattr(Act, "close", noted_end)
    monkeypatch.setattr(Act, "record", noted_record)


class Browser(FlaskClient):
    """A test client that sends forms as the pages do, with the token of its session.

    No request may be two acts: what a page does is one transaction, or half of it could stay.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request, and see that it was at most one act."""
        begun = len(KEPT_ACTS)
        answer = super().open(*args, **kwargs)
        kept = KEPT_ACTS[begun:]
        assert len(kept) <= 1, f"one request was several acts: {kept}"
        return answer

    def submit(self, url: str, fields: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """POST a form with a valid CSRF token."""
        with self.session_transaction() as session:
            if session.get("csrf_token") != CSRF:
                session["csrf_token"] = CSRF
        signer = URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token")
        return self.post(url, data={"csrf_token": signer.dumps(CSRF), **(fields or {})}, **more)

    def look_up(self, text: str, **fields: str) -> TestResponse:
        """Search for `text` and go to the address of what is found."""
        asked = self.submit("/search", {"q": text, **fields})
        assert len(text) < 5 or text not in asked.location
        return self.get(asked.location)

    def take_session(self, account_id: UUID) -> None:
        """Log in as the account, without the slow password: a session in the register, its key in the cookie."""
        self.account_id = account_id
        with self.application.extensions["office"].upkeep() as look:
            row, key = sessions.begin(look, account_id, "Firefox, Linux")
            sessions.keep(look, row.id, {"csrf_token": CSRF})
        self.set_cookie("liman", key)

    def come_back(self) -> None:
        """Log in again, as the clock went on and the session ended."""
        self.take_session(self.account_id)


def address_of(role: RoleName) -> str:
    """The e-mail address of the role's account."""
    return f"{role}@liman.example"


@pytest.fixture(scope="session")
def argon2_hash() -> str:
    """PASSWORD, hashed once for all tests and cheaply: checking it costs what the hash itself says."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """Of the two databases the one that the test's name falls to, unless it says which: the acts themselves are tried
    on both in `tests/integration`, and the pages on each often enough to see where they would differ."""
    fallen = ("sqlite", "postgresql")[zlib.crc32(request.node.nodeid.encode()) % 2]
    return server_of(request, getattr(request, "param", fallen))


@pytest.fixture(scope="session")
def ground(argon2_hash: str) -> Callable[[Server], str]:
    """`ground(server)` is the database with centres, rules and one account per role that the other stages stand on."""

    @cache
    def template(server: Server) -> str:
        server.create("template_office", TEMPLATE)
        found_office(server.url("template_office"), argon2_hash)
        return "template_office"

    return template


@pytest.fixture(scope="session")
def stages(ground: Callable[[Server], str]) -> Stages:
    """The stages of the tests of pages, at their own time."""
    return Stages(NOW, ground)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, server: Server, ground: Callable[[Server], str]) -> Iterator[str]:
    """A register with an office; and with the small office at its stage, if the test knows its people."""
    knows_people = "kept" in request.fixturenames
    template = request.getfixturevalue("kept").template if knows_people else ground(server)
    with server.database(template) as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A demonstration office (no second factor) of its own."""
    return Settings(var=tmp_path / "var", demo=True, background=False, database_url=database_url)


@pytest.fixture
def clock() -> FixedClock:
    """The office's clock, standing at NOW."""
    return FixedClock(NOW)


def found_office(url: str, argon2_hash: str) -> None:
    """Centres, rules and one account per role in the register at `url`."""
    office = Office(Settings(), Database(url), FixedClock(NOW))
    office.event_key = EVENT_KEY
    with office.act(SYSTEM) as act:
        founding.found_centres(act)
        rule_versions.publish(act)
    with office.act(SYSTEM) as act:
        centre = act.session.scalars(select(Centre).where(Centre.code == CENTRE)).one()
        for role in RoleName:
            ends_on = dt.date(2100, 1, 1) if role in (RoleName.ENROLMENT_EXPERT, RoleName.PARTNER) else None
            new = NewAccount(
                address_of(role), f"Test {role}", centre, [role], argon2_hash, given=False, ends_on=ends_on
            )
            accounts.add_account(act, new)
    office.database.engine.dispose()


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole application, built once; the office of each test moves in."""
    return whole_application(tmp_path_factory)


def whole_application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application with every surface, whose clients are Browsers."""
    app = create_app(Settings(var=tmp_path_factory.mktemp("application"), demo=True, background=False))
    app.test_client_class = Browser
    app.testing = False
    return app


@pytest.fixture
def app(application: Flask, settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    """The whole application on a register with centres, rules and one account per role."""
    move_in(application, settings, clock)
    yield application
    application.extensions["office"].database.engine.dispose()


def move_in(app: Flask, settings: Settings, clock: FixedClock) -> None:
    """Make the application's office a new one; it stays the same object, which the log-in holds on to."""
    office = app.extensions["office"]
    office.database.engine.dispose()
    settings.var.mkdir(exist_ok=True)
    vars(office).clear()
    office.__init__(settings, Database(settings.database), clock)
    office.vault = Vault(VAULT_KEY)
    office.event_key = EVENT_KEY


@pytest.fixture
def office(app: Flask) -> Office:
    """What the services need."""
    return app.extensions["office"]


@pytest.fixture
def people(office: Office, memory: Memory) -> SmallOffice:
    """People and steps of the services on the register of the application under test."""
    return SmallOffice(office.database, office.clock, office.vault, memory)  # type: ignore[arg-type]


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser nobody is logged in with; it reads English."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


Login = Callable[[Browser, RoleName], Staff]


@pytest.fixture
def login(office: Office) -> Login:
    """`login(client, role)` puts the role's account into the browser's session, without the slow password."""

    def enter(browser: Browser, role: RoleName) -> Staff:
        with office.database.reading() as session:
            account = session.scalars(select(Staff).where(Staff.email == address_of(role))).unique().one()
        browser.take_session(account.id)
        return account

    return enter
