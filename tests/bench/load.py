"""`python -m tests.bench.load URL`: how long the pages of a filled register take, for one user.

The register is made by `tests.bench.filled`. Pages are asked through the application without a network, in turns, at
the register's own day. Another release, by this file: `PYTHONPATH=FOLDER python tests/bench/load.py URL`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from issuance.clock import FixedClock
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.services.imports.reading import COLUMNS
from issuance.services.trust import sessions
from issuance.settings import Settings

NOW = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)
OWN, STATION = "timisoara", "timisoara-33"
CSRF = "0" * 40
SLOW, ENOUGH = 3.0, 4
"""A page that takes so many seconds is asked ENOUGH times only."""


def _line(number: int) -> str:
    """A line of case handling's file: a man with a common name."""
    said = {
        "case_reference": f"2026/X/{number}",
        "family_name": "Badafa",
        "given_names": "Mohammad",
        "birth_date": f"199{number % 10}-05-0{number % 9 + 1}",
        "birth_place": "Homs",
        "sex": "M",
        "nationality": "SYR",
        "status": "refugee",
        "decision_number": "1204/2026",
        "decision_date": "2026-10-05",
        "document_type": "RP-R",
        "kind": "first",
        "travel_document_shown": "none",
        "language": "ar",
        "centre": OWN,
    }
    return ",".join(said.get(column, "") for column in COLUMNS)


LINES = "\n".join([",".join(COLUMNS), *map(_line, range(20))])
"""A file of case handling of twenty of them."""

PAGES: tuple[tuple[str, RoleName, str], ...] = (
    ("start page", RoleName.CLERK, "/"),
    ("desk: to complete", RoleName.CLERK, "/desk"),
    ("desk: due or late", RoleName.CLERK, "/desk/due"),
    ("case page", RoleName.CLERK, "/cases/{open}"),
    ("search: reference", RoleName.CLERK, "{reference}"),
    ("search: document number", RoleName.CLERK, "{number}"),
    ("search: full Latin name", RoleName.CLERK, "{name}"),
    ("search: Mohammad", RoleName.CLERK, "Mohammad"),
    ("search: Mohammad, Arabic", RoleName.CLERK, "محمد"),
    ("search: two common words", RoleName.CLERK, "Mohammad ma"),
    ("decisions: list", RoleName.DECISION_OFFICER, "/decisions/"),
    ("print jobs: waiting", RoleName.OPERATOR, "/production/jobs"),
    ("print jobs: done today", RoleName.OPERATOR, "/production/jobs?state=done"),
    ("stations", RoleName.OPERATOR, "/production/stations"),
    ("one station", RoleName.OPERATOR, "/production/stations/{station}"),
    ("to check: list", RoleName.QUALITY_OFFICER, "/quality/"),
    ("held jobs", RoleName.SUPERVISOR, "/oversight/held"),
    ("events: newest", RoleName.AUDITOR, "/oversight/events"),
    ("events: own centre", RoleName.SUPERVISOR, "/oversight/events"),
    ("events: rare act", RoleName.AUDITOR, "/oversight/events?act=job.sent"),
    ("overrides", RoleName.AUDITOR, "/oversight/overrides"),
    ("overrides: own centre", RoleName.SUPERVISOR, "/oversight/overrides"),
    ("person", RoleName.CLERK, "/persons/{person}"),
    ("person of ten requests", RoleName.AUDITOR, "/persons/{often}"),
    ("persons alike, merge", RoleName.CLERK, "/persons/{person}/merge"),
    ("split", RoleName.CLERK, "/persons/{often}/split"),
    ("family", RoleName.CLERK, "/cases/{open}/family"),
    ("mandates", RoleName.CLERK, "/cases/{open}/mandates"),
    ("papers", RoleName.CLERK, "/cases/{open}/evidence"),
    ("signature", RoleName.CLERK, "/cases/{open}/signature"),
    ("fingerprints", RoleName.CLERK, "/cases/{open}/fingerprints"),
    ("document", RoleName.CLERK, "/cases/{delivered}/documents/{document}"),
    ("losses", RoleName.CLERK, "/losses"),
    ("bin", RoleName.CLERK, "/bin"),
    ("not collected", RoleName.CLERK, "/uncollected"),
    ("children without a guardian", RoleName.CLERK, "/children"),
    ("retention, dry run", RoleName.ADMINISTRATOR, "/retention"),
    ("decrees", RoleName.ADMINISTRATOR, "/decrees"),
    ("mistakes told", RoleName.CLERK, "/mistakes"),
    ("granted, not told", RoleName.CLERK, "/granted"),
    ("bureau: parcels", RoleName.OPERATOR, "/production/bureau"),
    ("import of 20 lines, brought", RoleName.SUPERVISOR, "/imports/"),
)


@dataclass
class Measured:
    """What one page took, in seconds by the clock and of a processor, and how many statements it sent.

    Processor time is ours and that of PostgreSQL's processes: on a machine with other work it is what compares.
    """

    times: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    statements: int = 0

    def line(self) -> str:
        figures = (figure(part) for series in (self.worked, self.times) for part in (sorted(series),))
        return " | ".join((*figures, str(self.statements)))


def figure(series: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    p95 = series[max(0, round(len(series) * 0.95) - 1)]
    return f"{statistics.median(series) * 1000:.1f} ({p95 * 1000:.1f})"


class Processors:
    """The time that this process and its database have had of the processors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seconds(self) -> float:
        return time.process_time() + sum(self._had(pid) for pid in self._backends())

    def _backends(self) -> list[int]:
        if self._engine.dialect.name == "sqlite":
            return []
        pooled = self._engine.pool._pool.queue  # type: ignore[attr-defined]
        return [record.driver_connection.info.backend_pid for record in pooled]

    def _had(self, pid: int) -> float:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder), demo=True, background=False, database_url=asked.url)
        app = create_app(settings, clock=FixedClock(NOW))
        for page, measured in measure(app, asked.rounds).items():
            print(f"| {page} | {measured.line()} |", flush=True)
        app.extensions["office"].database.engine.dispose()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description="Measure a filled register.")
    parser.add_argument("url", help="the SQLAlchemy address of a register made by tests.bench.filled")
    parser.add_argument("--rounds", type=int, default=20, help="how often each page is asked")
    return parser.parse_args()


def measure(app: Flask, rounds: int) -> dict[str, Measured]:
    """Every page in turn, `rounds` times, after one round that does not count."""
    sent = [0]
    engine = app.extensions["office"].database.engine
    event.listen(engine, "before_cursor_execute", lambda *_: sent.__setitem__(0, sent[0] + 1))
    with app.extensions["office"].database.reading() as session:
        facts = _facts(session)
        asks = {page: _ask(app, session, role, address.format(**facts)) for page, role, address in PAGES}
    found, processors = {page: Measured() for page in asks}, Processors(engine)
    for _ in range(rounds + 1):
        for page, ask in asks.items():
            if found[page].times and found[page].times[-1] > SLOW and len(found[page].times) > ENOUGH:
                continue
            had = processors.seconds()
            sent[0], begun = 0, time.perf_counter()
            ask()
            found[page].times.append(time.perf_counter() - begun)
            found[page].worked.append(processors.seconds() - had)
            found[page].statements = sent[0]
    return {
        page: Measured(measured.times[1:], measured.worked[1:], measured.statements) for page, measured in found.items()
    }


def _ask(app: Flask, session: Session, role: RoleName, address: str) -> Callable[[], None]:
    """Asks for one page, as whom it is for."""
    browser = app.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    _log_in(app, browser, session, role)

    def ask() -> None:
        if address == "/imports/":
            answer = _send(app, browser, address, {"file": (BytesIO(LINES.encode()), "case.csv")})
        else:
            answer = browser.get(address) if address.startswith("/") else _send(app, browser, "/search", {"q": address})
        assert answer.status_code in (200, 204, 303), (address, answer.status_code)

    return ask


def _send(app: Flask, browser: FlaskClient, address: str, data: dict[str, Any]) -> TestResponse:
    token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(CSRF)
    answer = browser.post(address, data={"csrf_token": token, **data})
    return browser.get(answer.location) if address == "/search" else answer  # what was found has an address of its own


def _log_in(app: Flask, browser: FlaskClient, session: Session, role: RoleName) -> None:
    account = session.scalars(select(Staff.id).where(Staff.email == f"{role}@{OWN}.example")).one()
    with app.extensions["office"].upkeep() as look:
        row, key = sessions.begin(look, account, "bench")
        sessions.keep(look, row.id, {"csrf_token": CSRF})
    browser.set_cookie("liman", key)


def _facts(session: Session) -> dict[str, str]:
    own = session.scalars(select(Centre.id).where(Centre.code == OWN)).one()
    document = session.scalars(select(Document).where(Document.state == "personalised").limit(1)).one()
    request = session.scalars(
        select(IssuanceRequest).where(IssuanceRequest.centre_id == own, IssuanceRequest.state == "complete").limit(1)
    ).one()
    person: Person = request.person
    station = session.scalars(select(Station.id).where(Station.name == STATION)).one()
    held = session.scalars(
        select(Document).join(IssuanceRequest).where(IssuanceRequest.centre_id == own, Document.state == "valid")
    ).first()
    assert held is not None
    by_requests = select(IssuanceRequest.person_id).group_by(IssuanceRequest.person_id)
    often = session.scalars(by_requests.order_by(func.count().desc()).limit(1)).one()
    return {
        "person": str(held.person_id),
        "often": str(often),
        "delivered": str(held.request_id),
        "document": str(held.id),
        "open": str(request.id),
        "reference": request.reference,
        "number": document.number,
        "name": person.full_name,
        "station": str(station),
    }


if __name__ == "__main__":
    main()
