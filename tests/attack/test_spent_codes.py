"""A code of the second factor is taken once, and only while it or its neighbour is shown. The clock is the test's."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.models.staff import RoleName
from issuance.office import Office
from issuance.services import centres, founding
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from tests.fixtures.databases import on_sqlite

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
STEP = dt.timedelta(seconds=30)
EMAIL, PASSWORD = "clerk@liman.example", "a demonstration password"

# Flask-Security's own forms still name their choices the way WTForms 3.4 will no longer take.
pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices as tuples:DeprecationWarning")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def app(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    """An office that is no demonstration, with one account."""
    app = create_app(Settings(var=tmp_path / "var", database_url=database_url), clock=clock)
    office: Office = app.extensions["office"]
    with office.act(SYSTEM) as act:
        founding.found_centres(act)
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with office.act(SYSTEM) as act:
        centre = centres.named(act, "timisoara")
        accounts.add_account(act, NewAccount(EMAIL, "Ana Pop", centre, [RoleName.CLERK], hashed, given=False))
    yield app
    office.database.engine.dispose()


@pytest.fixture
def key(app: Flask) -> str:
    """The secret of the account's authenticator app, which was set up a while ago."""
    browser = half_way(app)
    page = send(browser, "/tf-setup", {"setup": "authenticator"}, "/tf-setup")
    found = re.search(r'<bdi class="code" dir="ltr">([A-Z2-7-]+)</bdi>', page)
    assert found, page
    secret = found[1].replace("-", "")
    clock = app.extensions["office"].clock
    send(browser, "/tf-validate", {"code": code(secret, clock.now())}, "/tf-setup")
    assert is_in(browser)
    clock.advance(20 * STEP)
    return secret


def half_way(app: Flask) -> FlaskClient:
    """A browser that gave the password."""
    browser = app.test_client()
    send(browser, "/login", {"email": EMAIL, "password": PASSWORD}, "/login")
    return browser


def send(browser: FlaskClient, path: str, fields: dict[str, str], page: str) -> str:
    """Send a form with the token of the page it is on."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert token, page
    return browser.post(path, data=fields | {"csrf_token": token[1]}).text


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/").status_code == 200


def code(secret: str, moment: dt.datetime) -> str:
    """RFC 6238 with SHA-1, six digits, 30 seconds, by its text."""
    counter = struct.pack(">Q", int(moment.timestamp()) // 30)
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_a_code_logs_in_once(app: Flask, clock: FixedClock, key: str) -> None:
    owner, thief = half_way(app), half_way(app)
    seen = code(key, clock.now())
    send(owner, "/tf-validate", {"code": seen}, "/tf-validate")
    assert is_in(owner)
    send(thief, "/tf-validate", {"code": seen}, "/tf-validate")
    assert not is_in(thief)
    clock.advance(STEP)
    send(thief, "/tf-validate", {"code": seen}, "/tf-validate")
    assert not is_in(thief), "nor a step later, when it would still be in time"


def test_a_code_older_than_one_that_was_taken_is_spent_too(app: Flask, clock: FixedClock, key: str) -> None:
    owner, thief = half_way(app), half_way(app)
    seen = code(key, clock.now())
    clock.advance(STEP)
    send(owner, "/tf-validate", {"code": code(key, clock.now())}, "/tf-validate")
    assert is_in(owner)
    send(thief, "/tf-validate", {"code": seen}, "/tf-validate")
    assert not is_in(thief)


@on_sqlite
@pytest.mark.parametrize(("steps", "taken"), [(-4, False), (-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_one_step_early_or_late_at_most(
    app: Flask, clock: FixedClock, key: str, steps: int, taken: bool
) -> None:
    browser = half_way(app)
    send(browser, "/tf-validate", {"code": code(key, clock.now() + steps * STEP)}, "/tf-validate")
    assert is_in(browser) is taken


def test_the_second_step_comes_soon_after_the_first(app: Flask, clock: FixedClock, key: str) -> None:
    browser = half_way(app)
    clock.advance(dt.timedelta(minutes=11))
    send(browser, "/tf-validate", {"code": code(key, clock.now())}, "/tf-validate")
    assert not is_in(browser)


def test_a_factor_that_was_set_up_is_not_replaced_by_a_log_in_begun_before(app: Flask, clock: FixedClock) -> None:
    thief, owner = half_way(app), half_way(app)
    secrets = []
    for browser in (thief, owner):
        page = send(browser, "/tf-setup", {"setup": "authenticator"}, "/tf-setup")
        found = re.search(r'<bdi class="code" dir="ltr">([A-Z2-7-]+)</bdi>', page)
        assert found
        secrets.append(found[1].replace("-", ""))
    send(owner, "/tf-validate", {"code": code(secrets[1], clock.now())}, "/tf-setup")
    assert is_in(owner)
    clock.advance(STEP)
    send(thief, "/tf-validate", {"code": code(secrets[0], clock.now())}, "/tf-setup")
    assert not is_in(thief)
