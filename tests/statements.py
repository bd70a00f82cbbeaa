"""The statements that pages ask, and the work of each: steps of SQLite's machine, rows that PostgreSQL reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from issuance.db import Database

LISTS = re.compile(r"IN \((?:(?:\?|%\(\w+\)s(?:::\w+)?)(?:, )?)+\)")
AS_IF_LARGE: dict[str, tuple[str, ...]] = {
    "sqlite": ("DELETE FROM sqlite_stat1", "ANALYZE sqlite_schema"),
    "postgresql": (
        "SET enable_seqscan = off",
        "SET jit = off",
        "SET cpu_tuple_cost = 1",
        "SET cpu_index_tuple_cost = 1",
        "SET cpu_operator_cost = 0.25",
    ),
}
"""An office on SQLite has no statistics. PostgreSQL would read all of a small table where there is an index."""


@dataclass(frozen=True)
class Asked:
    """One statement as it was sent."""

    page: str
    visit: int
    statement: str
    parameters: Any


def works(database: Database, asked: list[Asked]) -> dict[tuple[str, str], int]:
    """The most that each statement did on each page; long lists of values are one."""
    done: dict[tuple[str, str], int] = {}
    known: dict[tuple[str, str], int] = {}
    with database.engine.connect() as connection:
        work = steps if connection.dialect.name == "sqlite" else rows_read
        for setting in AS_IF_LARGE[connection.dialect.name]:
            connection.exec_driver_sql(setting)
        for each in asked:
            same = (each.statement, repr(each.parameters))
            if same not in known:
                known[same] = work(connection, each)
            key = (each.page, LISTS.sub("IN (...)", each.statement))
            done[key] = max(done.get(key, 0), known[same])
    return done


def steps(connection: Any, asked: Asked) -> int:
    """Steps of SQLite's virtual machine, by tens."""
    counted = [0]

    def count() -> None:
        counted[0] += 10

    raw = connection.connection.driver_connection
    raw.set_progress_handler(count, 10)
    raw.execute(asked.statement, asked.parameters).fetchall()
    raw.set_progress_handler(None, 0)
    return counted[0]


def rows_read(connection: Any, asked: Asked) -> int:
    """Rows that PostgreSQL looked at in tables and indexes."""
    explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {asked.statement}"
    found = connection.exec_driver_sql(explain, asked.parameters).scalar_one()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    return _read(plan["Plan"])


def _read(node: dict[str, Any]) -> int:
    looked = 0
    if node["Node Type"].endswith("Scan") and "Relation Name" in node:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        looked = (node["Actual Rows"] + removed) * node["Actual Loops"]
    return int(looked + sum(_read(below) for below in node.get("Plans", ())))
