"""How the background work stands: what waits, what fails, whether anybody works. Counts end at MOST."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from issuance.background.queueing import is_jobs
from issuance.clock import Clock
from issuance.models.machinery import Task

MOST = 10_000
SILENT_SECONDS = 60.0
"""How old a worker's last sign of life may be."""

DUE_JOBS = text(
    "SELECT count(*), min(since) FROM (SELECT coalesce(scheduled_at, (SELECT min(at) FROM procrastinate_events"
    " WHERE job_id = job.id)) AS since FROM procrastinate_jobs job"
    " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT :most) AS due"
)
FAILING_JOBS = text(
    "SELECT task_name, count(*), max(attempts) FROM (SELECT task_name, attempts FROM procrastinate_jobs"
    " WHERE status = 'failed' OR (status = 'todo' AND attempts > 0) LIMIT :most) AS failing"
    " GROUP BY task_name ORDER BY 1"
)
AT_WORK = text(
    "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :seconds))"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many tasks are due and not taken yet, MOST at most, and for how many seconds the oldest is."""

    count: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Failing:
    """A task that is tried again, or that nobody knows: how many wait so, and how often the worst was tried."""

    task: str
    count: int
    attempts: int


def due(session: Session, clock: Clock) -> Waiting:
    """What a worker could take now."""
    if is_jobs(session):
        count, since = session.execute(DUE_JOBS, {"most": MOST}).one()
        now = session.scalar(select(func.now()))
    else:
        now = clock.now()
        some = select(Task.due_at).where(Task.due_at <= now).order_by(Task.due_at).limit(MOST).subquery()
        count, since = session.execute(select(func.count(), func.min(some.c.due_at))).one()
    return Waiting(count, max(0.0, _seconds(now, since)))


def _seconds(now: dt.datetime | None, since: dt.datetime | None) -> float:
    return (now - since).total_seconds() if now and since else 0.0


def failing(session: Session) -> list[Failing]:
    """The tasks that failed and wait to be tried again, by name."""
    if is_jobs(session):
        return [Failing(*row) for row in session.execute(FAILING_JOBS, {"most": MOST})]
    some = select(Task.name, Task.attempts).where(Task.attempts > 0).limit(MOST).subquery()
    counted: Select[Any] = select(some.c.name, func.count(), func.max(some.c.attempts))
    return [Failing(*row) for row in session.execute(counted.group_by(some.c.name).order_by(some.c.name))]


def is_at_work(session: Session) -> bool:
    """Whether a worker of this register on PostgreSQL gave a sign of life."""
    return bool(session.scalar(AT_WORK, {"seconds": SILENT_SECONDS}))
