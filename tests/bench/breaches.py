"""`python -m tests.bench.breaches [URL] [--reads 2000000] [--requests 100000]`: how long the list of a breach takes.

The empty database at URL, or a temporary one on SQLite and one on PostgreSQL, is filled with so many readings of so
many cases in three years, by SQL alone: two minutes for two million. They are in the order of time; of every twenty
the busiest account made one, the others are spread over all. Then the list of whom could be seen is made, as the
office's chore does it, for the busiest account and for another one: of a day, a month, a year. Printed are the
readings in that time, the cases listed, seconds by the clock and of the processor, and the longest step, of which
SQLite's one lock is held for a part.

Fifty million readings need 25 GB; of the two tables only the indices are made by which the list asks. `--again`
measures a register that is filled.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, make_url, select

from issuance.actors import Actor
from issuance.chores import reports
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.privacy import Breach, BreachLine
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services.privacy import breaches
from issuance.services.privacy.breaches import Question
from issuance.settings import Settings
from tests.bench.filled.bulk import FAST
from tests.bench.filled.office import NOW, OWN, fill
from tests.fixtures.postgres import running_cluster

DAYS, BUSIEST, AT_ONCE = 3 * 365, 20, 1_000_000
START = NOW - dt.timedelta(days=DAYS)
ASKED = ("ix_audit_event_act", "ix_audit_event_actor_id", "ix_audit_subject_event_id")
"""The indices by which the list asks."""

KEPT = 200
"""Requests that `fill` writes whole; the others are copies of theirs."""


@dataclass(frozen=True)
class Words:
    """What the two databases say otherwise: a key from eleven hex digits of time and a number, a moment, a sequence."""

    key: str
    moment: str
    numbers: str
    indices: str
    fast: tuple[str, ...]


WORDS = {
    "sqlite": Words(
        key="printf('%012x7%03x8%015x', {ms}, {salt}, {n})",
        moment="strftime('%Y-%m-%d %H:%M:%f000', {ms} / 1000.0, 'unixepoch')",
        numbers="WITH RECURSIVE s(n) AS (SELECT {low} UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {high})",
        indices="SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN {tables}",
        fast=tuple(f"PRAGMA {said}" for said in (*FAST, "analysis_limit=1000")),
    ),
    "postgresql": Words(
        key="(lpad(to_hex({ms}), 12, '0') || '7' || lpad(to_hex({salt}), 3, '0') || '8'"
        " || lpad(to_hex(({n})::bigint), 15, '0'))::uuid",
        moment="to_timestamp({ms} / 1000.0)",
        numbers="WITH s(n) AS (SELECT generate_series({low}::bigint, {high}::bigint - 1))",
        indices="SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN {tables}"
        " AND indexdef NOT LIKE '%UNIQUE%'",
        fast=("SET session_replication_role = replica",),
    ),
}


def main() -> None:
    asked = _arguments()
    if asked.url:
        _measure(asked.url, asked)
        return
    with tempfile.TemporaryDirectory() as folder, running_cluster() as cluster:
        cluster.execute("CREATE DATABASE bench_breaches")
        for url in (f"sqlite:///{Path(folder) / 'register'}", cluster.url("bench_breaches")):
            _measure(url, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.breaches", description="Measure the list of a breach.")
    parser.add_argument("url", nargs="?", help="the SQLAlchemy address of an empty database; else one of each kind")
    parser.add_argument("--reads", type=int, default=2_000_000, help="readings of three years, of all accounts")
    parser.add_argument("--requests", type=int, default=100_000, help="cases that they are spread over")
    parser.add_argument("--again", action="store_true", help="the register at URL is filled already")
    return parser.parse_args()


def _measure(url: str, asked: argparse.Namespace) -> None:
    print(f"\n{make_url(url).get_backend_name()}", flush=True)
    if not asked.again:
        _fill(url, asked.requests, asked.reads)
    print("| whose | time | readings | cases | s | processor s | longest step, s |\n|---|---|---|---|---|---|---|")
    for row in _measured(Office(Settings(), Database(url), FixedClock(NOW))):
        print("| " + " | ".join(row) + " |", flush=True)


def _fill(url: str, requests: int, reads: int) -> None:
    fill(url, KEPT, 0)
    database, began = Database(url), time.monotonic()
    raw = database.engine.raw_connection()
    rows = Rows(raw.driver_connection, database.engine.dialect.name)
    rows.copy_requests(requests)
    rows.read(reads)
    rows.connection.close()  # its settings end with it
    raw.invalidate()
    database.engine.dispose()
    print(f"{reads:,} readings of {requests:,} cases, filled in {time.monotonic() - began:.0f} s\n", flush=True)


class Rows:
    """Writes readings by statements alone, with what safety asks left out."""

    def __init__(self, connection: Any, name: str) -> None:
        self.connection, self._name, self._words = connection, name, WORDS[name]
        if name == "postgresql":
            connection.autocommit = True
        for statement in self._words.fast:
            connection.execute(statement)

    def copy_requests(self, count: int) -> None:
        """As many requests as asked for, each like the first but for its key and reference."""
        columns = [column.name for column in IssuanceRequest.__table__.columns]
        said = {"id": self._key("0", 0, "s.n"), "reference": "'R' || CAST(s.n AS text)", "case_reference": "NULL"}
        listed = ", ".join(said.get(name, f"r.{name}") for name in columns)
        pattern = "(SELECT * FROM request ORDER BY id LIMIT 1) r"
        self._fill("request", columns, range(count), f"SELECT {listed} FROM s, {pattern}")

    def read(self, count: int) -> None:
        """So many readings, their indices made at the end."""
        run, indices = self.connection.execute, self._without_indices()
        numbered = "row_number() OVER (ORDER BY id) - 1 AS n, id, centre_id"
        run(f"CREATE TEMPORARY TABLE account AS SELECT {numbered} FROM staff")
        run(f"CREATE TEMPORARY TABLE busiest AS SELECT id FROM staff WHERE email = 'clerk@{OWN}.example'")
        accounts, requests = (
            run(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("account", "request WHERE reference LIKE 'R%'")
        )
        ms = f"CAST({int(START.timestamp() * 1000)} + s.n * {DAYS * 86_400_000 / count!r} AS bigint)"
        event, about = self._key(ms, 1, "s.n"), self._key("0", 0, f"(s.n * 7919) % {requests}")
        who = f"CASE WHEN s.n % {BUSIEST} = 0 THEN (SELECT id FROM busiest) ELSE a.id END"
        said = f"{event}, {self._words.moment.format(ms=ms)}, 'case.opened', {who}, 'staff', a.centre_id, '', '{{}}'"
        whole = ["id", "at", "act", "actor_id", "actor_kind", "centre_id", "reason", "details"]
        subject = f"{self._key(ms, 2, 's.n')}, {event}, 'request', {about}"
        for low in range(0, count, AT_ONCE):
            some = range(low, min(low + AT_ONCE, count))
            self._fill("audit_event", whole, some, f"SELECT {said} FROM s JOIN account a ON a.n = s.n % {accounts}")
            self._fill("audit_subject", ["id", "event_id", "kind", "subject_id"], some, f"SELECT {subject} FROM s")
        for statement in (*indices, "ANALYZE"):
            run(statement)

    def _key(self, ms: str, salt: int, number: str) -> str:
        return self._words.key.format(ms=ms, salt=salt, n=number)

    def _fill(self, table: str, columns: list[str], numbers: range, rows: str) -> None:
        """Insert what `rows` selects from the sequence `s` of these numbers."""
        sequence = self._words.numbers.format(low=numbers.start, high=numbers.stop)
        self.connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) {sequence} {rows}")

    def _without_indices(self) -> list[str]:
        """Drop what is quicker made at once, and say how those are made again by which the list asks."""
        query = self._words.indices.format(tables="('audit_event', 'audit_subject')")
        found = self.connection.execute(query).fetchall()
        for name, _ in found:
            self.connection.execute(f"DROP INDEX {name}")
        return [made for name, made in found if name in ASKED]


def _measured(office: Office) -> Iterator[tuple[str, ...]]:
    with office.reading() as look:
        accounts = {row.email: row for row in look.session.scalars(select(Staff))}
    auditor = accounts[f"auditor@{OWN}.example"]
    actor = Actor(auditor.id, auditor.centre_id, roles=frozenset({RoleName.AUDITOR}))
    for name in ("clerk", "operator"):
        for label, days in (("a day", 1), ("a month", 30), ("a year", 365)):
            question = Question(accounts[f"{name}@{OWN}.example"].id, NOW - dt.timedelta(days=days), NOW, NOW, "bench")
            with office.act(actor) as act:
                breach_id = breaches.ask(act, question).id
            yield ("the busiest" if name == "clerk" else "another", label, *_listed(office, breach_id))


def _listed(office: Office, breach_id: UUID) -> tuple[str, ...]:
    """How long it takes until the list is whole."""
    wall, processor, longest, more = time.monotonic(), time.process_time(), 0.0, True
    while more:
        began = time.monotonic()
        more = reports.next_stretch(office, breach_id)
        longest = max(longest, time.monotonic() - began)
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    with office.reading() as look:
        row = look.session.get_one(Breach, breach_id)
        read = look.session.scalar(select(func.sum(BreachLine.times)).where(BreachLine.breach_id == breach_id)) or 0
    return f"{read:,}", f"{row.listed:,}", f"{wall:.2f}", f"{processor:.2f}", f"{longest:.2f}"


if __name__ == "__main__":
    main()
