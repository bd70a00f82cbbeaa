"""The worker of PostgreSQL: a task is a job of Procrastinate, done by one thread of this process.

Its connections are watched from outside: one that is half open, or a database that stands still, leaves it waiting for
ever (procrastinate issue 1334), and `is_well` says so.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Protocol

import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker as ProcrastinateWorker

from issuance.background import registry, upkeep
from issuance.background.hands import Hands
from issuance.background.leader import Leader
from issuance.background.queueing import ALONE_QUEUE, SHARED_QUEUE, UNDATED_QUEUE
from issuance.background.registry import LAST_RETRY, LONGEST, Handler, Periodic, retry_after
from issuance.clock import Clock
from issuance.db import Database
from issuance.logs import error_of

QUEUES = (SHARED_QUEUE, ALONE_QUEUE, UNDATED_QUEUE)
PATIENCE = 60.0
"""Seconds within which an idle worker has asked for the next job."""

Queues = Callable[[], Coroutine[Any, Any, list[str] | None]]
SEEN_TO_EVERY = 5.0  # seconds

log = structlog.get_logger()


class Runner(Protocol):
    """What runs jobs until it is stopped, from any thread."""

    def stop(self) -> None:
        """Take no other job."""


class JobWorker:
    """Runs the jobs of a register on PostgreSQL one at a time, in a thread of this process."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        _clock: Clock,
        office: object,
        *,
        periodic: Iterable[Periodic] = (),
        idle: float = 0.5,
        trusts: Callable[[], bool] = lambda: True,
        at_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._database, self._handlers, self._office = database, handlers, office
        self._timetable = {item.lock: item for item in periodic}
        self._idle, self._trusts, self._at_end = idle, trusts, at_end
        self._leader = Leader(database.engine)
        self._hands = Hands("liman-background")
        self._thread = threading.Thread(target=self._work, name="liman-jobs", daemon=True)
        self._stopping = threading.Event()
        self._runner: Runner | None = None
        self._beat, self._seen_to, self._begun = time.monotonic(), 0.0, 0.0
        self.done = 0
        """How many tasks it ran, successful or not."""

    def start(self) -> None:
        """Start the thread; once per worker."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Let the task in hand finish, at most `timeout` seconds; False if it is still running. It is retried then."""
        self._stopping.set()
        if self._runner is not None:
            self._runner.stop()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def is_well(self) -> bool:
        """Whether the thread lives, gets on, and does not hang in one task."""
        silent = time.monotonic() - self._beat
        return self._thread.is_alive() and silent < (registry.STUCK_SECONDS if self._begun else PATIENCE)

    def run_due(self) -> int:
        """Run everything that is due now; how many tasks were run, successful or not."""
        before, failed = self.done, list[Exception]()
        thread = threading.Thread(target=self._drain, args=(failed,), name="liman-jobs")
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return self.done - before

    def _drain(self, failed: list[Exception]) -> None:
        try:
            self._seen_to = 0.0
            asyncio.run(self._serve(wait=False))
        except Exception as error:
            failed.append(error)
        finally:
            self._leader.let_go()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._serve(wait=True))
            except Exception as error:  # most likely the database is away: a thread that ends would stop the office
                log.error("background_interrupted", **error_of(error.__cause__ or error))
                self._beat = time.monotonic()  # it got an answer: it does not hang
            self._stopping.wait(registry.FIRST_RETRY.total_seconds())
        self._hands.submit(self._at_end).result()
        self._leader.let_go()

    async def _serve(self, *, wait: bool) -> None:
        """Run jobs until told to stop, or until none is due; whatever fails beside them ends it."""
        connector = PsycopgConnector(kwargs=self._database.connecting(), min_size=1, max_size=4, timeout=10.0)
        app = App(connector=connector)
        self._register(app)
        async with app.open_async():
            runner: Any = ProcrastinateWorker(
                app,
                queues=QUEUES,
                wait=wait,
                fetch_job_polling_interval=self._idle,
                listen_notify=wait,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=upkeep.HEARTBEAT_SECONDS,
                stalled_worker_timeout=upkeep.STALLED_SECONDS,
            )
            self._runner = runner
            app.job_manager = _Manager(app.connector, self._open_queues, runner)
            await runner.run()

    def _register(self, app: App) -> None:
        for name, handler in self._handlers.items():
            again = _Again(LONGEST.get(name, LAST_RETRY), self._timetable)
            app.task(name=name, pass_context=True, retry=again)(self._async(name, handler))

    def _async(self, name: str, handler: Handler) -> Callable[..., Coroutine[Any, Any, None]]:
        async def run(context: JobContext, **args: Any) -> None:
            await asyncio.get_running_loop().run_in_executor(self._hands, self._run, name, handler, context.job, args)

        return run

    def _run(self, name: str, handler: Handler, job: Job, args: dict[str, Any]) -> None:
        self._beat = self._begun = time.monotonic()
        try:
            handler(self._office, **args)
            if item := self._timetable.get(job.queueing_lock or ""):
                with self._database.transaction() as session:
                    upkeep.put(session, item, item.every)
        except Exception as error:
            log.warning("task_failed", task=name, attempts=job.attempts + 1, **error_of(error))
            raise
        finally:
            self._beat, self._begun = time.monotonic(), 0.0
            self.done += 1

    async def _open_queues(self) -> list[str] | None:
        """Which queues this worker may take the next job from; None when it is to stop."""
        if self._stopping.is_set():
            return None
        return await asyncio.get_running_loop().run_in_executor(self._hands, self._queues_now)

    def _queues_now(self) -> list[str]:
        self._beat = time.monotonic()
        if self._beat - self._seen_to >= SEEN_TO_EVERY:
            upkeep.see_to(self._database, list(self._timetable.values()), self._handlers)
            self._seen_to = self._beat
        leads, trusts = self._leader.leads(), self._trusts()
        return [
            *([UNDATED_QUEUE] if leads else []),
            *([ALONE_QUEUE] if leads and trusts else []),
            *([SHARED_QUEUE] if trusts else []),
        ]


class _Manager(JobManager):
    """Asks before each job where from, and ends the worker when it cannot say what became of one: that is taken up."""

    def __init__(
        self, connector: Any, queues: Callable[[], Coroutine[Any, Any, list[str] | None]], runner: Runner
    ) -> None:
        super().__init__(connector)
        self._queues, self._runner = queues, runner

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        open_now = await self._queues()
        if open_now is None:
            self._runner.stop()
        return await super().fetch_job(open_now, worker_id) if open_now else None

    async def finish_job(self, *args: Any, **options: Any) -> None:
        try:
            await super().finish_job(*args, **options)
        except Exception:
            self._runner.stop()
            raise

    async def retry_job(self, *args: Any, **options: Any) -> None:
        try:
            await super().retry_job(*args, **options)
        except Exception:
            self._runner.stop()
            raise


class _Again(BaseRetryStrategy):
    """Tries for ever, with a pause that doubles up to the longest; what is periodic waits no longer than its pace."""

    def __init__(self, longest: dt.timedelta, timetable: Mapping[str, Periodic]) -> None:
        self._longest, self._timetable = longest, timetable

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        item = self._timetable.get(job.queueing_lock or "")
        pause = min(retry_after(job.attempts + 1), item.every if item else self._longest)
        return RetryDecision(retry_at=dt.datetime.now(dt.UTC) + pause)
