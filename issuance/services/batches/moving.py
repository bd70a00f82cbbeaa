"""What is in a batch and has not started goes elsewhere: first of its batch, into another, or out of any."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_, update

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput
from issuance.models.batches import RANKS, Batch
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.services import centres, parties
from issuance.services.batches import running
from issuance.services.lists import in_order
from issuance.services.parties import AS_CLAIMED
from issuance.states import JOBS_MADE, JOBS_OPEN, JOBS_WAITING, BatchState, JobState

PAGE_ROWS = 50
MOST = 200


def put_first(act: Act, batch: Batch, job_ids: Collection[UUID]) -> int:
    """These and their families are made before the other jobs of their batch; how many they are."""
    running.lock(act, batch)
    whole = _whole(act, batch, job_ids)
    least = select(func.min(PrintJob.rank)).where(PrintJob.batch_id == batch.id, PrintJob.state.in_(JOBS_OPEN))
    first = (act.session.scalar(least) or batch.rank) - 1
    if first <= batch.rank - RANKS:
        raise Conflict("Jobs of this batch were put first too often. Take them into a batch of their own.")
    count = running.changed(act, update(PrintJob).where(whole).values(rank=first))
    act.record("batch.put_first", batch, count=count)
    return count


def move(act: Act, batch: Batch, job_ids: Collection[UUID], to: Batch | None) -> int:
    """These and their families go into another batch of the centre, or into none; how many they are.

    Conflict when one of them started: what a station has stays accounted where it is.
    """
    centres.check_own(act, batch)
    if to is not None and to.id == batch.id:
        raise InvalidInput("to", "These jobs are in this batch already. Choose another.")
    running.lock(act, *([batch, to] if to else [batch]))
    whole = _whole(act, batch, job_ids)
    if to is None:
        count = running.let_go(act, batch, whole)
        act.record("batch.jobs_taken_out", batch, count=count)
        return count
    parked = to.state != BatchState.RUNNING
    moved = update(PrintJob).where(whole).values(batch_id=to.id, rank=to.rank, parked=parked)
    count = running.changed(act, moved)
    act.record("batch.jobs_moved", batch, to, count=count)
    return count


def _whole(look: Look, batch: Batch, job_ids: Collection[UUID]) -> ColumnElement[bool]:
    """On jobs: those of this batch with these ids, and what waits of their families; Conflict for what started."""
    if not job_ids or len(job_ids) > MOST:
        raise InvalidInput("jobs", "Tick from 1 to %(most)s jobs.", most=MOST)
    waits = and_(PrintJob.batch_id == batch.id, PrintJob.state.in_(JOBS_WAITING))
    there = look.session.scalar(select(func.count()).where(PrintJob.id.in_(job_ids), waits)) or 0
    if started := len(set(job_ids)) - there:
        raise Conflict(
            "%(count)s of these jobs have started, ended or left the batch: a station has them, and they stay accounted"
            " where they are. Open the batch again.",
            count=started,
        )
    keys = select(PrintJob.turn_id, Document.document_type).join(Document).where(PrintJob.id.in_(job_ids))
    family = select(PrintJob.id).join(Document).where(waits)
    same = family.where(tuple_(PrintJob.turn_id, Document.document_type).in_(keys))
    return and_(PrintJob.id.in_(same), waits)


# What a page shows of a batch

LISTS: dict[str, tuple[JobState, ...]] = {
    "waiting": JOBS_WAITING,
    "working": (JobState.CLAIMED, JobState.SENT),
    "held": (JobState.HELD,),
    "made": JOBS_MADE,
}
"""The lists of the page of a batch, by the states of their jobs."""


def jobs(look: Look, batch: Batch, wanted: str, after: UUID | None) -> list[PrintJob]:
    """Up to 50 jobs of a batch behind the job `after`, in the order in which they are claimed."""
    query: Select[Any] = select(PrintJob.id).where(PrintJob.batch_id == batch.id, PrintJob.state.in_(LISTS[wanted]))
    last = look.session.get(PrintJob, after) if after else None
    query = query.where(parties.behind(last)) if last else query
    return in_order(look, PrintJob, look.session.scalars(query.order_by(*AS_CLAIMED).limit(PAGE_ROWS)).all())


def others_of(look: Look, batch: Batch) -> list[Batch]:
    """The batches into which jobs of this one can be moved."""
    return [each for each in running.open_of(look, batch.centre_id) if each.id != batch.id]
