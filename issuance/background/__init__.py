"""Work that can wait: queued in the transaction that needs it, done by a worker.

On SQLite a task is a row, and one thread of the server runs them (`rows`). On PostgreSQL a task is a job of
Procrastinate (`jobs`), done by the server's own thread or by processes of their own, `flask worker`, on several hosts;
one of them leads and keeps the timetable (ADR 0060). Either way a handler may run twice and must not mind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from issuance.background.jobs import JobWorker
from issuance.background.queueing import enqueue, hurry
from issuance.background.registry import (
    HANDLERS,
    LAST_RETRY,
    Handler,
    Periodic,
    Worker,
    retry_after,
    task,
)
from issuance.background.rows import RowWorker
from issuance.background.state import Failing, Waiting, due, failing, is_at_work
from issuance.clock import Clock
from issuance.db import Database

__all__ = [
    "HANDLERS",
    "LAST_RETRY",
    "Failing",
    "Handler",
    "Periodic",
    "Waiting",
    "Worker",
    "due",
    "enqueue",
    "failing",
    "hurry",
    "is_at_work",
    "retry_after",
    "task",
    "worker",
]


def worker(
    database: Database,
    handlers: Mapping[str, Handler],
    clock: Clock,
    office: object,
    *,
    periodic: Iterable[Periodic] = (),
    idle: float = 0.5,
    trusts: Callable[[], bool] = lambda: True,
    at_end: Callable[[], object] = lambda: None,
) -> Worker:
    """A worker of this database. `office` is what every handler gets first; `idle` is the pause in seconds.

    `trusts` says before each task whether the clock can be believed. `at_end` is called by the thread before it ends,
    to let go of what its handlers keep open.
    """
    kind = JobWorker if database.engine.dialect.name == "postgresql" else RowWorker
    return kind(database, handlers, clock, office, periodic=periodic, idle=idle, trusts=trusts, at_end=at_end)
