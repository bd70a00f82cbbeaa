"""Somebody else holds SQLite's one lock: who reads is answered, who writes is told to come back, nobody sees a 500."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select

from issuance import db
from issuance.db import Database
from issuance.errors import Busy
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.office import Office
from tests.fixtures.databases import Folder
from tests.people import Case
from tests.web.conftest import Browser, Login, address_of

PAGES = {
    RoleName.CLERK: ("/", "/desk", "/desk/due", "/desk/lodge", "/desk/ready", "/losses", "/uncollected", "/account"),
    RoleName.DECISION_OFFICER: ("/decisions/",),
    RoleName.OPERATOR: ("/production/jobs", "/production/stations"),
    RoleName.QUALITY_OFFICER: ("/quality/",),
    RoleName.SUPERVISOR: (
        "/imports/",
        "/oversight/events",
        "/oversight/held",
        "/oversight/figures",
        "/oversight/chain",
    ),
    RoleName.ADMINISTRATOR: ("/accounts", "/centres", "/rules"),
}


@pytest.fixture
def server(sqlite: Folder) -> Folder:
    return sqlite


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits as long as people do."""
    monkeypatch.setattr(Database.transaction.__wrapped__, "__defaults__", (0.2,))  # type: ignore[attr-defined]
    monkeypatch.setattr(Office.upkeep.__wrapped__, "__defaults__", (0.2,))  # type: ignore[attr-defined]


@pytest.fixture
def held(impatient: None, office: Office) -> Iterator[sqlite3.Connection]:
    """The write lock in another process' hands, until the test ends."""
    with closing(sqlite3.connect(str(office.database.engine.url.database), isolation_level=None)) as other:
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


def hold(other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize("role", PAGES, ids=str)
def test_who_reads_is_answered(client: Browser, login: Login, held: sqlite3.Connection, role: RoleName) -> None:
    login(client, role)
    hold(held)
    for page in PAGES[role]:
        assert client.get(page).status_code == 200, page


def test_everybodys_pages_are_answered(client: Browser, held: sqlite3.Connection) -> None:
    hold(held)
    for page in ("/status", "/login", "/healthz"):
        assert client.get(page).status_code == 200, page


def test_a_holder_is_answered(client: Browser, office: Office, lodged: Case, held: sqlite3.Connection) -> None:
    """Who knows reference and birth date; a wrong one is counted before it is answered, and must wait."""
    with office.reading() as look:
        reference = look.session.get_one(IssuanceRequest, lodged.request_id).reference
    born = {"birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1992"}
    hold(held)
    assert client.submit("/status", {"reference": reference} | born).status_code == 200
    wrong = client.submit("/status", {"reference": reference} | born | {"birth_date-year": "1993"})
    assert (wrong.status_code, wrong.headers["Retry-After"]) == (503, "5")


def test_who_writes_is_told_to_come_back(client: Browser, login: Login, held: sqlite3.Connection) -> None:
    """A log-in keeps a session and a form a request: both wait, and are then told so in a sentence."""
    login(client, RoleName.ADMINISTRATOR)
    form = {"name": "Iași", "code": "iasi", "address": "Str. Lăpușneanu 1", "opening_hours": "Mo-Fr 08:30-16:30"}
    hold(held)
    answer = client.submit("/centres/add", form)
    assert answer.status_code == 503
    assert "The register is busy and nothing was saved" in answer.text
    assert 'value="iasi"' in answer.text, "what was typed stays"
    held.execute("ROLLBACK")
    assert client.submit("/centres/add", form).status_code == 303


def test_a_log_in_waits_and_is_told(client: Browser, held: sqlite3.Connection) -> None:
    client.get("/login")
    hold(held)
    typed = {"email": address_of(RoleName.CLERK), "password": "not the password"}
    answer = client.submit("/login", typed)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The register is busy" in answer.text


def test_an_act_that_waited_too_long_is_busy(office: Office, held: sqlite3.Connection) -> None:
    hold(held)
    with pytest.raises(Busy), office.upkeep() as look:
        look.session.execute(select(1))
    assert db.PATIENCE == 10.0
