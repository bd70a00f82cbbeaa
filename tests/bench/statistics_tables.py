"""How long each table of the statistics takes, and the report of a month: by the page that gives them out.

    python -m tests.bench.statistics_tables URL [URL ...]

The registers are made by `tests.bench.filled`, on SQLite or PostgreSQL, and are changed by this: their passports become
permits of temporary protection, their temporary documents certificates, and requests say of which version of a person
they are. Asked is for the last month, quarter and year that are over at the register's day, and for the report of a
December, which has every table. Printed are seconds of the processors (of this process, and of PostgreSQL's), and by
the clock.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from sqlalchemy import Engine, func, make_url, select, text

from app import create_app
from issuance.clock import FixedClock
from issuance.law.office.statistics import Frequency, statistics_law
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.settings import Settings
from tests.bench.load import NOW, _log_in, _send

DECEMBER = {"year": "2025", "month": "12"}
MONTHS = {
    Frequency.MONTH: {"year": "2026", "month": "10"},
    Frequency.QUARTER: {"year": "2026", "month": "9"},
    Frequency.YEAR: DECEMBER,
}
TICK = 100
"""Parts of a second in which the kernel tells the time of ended processes."""

CHANGES = (
    "UPDATE document SET document_type = 'TPP', exclusive = 'temporary' WHERE document_type = 'TD-C'",
    "UPDATE request SET document_type = 'TPP' WHERE document_type = 'TD-C'",
    "UPDATE request SET document_type = 'RC' WHERE document_type = 'TID'",
    "UPDATE request SET person_version_id = (SELECT id FROM person_version"
    " WHERE person_id = request.person_id AND number = 1)",
)


class Took(NamedTuple):
    """What one file took, in seconds: of this process, of the database's, by the clock; and how much it counts."""

    ours: float
    database: float
    clock: float
    counted: str

    def line(self) -> str:
        """As a row of the printed table."""
        figures = (self.ours + self.database, self.database, self.clock)
        return " | ".join((self.counted, *(f"{each:.2f}" for each in figures)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.statistics_tables", description="Time the statistics.")
    parser.add_argument("urls", nargs="+", help="SQLAlchemy addresses of registers made by tests.bench.filled")
    measure(parser.parse_args().urls)


def measure(urls: list[str]) -> None:
    """Print the table of each register."""
    for url in urls:
        with tempfile.TemporaryDirectory() as var:
            settings = Settings(var=Path(var), demo=True, background=False, database_url=url)
            app = create_app(settings, clock=FixedClock(NOW))
            engine = app.extensions["office"].database.engine
            change(engine)
            print(f"\n{make_url(url).get_backend_name()}, {documents(engine)} documents\n")
            print("| table | counted | processors (s) | the database's | clock (s) |\n|---|---:|---:|---:|---:|")
            for name, took in timed(app):
                print(f"| {name} | {took.line()} |", flush=True)
            engine.dispose()


def documents(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Document)) or 0


def change(engine: Engine) -> None:
    """Let the register have what is counted; the planner's statistics are taken again."""
    with engine.begin() as connection:
        for statement in CHANGES:
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


def timed(app: Flask) -> Iterator[tuple[str, Took]]:
    """Every table and the report of the month, each asked for once on the page."""
    browser, engine = app.test_client(), app.extensions["office"].database.engine
    with app.extensions["office"].database.reading() as session:
        _log_in(app, browser, session, RoleName.SUPERVISOR)
    pages = [(law.code, "table", MONTHS[law.frequency] | {"table": law.code}) for law in statistics_law().tables]
    for name, page, said in (*pages, ("report", "report", DECEMBER)):
        had, begun, worked = database_seconds(engine), time.perf_counter(), time.process_time()
        answer = _send(app, browser, f"/statistics/{page}", said)
        ours, clock = time.process_time() - worked, time.perf_counter() - begun
        assert answer.status_code == 200, (name, answer.status_code)
        counted = "" if page == "report" else total(answer.text)
        yield name, Took(ours, database_seconds(engine) - had, clock, counted)


def total(file: str) -> str:
    """The last figure of a file, which is that of all; none of a table of the centres."""
    last = list(csv.DictReader(line for line in file.splitlines() if not line.startswith("#")))[-1]
    return last["OBS_VALUE"] if "TOTAL" in last.values() else ""


def database_seconds(engine: Engine) -> float:
    """What PostgreSQL's processes have had of the processors, its ended helpers too; SQLite has none of its own."""
    if engine.dialect.name == "sqlite":
        return 0
    with engine.connect() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    server = int(_stat(backend)[1])
    running = [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
    ticks = sum(map(int, _stat(server)[11:15])) + sum(sum(map(int, _stat(pid)[11:13])) for pid in running)
    return ticks / TICK


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process after its name: its state, its parent and so on (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


if __name__ == "__main__":
    main()
