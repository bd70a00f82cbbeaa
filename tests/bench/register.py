"""How long the pages of a register take for 1, 8 and 32 users at once, by the real server over HTTP.

    python -m tests.bench.register URL [URL ...] [--users 1 8 32] [--seconds 5]

The registers are made by `tests.bench.filled`, a small and a large one to see that pages stay as fast; SQLite or
PostgreSQL. Each is served as in production (waitress, eight threads for staff), at its own day and without the
background thread. The users are a process of their own: each asks one page again and again on a connection that stays.
An empty route is asked beside them. Printed are p50 (p95) in milliseconds, and pages a second of all users.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from app import create_app
from issuance.clock import FixedClock
from issuance.models.documents import Document
from issuance.models.staff import RoleName, Staff
from issuance.services.trust import sessions
from issuance.settings import Settings
from tests.bench.load import NOW, OWN, PAGES, _facts
from tests.counterparts import free_port

ROOT = Path(__file__).parents[2]
EMPTY = ("empty route", RoleName.CLERK, "/healthz")
WANTED = (
    *("start page", "desk: to complete", "desk: due or late", "case page", "decisions: list"),
    *("print jobs: waiting", "stations", "to check: list", "held jobs", "events: own centre", "person"),
    *("decrees", "mistakes told", "granted, not told", "bureau: parcels"),
)
SERVE = """
import datetime as dt, sys
import app
from issuance.clock import FixedClock
sys.exit(app.serve(("staff", "public", "stations"), FixedClock(dt.datetime.fromisoformat(sys.argv[1]))))
"""
LONGEST = 120.0
"""Seconds for one answer."""


def main() -> None:
    asked = _arguments()
    measure(asked.urls, asked.users, asked.seconds)


def measure(urls: list[str], users: list[int], seconds: float) -> None:
    """Print the table of each register."""
    for url in urls:
        with tempfile.TemporaryDirectory() as folder:
            rows = _measured(url, Path(folder), users, seconds)
        print(f"\n{rows.pop(0)}\n\n| page | " + " | ".join(f"{number} users" for number in users) + " |")
        print("|---" * (len(users) + 1) + "|")
        print("\n".join(rows), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.register", description="Measure the real server.")
    parser.add_argument("urls", nargs="+", help="SQLAlchemy addresses of registers made by tests.bench.filled")
    parser.add_argument("--users", nargs="+", type=int, default=[1, 8, 32], help="how many at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each page is asked by so many")
    return parser.parse_args()


def _measured(url: str, var: Path, users: list[int], seconds: float) -> list[str]:
    """What the register is, and a row for each page."""
    settings = Settings(var=var, demo=True, database_url=url)
    app = create_app(settings, clock=FixedClock(NOW))
    office = app.extensions["office"]
    with office.database.reading() as session:
        facts = _facts(session)
        documents = session.scalar(select(func.count()).select_from(Document)) or 0
        pages = [(name, _key(app, session, role), path.format(**facts)) for name, role, path in (EMPTY, *_pages())]
    office.database.engine.dispose()
    with _served(settings) as port:
        found = {name: [_asked(port, key, path, number, seconds) for number in users] for name, key, path in pages}
    return [
        f"{make_url(url).get_backend_name()}, {documents} documents",
        *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in found.items()),
    ]


def _pages() -> Iterator[tuple[str, RoleName, str]]:
    return ((name, role, path) for name, role, path in PAGES if name in WANTED)


def _key(app: object, session: Session, role: RoleName) -> str:
    """A new session of this role's account."""
    account = session.scalars(select(Staff.id).where(Staff.email == f"{role}@{OWN}.example")).one()
    with app.extensions["office"].upkeep() as look:  # type: ignore[attr-defined]
        return sessions.begin(look, account, "bench")[1]


@contextmanager
def _served(settings: Settings) -> Iterator[int]:
    """The real server on a free port."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    ours = {"LIMAN_VAR": str(settings.var), "LIMAN_DATABASE_URL": settings.database_url, "LIMAN_DEMO": "1"}
    more = {"LIMAN_LISTEN": f"127.0.0.1:{port}", "LIMAN_TRUSTED_PROXIES": "1"}
    command = [sys.executable, "-c", SERVE, NOW.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, env=kept | ours | more, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < LONGEST and process.poll() is None:
        try:
            _ask(http.client.HTTPConnection("127.0.0.1", port), "", "/healthz", 0)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")


def _asked(port: int, key: str, path: str, users: int, seconds: float) -> str:
    """What so many users wait for a page; they are a process of their own, so that they take no turn of ours."""
    words = [str(port), key, path, str(users), str(seconds)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.register", "users", *words], cwd=ROOT, capture_output=True, check=True
    )
    times = sorted(json.loads(done.stdout))
    p95 = times[max(0, round(len(times) * 0.95) - 1)]
    return f"{statistics.median(times) * 1000:.1f} ({p95 * 1000:.1f}), {len(times) / seconds:.0f}/s"


def ask_together(port: int, key: str, path: str, users: int, seconds: float) -> list[float]:
    """How long each answer took, in seconds: a few before, which do not count, then for `seconds`."""
    times: list[float] = []
    together = threading.Barrier(users)

    def one(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        for _ in range(2):
            _ask(connection, key, path, number)
        together.wait()
        ends = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < ends:
            _ask(connection, key, path, int(begun * 1e6))
            times.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _ask(connection: http.client.HTTPConnection, key: str, path: str, number: int) -> None:
    """One answer; each is asked from another address, so that no pace of one address is met."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    connection.request("GET", path, headers={"Cookie": f"liman={key}", "X-Forwarded-For": address})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise OSError(f"{path}: {answer.status}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["users"]:
        place, who, where, count, length = sys.argv[2:]
        print(json.dumps(ask_together(int(place), who, where, int(count), float(length))))
    else:
        main()
