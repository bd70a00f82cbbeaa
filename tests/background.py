"""Background work as a test sees it, on both databases: what is queued, and time that passes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from issuance import background, tasks
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.machinery import Task
from issuance.office import Office

JOBS = text(
    "SELECT task_name, args, attempts, scheduled_at - now() AS due_in FROM procrastinate_jobs"
    " WHERE status IN ('todo', 'failed') ORDER BY scheduled_at NULLS FIRST, id"
)


@dataclass(frozen=True)
class Queued:
    """A task that waits; `due_in` is at most zero when it is due."""

    name: str
    args: dict[str, Any]
    attempts: int
    due_in: dt.timedelta


def queued(session: Session, now: dt.datetime) -> list[Queued]:
    """Everything that waits, what is due longest first."""
    if session.get_bind().dialect.name == "sqlite":
        rows = session.scalars(select(Task).order_by(Task.due_at))
        return [Queued(row.name, row.args, row.attempts, row.due_at - now) for row in rows]
    jobs = session.execute(JOBS)
    return [Queued(job.task_name, job.args, job.attempts, job.due_in or dt.timedelta()) for job in jobs]


def later(database: Database, clock: FixedClock, step: dt.timedelta) -> None:
    """Let `step` pass, on the clock of PostgreSQL too: there everything falls due so much sooner."""
    clock.advance(step)
    if database.engine.dialect.name == "postgresql":
        with database.transaction() as session:
            session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - :step"), {"step": step})


def put_off(database: Database, clock: FixedClock, step: dt.timedelta) -> None:
    """Everything that waits is due after `step`, as a clock that was ahead would have it."""
    with database.transaction() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() + :step"), {"step": step})
        for row in session.scalars(select(Task)):
            row.due_at = clock.now() + step


def work(office: Office) -> None:
    """Whoever does the background work does what is due, as a server or `flask worker` would: the timetable apart."""
    background.worker(office.database, tasks.HANDLERS, office.clock, office).run_due()
