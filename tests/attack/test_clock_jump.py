"""The clock of the server is set three years ahead for a moment, then right again: a real server, a real register.

Found on the release of 2026-11-22: chaining, the end of leases and retention moved to 2029, ten wrong tries had to wait
1,576,815 minutes, the keys of a request that was withdrawn that day were destroyed, and readiness said all is well.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from issuance.actors import Actor
from issuance.db import Database
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.models.vault import DataKey
from issuance.office import Office
from issuance.services.casework import decisions
from issuance.services.trust import limits, trusted_time
from issuance.services.trust.limits import TooManyTries
from issuance.settings import Settings
from tests.attack.jumping_office import AHEAD_FILE, SetClock
from tests.background import queued
from tests.counterparts import free_port

ROOT = Path(__file__).parents[2]
THREE_YEARS = 3 * 365 * 86_400.0
PATIENCE = 60.0


@dataclass
class Attacked:
    """A running server, its register as another process sees it, and the hand on its clock."""

    url: str
    office: Office
    ahead: Path

    def set_ahead(self, seconds: float) -> None:
        draft = self.ahead.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(self.ahead)

    def tasks(self) -> dict[str, dt.datetime]:
        with self.office.reading() as look:
            now = self.office.clock.now()
            return {task.name: now + task.due_in for task in queued(look.session, now)}

    def keys(self) -> list[bytes | None]:
        with self.office.reading() as look:
            return list(look.session.scalars(select(DataKey.wrapped)))

    def ready(self) -> int:
        """The HTTP status of the readiness page."""
        return status(f"{self.url}/readyz")


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < PATIENCE, "it never came"
        time.sleep(0.1)


def status(url: str) -> int:
    """The HTTP status of a page; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@pytest.fixture
def attacked(demonstration: Path, tmp_path: Path) -> Iterator[Attacked]:
    """The demonstration, served; one request of it was withdrawn today."""
    var = tmp_path / "var"
    shutil.copytree(demonstration, var)
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    settings = Settings(var=var, demo=True)
    office = Office(settings, Database(settings.database), SetClock(ahead))
    withdraw_one(office)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    chosen = {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1", "LIMAN_LISTEN": f"127.0.0.1:{port}", AHEAD_FILE: str(ahead)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.attack.jumping_office"],
        cwd=ROOT,
        env=os.environ | chosen,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: status(f"{url}/healthz") == 200)
        at = Attacked(url, office, ahead)
        until(lambda: at.ready() == 200)
        until(lambda: len(at.tasks()) >= 4 and at.tasks()["destroy-ended"] > office.clock.now())
        yield at
    finally:
        process.terminate()
        process.wait(30)
        office.database.engine.dispose()


def is_stopped(office: Office) -> bool:
    """Whether the server has written down that the clock jumped."""
    with office.reading() as look:
        return trusted_time.is_stopped(look)


def withdraw_one(office: Office) -> None:
    with office.reading() as look:
        clerk = look.session.scalars(select(Staff).where(Staff.email == "clerk@liman.example")).unique().one()
        request_id = look.session.scalars(select(DataKey.request_id)).first()
    with office.act(Actor(clerk.id, clerk.centre_id, frozenset({"clerk"}))) as act:
        decisions.withdraw(act, act.session.get_one(IssuanceRequest, request_id), "moved away")


def ten_tries(office: Office) -> int:
    """Seconds that the eleventh has to wait."""
    with office.upkeep() as look:
        for _ in range(10):
            limits.count(look, limits.Counted("login", "clerk@liman.example", 10))
    return wait(office)


def wait(office: Office) -> int:
    try:
        with office.upkeep() as look:
            limits.count(look, limits.Counted("login", "clerk@liman.example", 10))
    except TooManyTries as error:
        return error.retry_after
    return 0


def test_three_years_ahead_for_a_moment_destroys_and_moves_nothing(attacked: Attacked) -> None:
    keys = attacked.keys()
    assert all(keys)
    attacked.set_ahead(THREE_YEARS)
    # The server has seen the jump: events are chained while it is stopped too, or retention ran.
    far = attacked.office.clock.now() - dt.timedelta(days=300)
    until(lambda: attacked.tasks()["link-audit"] > far)
    during = attacked.ready()
    ten_tries(attacked.office)
    attacked.set_ahead(0)

    assert attacked.keys() == keys, "the keys of a request that ended today were destroyed"
    assert during == 503, "readiness said that all is well"
    assert wait(attacked.office) <= 15 * 60, "tries of 2029 are waited for"
    now = attacked.office.clock.now()
    until(lambda: attacked.tasks()["link-audit"] < now + dt.timedelta(minutes=5))
    assert all(due < now + dt.timedelta(days=8) for due in attacked.tasks().values()), attacked.tasks()


def test_what_has_a_date_is_refused_until_two_persons_said_the_time(attacked: Attacked) -> None:
    attacked.set_ahead(THREE_YEARS)
    until(lambda: is_stopped(attacked.office))
    attacked.set_ahead(0)
    with pytest.raises(Exception, match="clock of the office jumped"):
        withdraw_one(attacked.office)
    assert attacked.ready() == 503
