"""A batch of five thousand: what an act or a claim asks of the register does not grow with it."""

from __future__ import annotations

import json

from sqlalchemy import func, select

from issuance.models.production import PrintJob
from issuance.services.batches import choosing, lanes, moving, running
from issuance.services.batches.choosing import Wanted
from tests.integration.batches.many import copy_job, statements
from tests.integration.batches.shared import batch_of, queued, start
from tests.people import SmallOffice

MANY = 5000
MOST_OF_AN_ACT = 40


def count_in(office: SmallOffice, **where: object) -> int:
    with office.reading() as look:
        query = select(func.count()).select_from(PrintJob).filter_by(**where)
        return look.session.scalar(query) or 0


def test_acts_on_five_thousand_jobs_are_few_statements(office: SmallOffice) -> None:
    (first,) = queued(office, "Layla")
    copy_job(office.database, first, MANY - 1)
    with statements(office.database) as asked:
        found = batch_of(office)
    assert len(asked) < MOST_OF_AN_ACT
    assert count_in(office, batch_id=found, parked=True) == MANY
    for deed in (running.start, running.pause, running.cancel):
        with statements(office.database) as asked, office.act(office.actors["operator"]) as act:
            deed(act, running.own(act, found))
        assert len(asked) < MOST_OF_AN_ACT
    assert count_in(office, batch_id=None, parked=False) == MANY


def test_pages_about_five_thousand_jobs_ask_little_and_get_fifty(office: SmallOffice) -> None:
    (first,) = queued(office, "Layla")
    copy_job(office.database, first, MANY - 1)
    with office.reading(office.actors["operator"]) as look, statements(office.database) as asked:
        found = choosing.choice(look, Wanted(), [office.station])
        assert (found.count(), len(found.jobs(None)), found.kinds()[0].count) == (MANY, 50, MANY)
        found.blocked()
        seen = found.jobs(None)
        more = found.jobs(seen[-1].id)
        assert not {job.id for job in seen} & {job.id for job in more}
    assert len(asked) < MOST_OF_AN_ACT
    made = batch_of(office)
    office.open_shift()
    start(office, made)
    with office.reading(office.actors["operator"]) as look, statements(office.database) as asked:
        batch = running.own(look, made)
        (bar,) = lanes.bars(look, [batch])
        (lane,) = lanes.lanes(look, look.actor.centre_id)
        listed = moving.jobs(look, batch, "waiting", None)
        held_in_memory = len(look.session.identity_map)
    assert (bar.left, len(lane.following), len(listed)) == (MANY, 3, 50)
    assert len(asked) < MOST_OF_AN_ACT
    assert held_in_memory < 250


def test_a_claim_is_one_walk_along_its_index(office: SmallOffice) -> None:
    (first,) = queued(office, "Layla")
    copy_job(office.database, first, MANY - 1)
    parked = batch_of(office)
    queued(office, "Nour")
    start(office, batch_of(office))
    office.open_shift()
    with statements(office.database) as asked:
        assert office.claim() is not None
    claims = [each for each in asked if "ORDER BY print_job.priority, print_job.rank" in each[0]]
    assert len(claims) == 1
    plan = explained(office, *claims[0])
    assert "ix_print_job_claimable" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
    assert count_in(office, batch_id=parked, state="queued") == MANY


def explained(office: SmallOffice, statement: str, parameters: object) -> str:
    """How the database goes about a statement, as it says itself."""
    with office.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
            return " ".join(str(row) for row in rows)
        found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)  # type: ignore[arg-type]
        return json.dumps(found.scalar_one())
