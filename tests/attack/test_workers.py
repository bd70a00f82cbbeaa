"""Workers as processes of their own: killed in the middle of a task, stopped, cut off; one of them leads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from issuance.background import due, enqueue, is_at_work, process
from issuance.background.leader import Leader
from issuance.clock import SystemClock
from issuance.db import Database
from tests.attack.cut import line_to

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
BACKENDS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
on_postgres = pytest.mark.parametrize("server", ["postgresql"], indirect=True)
pytestmark = on_postgres


@contextmanager
def working(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker at work on this register."""
    command = [sys.executable, "-m", "tests.attack.slow_worker", url, str(folder)]
    with (folder / "log").open("ab") as log, subprocess.Popen(command, cwd=ROOT, stderr=log) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def until(holds: Callable[[], bool], log: Path | None = None) -> None:
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < PATIENCE, log.read_text()[-3000:] if log else "it never came"
        time.sleep(0.1)


def noted(folder: Path, file: str) -> list[str]:
    path = folder / file
    return path.read_text().splitlines() if path.exists() else []


def queue(database: Database, *numbers: int) -> None:
    for _ in numbers:
        with database.transaction() as session:
            enqueue(session, "slow", clock=SystemClock())


def test_what_a_killed_worker_had_in_hand_is_done_by_another(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with working(database_url, tmp_path) as first:
        until(lambda: bool(noted(tmp_path, "lead")), tmp_path / "log")
        queue(database, 1)
        until(lambda: bool(noted(tmp_path, "begun")))
        first.send_signal(signal.SIGKILL)
        first.wait()
        (tmp_path / "go").touch()
        with working(database_url, tmp_path) as second:
            until(lambda: bool(noted(tmp_path, "done")), tmp_path / "log")
            assert [int(line) for line in noted(tmp_path, "begun")] == [first.pid, second.pid]
            until(lambda: is_idle(database))


def is_idle(database: Database) -> bool:
    with database.reading() as session:
        return not session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'slow'"))


def test_a_worker_that_is_told_to_end_finishes_its_task(database: Database, database_url: str, tmp_path: Path) -> None:
    with working(database_url, tmp_path) as worker:
        queue(database, 1, 2)
        until(lambda: bool(noted(tmp_path, "begun")), tmp_path / "log")
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        (tmp_path / "go").touch()
        assert worker.wait(PATIENCE) == 0
    assert len(noted(tmp_path, "done")) == 1
    with database.reading() as session:
        assert session.scalars(text("SELECT status FROM procrastinate_jobs WHERE task_name = 'slow'")).all() == ["todo"]
        assert not is_at_work(session)
        assert due(session, SystemClock()).count >= 1


def test_a_worker_ends_itself_when_the_database_stands_still(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with working(database_url, tmp_path) as worker, ExitStack() as stack:
        until(lambda: bool(noted(tmp_path, "lead")), tmp_path / "log")
        with database.reading() as session:
            backends = session.scalars(BACKENDS).all()
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
            stack.callback(os.kill, pid, signal.SIGCONT)
        assert worker.wait(PATIENCE) == process.HANGS


def test_a_worker_ends_itself_when_its_connections_are_half_open(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    url = make_url(database_url)
    with line_to(str(url.host), url.port or 5432) as line:
        through = url.set(port=line.port).render_as_string(hide_password=False)
        with working(through, tmp_path) as worker:
            until(lambda: bool(noted(tmp_path, "lead")), tmp_path / "log")
            line.silent.set()
            assert worker.wait(PATIENCE) == process.HANGS
    with working(database_url, tmp_path):
        before = len(noted(tmp_path, "lead"))
        until(lambda: len(noted(tmp_path, "lead")) >= before + 2, tmp_path / "log")


def test_two_workers_never_lead_at_once(database: Database, database_url: str, tmp_path: Path) -> None:
    with working(database_url, tmp_path) as one, working(database_url, tmp_path) as other:
        until(lambda: len(noted(tmp_path, "lead")) >= 8, tmp_path / "log")
        leader = int(noted(tmp_path, "lead")[0].split()[0])
        first, second = (one, other) if one.pid == leader else (other, one)
        first.send_signal(signal.SIGSTOP)  # it hangs, as far as the other can tell, and may still wake up
        before = len(noted(tmp_path, "lead"))
        time.sleep(3)
        assert len(noted(tmp_path, "lead")) - before <= 1
        first.send_signal(signal.SIGCONT)
        first.send_signal(signal.SIGKILL)
        until(lambda: any(line == f"{second.pid} ends" for line in noted(tmp_path, "lead")), tmp_path / "log")
    steps = noted(tmp_path, "lead")
    for begins, ends in zip(steps[::2], steps[1::2], strict=False):
        pid = begins.split()[0]
        if begins == f"{pid} begins" and pid == str(leader) and ends != f"{pid} ends":
            break  # where it was killed
        assert (begins, ends) == (f"{pid} begins", f"{pid} ends")


def test_the_lock_of_the_leader_is_one_and_is_given_on(database: Database, database_url: str) -> None:
    other = Database(database_url)
    first, second = Leader(database.engine), Leader(other.engine)
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(second.leads()))
    assert first.leads()
    asking.start()
    asking.join()
    assert answers == [False]
    assert first.leads()
    first.let_go()
    assert second.leads()
    with database.transaction() as session:
        session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
    assert not second.leads()
    until(first.leads)  # PostgreSQL gives a lock back a moment after it said goodbye
    first.let_go()
    second.let_go()
    other.engine.dispose()
