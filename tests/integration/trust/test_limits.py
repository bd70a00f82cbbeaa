"""Tries are counted per key, exactly, by all processes together, and the table tells nothing about who tried."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import NotFound
from issuance.models.audit import AuditEvent
from issuance.models.machinery import Refusal, Try
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services import centres, founding
from issuance.services.trust import accounts, limits
from issuance.services.trust.accounts import NewAccount
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.settings import Settings

WINDOW = dt.timedelta(minutes=15)
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def office(database: Database, clock: FixedClock, tmp_path: Path) -> Office:
    return Office(Settings(var=tmp_path), database, clock)


def attempt(office: Office, key: str = "REF1", kind: str = "reference", limit: int = 3) -> bool:
    """Whether one more try is free."""
    try:
        with office.upkeep() as look:
            limits.count(look, Counted(kind, key, limit))
    except TooManyTries:
        return False
    return True


def kept(office: Office) -> list[Try]:
    with office.reading() as look:
        return list(look.session.scalars(select(Try)))


def test_the_limit_is_exact_and_per_key_and_kind(office: Office, clock: FixedClock) -> None:
    assert [attempt(office) for _ in range(5)] == [True, True, True, False, False]
    assert attempt(office, key="REF2")
    assert attempt(office, kind="address")
    assert len(kept(office)) == 5


def test_tries_become_free_one_by_one_as_the_window_moves(office: Office, clock: FixedClock) -> None:
    for _ in range(3):
        assert attempt(office)
        clock.advance(dt.timedelta(minutes=1))
    assert not attempt(office)
    clock.advance(WINDOW - dt.timedelta(minutes=3) - dt.timedelta(microseconds=1))
    assert not attempt(office)
    clock.advance(dt.timedelta(microseconds=1))
    assert attempt(office)
    assert not attempt(office)
    clock.advance(dt.timedelta(minutes=1))
    assert attempt(office)


def test_the_refusal_says_when_to_come_back(office: Office, clock: FixedClock) -> None:
    attempt(office, limit=1)
    clock.advance(dt.timedelta(minutes=5))
    with office.upkeep() as look, pytest.raises(TooManyTries) as caught:
        limits.count(look, Counted("reference", "REF1", 1))
    assert str(caught.value) == "Too many attempts. Try again in 11 minutes."
    clock.advance(dt.timedelta(seconds=caught.value.retry_after))
    assert attempt(office, limit=1)


def test_a_try_that_fails_stays_counted(office: Office, clock: FixedClock) -> None:
    def look_up() -> None:
        assert attempt(office, limit=1)
        with office.upkeep():
            raise NotFound("no")

    with pytest.raises(NotFound):
        look_up()
    assert not attempt(office, limit=1)


def test_a_try_waits_for_one_still_being_counted(office: Office, database_url: str, clock: FixedClock) -> None:
    other = Office(office.settings, Database(database_url), clock)
    with ThreadPoolExecutor(1) as pool:
        with office.upkeep() as look:
            limits.count(look, Counted("reference", "REF1", 1))
            second = pool.submit(attempt, other, limit=1)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        assert second.result(timeout=20) is False
    other.database.engine.dispose()


def test_processes_counting_at_once_do_not_exceed_the_limit(
    office: Office, database_url: str, clock: FixedClock
) -> None:
    attempt(office, key="another")  # makes the secret

    def process(_: int) -> int:
        own = Office(office.settings, Database(database_url), clock)
        free = sum(attempt(own, limit=10) for _ in range(8))
        own.database.engine.dispose()
        return free

    with ThreadPoolExecutor(4) as processes:
        assert sum(processes.map(process, range(4))) == 10


def test_only_digests_are_kept_and_they_depend_on_the_secret(office: Office, clock: FixedClock) -> None:
    attempt(office, key="10.1.2.3", kind="address")
    other = Office(Settings(var=office.settings.var / "other"), office.database, clock)
    assert attempt(other, key="10.1.2.3", kind="address")
    rows = kept(office)
    assert len({row.key for row in rows}) == 2
    assert all(len(row.key) == 64 and "10.1" not in row.key for row in rows)


def test_forgetting_frees_the_key_and_no_other(office: Office, clock: FixedClock) -> None:
    attempt(office, limit=1)
    attempt(office, key="REF2", limit=1)
    with office.upkeep() as look:
        limits.forget(look, "reference", "REF1")
    assert attempt(office, limit=1)
    assert not attempt(office, key="REF2", limit=1)


def test_purging_deletes_what_no_count_needs(office: Office, clock: FixedClock) -> None:
    attempt(office)
    clock.advance(dt.timedelta(minutes=5))
    attempt(office, key="REF2")
    clock.advance(WINDOW - dt.timedelta(minutes=5))
    with office.upkeep() as look:
        limits.purge(look)
    assert [row.at for row in kept(office)] == [START + dt.timedelta(minutes=5)]


# Refused tries


@pytest.fixture
def account(office: Office) -> Staff:
    with office.act(SYSTEM) as act:
        founding.found_centres(act)
    with office.act(SYSTEM) as act:
        place = centres.named(act, "timisoara")
        return accounts.add_account(act, NewAccount("a@test.example", "A", place, [RoleName.CLERK], "-"))


def refuse(office: Office, times: int, account: Staff | None = None, kind: str = limits.LOGIN) -> list[bool]:
    """So many refused tries, and which of them were worth telling."""
    told = []
    for _ in range(times):
        with office.upkeep() as look:
            told.append(limits.count_refused(look, kind, account.id if account else None))
    return told


def events(office: Office) -> list[tuple[str, dict[str, Any], int]]:
    """What is told of refused log-ins: the event, its details, and of how many accounts."""
    with office.act(SYSTEM) as act:
        limits.tell_refused(act)
    with office.upkeep() as look:
        limits.purge(look)
    with office.reading() as look:
        found = look.session.scalars(select(AuditEvent).where(AuditEvent.act == "account.logins_refused"))
        return [(event.act, event.details, len(event.subjects)) for event in found]


def test_of_refused_tries_the_first_is_told_and_the_flood_is_one_event(
    office: Office, clock: FixedClock, account: Staff
) -> None:
    assert refuse(office, 40, account) == [True] + [False] * 39
    assert refuse(office, 3) == [True, False, False]
    assert events(office) == []
    clock.advance(WINDOW)
    assert sorted(events(office), key=str) == [
        ("account.logins_refused", {"count": 2}, 0),
        ("account.logins_refused", {"count": 39}, 1),
    ]
    with office.reading() as look:
        assert look.session.scalars(select(Refusal)).all() == []


def test_the_next_window_is_told_again(office: Office, clock: FixedClock, account: Staff) -> None:
    assert refuse(office, 2, account) == [True, False]
    clock.advance(WINDOW)
    assert refuse(office, 2, account) == [True, False]
    assert [details for _, details, _ in events(office)] == [{"count": 1}]


def test_a_single_refusal_and_look_ups_are_no_further_event(office: Office, clock: FixedClock, account: Staff) -> None:
    refuse(office, 1, account)
    refuse(office, 9, kind=limits.STATUS)
    clock.advance(WINDOW)
    assert events(office) == []


def test_nothing_is_counted_when_one_of_several_limits_is_reached(office: Office) -> None:
    counts = [Counted("pair", "a", 5), Counted("from", "b", 1)]
    with office.upkeep() as look:
        limits.count(look, *counts)
    with pytest.raises(TooManyTries), office.upkeep() as look:
        limits.count(look, *counts)
    assert len(kept(office)) == 2
