"""How fast data keys move under a new master key, and what one costs to open: `python -m tests.bench.rewrap [COUNT]`.

A register of its own with COUNT data keys (500,000 unless said) on SQLite, or on the PostgreSQL of LIMAN_DATABASE_URL,
which must be empty; master keys in a SoftHSM token of its own. Told are seconds of the whole background move and
microseconds of one unwrapping: in the token alone, by itself, and in questions of 20 and 500.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, select

from issuance import migrate
from issuance.actors import Actor
from issuance.chores import masters as chore
from issuance.clock import FixedClock
from issuance.db import Database, uuid7
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName, Staff
from issuance.models.vault import DataKey
from issuance.office import Office
from issuance.services import masters
from issuance.services.masters import Two
from issuance.vault import Vault
from tests.contract.softhsm import NOW, SoftHsm
from tests.integration.rows import a_centre, a_request

PART = 5_000


def main(count: int) -> None:
    """Fill, move, tell."""
    with tempfile.TemporaryDirectory(prefix="liman-rewrap-") as name:
        hsm = SoftHsm(Path(name) / "hsm")
        hsm.set_up()
        os.environ["SOFTHSM2_CONF"] = str(hsm.conf)
        settings = hsm.settings(database_url=os.environ.get("LIMAN_DATABASE_URL", ""))
        settings.var.mkdir()
        office = Office(settings, Database(settings.database), FixedClock(NOW))
        migrate.upgrade(office.database)
        office.vault, office.event_key = Vault(bytes(32), office.masters), bytes(32)
        try:
            by = _administrators(office)
            _make(office, by)
            _fill(office, count)
            _unwrap(office)
            _make(office, by)
            spent, here = _moved(office)
            print(f"{count} data keys moved in {spent:.1f} s, {here:.1f} s of a processor in this process", flush=True)
        finally:
            office.masters.close()
            office.database.engine.dispose()


def _administrators(office: Office) -> Two:
    office.keep_time()
    with office.database.transaction() as session:
        centre = a_centre(session)
        a_request(session, centre)
        people = [
            Staff(email=f"{name}@bench.example", full_name=name, centre_id=centre.id, password="-", fs_uniquifier=name)
            for name in "ab"
        ]
        session.add_all(people)
        session.flush()
        return Two(*people, Actor(people[0].id, centre.id, frozenset({RoleName.ADMINISTRATOR})))


def _make(office: Office, by: Two) -> None:
    with office.reading() as look:
        generation = masters.following(look, office.masters.known())
    made = office.masters.make(generation)
    with office.act(by.actor) as act:
        masters.begin(act, by, made)
    office.vault = Vault(bytes(32), office.masters)


def _fill(office: Office, count: int) -> None:
    """Requests are copies of one row; each gets a data key under the first master key."""
    with office.database.reading() as session:
        row = session.execute(select(IssuanceRequest.__table__).limit(1)).mappings().one()
    for start in range(0, count, PART):
        ids = [uuid7() for _ in range(min(PART, count - start))]
        wrapped = office.masters.wrap(1, [(bytes(32), key.bytes) for key in ids])
        requests = [
            dict(row) | {"id": key, "reference": f"B{start + number:09d}", "state": "closed"}
            for number, key in enumerate(ids)
        ]
        keys = [
            {"id": uuid7(), "request_id": key, "generation": 1, "wrapped": data}
            for key, data in zip(ids, wrapped, strict=True)
        ]
        with office.database.transaction() as session:
            session.connection().execute(insert(IssuanceRequest.__table__), requests)
            session.connection().execute(insert(DataKey.__table__), keys)


def _unwrap(office: Office) -> None:
    with office.reading() as look:
        rows = look.session.execute(select(DataKey.request_id, DataKey.wrapped).limit(PART)).all()
    bound = [(row.wrapped, row.request_id.bytes) for row in rows]
    for most in (1, 20, 500):
        began = time.perf_counter()
        for start in range(0, len(bound), most):
            office.masters.unwrap(1, bound[start : start + most])
        spent = (time.perf_counter() - began) / len(bound) * 1e6
        print(f"one data key unwrapped, {most} a question: {spent:.0f} us", flush=True)


def _moved(office: Office) -> tuple[float, float]:
    began, at_work = time.perf_counter(), time.process_time()
    while chore.rewrap_next(office):
        pass
    return time.perf_counter() - began, time.process_time() - at_work


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
