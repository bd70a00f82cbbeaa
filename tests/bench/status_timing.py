"""Whether a stranger could tell an existing reference from an unknown one by the clock.

    python -m tests.bench.status_timing [rounds]

Asks in turn for a wrong date of an existing reference and for an unknown reference, without limits, on a fresh SQLite
register, and prints the medians, and how well a stranger tells one kind from the other by the best threshold on the
time, as AUC: 0.5 is guessing. Unknown against itself says what chance makes of as many pairs.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

import structlog
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from issuance.db import Database
from issuance.models.requests import IssuanceRequest
from issuance.settings import Settings
from issuance.values import references
from tests.fixtures.databases import build_schema
from tests.people import SmallOffice

ROUNDS = 1000
DATE = {"birth_date-day": "7", "birth_date-month": "7", "birth_date-year": "1977"}


def asked(client: FlaskClient, reference: str) -> float:
    """How long one answer takes, in milliseconds."""
    began = time.perf_counter()
    answer = client.post("/status", data={"reference": reference, **DATE})
    spent = time.perf_counter() - began
    assert answer.status_code == 404
    return spent * 1000


def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Times by kind, asked in turn so that load falls on all alike."""
    url = f"sqlite:///{folder / 'register.sqlite'}"
    build_schema(url)
    office = SmallOffice(Database(url))
    office.lodge()
    with office.database.reading() as session:
        existing = session.scalars(select(IssuanceRequest.reference)).one()
    limits = {"status_attempts_per_reference": 10**9, "status_attempts_per_address": 10**9}
    client = create_app(Settings(var=folder, database_url=url, **limits), surfaces={"public"}).test_client()
    unknown, another = references.new_reference(), references.new_reference()
    kinds = {"existing, wrong date": existing, "unknown": unknown, "unknown again": another}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, reference in kinds.items():
            times[kind].append(asked(client, reference))
    return times


def auc(left: Sequence[float], right: Sequence[float]) -> float:
    """How often one of `left` takes longer than one of `right` or the other way round, ties by halves: 0.5 to 1."""
    among = sorted(right)
    longer = sum(bisect_left(among, each) + bisect_right(among, each) for each in left) / 2
    share = longer / (len(left) * len(right))
    return max(share, 1 - share)


def main() -> None:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder), rounds)
    medians = {kind: statistics.median(each) for kind, each in times.items()}
    for kind, median in medians.items():
        print(f"{kind:22} median {median:.3f} ms, standard deviation {statistics.stdev(times[kind]):.3f} ms")
    wrong, unknown, again = times.values()
    print(f"AUC over {rounds} pairs: existing and unknown {auc(wrong, unknown):.3f}")
    print(f"unknown and unknown again {auc(again, unknown):.3f}")


if __name__ == "__main__":
    main()
