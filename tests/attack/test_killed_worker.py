"""The server is killed while it prepares a job: another takes it up within seconds, on both databases.

On the release of 2026-11-22 it waited ten minutes.
"""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from issuance.background import enqueue, rows, worker
from issuance.clock import SystemClock
from issuance.db import Database

ROOT = Path(__file__).parents[2]
SECONDS = 120.0
WORKER = """
import sys, time
from pathlib import Path
from issuance.background import worker
from issuance.clock import SystemClock
from issuance.db import Database

def prepare(office):
    Path(sys.argv[2]).touch()
    time.sleep(600)

worker(Database(sys.argv[1]), {"prepare": prepare}, SystemClock(), None).run_due()
"""


def test_a_killed_job_is_taken_up_within_seconds(database: Database, database_url: str, tmp_path: Path) -> None:
    begun, done = tmp_path / "begun", threading.Event()
    with database.transaction() as session:
        enqueue(session, "prepare", clock=SystemClock())
    with subprocess.Popen([sys.executable, "-c", WORKER, database_url, str(begun)], cwd=ROOT) as killed:
        try:
            wait(begun.exists)
        finally:
            killed.send_signal(signal.SIGKILL)
    other = worker(database, {"prepare": lambda _office: done.set()}, SystemClock(), None)
    wait(lambda: bool(other.run_due()) and done.is_set())


def wait(holds: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < SECONDS, "nobody took it up"
        time.sleep(0.2)


def test_a_long_job_is_not_taken_from_a_worker_that_lives(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "HOLD", dt.timedelta(seconds=2))
    monkeypatch.setattr(rows, "RENEWED_EVERY", 0.2)
    ran: list[str] = []
    begun, over = threading.Event(), threading.Event()

    def long(_office: object) -> None:
        ran.append("first")
        begun.set()
        over.wait(SECONDS)

    with database.transaction() as session:
        enqueue(session, "prepare", clock=SystemClock())
    first = threading.Thread(target=worker(database, {"prepare": long}, SystemClock(), None).run_due)
    first.start()
    assert begun.wait(SECONDS)
    other = worker(database, {"prepare": lambda _office: ran.append("other")}, SystemClock(), None)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        other.run_due()
        time.sleep(0.2)
    over.set()
    first.join(SECONDS)
    assert other.run_due() == 0
    assert ran == ["first"]
