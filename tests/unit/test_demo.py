"""`make run`'s supervisor, with real processes in the places of server and station: nobody is left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.counterparts import free_port

ROOT = Path(__file__).parent.parent.parent
SECONDS = 20

SERVER = """
import http.server, os, pathlib, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
pathlib.Path("server.pid").write_text(str(os.getpid()))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
STATION = """
import os, pathlib, time
pathlib.Path("station.pid").write_text(str(os.getpid()))
time.sleep(60)
"""
DYING = "raise SystemExit('the station has no token')"
# What main() does, with other parts.
SUPERVISOR = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import demo
port, here = sys.argv[2], pathlib.Path.cwd()
demo.ROOT = here
demo.READY_SECONDS = {ready}
server = demo.Part("server", [sys.executable, "-c", {server!r}, port], here / "server.log")
station = demo.Part("station", [sys.executable, "-c", {station!r}], here / "station.log")
sys.exit(demo.run(server, [station], f"http://127.0.0.1:{{port}}/healthz", "welcome"))
"""


@contextmanager
def supervised(
    folder: Path, server: str = SERVER, station: str = STATION, ready: float = SECONDS
) -> Iterator[subprocess.Popen[str]]:
    """The supervisor as a process of its own, ended at the latest here."""
    program = SUPERVISOR.format(server=textwrap.dedent(server), station=textwrap.dedent(station), ready=ready)
    command = [sys.executable, "-c", program, str(ROOT / ".ci"), str(free_port())]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def eventually(true: object) -> None:
    """Wait until the callable `true` is; fail after SECONDS."""
    assert callable(true)
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process exists and is not just waiting to be buried."""
    status = Path(f"/proc/{pid}/status")
    try:
        return not re.search(r"^State:\s+Z", status.read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return False


def pids(folder: Path) -> list[int]:
    """The process ids of server and station, once both run."""
    files = [folder / "server.pid", folder / "station.pid"]
    eventually(lambda: all(file.exists() and file.read_text() for file in files))
    return [int(file.read_text()) for file in files]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_stops_both(tmp_path: Path, number: signal.Signals) -> None:
    with supervised(tmp_path) as process:
        parts = pids(tmp_path)
        assert process.stdout
        assert process.stdout.readline() == "welcome\n"
        process.send_signal(number)
        output, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        assert "have stopped" in output
        assert errors == ""
    assert not any(map(is_running, parts))


def test_parts_do_not_hear_the_terminal(tmp_path: Path) -> None:
    with supervised(tmp_path):
        assert [os.getsid(pid) == pid for pid in pids(tmp_path)] == [True, True]


def test_a_dying_station_stops_the_server(tmp_path: Path) -> None:
    with supervised(tmp_path, station=DYING) as process:
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 1
        assert "The station stopped by itself" in errors
        assert "the station has no token" in errors
    assert not is_running(int((tmp_path / "server.pid").read_text()))


def test_a_dying_server_stops_the_station(tmp_path: Path) -> None:
    with supervised(tmp_path) as process:
        server, station = pids(tmp_path)
        os.kill(server, signal.SIGKILL)
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 1
        assert "The server stopped by itself" in errors
    assert not is_running(station)


def test_a_server_that_cannot_start_is_reported(tmp_path: Path) -> None:
    with supervised(tmp_path, server="raise SystemExit('the register is newer than this program')") as process:
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 1
        assert "the register is newer than this program" in errors
    assert not (tmp_path / "station.pid").exists()


def test_a_server_that_never_answers_is_reported(tmp_path: Path) -> None:
    with supervised(tmp_path, server="import time; print('waiting', flush=True); time.sleep(60)", ready=3) as process:
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 1
        assert re.match(
            r"No answer from http://127\.0\.0\.1:\d+/healthz in 3 s; the end of .*server.log:\nwaiting", errors
        )


def test_a_killed_supervisor_leaves_nobody(tmp_path: Path) -> None:
    with supervised(tmp_path) as process:
        parts = pids(tmp_path)
        process.kill()
        eventually(lambda: not any(map(is_running, parts)))


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1", "٥٠٠٠"])
def test_a_wrong_port_is_refused(port: str) -> None:
    done = run_demo(port)
    assert done.returncode == 1
    assert done.stderr == f"LIMAN_PORT is {port!r}: give a port number from 1 to 65535.\n"


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_demo(str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr


def run_demo(port: str) -> subprocess.CompletedProcess[str]:
    """Start `.ci/demo.py` as `make run` does."""
    environment = {**os.environ, "LIMAN_PORT": port, "PYTHONUTF8": "1"}
    command = [sys.executable, ROOT / ".ci" / "demo.py"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
