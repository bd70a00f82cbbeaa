"""The log of a chain: written from the register, signed, continued, compared with it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import uuid4

import pytest

from issuance.actors import Actor
from issuance.chores import log as chore
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.staff import Centre
from issuance.office import Office
from issuance.services.log.writing import Log
from issuance.services.trust import audit_chain, audit_proofs
from issuance.settings import Settings
from tests.integration.rows import a_centre

CLERK = Actor(id=uuid4(), roles=frozenset({"clerk"}))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC))


@pytest.fixture
def office(database: Database, clock: FixedClock, tmp_path: Path) -> Office:
    settings = Settings(var=tmp_path / "var", log_name="log.office.example", log_copy=tmp_path / "elsewhere")
    return Office(settings, database, clock)


@pytest.fixture
def centre(database: Database) -> Centre:
    with database.transaction() as session:
        return a_centre(session)


def happen(office: Office, centre: Centre, count: int) -> None:
    """So many events of a centre, in its chain."""
    with office.act(CLERK) as act:
        for number in range(count):
            act.record("case.opened", act.session.get_one(Centre, centre.id), centre_id=centre.id, number=number)
    more = True
    while more:
        with office.upkeep() as look:
            more = bool(audit_chain.link(look).events)


def log_of(office: Office, centre: Centre) -> Log:
    with office.reading() as look:
        return Log(look, str(centre.id))


def found(office: Office) -> list[str]:
    """What a proof of the audit finds, by fault, of the log alone."""
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    return [f"{finding.fault} {finding.place.split()[1]}" for finding in walk.findings() if finding.kind == "log"]


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 520])
def test_a_log_says_what_its_chain_holds(office: Office, centre: Centre, count: int) -> None:
    happen(office, centre, count)
    chore.write_log(office)
    newest = log_of(office, centre).newest()
    assert newest
    assert newest.size == count
    assert found(office) == []
