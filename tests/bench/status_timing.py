"""Whether a stranger could tell an existing reference, or a receipt that ended, from an unknown one by the clock.

    python -m tests.bench.status_timing [rounds]

Asks in turn, in a random order each round, for a wrong date of an existing reference, two unknown references, a code
that a newer receipt ended, and two unknown codes: without limits, on a fresh SQLite register. Prints the medians, and
how well a stranger tells one kind from another by the best threshold on the time, as AUC: 0.5 is guessing. Unknown
against itself says what chance makes of as many pairs. References and codes are compared among themselves: who asks
knows which of the two was sent. Ends with 1 when one of them is above 0.52.

What is timed is the application alone, from the request as the server hands it over to the last byte of the answer.
Every wrong look-up is counted (a row each, kept on the disk), as always; the counts of the rounds before are deleted in
between, since a look-up without a limit reads every one of its window, and 10,000 rounds were so 10,000 times as long.
"""

from __future__ import annotations

import logging
import random
import statistics
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import structlog
from flask import Flask
from sqlalchemy import delete
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app import create_app
from issuance.db import Database
from issuance.models.machinery import Try
from issuance.models.requests import IssuanceRequest
from issuance.services.public import receipts
from issuance.settings import Settings
from issuance.values import references
from tests.fixtures.databases import build_schema
from tests.people import SmallOffice

ROUNDS = 1000
COUNTED = 20
"""Rounds after which the counts are deleted."""

GUESSING = 0.52
DATE = {"birth_date-day": "7", "birth_date-month": "7", "birth_date-year": "1977"}
PAIRS = (
    ("existing, wrong date", "unknown"),
    ("unknown again", "unknown"),
    ("code that ended", "unknown code"),
    ("unknown code again", "unknown code"),
)


def asked(app: Flask, shown: str) -> float:
    """How long one answer takes, in milliseconds."""
    body = urlencode({"reference": shown, **DATE})
    kind = "application/x-www-form-urlencoded"
    environ = EnvironBuilder("/status", method="POST", data=body, content_type=kind).get_environ()
    began = time.perf_counter()
    _, status, _ = run_wsgi_app(app.wsgi_app, environ, buffered=True)
    spent = time.perf_counter() - began
    assert status.startswith("404")
    return spent * 1000


def shown_by(office: SmallOffice) -> dict[str, str]:
    """What is asked for, by kind."""
    request_id = office.lodge()
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id)
        reference, ended, newer = request.reference, receipts.renew(act, request), receipts.renew(act, request)
    return {
        "existing, wrong date": reference,
        "unknown": references.new_reference(),
        "unknown again": references.new_reference(),
        "code that ended": ended,
        "unknown code": newer[::-1],
        "unknown code again": newer[13:] + newer[:13],
    }


def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Times by kind, asked in turn so that load falls on all alike."""
    url = f"sqlite:///{folder / 'register.sqlite'}"
    build_schema(url)
    office = SmallOffice(Database(url))
    kinds = list(shown_by(office).items())
    limits = {"status_attempts_per_reference": 10**9, "status_attempts_per_address": 10**9}
    app = create_app(Settings(var=folder, database_url=url, **limits), surfaces={"public"})
    times: dict[str, list[float]] = {kind: [] for kind, _ in kinds}
    order = random.Random(0)
    for number in range(rounds):
        if number % COUNTED == 0:
            with office.database.transaction() as session:
                session.execute(delete(Try))
            asked(app, references.new_reference())  # what a pause costs falls on none of them
        order.shuffle(kinds)
        for kind, shown in kinds:
            times[kind].append(asked(app, shown))
    return times


def auc(left: Sequence[float], right: Sequence[float]) -> float:
    """How often one of `left` takes longer than one of `right` or the other way round, ties by halves: 0.5 to 1."""
    among = sorted(right)
    longer = sum(bisect_left(among, each) + bisect_right(among, each) for each in left) / 2
    share = longer / (len(left) * len(right))
    return max(share, 1 - share)


def main() -> int:
    """Measure and print; 1 when a stranger could tell."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder), rounds)
    for kind, each in times.items():
        print(f"{kind:22} median {statistics.median(each):.3f} ms, standard deviation {statistics.stdev(each):.3f} ms")
    found = {pair: auc(times[pair[0]], times[pair[1]]) for pair in PAIRS}
    for (one, other), share in found.items():
        print(f"AUC over {rounds} pairs: {one} and {other} {share:.3f}")
    return int(max(found.values()) > GUESSING)


if __name__ == "__main__":
    sys.exit(main())
