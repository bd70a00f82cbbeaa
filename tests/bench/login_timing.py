"""Whether a stranger could tell by the clock that an address is an account's: log-ins with a wrong password.

    python -m tests.bench.login_timing [rounds]

Asks in turn, in a random order each round, with an open account's address, a closed one's and two that are unknown, on
a fresh SQLite register. Prints the medians, and how well a stranger tells one kind from an unknown one as AUC: 0.5 is
guessing; unknown against itself says what chance makes of as many pairs. Counts are deleted after each round, so that
every try is the first of its window, which is told, as the unknown ones' are not. Ends with 1 above 0.55.
"""

from __future__ import annotations

import logging
import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import structlog
from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy import delete, update

from app import create_app
from issuance.actors import SYSTEM
from issuance.models.machinery import Refusal, Try
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services import centres, founding
from issuance.services.trust import accounts
from issuance.services.trust.accounts import NewAccount
from issuance.settings import Settings
from tests.bench.status_timing import auc
from tests.fixtures.databases import build_schema

ROUNDS = 200
GUESSING = 0.55
KINDS = ("open", "closed", "unknown", "unknown again")


def main(rounds: int = ROUNDS) -> int:
    """Measure, print, and judge."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder))
        build_schema(settings.database)
        app = create_app(settings)
        _found(app)
        _asked(app, "unknown")  # of this one the window is told, as it is in any office
        for _ in range(rounds):
            for kind in random.sample(KINDS, len(KINDS)):
                times[kind].append(_asked(app, kind))
            _forget(app.extensions["office"])
    for kind in KINDS:
        print(f"{kind:>15}: {statistics.median(times[kind]):7.2f} ms")
    told = {kind: auc(times[kind], times["unknown"]) for kind in KINDS if kind != "unknown"}
    for kind, value in told.items():
        print(f"{kind:>15} told from unknown: {value:.3f}")
    return int(max(abs(value - 0.5) + 0.5 for value in told.values()) > GUESSING)


def _found(app: Flask) -> None:
    office: Office = app.extensions["office"]
    with app.app_context():
        hashed = hash_password("a demonstration password")
    with office.act(SYSTEM) as act:
        founding.found_centres(act)
    for kind in ("open", "closed"):
        with office.act(SYSTEM) as act:
            centre = centres.named(act, "timisoara")
            new = NewAccount(f"{kind}@liman.example", kind, centre, [RoleName.CLERK], hashed, given=False)
            accounts.add_account(act, new)
    with office.database.engine.begin() as connection:
        connection.execute(update(Staff).where(Staff.email == "closed@liman.example").values(active=False))


def _asked(app: Flask, kind: str) -> float:
    """How long one answer takes, in milliseconds."""
    browser = app.test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login").text)
    assert found
    email = f"{kind.replace(' ', '-')}@liman.example"
    form = {"email": email, "password": "a wrong password", "csrf_token": found[1]}
    began = time.perf_counter()
    answer = browser.post("/login", data=form, buffered=True)
    spent = time.perf_counter() - began
    assert answer.status_code == 200
    return spent * 1000


def _forget(office: Office) -> None:
    with office.database.engine.begin() as connection:
        connection.execute(delete(Try))
        connection.execute(delete(Refusal).where(Refusal.account_id.is_not(None)))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
