"""The worker of SQLite: a task is a row.

It claims one by moving its due time ahead, again and again while its handler runs with no transaction open, and deletes
the row; if it dies in between, the row falls due within seconds. Periodic work is a row as well, with a key of its own,
put back instead of deleted. A clock that was wrong moves no task further away than its own pause.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import structlog
from sqlalchemy import CursorResult, Delete, Update, delete, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from issuance.background import registry
from issuance.background.registry import LAST_RETRY, LONGEST, UNDATED, Handler, Periodic, retry_after
from issuance.clock import Clock
from issuance.db import Database
from issuance.logs import error_of
from issuance.models.machinery import Task

HOLD = dt.timedelta(seconds=10)
"""How long a claimed task stays hidden from other workers unless its worker renews the hold."""

RENEWED_EVERY = 3.0  # seconds

log = structlog.get_logger()


class RowWorker:
    """Runs due rows one at a time, in this process."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        office: object,
        *,
        periodic: Iterable[Periodic] = (),
        idle: float = 0.5,
        trusts: Callable[[], bool] = lambda: True,
        at_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._office = office
        self._periodic = {item.id: item for item in periodic}
        self._idle, self._trusts, self._at_end = idle, trusts, at_end
        self._beat = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="liman-background", daemon=True)

    def start(self) -> None:
        """Start the thread; once per worker."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Let the task in hand finish, at most `timeout` seconds; False if it is still running. It is retried then."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def is_well(self) -> bool:
        """Whether the thread lives and does not hang in one task."""
        return self._thread.is_alive() and time.monotonic() - self._beat < registry.STUCK_SECONDS

    def run_due(self) -> int:
        """Run everything that is due now, in this thread; how many tasks were run, successful or not."""
        self._put_timetable()
        self._pull_back()
        done = 0
        while not self._stopping.is_set() and (row := self._claim()) is not None:
            self._run(row)
            done += 1
        return done

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_due()
            except Exception as error:  # most likely the database is away: a thread that ends would stop the office
                log.error("background_interrupted", **error_of(error))
                self._stopping.wait(registry.FIRST_RETRY.total_seconds())
            self._stopping.wait(self._idle)
        self._at_end()

    def _put_timetable(self) -> None:
        """Give every periodic task its row, unless some worker already did."""
        with self._database.reading() as session:
            known = set(session.scalars(select(Task.id).where(Task.id.in_(self._periodic))))
        for item in self._periodic.values():
            if item.id not in known:
                self._put(item)

    def _pull_back(self) -> None:
        """What a clock that was ahead put off is due now: no task waits longer than its own pause."""
        now = self._clock.now()
        with self._database.reading() as session:
            late = list(session.scalars(select(Task).where(Task.due_at > now + min(self._pauses()))))
        for row in late:
            if row.due_at > now + self._longest_pause(row):
                self._write(_guarded(row).values(due_at=now))

    def _pauses(self) -> list[dt.timedelta]:
        return [LAST_RETRY, *(item.every for item in self._periodic.values())]

    def _longest_pause(self, row: Task) -> dt.timedelta:
        item = self._periodic.get(row.id)
        return LAST_RETRY if item is None else max(item.every, retry_after(row.attempts), HOLD)

    def _put(self, item: Periodic) -> None:
        try:
            with self._database.transaction() as session:
                session.add(Task(id=item.id, name=item.name, args={}, due_at=self._clock.now()))
        except IntegrityError:
            log.info("background_timetable_shared", task=item.name)

    def _claim(self) -> Task | None:
        """The task that is next, hidden from other workers; None when nothing is due."""
        while (row := self._next()) is not None:
            hidden_until = self._clock.now() + HOLD
            if self._write(_guarded(row).values(due_at=hidden_until, queueing_lock=None)):
                row.due_at = hidden_until
                return row
        return None

    def _next(self) -> Task | None:
        """The task due longest; those of the timetable come first, so that no heap of work keeps events unlinked."""
        self._beat = time.monotonic()
        due = select(Task).where(Task.due_at <= self._clock.now()).limit(1)
        due = due.order_by(Task.id.in_(self._periodic).desc(), Task.due_at, Task.id)
        if not self._trusts():
            due = due.where(Task.name.in_(UNDATED))
        with self._database.reading() as session:
            return session.scalar(due)

    def _run(self, row: Task) -> None:
        try:
            if row.name not in self._handlers:
                raise LookupError(f"no handler for the task {row.name}")
            with self._holding(row):
                self._handlers[row.name](self._office, **row.args)
        except Exception as error:
            self._failed(row, error)
        else:
            self._done(row)

    @contextmanager
    def _holding(self, row: Task) -> Iterator[None]:
        """Renew the hold on a task every few seconds while the block runs, from a thread of its own."""
        over = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(row, over), name="liman-hold", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            over.set()
            renewing.join()

    def _renew(self, row: Task, over: threading.Event) -> None:
        while not over.wait(RENEWED_EVERY):
            held_until = self._clock.now() + HOLD
            try:
                if not self._write(_guarded(row).values(due_at=held_until)):
                    return  # another worker took it: this one was thought dead
            except SQLAlchemyError as error:
                log.warning("task_hold_not_renewed", task=row.name, task_id=str(row.id), **error_of(error))
            else:
                row.due_at = held_until

    def _done(self, row: Task) -> None:
        item = self._periodic.get(row.id)
        if item is None:
            self._write(delete(Task).where(Task.id == row.id))
        else:
            self._write(_guarded(row).values(due_at=self._clock.now() + item.every, attempts=0, last_error=""))

    def _failed(self, row: Task, error: Exception) -> None:
        """Try again later; only the name of the error's class is kept, its text may be personal."""
        attempts, name = row.attempts + 1, type(error).__name__
        log.warning("task_failed", task=row.name, task_id=str(row.id), attempts=attempts, **error_of(error))
        item = self._periodic.get(row.id)
        longest = item.every if item else LONGEST.get(row.name, LAST_RETRY)
        due_at = self._clock.now() + min(retry_after(attempts), longest)
        self._write(_guarded(row).values(due_at=due_at, attempts=attempts, last_error=name))

    def _write(self, statement: Update | Delete) -> bool:
        """One statement in its own transaction; whether it found its row."""
        with self._database.transaction() as session:
            return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def _guarded(row: Task) -> Update:
    """An update of the row as this worker last saw it: nothing happens if another has taken it since."""
    return update(Task).where(Task.id == row.id, Task.due_at == row.due_at)
