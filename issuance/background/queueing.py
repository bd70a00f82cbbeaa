"""Queueing work in the transaction of an act: the work is there when the act is kept, and else it is not."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import nullcontext, suppress
from typing import Any

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from issuance.background.registry import ALONE, UNDATED
from issuance.clock import Clock
from issuance.models.machinery import Task

SHARED_QUEUE, ALONE_QUEUE, UNDATED_QUEUE = "shared", "alone", "undated"
"""Where a job waits on PostgreSQL: for any worker, for the leading one, and for it though the clock is stopped."""

FIRST = 10
"""The priority of the timetable: no heap of work keeps events unlinked."""

NOW = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL"
    " WHERE status = 'todo' AND task_name = :name AND args @> CAST(:args AS jsonb) RETURNING id"
)

_app = App(connector=SyncPsycopgConnector())  # never opened: it queues through the session's connection


def enqueue(
    session: Session,
    name: str,
    /,
    *,
    clock: Clock,
    delay: dt.timedelta | None = None,
    queueing_lock: str | None = None,
    **args: Any,
) -> None:
    """Queue the task `name` in the caller's transaction, due now or after `delay`; `args` are JSON values, ids only.

    With a `queueing_lock` nothing is queued while a task of the same lock waits that no worker has taken yet.
    """
    if is_jobs(session):
        with suppress(AlreadyEnqueued):
            defer(session, name, delay=delay, queueing_lock=queueing_lock, args=args)
        return None
    if queueing_lock and session.scalar(select(exists().where(Task.queueing_lock == queueing_lock))):
        return None
    due_at = clock.now() + (delay or dt.timedelta())
    return session.add(Task(name=name, args=args, due_at=due_at, queueing_lock=queueing_lock))


def hurry(session: Session, name: str, /, *, clock: Clock, **args: Any) -> None:
    """The task `name` with these arguments is due now, in the caller's transaction, however often it failed."""
    if not (_hurry_jobs(session, name, args) if is_jobs(session) else _hurry_rows(session, name, clock, args)):
        enqueue(session, name, clock=clock, **args)


def _hurry_jobs(session: Session, name: str, args: dict[str, Any]) -> bool:

    return bool(session.execute(NOW, {"name": name, "args": json.dumps(args)}).all())


def _hurry_rows(session: Session, name: str, clock: Clock, args: dict[str, Any]) -> bool:
    same = (Task.args[key].as_string() == value for key, value in args.items())
    rows = session.scalars(select(Task).where(Task.name == name, *same)).all()
    for row in rows:
        row.due_at = clock.now()
    return bool(rows)


def is_jobs(session: Session) -> bool:
    """Whether this register's tasks are jobs of Procrastinate."""
    return session.get_bind().dialect.name == "postgresql"


def defer(
    session: Session, name: str, *, delay: dt.timedelta | None, queueing_lock: str | None, args: dict[str, Any]
) -> None:
    """Queue a job through the session's own connection; AlreadyEnqueued when one of the same lock waits."""
    in_timetable = is_periodic(queueing_lock)
    with session.begin_nested() if queueing_lock else nullcontext():  # a lock that is taken would end the whole act
        _app.configure_task(
            name,
            allow_unknown=True,
            connection=session.connection().connection.driver_connection,
            queue=queue_of(name, in_timetable=in_timetable),
            priority=FIRST if in_timetable else 0,
            queueing_lock=queueing_lock,
            schedule_in={"seconds": delay.total_seconds()} if delay else None,
        ).defer(**args)


def queue_of(name: str, *, in_timetable: bool) -> str:
    """Where a job of that name waits."""
    if name in UNDATED:
        return UNDATED_QUEUE
    return ALONE_QUEUE if in_timetable or name in ALONE else SHARED_QUEUE


def is_periodic(queueing_lock: str | None) -> bool:
    """Whether this is the lock of something periodic."""
    return (queueing_lock or "").startswith("periodic:")
