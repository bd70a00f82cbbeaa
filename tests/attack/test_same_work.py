"""Nobody learns from a refused log-in whether there is an account: the same page, by the same work.

What takes time is counted, not timed: hashes of passwords and statements of the register (`tests/bench/login_timing.py`
measures).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import argon2
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import event, update

from app import create_app
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services import centres, founding
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from tests.attack.test_spent_codes import NOON

OPEN, CLOSED, ENDED, EMPTY, UNKNOWN = (f"{name}@liman.example" for name in ("open", "closed", "ended", "empty", "none"))
ADDRESSES = (OPEN, CLOSED, ENDED, EMPTY, UNKNOWN)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An office that is no demonstration, with an account of each kind."""
    app = create_app(Settings(var=tmp_path / "var", database_url=database_url), clock=FixedClock(NOON))
    office: Office = app.extensions["office"]
    with office.act(SYSTEM) as act:
        founding.found_centres(act)
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("a demonstration password")
    for email in (OPEN, CLOSED, ENDED, EMPTY):
        with office.act(SYSTEM) as act:
            centre = centres.named(act, "timisoara")
            accounts.add_account(act, NewAccount(email, email, centre, [RoleName.CLERK], hashed, given=False))
    with office.database.engine.begin() as connection:
        for email, values in (
            (CLOSED, {"active": False}),
            (ENDED, {"ends_on": NOON.date().replace(day=1)}),
            (EMPTY, {"password": None}),
        ):
            connection.execute(update(Staff).where(Staff.email == email).values(values))
    yield app
    office.database.engine.dispose()


class Seen(NamedTuple):
    """A page without what tells any two apart, and what it cost: hashes, transactions that were kept, statements."""

    page: str
    hashes: int
    kept: int
    asked: list[str]


class Work:
    """What a request cost."""

    def __init__(self) -> None:
        self.hashes = self.kept = 0
        self.asked: list[str] = []

    def keep(self, _connection: object) -> None:
        """A transaction is kept."""
        self.kept += 1

    def ask(self, *given: Any) -> None:
        """A statement, by what it does to which table."""
        named = re.match(r"\s*(\w+).*?(?:FROM|INTO|UPDATE|=|$)\s*\"?(\w*)", given[2], re.DOTALL)
        self.asked.append(" ".join(named.groups()) if named else given[2])

    def hash(self, really: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Hash, and count it."""
        self.hashes += 1
        return really(*given, **named)


@pytest.fixture
def work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Work:
    made = Work()
    engine = app.extensions["office"].database.engine
    for name in ("hash_secret", "verify_secret"):
        monkeypatch.setattr(argon2.low_level, name, partial(made.hash, getattr(argon2.low_level, name)))
    event.listen(engine, "before_cursor_execute", made.ask)
    event.listen(engine, "commit", made.keep)
    return made


def refused(app: Flask, work: Work, email: str) -> Seen:
    """A wrong password at this address."""
    browser = app.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login").text)
    assert token
    work.hashes, work.kept, work.asked = 0, 0, []
    answer = browser.post("/login", data={"email": email, "password": "a wrong password", "csrf_token": token[1]})
    page = re.sub(r'(name="csrf_token" value=|nonce=)"[^"]+"', r"\1", answer.text).replace(email, "")
    return Seen(page, work.hashes, work.kept, list(work.asked))


def test_a_wrong_password_costs_the_same_for_whatever_account(app: Flask, work: Work) -> None:
    """The first of a quarter of an hour, which is told, and those after it."""
    first = {email: refused(app, work, email) for email in ADDRESSES}
    again = {email: refused(app, work, email) for email in ADDRESSES}
    unknown = again[UNKNOWN]
    assert "is wrong" in unknown.page
    for email in ADDRESSES:
        assert first[email].page == again[email].page == unknown.page, email
        assert first[email].hashes == again[email].hashes == unknown.hashes == 1, email
        assert first[email].kept == again[email].kept == unknown.kept, email
        assert again[email].asked == unknown.asked, email
