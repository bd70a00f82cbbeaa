"""Tries are counted per key, exactly, by all processes together, and the table tells nothing about who tried."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import NotFound
from issuance.models.machinery import Try
from issuance.services.trust import limits
from issuance.services.trust.limits import TooManyAttempts

SECRET = b"secret of this installation"
WINDOW = dt.timedelta(minutes=15)
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


def attempt(database: Database, clock: FixedClock, key: str = "REF1", kind: str = "reference", limit: int = 3) -> bool:
    """Whether one more try is free."""
    try:
        with database.transaction() as session:
            limits.count(session, kind, key, secret=SECRET, clock=clock, window=WINDOW, limit=limit)
    except TooManyAttempts:
        return False
    return True


def kept(database: Database) -> list[Try]:
    with database.reading() as session:
        return list(session.scalars(select(Try)))


def test_the_limit_is_exact_and_per_key_and_kind(database: Database, clock: FixedClock) -> None:
    assert [attempt(database, clock) for _ in range(5)] == [True, True, True, False, False]
    assert attempt(database, clock, key="REF2")
    assert attempt(database, clock, kind="address")
    assert len(kept(database)) == 5


def test_tries_become_free_one_by_one_as_the_window_moves(database: Database, clock: FixedClock) -> None:
    for _ in range(3):
        assert attempt(database, clock)
        clock.advance(dt.timedelta(minutes=1))
    assert not attempt(database, clock)
    clock.advance(WINDOW - dt.timedelta(minutes=3) - dt.timedelta(microseconds=1))
    assert not attempt(database, clock)
    clock.advance(dt.timedelta(microseconds=1))
    assert attempt(database, clock)
    assert not attempt(database, clock)
    clock.advance(dt.timedelta(minutes=1))
    assert attempt(database, clock)


def test_the_refusal_says_when_to_come_back(database: Database, clock: FixedClock) -> None:
    attempt(database, clock, limit=1)
    clock.advance(dt.timedelta(minutes=5))
    with database.transaction() as session, pytest.raises(TooManyAttempts) as caught:
        limits.count(session, "reference", "REF1", secret=SECRET, clock=clock, window=WINDOW, limit=1)
    assert str(caught.value) == "Too many attempts. Try again in 11 minutes."
    clock.advance(dt.timedelta(seconds=caught.value.retry_after))
    assert attempt(database, clock, limit=1)


def test_a_try_that_fails_stays_counted(database: Database, clock: FixedClock) -> None:
    def look_up() -> None:
        assert attempt(database, clock, limit=1)
        with database.transaction():
            raise NotFound("no")

    with pytest.raises(NotFound):
        look_up()
    assert not attempt(database, clock, limit=1)


def test_a_try_waits_for_one_still_being_counted(database: Database, database_url: str, clock: FixedClock) -> None:
    other = Database(database_url)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            limits.count(session, "reference", "REF1", secret=SECRET, clock=clock, window=WINDOW, limit=1)
            second = pool.submit(attempt, other, clock, limit=1)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        assert second.result(timeout=20) is False
    other.engine.dispose()


def test_processes_counting_at_once_do_not_exceed_the_limit(
    database: Database, database_url: str, clock: FixedClock
) -> None:
    def process(_: int) -> int:
        own = Database(database_url)
        free = sum(attempt(own, clock, limit=10) for _ in range(8))
        own.engine.dispose()
        return free

    with ThreadPoolExecutor(4) as processes:
        assert sum(processes.map(process, range(4))) == 10


def test_only_digests_are_kept_and_they_depend_on_the_secret(database: Database, clock: FixedClock) -> None:
    attempt(database, clock, key="10.1.2.3", kind="address")
    with database.transaction() as session:
        limits.count(session, "address", "10.1.2.3", secret=b"other", clock=clock, window=WINDOW, limit=1)
    rows = kept(database)
    assert len({row.key for row in rows}) == 2
    assert all(len(row.key) == 64 and "10.1" not in row.key for row in rows)


def test_forgetting_frees_the_key_and_no_other(database: Database, clock: FixedClock) -> None:
    attempt(database, clock, limit=1)
    attempt(database, clock, key="REF2", limit=1)
    with database.transaction() as session:
        limits.forget(session, "reference", "REF1", secret=SECRET)
    assert attempt(database, clock, limit=1)
    assert not attempt(database, clock, key="REF2", limit=1)


def test_purging_deletes_what_no_count_needs(database: Database, clock: FixedClock) -> None:
    attempt(database, clock)
    clock.advance(dt.timedelta(minutes=5))
    attempt(database, clock, key="REF2")
    clock.advance(WINDOW - dt.timedelta(minutes=5))
    with database.transaction() as session:
        limits.purge(session, clock=clock, window=WINDOW)
    assert [row.at for row in kept(database)] == [START + dt.timedelta(minutes=5)]
