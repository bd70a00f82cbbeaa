"""What every worker sees to on PostgreSQL: the timetable stands, and no job waits for a worker that is gone.

No job of the queue could do it: who looks after that one when its worker is killed?
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

import structlog
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuance.background.queueing import defer
from issuance.background.registry import LAST_RETRY, Periodic
from issuance.db import Database

HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
"""How long a worker may give no sign of life before others take over what it had in hand."""

log = structlog.get_logger()

KNOWN = text(
    "SELECT queueing_lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queueing_lock = ANY(:locks)"
)
STALLED = text(
    "SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id"
    " WHERE (job.status = 'doing'"
    " AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds)))"
    " OR (job.status = 'failed' AND job.task_name = ANY(:names)) LIMIT 100 FOR UPDATE OF job SKIP LOCKED"
)
"""Jobs of workers that died or are silent; and those of a task that only a later release knew, which this one has."""

AGAIN = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
OVER = text("DELETE FROM procrastinate_jobs WHERE id = :id")
PULLED_BACK = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND scheduled_at > now() + :pause"
    " AND coalesce(queueing_lock, '') LIKE :lock AND (:timetable OR coalesce(queueing_lock, '') NOT LIKE 'periodic:%')"
)


def see_to(database: Database, timetable: Sequence[Periodic], names: Collection[str]) -> None:
    """Put what is missing of the timetable, pull back what a wrong clock put off, take up what a dead worker had."""
    with database.transaction() as session:
        _take_up(session, names)
        _put_missing(session, timetable)
        _pull_back(session, timetable)


def put(session: Session, item: Periodic, delay: dt.timedelta | None = None) -> None:
    """The next run of something periodic, unless it waits already."""
    with suppress(AlreadyEnqueued):
        defer(session, item.name, delay=delay, queueing_lock=item.lock, args={})


def _put_missing(session: Session, timetable: Iterable[Periodic]) -> None:
    items = {item.lock: item for item in timetable}
    known = set(session.scalars(KNOWN, {"locks": list(items)}))
    for lock in items.keys() - known:
        put(session, items[lock])


def _pull_back(session: Session, timetable: Iterable[Periodic]) -> None:
    """No task waits longer than its own pause."""
    session.execute(PULLED_BACK, {"pause": LAST_RETRY, "lock": "%", "timetable": False})
    for item in timetable:
        session.execute(PULLED_BACK, {"pause": item.every, "lock": item.lock, "timetable": True})


def _take_up(session: Session, names: Collection[str]) -> None:
    for job in session.scalars(STALLED, {"seconds": STALLED_SECONDS, "names": list(names)}).all():
        try:
            with session.begin_nested():
                session.execute(AGAIN, {"id": job})
        except IntegrityError:  # its next run waits already
            session.execute(OVER, {"id": job})
        log.warning("task_taken_up", count=1)
