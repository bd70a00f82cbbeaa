"""Attack row 15: eight open proofs of the audit stopped every page of the office.

The real server, on a register whose chains nobody can read for a while: whatever request computed a proof would hang
until the attack ends. All requests are answered meanwhile, and the one proof that was asked for is made afterwards.
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Select, select, text

from issuance.actors import SYSTEM
from issuance.db import Database
from issuance.models.audit import AuditProof, AuditUnlinked
from issuance.models.staff import Staff
from tests.counterparts import free_port
from tests.fixtures.postgres import Cluster
from tests.fixtures.stages import Stages
from tests.people import EVENT_KEY, LAYLA, VAULT_KEY, SmallOffice, Stage

ROOT = Path(__file__).parents[2]
EIGHT = 8
"""As many as the server has threads."""
SECONDS = 60
"""A test that hangs says so; nothing is judged by it."""
PASSWORD = "a password of the tests"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Reader:
    """Somebody who logged in."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.opener.addheaders = [("Accept-Language", "en")]
        status, page = self.post("/login", {"email": f"{name}@test.example", "password": PASSWORD}, "/login")
        assert status == 200
        assert 'name="password"' not in page

    def get(self, path: str) -> tuple[int, str]:
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, fields: dict[str, str], page: str) -> tuple[int, str]:
        """Send a form with the token of its page."""
        token = TOKEN.search(self.get(page)[1])
        assert token
        data = urllib.parse.urlencode(fields | {"csrf_token": token[1]}).encode()
        return self._ask(urllib.request.Request(self.url + path, data=data))

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def database(postgres: Cluster, stages: Stages) -> Iterator[Database]:
    """A register with a request whose document was checked; its accounts can log in."""
    kept = stages.at(postgres, Stage.CHECKED, LAYLA)
    with postgres.database(kept.template) as url:
        database = Database(url)
        office = SmallOffice(database, memory=pickle.loads(kept.memory))
        with office.act(SYSTEM) as act:
            accounts = act.session.scalars(select(Staff).where(Staff.email.like("%@test.example"))).unique().all()
            for account in accounts:
                account.password = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
            act.record("account.login_changed", *accounts)
        yield database
        database.engine.dispose()


@pytest.fixture
def url(database: Database, tmp_path: Path) -> Iterator[str]:
    """The real server on that register, with its background thread."""
    (tmp_path / "keys").mkdir()
    for name, key in (("vault", VAULT_KEY), ("audit-events", EVENT_KEY)):
        (tmp_path / "keys" / name).write_bytes(key)
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "app"]
    chosen = {
        "LIMAN_VAR": str(tmp_path),
        "LIMAN_DATABASE_URL": database.engine.url.render_as_string(),
        "LIMAN_DEMO": "1",
        "LIMAN_LISTEN": address,
        "LIMAN_LONGEST_CLOSURE_DAYS": "100000",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | chosen, stdout=log, stderr=log)
    try:
        _wait_ready(f"http://{address}", process)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)


def _wait_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=SECONDS).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@contextmanager
def unreadable_chains(database: Database) -> Iterator[None]:
    """Nobody reads or writes a link until the block ends."""
    with database.engine.connect() as connection:
        connection.execute(text("LOCK TABLE audit_link IN ACCESS EXCLUSIVE MODE"))
        yield


def until(database: Database, rows: Select[Any], count: int) -> None:
    """Wait until there are so many of these."""
    found = -1
    while found != count:
        time.sleep(0.05)
        with database.reading() as session:
            found = len(session.execute(rows).all())


ENDED = select(AuditProof.id).where(AuditProof.verdict != "under_way")
WAITING = select(AuditUnlinked.event_id)


def test_eight_proofs_at_once_hold_up_nobody(url: str, database: Database) -> None:
    readers = [Reader(url, "auditor") for _ in range(EIGHT)]
    clerk = Reader(url, "clerk")
    until(database, ENDED, 1)  # the one that the server makes when it starts
    with unreadable_chains(database), ThreadPoolExecutor(EIGHT) as together:
        page = "/oversight/chain"
        looked = list(together.map(lambda reader: reader.get(f"{page}?now=1")[0], readers))
        asked = list(together.map(lambda reader: reader.post(page, {"whole": "yes"}, page), readers))
        assert clerk.get("/")[0] == 200
        assert "A proof is under way." in readers[0].get(page)[1]
    assert looked == [200] * EIGHT
    assert sorted(status for status, _ in asked) == [200] + [409] * (EIGHT - 1)
    assert all("Wait for it to end" in said for status, said in asked if status == 409)
    until(database, ENDED, 2)
    assert "Everything is as it was recorded." in readers[0].get(page)[1]
    until(database, WAITING, 0)  # what was done meanwhile is linked by itself
