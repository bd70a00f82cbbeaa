"""Readiness fails for what stops the office, each by its real cause, and names the check and nothing else.

The release of 2026-11-22 was ready with its background thread dead, with a full disk and with keys that open nothing.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app, worker
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.background import enqueue, registry
from issuance.clock import FixedClock
from issuance.commands.office import prepare
from issuance.office import Office
from issuance.services.trust import audit_chain
from issuance.settings import Settings
from issuance.vault import Vault
from tests.fixtures.databases import on_sqlite
from tests.people import NOON, SmallOffice

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def app(var: Path, database_url: str, clock: FixedClock) -> Iterator[Flask]:
    """An office that was set up."""
    made = create_app(Settings(var=var, database_url=database_url), clock=clock)
    office: Office = made.extensions["office"]
    prepare(office)
    yield made
    office.database.engine.dispose()


def missing(app: Flask) -> list[str]:
    """The checks that readiness names."""
    answer = app.test_client().get("/readyz")
    said: dict[str, Any] = answer.json
    assert set(said) == {"ready", "checks"}
    assert answer.status_code == (200 if said["ready"] else 503)
    assert all(value in (True, False) for value in said["checks"].values())
    return [name for name, good in said["checks"].items() if not good]


@contextmanager
def working(app: Flask, handler: Callable[[Office], object]) -> Iterator[threading.Event]:
    """The background thread at work on `handler`, which is done or dead when the event is set."""
    office: Office = app.extensions["office"]
    begun = threading.Event()

    def work(at: Office) -> object:
        begun.set()
        return handler(at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.HANDLERS, "test-work", work)
        with office.database.transaction() as session:
            enqueue(session, "test-work", clock=office.clock, delay=-dt.timedelta(days=1))
        thread = app.extensions["worker"] = worker(app)
        thread.start()
        assert begun.wait(60)
        yield begun
        thread.stop(60)


def test_an_office_that_works_is_ready(app: Flask) -> None:
    assert missing(app) == []


@on_sqlite
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_background_thread(app: Flask) -> None:
    def die(_office: Office) -> None:
        raise SystemExit

    others = set(threading.enumerate())
    with working(app, die):
        until_dead(set(threading.enumerate()) - others)
        assert missing(app) == ["background"]


def until_dead(begun: set[threading.Thread]) -> None:
    for thread in begun:
        if thread.name == "liman-background":
            thread.join(60)
            assert not thread.is_alive()


@on_sqlite
def test_a_background_thread_that_hangs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    with working(app, lambda _office: release.wait(60)):
        assert missing(app) == []
        monkeypatch.setattr(registry, "STUCK_SECONDS", 0.0)
        assert missing(app) == ["background"]
        release.set()


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_workers_apart_that_nobody_started(app: Flask) -> None:
    office: Office = app.extensions["office"]
    office.settings = office.settings.model_copy(update={"workers": "apart"})
    assert missing(app) == ["background"]
    with office.database.transaction() as session:
        session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    assert missing(app) == []


def test_a_full_disk(app: Flask, var: Path) -> None:
    office: Office = app.extensions["office"]
    office.settings = office.settings.model_copy(update={"least_free_mb": 10**9})
    assert missing(app) == ["disk"]


def test_events_in_no_chain_for_more_than_a_minute(app: Flask, clock: FixedClock) -> None:
    office: Office = app.extensions["office"]
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    clock.advance(MINUTE)
    assert missing(app) == []
    clock.advance(dt.timedelta(seconds=1))
    assert missing(app) == ["audit"]
    tasks.link_audit(office)
    assert missing(app) == []
    with office.reading() as look:
        assert not audit_chain.is_waiting(look)


@pytest.mark.parametrize("name", ["vault", "audit", "attempts"])
def test_a_key_file_that_is_lost_or_anothers(app: Flask, var: Path, name: str) -> None:
    path = var / "keys" / name
    own = path.read_bytes()
    path.unlink()
    assert missing(app) == ["keys"]
    path.write_bytes(bytes(32))
    assert missing(app) == ["keys"]
    path.write_bytes(own)
    assert missing(app) == []


def test_a_vault_whose_key_opens_nothing(app: Flask, clock: FixedClock) -> None:
    """Its file is as it was, but what the register keeps was encrypted under another."""
    office: Office = app.extensions["office"]
    small = SmallOffice(office.database, clock, Vault(b"o" * 32))
    small.enrol(small.lodge())
    tasks.link_audit(office)
    assert missing(app) == ["keys"]


def test_a_signer_that_failed(app: Flask) -> None:
    office: Office = app.extensions["office"]
    folder = office.settings.var / "keys"
    (folder / "seal-signer.key").write_text("damaged")
    with pytest.raises(Exception, match="damaged"):
        office.signer.use(lambda signer: signer.prove())
    assert missing(app) == ["keys"]


def test_a_clock_that_jumped(app: Flask, clock: FixedClock) -> None:
    tasks.link_audit(app.extensions["office"])
    clock.set_ahead(dt.timedelta(minutes=3))
    assert missing(app) == ["clock"]
