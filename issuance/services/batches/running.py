"""The life of a batch: started, paused, put before another, cancelled, done; and which stations are its pool.

Which jobs a station may claim stands on the jobs themselves, so that a claim asks for no batch (ADR 0061). What
changes it is one statement over the jobs of the batch that are open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.batches import ORDINARY, RANKS, Batch, BatchStation
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services import centres
from issuance.states import BATCHES_OPEN, JOBS_OPEN, JOBS_WAITING, BatchState, JobState, advance

NOT_STARTED = or_(
    PrintJob.state.in_(JOBS_WAITING), and_(PrintJob.state == JobState.CLAIMED, PrintJob.fetched_at.is_(None))
)
"""On jobs: no order of it was ever given, so that it may be claimed again."""

OPEN = [written(state) for state in BATCHES_OPEN]
"""As a constant of the statement: the index on the batches that have not ended is seen to fit."""

LISTED = 50
ENDED = "This batch has ended. Open the list again."


def own(look: Look, batch_id: UUID) -> Batch:
    """The batch of the actor's own centre with this id; NotFound also for another centre's."""
    batch = look.session.get(Batch, batch_id)
    if batch is None or batch.centre_id != look.actor.centre_id:
        raise NotFound("There is no such batch in your centre. Open the list again.")
    return batch


def open_of(look: Look, centre_id: UUID | None) -> list[Batch]:
    """The batches of a centre that have not ended, in the order in which they are made; LISTED at most."""
    query = select(Batch).where(Batch.centre_id == centre_id, Batch.state.in_(OPEN))
    return list(look.session.scalars(query.order_by(Batch.position, Batch.id).limit(LISTED)))


def open_count(look: Look) -> Select[int]:
    """How many batches of the actor's centre have not ended, as a query."""
    return select(func.count()).where(Batch.centre_id == look.actor.centre_id, Batch.state.in_(OPEN))


def ended_today(look: Look, centre_id: UUID | None) -> list[Batch]:
    """The batches of a centre that ended today, the last one first; LISTED at most."""
    midnight = dt.datetime.combine(look.clock.today(), dt.time(), OFFICE_ZONE)
    query = select(Batch).where(Batch.centre_id == centre_id, Batch.ended_at >= midnight)
    return list(look.session.scalars(query.order_by(Batch.ended_at.desc(), Batch.id).limit(LISTED)))


def pools(look: Look, batches: Collection[Batch]) -> dict[UUID, list[Station]]:
    """The stations of the pool of each of these batches, by name."""
    found: dict[UUID, list[Station]] = {batch.id: [] for batch in batches}
    query = select(BatchStation).join(Station).where(BatchStation.batch_id.in_(found)).order_by(Station.name)
    for row in look.session.scalars(query):
        found[row.batch_id].append(row.station)
    return found


def lock(act: Act, *batches: Batch) -> None:
    """Let nobody else change these batches and their open jobs until the act ends; Conflict for one that has ended.

    Jobs first, as whoever reports one holds it when its next attempt joins the batch; and each in one order. So two
    acts wait for each other and never in a circle. A claim asks for the key of its batch only (ADR 0061).
    """
    for batch in batches:
        centres.check_own(act, batch)
    lock_jobs(act, PrintJob.batch_id.in_([batch.id for batch in batches]), PrintJob.state.in_(JOBS_OPEN))
    for batch in sorted(batches, key=lambda each: each.id):
        act.session.refresh(batch, with_for_update={"of": Batch, "key_share": True})
        if batch.state not in BATCHES_OPEN:
            raise Conflict(ENDED)


def lock_jobs(act: Act, *which: ColumnElement[bool]) -> None:
    """Let nobody else change these jobs until the act ends. None of them is read."""
    rows = select(PrintJob.id).where(*which).order_by(PrintJob.id).with_for_update(of=PrintJob).subquery()
    act.session.scalar(select(func.count()).select_from(rows))


def start(act: Act, batch: Batch) -> None:
    """The stations of the pool claim its jobs from now on. Conflict when it runs already, or ended."""
    lock(act, batch)
    advance(batch, BatchState.RUNNING, actor=act.actor)
    batch.started_at = batch.started_at or act.clock.now()
    _change(act, batch, parked=False)
    act.record("batch.started", batch)


def pause(act: Act, batch: Batch) -> None:
    """No station claims of it until it is started again; what a station has is finished."""
    lock(act, batch)
    advance(batch, BatchState.PAUSED, actor=act.actor)
    _change(act, batch, parked=True)
    act.record("batch.paused", batch)


def cancel(act: Act, batch: Batch) -> int:
    """What no station has goes back among the jobs of no batch, how many; what was begun stays accounted here."""
    lock(act, batch)
    advance(batch, BatchState.CANCELLED, actor=act.actor)
    batch.ended_at = act.clock.now()
    count = let_go(act, batch, NOT_STARTED)
    act.record("batch.cancelled", batch, count=count)
    return count


def let_go(act: Act, batch: Batch, which: ColumnElement[bool]) -> int:
    """Let these of its jobs be of no batch; how many they were."""
    freed = update(PrintJob).where(PrintJob.batch_id == batch.id, which)
    return changed(act, freed.values(batch_id=None, rank=ORDINARY, parked=False))


def exchange(act: Act, batch: Batch, *, earlier: bool) -> None:
    """Change places with the batch that is made before it, or after it; Conflict when there is none."""
    centres.check_own(act, batch)
    line = [each.id for each in open_of(act, batch.centre_id)]
    place = line.index(batch.id) + (-1 if earlier else 1) if batch.id in line else -1
    if not 0 <= place < len(line):
        raise Conflict("This batch is made first already." if earlier else "This batch is made last already.")
    other = act.session.get_one(Batch, line[place])
    lock(act, batch, other)
    batch.position, other.position = other.position, batch.position
    for each, gone in ((batch, batch.position - other.position), (other, other.position - batch.position)):
        _change(act, each, rank=PrintJob.rank + gone * RANKS)
    act.record("batch.moved", batch, other)


def choose_pool(act: Act, batch: Batch, station_ids: Collection[UUID]) -> None:
    """From now on these stations claim its jobs, and no other; InvalidInput for none."""
    lock(act, batch)
    chosen = pool_of(act, station_ids)
    rows = act.session.scalars(select(BatchStation).where(BatchStation.batch_id == batch.id)).all()
    for row in rows:
        if row.station_id not in chosen:
            act.session.delete(row)
    add_to_pool(act, batch, set(chosen) - {row.station_id for row in rows})
    act.record("batch.pool_chosen", batch, *chosen.values(), count=len(chosen))


def pool_of(look: Look, station_ids: Collection[UUID]) -> dict[UUID, Station]:
    """These stations of the actor's centre by id; InvalidInput for none."""
    if not station_ids:
        raise InvalidInput("stations", "Choose at least one station: only those of the pool make the batch.")
    return {station_id: centres.own_station(look, station_id) for station_id in station_ids}


def add_to_pool(act: Act, batch: Batch, station_ids: Collection[UUID]) -> None:
    """Let these stations claim its jobs too."""
    act.session.add_all(BatchStation(batch_id=batch.id, station_id=station_id) for station_id in station_ids)


def end_finished(act: Act) -> int:
    """Batches that were started and in which nothing is open any more are done; how many."""
    left = select(PrintJob.id).where(PrintJob.batch_id == Batch.id, PrintJob.state.in_(JOBS_OPEN)).exists()
    query = select(Batch).where(Batch.state.in_(OPEN), Batch.started_at.is_not(None), ~left)
    found = act.session.scalars(query.with_for_update(of=Batch, key_share=True, skip_locked=True)).all()
    for batch in found:
        advance(batch, BatchState.DONE, actor=act.actor)
        batch.ended_at = act.clock.now()
        act.record("batch.done", batch, centre_id=batch.centre_id)
    return len(found)


def _change(act: Act, batch: Batch, **values: object) -> None:
    """Of its open jobs: a claimed one may be queued again."""
    open_ones = update(PrintJob).where(PrintJob.batch_id == batch.id, PrintJob.state.in_(JOBS_OPEN))
    changed(act, open_ones.values(**values))


def changed(act: Act, statement: object) -> int:
    """Do a statement over jobs; how many rows it changed. What the session holds of them is read anew."""
    act.session.flush()
    done = act.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    act.session.expire_all()
    return int(done.rowcount)
