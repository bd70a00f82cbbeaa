"""What `make run` starts: the server and its station, on data that is kept, ended by Ctrl-C."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from tests.counterparts import free_port

ROOT = Path(__file__).parents[2]
SECONDS = 90


def until(lines: Iterable[str], last: str) -> str:
    """What was printed before the line `last`; fails when the output ends without it."""
    printed: list[str] = []
    for line in lines:
        if line == last:
            return "".join(printed)
        printed.append(line)
    raise AssertionError(f"never printed {last!r}:\n{''.join(printed)}")


def until_ready(url: str) -> None:
    """Wait until the server is ready: the events of the set-up are chained first."""
    begun = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz") as answer:
                assert answer.status == 200
                return
        except urllib.error.HTTPError as error:
            said = error.read()
            error.close()
            assert time.monotonic() - begun < SECONDS, said
        time.sleep(0.2)


def test_starts_on_kept_data_and_ends_on_ctrl_c(demonstration: Path, tmp_path: Path) -> None:
    var = tmp_path / "var"
    shutil.copytree(demonstration, var)
    url = f"http://127.0.0.1:{free_port()}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    environment |= {"LIMAN_VAR": str(var), "LIMAN_PORT": url.rpartition(":")[2]}
    command = [sys.executable, ROOT / ".ci" / "demo.py"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            screen = until(process.stdout, f"Liman runs at {url} - Ctrl-C stops it. Logs: {var}/log\n")
            until_ready(url)
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 0
        finally:
            process.terminate()
    assert "0 fictional requests were lodged now." in screen
    assert f"password {(var / 'demo-password').read_text()}:" in screen
    roles = set(re.findall(r"^  \S+@liman\.example +(\w+)$", screen, re.MULTILINE))
    assert {"clerk", "decision_officer", "operator", "quality_officer", "supervisor", "auditor"} <= roles
    assert "Traceback" not in (var / "log" / "server.log").read_text() + (var / "log" / "station.log").read_text()
