"""What works in the background is killed, dies, hangs or is stopped: somebody says so, and it comes back by itself.

A worker that is killed in a task: tests/attack/test_killed_worker.py. A token process: tests/contract. On the release
before the server served on for ever when its background thread had died: nothing was signed, chained or prepared.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from issuance.background import process
from issuance.background.process import HANGS, Watch
from issuance.states import JobState
from tests.attack.faults.ground import checks, is_ready, until
from tests.attack.faults.hanging_office import BREAK
from tests.counterparts import free_port
from tests.drill import Drill

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
WAIT = 240.0
BY_ITSELF = ("liman", "liman-public", "liman-worker", "liman-station", "liman-metrics")


class Work:
    """A worker that a test makes ill."""

    is_well = True

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


@contextmanager
def watched(worker: Work | None, gets_on: threading.Event) -> Iterator[tuple[Watch, threading.Event]]:
    ended = threading.Event()
    watch = Watch(worker, gets_on.is_set, ended.set)  # type: ignore[arg-type]
    watch.start()
    try:
        yield watch, ended
    finally:
        watch.stop()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where a service tells systemd how it goes."""
    monkeypatch.setattr(process, "LOOKED_AT_EVERY", 0.01)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(WAIT)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def test_a_server_that_gets_on_says_so(systemd: socket.socket) -> None:
    gets_on = threading.Event()
    gets_on.set()
    with watched(Work(), gets_on) as (watch, ended):
        assert [systemd.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    assert not ended.is_set()
    assert not watch.hung


def test_a_server_whose_loop_stands_still_says_nothing(systemd: socket.socket) -> None:
    with watched(None, threading.Event()):
        assert systemd.recv(100) == b"READY=1"
        systemd.settimeout(0.2)
        with pytest.raises(TimeoutError):
            systemd.recv(100)


def test_a_worker_that_is_ill_ends_its_server(systemd: socket.socket) -> None:
    worker, gets_on = Work(), threading.Event()
    with watched(worker, gets_on) as (watch, ended):
        worker.is_well = False
        assert ended.wait(WAIT)
    assert watch.hung


@pytest.mark.parametrize("how", ["die", "hang"])
def test_a_broken_background_thread_ends_the_server_and_the_next_goes_on(
    demonstration: Path, tmp_path: Path, how: str
) -> None:
    """As systemd does: what ends by itself is started again."""
    var, breaking, port = tmp_path / "var", tmp_path / "breaking", free_port()
    shutil.copytree(demonstration, var)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    told = {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1", "LIMAN_LISTEN": f"127.0.0.1:{port}", BREAK: str(breaking)}
    command = [sys.executable, "-m", "tests.attack.faults.hanging_office", how]
    url = f"http://127.0.0.1:{port}"
    breaking.touch()
    with (tmp_path / "log").open("w+") as log:
        with subprocess.Popen(command, cwd=ROOT, env=clean | told, stderr=log) as server:
            assert server.wait(WAIT) == HANGS, (tmp_path / "log").read_text()
        assert '"event": "worker_hangs"' in (tmp_path / "log").read_text()
        breaking.unlink()
        with subprocess.Popen(command, cwd=ROOT, env=clean | told, stderr=log) as server:
            until(lambda: is_ready(url))
            server.send_signal(signal.SIGTERM)
            assert server.wait(WAIT) == 0


@pytest.mark.parametrize("unit", BY_ITSELF)
def test_systemd_starts_what_ends_again(unit: str) -> None:
    text = (DEPLOY / f"{unit}.service").read_text()
    assert "\nRestart=always\n" in text
    if unit in ("liman", "liman-public", "liman-worker"):
        assert re.search(r"\nType=notify\nWatchdogSec=\d+\n", text)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_server_and_station_are_stopped_and_killed(database_url: str, tmp_path: Path) -> None:
    """The station is stopped for a while and goes on; it and the server are killed, and are started as systemd does:
    every card is made once, and the register knows of it."""
    drill = Drill(tmp_path / "var", database_url)
    url = f"http://127.0.0.1:{drill.port}"
    drill.approve(1)
    with drill.server() as server, drill.station() as station:
        drill.wait_until_made(1)
        station.send_signal(signal.SIGSTOP)
        drill.approve(1)
        drill.wait(lambda: drill.jobs().get(JobState.QUEUED) == 1)
        assert checks(url)["background"], "the others go on"
        station.send_signal(signal.SIGCONT)
        drill.wait_until_made(2)
        station.kill()
        server.kill()
        server.wait(WAIT)
    drill.approve(1)
    with drill.server(), drill.station():
        drill.wait_until_made(3)
        drill.wait(lambda: drill.jobs() == {JobState.DONE: 3})
        until(lambda: is_ready(url))
    used = {serial for serial, state in drill.ledger().items() if state != "at_station"}
    assert used == set(drill.made().values())
