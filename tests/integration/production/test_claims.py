"""A claim walks one short index, however many wait and however many ended, and waits for no other claim."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, select, text

from issuance.actors import SYSTEM
from issuance.db import uuid7
from issuance.demo import supply
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services import centres
from issuance.services.production import jobs, shifts
from issuance.services.stations import tokens
from tests.people import LAYLA, Case, SmallOffice, able, changed

WAITING, ENDED = 3000, 3000
on_postgres = pytest.mark.parametrize("server", ["postgresql"], indirect=True)


def another_station(office: SmallOffice, name: str) -> Station:
    """A station of the same centre with blanks and an open shift."""
    with office.act(SYSTEM) as act:
        station, _ = tokens.add_station(act, name, centres.named(act, "timisoara"))
        station.status = able()
        supply.bring(act, station, "card-chip", [f"{name}-{number}" for number in range(5)])
    with office.act(office.actors["operator"]) as act:
        shifts.open_shift(act, act.session.get_one(Station, station.id))
    return station


def many(office: SmallOffice, case: Case) -> None:
    """As many more documents of that request wait, and as many are made."""
    with office.database.transaction() as session:
        document = session.get_one(Document, case.document_id)
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == document.id)).one()
        first, waits = _row(document), _row(job)
        for number in range(WAITING + ENDED):
            key = {"id": uuid7(), "number": f"{first['number']}{number}", "attempt": number + 2, "exclusive": False}
            state = "queued" if number < WAITING else "done"
            one = {"id": uuid7(), "document_id": key["id"], "state": state, "turn_id": uuid7()}
            session.execute(insert(Document.__table__), [first | key])
            session.execute(insert(PrintJob.__table__), [waits | one])
    with office.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE print_job"))
        connection.execute(text("VACUUM ANALYZE document"))


def _row(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.key) for column in row.__table__.columns}


@on_postgres
def test_a_claim_walks_the_index_of_what_is_queued(office: SmallOffice, queued: Case) -> None:
    office.open_shift()
    many(office, queued)
    sent: list[tuple[str, Any]] = []
    listening = (office.database.engine, "before_cursor_execute", lambda *said: sent.append((said[2], said[3])))
    event.listen(*listening)
    assert office.claim() is not None
    event.remove(*listening)
    ((statement, parameters),) = [each for each in sent if "SKIP LOCKED" in each[0]]
    with office.database.engine.connect() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
    assert "ix_print_job_claimable" in plan, plan
    assert "Seq Scan on print_job" not in plan, plan
    assert "Sort" not in plan, plan


@on_postgres
def test_a_claim_waits_for_no_other_claim(office: SmallOffice, queued: Case) -> None:
    """One station's claim is not yet kept: another's gets the next job at once."""
    office.carry("queued", changed(LAYLA, given_names="Rana", case_reference="2026/TM/0002"))
    office.open_shift()
    other, claimed = another_station(office, "s2"), list[Any]()

    def claim() -> None:
        with office.act(tokens.actor_of(other)) as act:
            claimed.append(jobs.claim(act, uuid4(), station=other))

    with office.act(office.machine) as act:
        first = jobs.claim(act, uuid4(), station=office.station)
        act.session.flush()
        second = threading.Thread(target=claim)
        second.start()
        second.join(60)
        assert len(claimed) == 1, "it waited for the first"
    assert first is not None
    assert claimed[0] is not None
    assert claimed[0].order_id != first.order_id
