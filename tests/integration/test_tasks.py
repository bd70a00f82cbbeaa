"""The office's own timetable, run against a real register."""

from __future__ import annotations

import datetime as dt
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from issuance import background, chores, tasks
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.machinery import Try
from issuance.office import Office
from issuance.services.trust import audit_chain, audit_proofs, limits
from issuance.settings import Settings, heads_file
from tests.background import queued

EVENTS = 60
OF_ITS_OWN = 4
"""The first run of the timetable says that everything is witnessed, asks for a proof of it and makes it, and proves the
ledger of blanks."""


@pytest.fixture
def office(database: Database, database_url: str, tmp_path: Path) -> Office:
    clock = FixedClock(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    return Office(Settings(var=tmp_path, database_url=database_url), database, clock)


def run(office: Office) -> None:
    tasks.worker(office).run_due()


def test_the_timetable_links_every_event_and_signs_the_heads(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 25)
    with office.act(SYSTEM) as act:
        for _ in range(EVENTS):
            act.record("rules.published")
    run(office)
    tasks.link_audit(office)
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    assert (walk.faults, walk.waiting, walk.events) == (0, 0, EVENTS + OF_ITS_OWN)
    assert heads_file(office.settings).read_bytes().count(b"\n") >= 1


def test_a_chain_that_the_witness_of_old_rows_began_is_signed_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "SLICE", 600.0)  # on a machine that has much else to do, too
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    tasks.witness_rows(office)
    assert heads_file(office.settings).read_bytes().count(b"\n") == 1


def test_the_timetable_forgets_old_tries(office: Office) -> None:
    window = dt.timedelta(minutes=office.settings.attempt_window_minutes)
    with office.upkeep() as look:
        limits.count(look, limits.Counted("status", "REF", 1))
    assert isinstance(office.clock, FixedClock)
    office.clock.advance(window)
    run(office)
    with office.database.reading() as session:
        assert session.scalars(select(Try)).all() == []


def test_every_task_of_the_timetable_succeeds_on_an_empty_register(office: Office) -> None:
    run(office)
    with office.database.reading() as session:
        waiting = queued(session, office.clock.now())
        assert {(task.name, task.attempts) for task in waiting} == {(item.name, 0) for item in tasks.PERIODIC}
        assert background.failing(session) == []


def test_whoever_runs_the_tasks_knows_every_chore() -> None:
    """In an interpreter of its own: here other tests have imported what a server would not."""
    code = "import sys, issuance.tasks; print(*(name for name in sys.modules if name.startswith('issuance.chores.')))"
    known = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    there = {each.name for each in pkgutil.walk_packages(chores.__path__, "issuance.chores.")}
    assert set(known) == there, "import it in issuance/tasks.py, else nobody does it"
