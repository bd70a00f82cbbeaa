"""`make run`: a demonstration office on this machine, the server and its stations as processes of their own.

Both are ended together: by Ctrl-C or SIGTERM (exit 0), or when one of them dies (exit 1).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
READY_SECONDS = 60
STOP_SECONDS = 15
LOG_TAIL_LINES = 20
FLASK = [sys.executable, "-m", "flask", "--app", "app"]
STATIONS = ("station", "station-2")  # folders of the data


@dataclass(frozen=True)
class Part:
    """One process of the office; what it says goes to `log`."""

    name: str
    command: list[str]
    log: Path
    lasting: bool = True
    """Whether it must not end by itself."""

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that Ctrl-C reaches only us; it ends should we be killed."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self.command],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def last_lines(log: Path) -> str:
    """The end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with success."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (a loopback address of ours)
            return True
    except (urllib.error.URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end; insist when it does not within STOP_SECONDS."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Office:
    """The running parts. `ending` is set by a signal; `dead` is the part that ended without being asked."""

    def __init__(self, ending: threading.Event) -> None:
        self.ending = ending
        self.running: list[tuple[Part, subprocess.Popen[bytes]]] = []

    def start(self, part: Part) -> None:
        """Start one more part."""
        self.running.append((part, part.start()))

    @property
    def dead(self) -> Part | None:
        """The first part that has ended and should not have."""
        return next((part for part, process in self.running if part.lasting and process.poll() is not None), None)

    def wait_for(self, url: str) -> bool:
        """Wait until `url` answers; False when told to end, a part died, or READY_SECONDS passed."""
        deadline = time.monotonic() + READY_SECONDS
        while not answers(url):
            if self.ending.wait(0.1) or self.dead or time.monotonic() > deadline:
                return False
        return True

    def wait(self) -> None:
        """Wait until told to end or a part died."""
        while not self.ending.wait(0.2) and not self.dead:
            pass

    def close(self) -> None:
        """End every part, the last started first."""
        for _, process in reversed(self.running):
            stop(process)


def run(server: Part, others: Sequence[Part], ready_url: str, welcome: str) -> int:
    """Run all parts until a signal (0) or until one dies or never answers (1, said in a sentence)."""
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.set())
    office = Office(ending)
    try:
        office.start(server)
        if office.wait_for(ready_url):
            for part in others:
                office.start(part)
            print(welcome, flush=True)
            office.wait()
        dead, asked = office.dead, ending.is_set()
    finally:
        office.close()
    if not asked:
        what = f"The {dead.name} stopped by itself" if dead else f"No answer from {ready_url} in {READY_SECONDS} s"
        log = (dead or server).log
        print(f"{what}; the end of {log}:\n{last_lines(log)}", file=sys.stderr)
        return 1
    print("\nThe server and its stations have stopped. Their data is kept: make run starts them again.")
    return 0


def is_free(port: int) -> bool:
    """Whether we could listen on loopback `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def parts(port: int, var: Path) -> tuple[Part, list[Part]]:
    """The server, which is one process because its background thread must exist once; its stations, and the first
    morning, which ends when something waits for everybody."""
    logs = var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    server = [sys.executable, "-m", "app"]
    station = [sys.executable, "-m", "card_drivers", "station", "--server", f"http://{HOST}:{port}"]
    stations = [
        Part(name, [*station, "--token-file", f"{var / name}/token", "--state", f"{var / name}"], logs / f"{name}.log")
        for name in STATIONS
    ]
    play = [*FLASK, "play-demo"]
    morning = Part("first morning", play, logs / "morning.log", lasting=False)
    return Part("server", server, logs / "server.log"), [*stations, morning]


def load_blanks(station: Path) -> bool:
    """Put the blanks of the demonstration into the simulated printer, the first time; whether they are in."""
    if (station / "simulator" / "machine.json").exists():
        return True
    load = [sys.executable, "-m", "card_drivers", "load", "--state", str(station)]
    command = [*load, "--file", str(station / "blanks.json")]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode == 0


def main() -> int:
    """Set the demonstration up, or find it set up, and run it on LIMAN_PORT (5000)."""
    number = os.environ.get("LIMAN_PORT", "5000")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= 65535:
        print(f"LIMAN_PORT is {number!r}: give a port number from 1 to 65535.", file=sys.stderr)
        return 1
    port = int(number)
    if not is_free(port):
        print(
            f"Port {port} on {HOST} is taken: another Liman may be running. "
            "Stop it, or choose another port: LIMAN_PORT=5001 make run",
            file=sys.stderr,
        )
        return 1
    url = f"http://{HOST}:{port}"
    os.environ |= {"LIMAN_DEMO": "1", "LIMAN_PUBLIC_URL": url, "LIMAN_LISTEN": f"{HOST}:{port}"}
    done = subprocess.run([*FLASK, "set-up-demo"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    var = ROOT / os.environ.get("LIMAN_VAR", "var")
    if done.returncode != 0 or not all(load_blanks(var / name) for name in STATIONS):
        print(f"{done.stdout}The demonstration could not be set up: see the message above.", file=sys.stderr)
        return 1
    welcome = (
        f"{done.stdout}\nWithin a minute something waits for everybody (log/morning.log says when).\n"
        f"Liman runs at {url} - Ctrl-C stops it. Logs: {var / 'log'}"
    )
    return run(*parts(port, var), f"{url}/healthz", welcome)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
