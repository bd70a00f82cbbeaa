"""How long a look-up takes for 1 and 8 holders at once, by the real server over HTTP.

    python -m tests.bench.status_load URL [URL ...] [--users 1 8] [--seconds 5]

The registers are made by `tests.bench.filled`, a small and a large one; SQLite or PostgreSQL. The public pages are
served alone, as in production, at the register's own day. Every holder asks again and again, on a connection that
stays, for another request by its reference and birth date, which are right. Beside them are asked: an empty route, and
a page of the same frame that reads one row, which is what a look-up is held against (half of its rate). Printed are
p50 (p95) in milliseconds, and answers a second of all users.
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
from urllib.parse import urlencode

from flask import Flask, render_template
from sqlalchemy import func, make_url, select

import app as house
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from tests.bench.load import NOW, OWN
from tests.bench.register import LONGEST, ROOT, _wait
from tests.counterparts import free_port

HOLDERS = 500
"""So many requests are asked for in turn."""

ROWS = (("empty route", "/healthz"), ("page that reads one row", "/one-row"), ("look-up, right", "/status"))


def main() -> None:
    asked = _arguments()
    measure(asked.urls, asked.users, asked.seconds)


def measure(urls: list[str], users: list[int], seconds: float) -> None:
    """Print the table of each register."""
    for url in urls:
        documents, bodies = _holders(url)
        with tempfile.TemporaryDirectory() as var, _served(url, Path(var)) as port:
            rows = [(name, [_asked(port, path, bodies, n, seconds) for n in users]) for name, path in ROWS]
        print(f"\n{make_url(url).get_backend_name()}, {documents} documents\n")
        print("| page | " + " | ".join(f"{number} users" for number in users) + " |")
        print("|---" * (len(users) + 1) + "|")
        for name, cells in rows:
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.status_load", description="Measure look-ups.")
    parser.add_argument("urls", nargs="+", help="SQLAlchemy addresses of registers made by tests.bench.filled")
    parser.add_argument("--users", nargs="+", type=int, default=[1, 8], help="how many at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each page is asked by so many")
    return parser.parse_args()


def _holders(url: str) -> tuple[int, list[str]]:
    """How many documents the register has, and the forms of some holders; references are random, and so are these."""
    database = Database(url)
    known = select(IssuanceRequest.reference, Person.birth_date).join(Person, IssuanceRequest.person_id == Person.id)
    with database.reading() as session:
        documents = session.scalar(select(func.count()).select_from(Document)) or 0
        found = session.execute(known.order_by(IssuanceRequest.reference).limit(HOLDERS)).all()
    database.engine.dispose()
    return documents, [urlencode({"reference": reference, **_boxes(born)}) for reference, born in found]


def _boxes(born: str) -> dict[str, str]:
    parts = zip(("year", "month", "day"), born.split("-"), strict=True)
    return dict((f"birth_date-{k}-unknown", "1") if v.startswith("X") else (f"birth_date-{k}", v) for k, v in parts)


# The server


@contextmanager
def _served(url: str, var: Path) -> Iterator[int]:
    """The public pages alone on a free port, by the server of production."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    ours = {"LIMAN_VAR": str(var), "LIMAN_DATABASE_URL": url, "LIMAN_DEMO": "1"}
    more = {"LIMAN_LISTEN": f"127.0.0.1:{port}", "LIMAN_TRUSTED_PROXIES": "1"}
    command = [sys.executable, "-m", "tests.bench.status_load", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=kept | ours | more, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()


@public
def one_row() -> str:
    """A page of the same frame, with one row."""
    with current_office().reading() as look:
        name = look.session.scalar(select(Centre.name).where(Centre.code == OWN))
    return render_template("public/limited.html", minutes=1, again=name)


def serve() -> int:
    """The public pages, and the page of one row."""
    create = house.create_app

    def with_the_row(*given: object, **named: object) -> Flask:
        made: Flask = create(*given, **named)  # type: ignore[arg-type]
        made.add_url_rule("/one-row", "one_row", one_row)
        return made

    house.create_app = with_the_row
    return house.serve(("public",), FixedClock(NOW))


# The users


def _asked(port: int, path: str, bodies: list[str], users: int, seconds: float) -> str:
    """What so many users wait for an answer; they are a process of their own, so that they take no turn of ours."""
    words = [str(port), path, str(users), str(seconds)]
    command = [sys.executable, "-m", "tests.bench.status_load", "users", *words]
    given = json.dumps(bodies if path == "/status" else [])
    done = subprocess.run(command, cwd=ROOT, input=given, text=True, capture_output=True, check=True)
    times = sorted(json.loads(done.stdout))
    p95 = times[max(0, round(len(times) * 0.95) - 1)]
    return f"{statistics.median(times) * 1000:.1f} ({p95 * 1000:.1f}), {len(times) / seconds:.0f}/s"


def ask_together(port: int, path: str, bodies: list[str], users: int, seconds: float) -> list[float]:
    """How long each answer took, in seconds: a few before, which do not count, then for `seconds`."""
    times: list[float] = []
    together = threading.Barrier(users)

    def one(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        for before in range(2):
            _ask(connection, path, bodies, number + before)
        together.wait()
        ends, at = time.perf_counter() + seconds, number
        while (begun := time.perf_counter()) < ends:
            at += users
            _ask(connection, path, bodies, at)
            times.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _ask(connection: http.client.HTTPConnection, path: str, bodies: list[str], number: int) -> None:
    """One answer; each is asked from another address, so that no pace of one address is met."""
    headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
    if bodies:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, bodies[number % len(bodies)], headers)
    else:
        connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise OSError(f"{path}: {answer.status}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["users"]:
        place, where, count, length = sys.argv[2:]
        print(json.dumps(ask_together(int(place), where, json.load(sys.stdin), int(count), float(length))))
    elif sys.argv[1:2] == ["serve"]:
        sys.exit(serve())
    else:
        main()
