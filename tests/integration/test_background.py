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
from sqlalchemy import text

from issuance import logs
from issuance.background import Periodic, due, enqueue, failing, hurry, registry, retry_after, rows, task, worker
from issuance.clock import FixedClock
from issuance.db import Database
from tests import background
from tests.background import Queued, later
from tests.fixtures.databases import on_sqlite
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


def queued(database: Database, clock: FixedClock) -> list[Queued]:
    with database.reading() as session:
        return background.queued(session, clock.now())


def seconds(pause: dt.timedelta) -> int:
    """As PostgreSQL's own clock tells it, which went on meanwhile."""
    return round(pause.total_seconds())


def test_a_task_runs_once_with_what_it_was_given(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    runs = worker(database, {"prepare": handler}, clock, OFFICE)
    queue(database, clock, job_id="7", count=2)
    assert (runs.run_due(), runs.run_due()) == (1, 0)
    assert handler.calls == [{"job_id": "7", "count": 2}]
    assert queued(database, clock) == []


def test_an_act_that_fails_queues_nothing(database: Database, clock: FixedClock) -> None:
    def act() -> None:
        with database.transaction() as session:
            enqueue(session, "prepare", clock=clock)
            raise LookupError

    with pytest.raises(LookupError):
        act()
    assert queued(database, clock) == []


def test_a_delayed_task_waits(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    runs = worker(database, {"prepare": handler}, clock, OFFICE)
    queue(database, clock, delay=5 * SECOND)
    later(database, clock, 3 * SECOND)
    assert runs.run_due() == 0
    later(database, clock, 2 * SECOND)
    assert runs.run_due() == 1


@on_sqlite
def test_the_task_due_longest_comes_first(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    for number, delay in enumerate((3, 1, 2)):
        queue(database, clock, delay=delay * SECOND, number=number)
    clock.advance(3 * SECOND)
    assert worker(database, {"prepare": handler}, clock, OFFICE).run_due() == 3
    assert [call["number"] for call in handler.calls] == [1, 2, 0]


def test_a_handler_finds_no_transaction_open_and_may_queue_more(database: Database, clock: FixedClock) -> None:
    later = Handler()

    def prepare(_office: object) -> None:
        with database.transaction() as session:  # would wait for ever, were the worker's own open
            a_centre(session)
            enqueue(session, "later", clock=clock)

    queue(database, clock)
    assert worker(database, {"prepare": prepare, "later": later}, clock, OFFICE).run_due() == 2
    assert later.calls == [{}]


def test_a_failure_is_tried_again_later_and_leaves_others_alone(
    database: Database, clock: FixedClock, log: io.StringIO
) -> None:
    broken, other = Handler(ValueError("AHMAD born 1990"), KeyError("AHMAD")), Handler()
    runs = worker(database, {"prepare": broken, "other": other}, clock, OFFICE)
    queue(database, clock)
    queue(database, clock, "other")
    assert runs.run_due() == 2
    (waits,) = queued(database, clock)
    assert (waits.attempts, seconds(waits.due_in)) == (1, 2)
    assert len(other.calls) == 1

    later(database, clock, 2 * SECOND)
    assert runs.run_due() == 1
    (waits,) = queued(database, clock)
    assert (waits.attempts, seconds(waits.due_in)) == (2, 4)
    with database.reading() as session:
        assert [(fails.task, fails.count, fails.attempts) for fails in failing(session)] == [("prepare", 1, 2)]
    later(database, clock, 4 * SECOND)
    assert runs.run_due() == 1
    assert queued(database, clock) == []

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


@on_sqlite
def test_a_task_whose_worker_died_is_run_by_another(database: Database, clock: FixedClock) -> None:
    handler = Handler(Died())
    queue(database, clock)
    with pytest.raises(Died):
        worker(database, {"prepare": handler}, clock, OFFICE).run_due()
    other = worker(database, {"prepare": handler}, clock, OFFICE)
    assert other.run_due() == 0
    clock.advance(rows.HOLD)
    assert other.run_due() == 1
    assert len(handler.calls) == 2
    assert queued(database, clock) == []


@on_sqlite
def test_a_worker_that_was_thought_dead_does_not_disturb_the_next(database: Database, clock: FixedClock) -> None:
    """The first is slow: its task falls due again, the second takes it, and then the first fails."""
    second = Handler(ValueError())

    def slow(_office: object) -> None:
        clock.advance(rows.HOLD)
        worker(database, {"prepare": second}, clock, OFFICE).run_due()
        raise KeyError

    queue(database, clock)
    worker(database, {"prepare": slow}, clock, OFFICE).run_due()
    (waits,) = queued(database, clock)
    assert waits.attempts == 1


def test_several_processes_share_the_tasks(database: Database, database_url: str, clock: FixedClock) -> None:
    ran: list[int] = []
    for number in range(30):
        queue(database, clock, number=number)

    def process(_: int) -> int:
        own = Database(database_url)
        done = worker(own, {"prepare": lambda _office, number: ran.append(number)}, clock, OFFICE).run_due()
        own.engine.dispose()
        return done

    with ThreadPoolExecutor(3) as processes:
        assert sum(processes.map(process, range(3))) == 30
    assert sorted(ran) == list(range(30))


def test_a_task_nobody_handles_is_kept(database: Database, clock: FixedClock) -> None:
    queue(database, clock, "unknown")
    worker(database, {}, clock, OFFICE).run_due()
    (waits,) = queued(database, clock)
    assert (waits.name, waits.attempts) == ("unknown", 1)
    handler = Handler()
    later(database, clock, 2 * SECOND)
    assert worker(database, {"unknown": handler}, clock, OFFICE).run_due() == 1  # a later release knows it
    assert queued(database, clock) == []


def test_of_one_lock_one_task_waits_and_the_act_goes_on(database: Database, clock: FixedClock) -> None:
    handler = Handler()
    with database.transaction() as session:
        for number in (1, 2):
            enqueue(session, "prepare", clock=clock, queueing_lock="7", number=number)
        enqueue(session, "prepare", clock=clock, number=3)
    with database.transaction() as session:
        enqueue(session, "prepare", clock=clock, queueing_lock="7", number=4)
        a_centre(session)
    assert worker(database, {"prepare": handler}, clock, OFFICE).run_due() == 2
    assert sorted(call["number"] for call in handler.calls) == [1, 3]
    with database.transaction() as session:
        enqueue(session, "prepare", clock=clock, queueing_lock="7", number=5)
    assert worker(database, {"prepare": handler}, clock, OFFICE).run_due() == 1


def test_a_task_that_runs_gave_its_lock_back(database: Database, clock: FixedClock) -> None:
    """What changed while it ran is done by a second one."""
    ran: list[int] = []

    def again(_office: object, left: int) -> None:
        ran.append(left)
        if left:
            with database.transaction() as session:
                enqueue(session, "again", clock=clock, queueing_lock="7", left=left - 1)

    with database.transaction() as session:
        enqueue(session, "again", clock=clock, queueing_lock="7", left=2)
    worker(database, {"again": again}, clock, OFFICE).run_due()
    assert ran == [2, 1, 0]


def test_a_task_that_somebody_waits_for_is_due_at_once(database: Database, clock: FixedClock) -> None:
    failing_once = Handler(ValueError())
    runs = worker(database, {"prepare": failing_once}, clock, OFFICE)
    queue(database, clock, job_id="7")
    queue(database, clock, delay=9 * SECOND, job_id="8")
    runs.run_due()
    for _ in range(2):
        with database.transaction() as session:
            hurry(session, "prepare", clock=clock, job_id="7")
        assert runs.run_due() == 1
    assert [call["job_id"] for call in failing_once.calls] == ["7", "7", "7"]


def test_what_waits_is_counted_with_its_age(database: Database, clock: FixedClock) -> None:
    queue(database, clock)
    queue(database, clock)
    queue(database, clock, delay=dt.timedelta(hours=1))
    later(database, clock, 5 * SECOND)
    with database.reading() as session:
        found = due(session, clock)
    assert found.count == 2
    assert 0 <= found.oldest <= 60
    assert found.oldest == 5 or database.engine.dialect.name == "postgresql"


# Periodic work


def test_periodic_work_runs_at_the_start_and_then_every_so_often(database: Database, clock: FixedClock) -> None:
    seal, retention = Handler(), Handler()
    periodic = [Periodic("seal", 10 * SECOND), Periodic("retention", dt.timedelta(days=1))]
    runs = worker(database, {"seal": seal, "retention": retention}, clock, OFFICE, periodic=periodic)
    assert runs.run_due() == 2
    later(database, clock, 9 * SECOND)
    assert runs.run_due() == 0
    later(database, clock, SECOND)
    assert runs.run_due() == 1
    later(database, clock, dt.timedelta(days=1))
    assert runs.run_due() == 2
    assert (len(seal.calls), len(retention.calls)) == (3, 2)


def test_several_servers_share_one_timetable_that_outlives_them(
    database: Database, database_url: str, clock: FixedClock
) -> None:
    rarely = 3600 * SECOND  # on PostgreSQL it is the machine's own time, and three servers take some of it
    seal, periodic = Handler(), [Periodic("seal", rarely)]

    def server(_: int) -> int:
        own = Database(database_url)
        done = worker(own, {"seal": seal}, clock, OFFICE, periodic=periodic).run_due()
        own.engine.dispose()
        return done

    with ThreadPoolExecutor(3) as servers:
        assert sum(servers.map(server, range(3))) == 1
    later(database, clock, rarely)
    assert server(0) == 1
    assert len(queued(database, clock)) == 1


def test_the_timetable_comes_before_any_heap_of_work(database: Database, clock: FixedClock) -> None:
    order: list[str] = []
    handlers = {name: lambda _office, name=name: order.append(name) for name in ("heap", "link")}
    for _ in range(3):
        queue(database, clock, "heap")
    later(database, clock, SECOND)
    worker(database, handlers, clock, OFFICE, periodic=[Periodic("link", SECOND)]).run_due()
    assert order == ["link", "heap", "heap", "heap"]


def test_periodic_work_that_fails_waits_no_longer_than_its_pace(database: Database, clock: FixedClock) -> None:
    fails = Handler(*(OSError() for _ in range(6)))
    runs = worker(database, {"link": fails}, clock, OFFICE, periodic=[Periodic("link", 3 * SECOND)])
    for _ in range(7):
        runs.run_due()
        later(database, clock, 3 * SECOND)
    assert len(fails.calls) == 7


def test_periodic_work_that_fails_is_tried_again_and_then_keeps_its_pace(
    database: Database, clock: FixedClock, log: io.StringIO
) -> None:
    seal = Handler(ValueError())
    runs = worker(database, {"seal": seal}, clock, OFFICE, periodic=[Periodic("seal", 60 * SECOND)])
    runs.run_due()
    later(database, clock, 2 * SECOND)
    assert runs.run_due() == 1
    (waits,) = queued(database, clock)
    assert (waits.attempts, seconds(waits.due_in)) == (0, 60)


# The thread


def test_the_thread_runs_what_is_queued_until_it_is_stopped(database: Database, clock: FixedClock) -> None:
    ran = threading.Event()
    runs = worker(database, {"prepare": lambda _office: ran.set()}, clock, OFFICE, idle=0.01)
    runs.start()
    queue(database, clock)
    assert ran.wait(20)
    assert runs.stop()
    assert queued(database, clock) == []
    queue(database, clock)
    assert runs.run_due() == 0


def test_the_thread_lets_go_of_what_its_handlers_kept_open(database: Database, clock: FixedClock) -> None:
    """A key may be let go of only by the thread that opened it."""
    let_go: list[str] = []
    runs = worker(database, {}, clock, OFFICE, at_end=lambda: let_go.append(threading.current_thread().name))
    runs.start()
    assert runs.stop()
    assert [name.removesuffix("_0") for name in let_go] == ["liman-background"]


def test_stopping_waits_for_the_task_in_hand_but_not_for_ever(database: Database, clock: FixedClock) -> None:
    started, release = threading.Event(), threading.Event()

    def long_work(_office: object) -> None:
        started.set()
        release.wait(20)

    runs = worker(database, {"prepare": long_work}, clock, OFFICE, idle=0.01)
    queue(database, clock)
    queue(database, clock)
    runs.start()
    assert started.wait(20)
    assert not runs.stop(timeout=0.05)
    release.set()
    assert runs.stop()
    assert len(queued(database, clock)) == 1


@on_sqlite
def test_the_thread_outlives_a_database_that_is_away(
    database: Database, clock: FixedClock, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FIRST_RETRY", dt.timedelta(milliseconds=10))
    ran, away = threading.Event(), threading.Event()
    monkeypatch.setattr(rows.log, "error", lambda *_args, **_words: away.set())
    queue(database, clock)
    rename(database, "task", "away")
    runs = worker(database, {"prepare": lambda _office: ran.set()}, clock, OFFICE, idle=0.01)
    runs.start()
    assert away.wait(20)
    rename(database, "away", "task")
    assert ran.wait(20)
    assert runs.stop()


def rename(database: Database, old: str, new: str) -> None:
    with database.transaction() as session:
        session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_stopping_a_worker_that_never_started_is_nothing(database: Database, clock: FixedClock) -> None:
    assert worker(database, {}, clock, OFFICE).stop()


def test_two_handlers_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "HANDLERS", {})

    @task("prepare")
    def first(office: object) -> None: ...

    assert registry.HANDLERS["prepare"] is first
    with pytest.raises(ValueError, match="prepare"):
        task("prepare")(Handler())
