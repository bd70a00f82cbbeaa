"""Background tasks are queued with their act, run once each, and survive whatever stops a worker."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import structlog
from sqlalchemy import select, text

from issuance import background, logs
from issuance.background import Periodic, Worker, enqueue, retry_after
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.machinery import Task
from tests.integration.rows import a_centre

OFFICE = object()
SECOND = dt.timedelta(seconds=1)


class Died(BaseException):
    """The process ends here, as far as the worker can tell."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the workers log."""
    stream = io.StringIO()
    structlog.configure(
        processors=[logs.only_allowed, structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=stream),
    )
    yield stream
    structlog.reset_defaults()


class Handler:
    """Notes what it was called with; raises what `fails` holds, one after the other."""

    def __init__(self, *fails: BaseException) -> None:
        self.calls: list[dict[str, Any]] = []
        self._fails = list(fails)

    def __call__(self, office: object, **args: Any) -> None:
        assert office is OFFICE
        self.calls.append(args)
        if self._fails:
            raise self._fails.pop(0)


def queue(database: Database, clock: FixedClock, name: str = "prepare", **args: Any) -> None:
    with database.transaction() as session:
        enqueue(session, name, clock=clock, **args)


def queued(database: Database) -> list[Task]:
    with database.reading() as session:
        return list(session.scalars(select(Task).order_by(Task.due_at)))


def test_a_task_runs_once_with_what_it_was_given(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    worker = Worker(database, {"prepare": handler}, clock, OFFICE)
    queue(database, clock, job_id="7", count=2)
    assert (worker.run_due(), worker.run_due()) == (1, 0)
    assert handler.calls == [{"job_id": "7", "count": 2}]
    assert queued(database) == []


def test_an_act_that_fails_queues_nothing(database: Database, clock: FixedClock) -> None:
    def act() -> None:
        with database.transaction() as session:
            enqueue(session, "prepare", clock=clock)
            raise LookupError

    with pytest.raises(LookupError):
        act()
    assert queued(database) == []


def test_a_delayed_task_waits(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    worker = Worker(database, {"prepare": handler}, clock, OFFICE)
    queue(database, clock, delay=5 * SECOND)
    clock.advance(5 * SECOND - dt.timedelta(microseconds=1))
    assert worker.run_due() == 0
    clock.advance(dt.timedelta(microseconds=1))
    assert worker.run_due() == 1


def test_the_task_due_longest_comes_first(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    for number, delay in enumerate((3, 1, 2)):
        queue(database, clock, delay=delay * SECOND, number=number)
    clock.advance(3 * SECOND)
    assert Worker(database, {"prepare": handler}, clock, OFFICE).run_due() == 3
    assert [call["number"] for call in handler.calls] == [1, 2, 0]


def test_a_handler_finds_no_transaction_open_and_may_queue_more(database: Database, clock: FixedClock) -> None:
    later = Handler()

    def prepare(_office: object) -> None:
        with database.transaction() as session:  # would wait for ever, were the worker's own open
            a_centre(session)
            enqueue(session, "later", clock=clock)

    queue(database, clock)
    assert Worker(database, {"prepare": prepare, "later": later}, clock, OFFICE).run_due() == 2
    assert later.calls == [{}]


def test_a_failure_is_tried_again_later_and_leaves_others_alone(
    database: Database, clock: FixedClock, log: io.StringIO
) -> None:
    failing, other = Handler(ValueError("AHMAD born 1990"), KeyError("AHMAD")), Handler()
    worker = Worker(database, {"prepare": failing, "other": other}, clock, OFFICE)
    queue(database, clock)
    queue(database, clock, "other")
    assert worker.run_due() == 2
    (task,) = queued(database)
    assert (task.attempts, task.last_error, task.due_at) == (1, "ValueError", clock.now() + 2 * SECOND)
    assert len(other.calls) == 1

    clock.advance(2 * SECOND)
    assert worker.run_due() == 1
    (task,) = queued(database)
    assert (task.attempts, task.last_error, task.due_at) == (2, "KeyError", clock.now() + 4 * SECOND)
    clock.advance(4 * SECOND)
    assert worker.run_due() == 1
    assert queued(database) == []

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["error"], line["attempts"]) for line in lines] == [
        ("task_failed", "ValueError", 1),
        ("task_failed", "KeyError", 2),
    ]
    assert "AHMAD" not in log.getvalue()


def test_pauses_double_up_to_an_hour() -> None:
    assert [retry_after(attempts).total_seconds() for attempts in (1, 2, 3, 10, 11, 12, 13, 1000)] == [
        *(2, 4, 8, 1024, 2048),
        *(3600, 3600, 3600),
    ]


def test_a_task_whose_worker_died_is_run_by_another(database: Database, clock: FixedClock) -> None:
    handler = Handler(Died())
    queue(database, clock)
    with pytest.raises(Died):
        Worker(database, {"prepare": handler}, clock, OFFICE).run_due()
    other = Worker(database, {"prepare": handler}, clock, OFFICE)
    assert other.run_due() == 0
    clock.advance(background.HOLD)
    assert other.run_due() == 1
    assert len(handler.calls) == 2
    assert queued(database) == []


def test_a_worker_that_was_thought_dead_does_not_disturb_the_next(database: Database, clock: FixedClock) -> None:
    """The first is slow: its task falls due again, the second takes it, and then the first fails."""
    second = Handler(ValueError())

    def slow(_office: object) -> None:
        clock.advance(background.HOLD)
        Worker(database, {"prepare": second}, clock, OFFICE).run_due()
        raise KeyError

    queue(database, clock)
    Worker(database, {"prepare": slow}, clock, OFFICE).run_due()
    (task,) = queued(database)
    assert (task.attempts, task.last_error) == (1, "ValueError")


def test_several_processes_share_the_tasks(database: Database, database_url: str, clock: FixedClock) -> None:
    ran: list[int] = []
    for number in range(30):
        queue(database, clock, number=number)

    def process(_: int) -> int:
        own = Database(database_url)
        done = Worker(own, {"prepare": lambda _office, number: ran.append(number)}, clock, OFFICE).run_due()
        own.engine.dispose()
        return done

    with ThreadPoolExecutor(3) as processes:
        assert sum(processes.map(process, range(3))) == 30
    assert sorted(ran) == list(range(30))


def test_a_task_nobody_handles_is_kept(database: Database, clock: FixedClock) -> None:
    queue(database, clock, "unknown")
    assert Worker(database, {}, clock, OFFICE).run_due() == 1
    (task,) = queued(database)
    assert (task.name, task.attempts, task.last_error) == ("unknown", 1, "LookupError")


# Periodic work


def test_periodic_work_runs_at_the_start_and_then_every_so_often(database: Database, clock: FixedClock) -> None:
    seal, retention = Handler(), Handler()
    periodic = [Periodic("seal", 10 * SECOND), Periodic("retention", dt.timedelta(days=1))]
    worker = Worker(database, {"seal": seal, "retention": retention}, clock, OFFICE, periodic=periodic)
    assert worker.run_due() == 2
    clock.advance(9 * SECOND)
    assert worker.run_due() == 0
    clock.advance(SECOND)
    assert worker.run_due() == 1
    clock.advance(dt.timedelta(days=1))
    assert worker.run_due() == 2
    assert (len(seal.calls), len(retention.calls)) == (3, 2)


def test_several_servers_share_one_timetable_that_outlives_them(
    database: Database, database_url: str, clock: FixedClock
) -> None:
    seal, periodic = Handler(), [Periodic("seal", 10 * SECOND)]

    def server(_: int) -> int:
        own = Database(database_url)
        done = Worker(own, {"seal": seal}, clock, OFFICE, periodic=periodic).run_due()
        own.engine.dispose()
        return done

    with ThreadPoolExecutor(3) as servers:
        assert sum(servers.map(server, range(3))) == 1
    clock.advance(10 * SECOND)
    assert server(0) == 1
    assert len(queued(database)) == 1


def test_the_timetable_comes_before_any_heap_of_work(database: Database, clock: FixedClock) -> None:
    order: list[str] = []
    handlers = {name: lambda _office, name=name: order.append(name) for name in ("heap", "link")}
    for _ in range(3):
        queue(database, clock, "heap")
    clock.advance(SECOND)
    Worker(database, handlers, clock, OFFICE, periodic=[Periodic("link", SECOND)]).run_due()
    assert order == ["link", "heap", "heap", "heap"]


def test_periodic_work_that_fails_waits_no_longer_than_its_pace(database: Database, clock: FixedClock) -> None:
    fails = Handler(*(OSError() for _ in range(6)))
    worker = Worker(database, {"link": fails}, clock, OFFICE, periodic=[Periodic("link", 3 * SECOND)])
    for _ in range(7):
        worker.run_due()
        clock.advance(3 * SECOND)
    assert len(fails.calls) == 7


def test_periodic_work_that_fails_is_tried_again_and_then_keeps_its_pace(
    database: Database, clock: FixedClock, log: io.StringIO
) -> None:
    seal = Handler(ValueError())
    worker = Worker(database, {"seal": seal}, clock, OFFICE, periodic=[Periodic("seal", 60 * SECOND)])
    worker.run_due()
    clock.advance(2 * SECOND)
    assert worker.run_due() == 1
    (task,) = queued(database)
    assert (task.attempts, task.last_error, task.due_at) == (0, "", clock.now() + 60 * SECOND)


# The thread


def test_the_thread_runs_what_is_queued_until_it_is_stopped(database: Database, clock: FixedClock) -> None:
    ran = threading.Event()
    worker = Worker(database, {"prepare": lambda _office: ran.set()}, clock, OFFICE, idle=0.01)
    worker.start()
    queue(database, clock)
    assert ran.wait(20)
    assert worker.stop()
    assert queued(database) == []
    queue(database, clock)
    assert worker.run_due() == 0


def test_the_thread_lets_go_of_what_its_handlers_kept_open(database: Database, clock: FixedClock) -> None:
    """A key may be let go of only by the thread that opened it."""
    let_go: list[str] = []
    worker = Worker(database, {}, clock, OFFICE, at_end=lambda: let_go.append(threading.current_thread().name))
    worker.start()
    assert worker.stop()
    assert let_go == ["liman-background"]


def test_stopping_waits_for_the_task_in_hand_but_not_for_ever(database: Database, clock: FixedClock) -> None:
    started, release = threading.Event(), threading.Event()

    def long_work(_office: object) -> None:
        started.set()
        release.wait(20)

    worker = Worker(database, {"prepare": long_work}, clock, OFFICE, idle=0.01)
    queue(database, clock)
    queue(database, clock)
    worker.start()
    assert started.wait(20)
    assert not worker.stop(timeout=0.05)
    release.set()
    assert worker.stop()
    assert len(queued(database)) == 1


def test_the_thread_outlives_a_database_that_is_away(
    database: Database, clock: FixedClock, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "FIRST_RETRY", dt.timedelta(milliseconds=10))
    ran, away = threading.Event(), threading.Event()
    monkeypatch.setattr(background.log, "error", lambda *_args, **_words: away.set())
    queue(database, clock)
    rename(database, "task", "away")
    worker = Worker(database, {"prepare": lambda _office: ran.set()}, clock, OFFICE, idle=0.01)
    worker.start()
    assert away.wait(20)
    rename(database, "away", "task")
    assert ran.wait(20)
    assert worker.stop()


def rename(database: Database, old: str, new: str) -> None:
    with database.transaction() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_stopping_a_worker_that_never_started_is_nothing(database: Database, clock: FixedClock) -> None:
    assert Worker(database, {}, clock, OFFICE).stop()


def test_two_handlers_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "HANDLERS", {})

    @background.task("prepare")
    def first(office: object) -> None: ...

    assert background.HANDLERS["prepare"] is first
    with pytest.raises(ValueError, match="prepare"):
        background.task("prepare")(Handler())
