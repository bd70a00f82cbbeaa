"""Sheets of a batch as one file for an office printer: taken, given, and told of (ADR 0069).

They are claimed as by any station: the number is spent when the file is given, nothing that was given is given to
anybody else, and what nobody tells of is held. The operator's word stands for the word of the machine.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from card_drivers.order import Outcome, Result
from card_drivers.troubles import Trouble
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.batches import Batch, PrintFile
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Shift, Station
from issuance.services import centres, parties, routing
from issuance.services.batches import running
from issuance.services.production import jobs, orders, shifts, troubles
from issuance.services.production.orders import Recipe
from issuance.services.routing import Standing
from issuance.states import JobState

USUAL, MOST = 100, 500
LISTED = 20
OTHERWISE = "The file does not compose as it was given before. Say what lies at the printer, no more."
LOST = "There is no such file in your centre. Open the batch again."
SPOILED = "sheet-spoiled"
"""The step that a spoiled sheet's result names."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an office printer of the pool could be given of a batch: `shift` is the one that is open there."""

    station: Station
    shift: Shift | None
    counts: Mapping[str, int]
    """By document type."""


@dataclass(frozen=True, slots=True)
class Taking:
    """How much is to be taken: of which type, and how many at most."""

    document_type: str
    most: int = USUAL


@dataclass(frozen=True, slots=True)
class Told:
    """What came out of the printer: numbers that are spoiled or missing; the others lie there whole."""

    spoiled: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file: its place from 1, the number of its document, and what became of its job."""

    place: int
    number: str
    state: JobState
    until: dt.datetime | None
    """When it is held if nobody told of it."""


# What is there


def offers(look: Look, batch: Batch) -> list[Offer]:
    """What the office printers of the pool could be given now."""
    printers = [each for each in running.pools(look, [batch])[batch.id] if each.office_printer and each.active]
    if not printers:
        return []
    open_shifts, begun = shifts.all_open(look, printers), parties.begun(look, batch.centre_id)
    return [
        Offer(each.station, open_shifts.get(each.station.id), _counts(look, batch, each, begun))
        for each in routing.standings(look, printers)
    ]


def _counts(look: Look, batch: Batch, standing: Standing, begun: Collection[parties.Begun]) -> dict[str, int]:
    assert look.actor.id is not None, "a person looks"
    query = standing.claimable(look.actor.id, begun).where(PrintJob.batch_id == batch.id).order_by(None)
    counted = query.with_only_columns(Document.document_type, func.count()).group_by(Document.document_type)
    return {code: count for code, count in look.session.execute(counted)}


def of_batch(look: Look, batch: Batch) -> list[PrintFile]:
    """The files of a batch, the last one first; LISTED at most."""
    query = select(PrintFile).where(PrintFile.batch_id == batch.id).order_by(PrintFile.number.desc()).limit(LISTED)
    return list(look.session.scalars(query).unique())


def own(look: Look, print_file_id: UUID) -> PrintFile:
    """The file of the actor's own centre with this id; NotFound also for another centre's."""
    found = look.session.get(PrintFile, print_file_id)
    if found is None or found.batch.centre_id != look.actor.centre_id:
        raise NotFound(LOST)
    return found


def sheets(look: Look, file: PrintFile) -> list[Sheet]:
    """What is in a file, in its order. What was never given and went back to the queue is not in it any more."""
    columns = (PrintJob.file_place, Document.number, PrintJob.state, PrintJob.lease_until)
    query = select(*columns).join(Document, Document.id == PrintJob.document_id)
    rows = look.session.execute(query.where(PrintJob.print_file_id == file.id).order_by(PrintJob.file_place))
    return [Sheet(place or 0, number, state, until) for place, number, state, until in rows]


# Taken


def take(act: Act, batch: Batch, station: Station, said: Taking) -> PrintFile:
    """Claim what waits of the batch for the actor's shift at an office printer, as one file.

    Conflict when nothing waits that it can make, or the file before was not told of; InvalidInput for the count.
    """
    centres.check_own(act, batch)
    centres.check_own(act, station)
    if not 1 <= said.most <= MOST:
        raise InvalidInput("most", "Give how many sheets a file has at most, from 1 to %(most)s.", most=MOST)
    here = act.session.get_one(Station, station.id, with_for_update={"of": Station})
    if not here.office_printer:
        raise Conflict("%(station)s takes its orders by itself. A file is for an office printer.", station=here.name)
    shift, pace = jobs.check_may_claim(act, here)
    if shift.operator_id != act.actor.id:
        raise NotAllowed("Another operator answers for this printer now. Let them take the file, or open a shift.")
    found = _claimable(act, batch, here, Taking(said.document_type, min(said.most, pace)))
    if not found:
        raise Conflict("Nothing of this batch waits that the printer can make now. Open the batch again.")
    file = _new(act, batch, here, said.document_type)
    for place, job in enumerate(found, 1):
        job.print_file_id, job.file_place = file.id, place
        jobs.keep_claim(act, uuid4(), job=job, shift=shift)
    act.record("print_file.taken", file, batch, here, count=len(found))
    return file


def _claimable(act: Act, batch: Batch, station: Station, said: Taking) -> Sequence[PrintJob]:
    (standing,) = routing.standings(act, [station])
    assert act.actor.id is not None, "an operator acts"
    query = standing.claimable(act.actor.id, parties.begun(act, station.centre_id))
    mine = query.where(PrintJob.batch_id == batch.id, Document.document_type == said.document_type)
    return act.session.scalars(mine.limit(said.most).with_for_update(skip_locked=True, of=PrintJob)).all()


def _new(act: Act, batch: Batch, station: Station, document_type: str) -> PrintFile:
    last = act.session.scalar(select(func.max(PrintFile.number)).where(PrintFile.batch_id == batch.id))
    file = PrintFile(batch=batch, station=station, number=(last or 0) + 1, document_type=document_type)
    assert act.actor.id is not None, "an operator acts"
    file.taken_by, file.taken_at = act.actor.id, act.clock.now()
    try:
        with act.session.begin_nested():
            act.session.add(file)
    except IntegrityError as error:
        raise Conflict("Somebody took a file of this batch at this very moment. Send it again.") from error
    return file


# Given


def to_give(look: Look, file: PrintFile) -> list[UUID]:
    """The jobs of a file that may be given to the actor now, in its order; Conflict and NotAllowed say why not."""
    if file.taken_by != look.actor.id:
        raise NotAllowed("Another operator took this file. Only they get it; take what still waits as another file.")
    if file.told_at is not None:
        raise Conflict("What came out of this file was told already. Spoiled sheets are made anew in another file.")
    query = select(PrintJob.id, PrintJob.state).where(PrintJob.print_file_id == file.id)
    rows = look.session.execute(query.order_by(PrintJob.file_place)).all()
    open_ones = [job_id for job_id, state in rows if state == JobState.CLAIMED]
    if not open_ones or (file.given_at is not None and len(open_ones) < len(rows)):
        raise Conflict("Nobody told in time what came out of this file: it is not given again. Say what lies there.")
    return open_ones


def recipes(look: Look, job_ids: Sequence[UUID]) -> list[Recipe]:
    """What these sheets are composed from, in this order, to be composed outside any transaction."""
    found = {job.id: job for job in look.session.scalars(select(PrintJob).where(PrintJob.id.in_(job_ids)))}
    return [orders.recipe(look, found[job_id]) for job_id in job_ids]


def hold_unlike(act: Act, file: PrintFile, why: Mapping[UUID, Trouble]) -> None:
    """These do not compose as they were prepared: they are held and in no file, and no number of theirs is given.

    Conflict when the file was given before: what it had may lie at the printer.
    """
    if file.given_at is not None:
        raise Conflict(OTHERWISE)
    for job in _locked(act, file):
        if job.id in why and job.state == JobState.CLAIMED:
            troubles.hold(act, job, why[job.id])
            job.print_file_id = job.file_place = None
            act.record("job.held", job, centre_id=job.centre_id)


def give(act: Act, file: PrintFile, job_ids: Sequence[UUID], digest: str) -> None:
    """The file with this digest is given: every number in it is spent, and each sheet may be printed once.

    Again as long as it is not told of, since what was interrupted goes on; never another file.
    """
    centres.check_own(act, file.batch)
    locked = _locked(act, file)
    if to_give(act, file) != list(job_ids):
        raise Conflict("This file changed at this very moment. Open its page again.")
    if file.digest not in (None, digest):
        raise Conflict(OTHERWISE)
    now, again = act.clock.now(), file.given_at is not None
    file.digest, file.given_at = digest, file.given_at or now
    for job in locked:
        job.lease_until = now + dt.timedelta(minutes=act.settings.lease_minutes)
        if not again:
            job.fetched_at = job.leave_at = now
            act.record("job.fetched", job, job.document, centre_id=job.centre_id)
    subjects = (file, file.batch, file.station)
    act.record("print_file.given_again" if again else "print_file.given", *subjects, count=len(locked))


def _locked(act: Act, file: PrintFile) -> list[PrintJob]:
    """The jobs of a file in its order; nobody else changes them until the act ends. Locked as `running.lock` does."""
    running.lock_jobs(act, PrintJob.print_file_id == file.id)
    act.session.refresh(file, with_for_update={"of": PrintFile})
    query = select(PrintJob).where(PrintJob.print_file_id == file.id).order_by(PrintJob.file_place)
    return list(act.session.scalars(query.execution_options(populate_existing=True)))


# Told of


def tell(act: Act, file: PrintFile, told: Told) -> None:
    """The operator says what came out: the rest goes to the check, spoiled ones are made anew, missing ones are held.

    InvalidInput for a number that is not in the file, or is in both lists; Conflict when it was told before. What was
    held meanwhile because nobody spoke, and was not settled, is told of as well.
    """
    centres.check_own(act, file.batch)
    if file.taken_by != act.actor.id:
        raise NotAllowed("Another operator took this file. Only they say what came out of the printer.")
    found = [job for job in _locked(act, file) if _is_untold(job)]
    if file.told_at is not None or not found:
        raise Conflict("What came out of this file was told already, or settled. Open the batch again.")
    if file.given_at is None:
        raise Conflict("This file was never given: nothing can have been printed of it. Get it first.")
    _check_numbers(told, {job.document.number for job in found})
    file.told_at = act.clock.now()
    for job in found:
        jobs.take_result(act, _result(job, told), job=job, station=file.station)
    spoiled, missing = len(told.spoiled), len(told.missing)
    subjects = (file, file.batch, file.station)
    act.record("print_file.told", *subjects, count=len(found), spoiled=spoiled, missing=missing)


def _is_untold(job: PrintJob) -> bool:
    """Whether nobody said how it ended; a restore's own jobs are settled otherwise."""
    return job.state in (JobState.CLAIMED, JobState.HELD) and job.result is None and not troubles.is_restored(job)


def _check_numbers(told: Told, numbers: Collection[str]) -> None:
    for field, said in (("spoiled", told.spoiled), ("missing", told.missing)):
        strange = sorted(said - set(numbers))
        if strange:
            raise InvalidInput(field, "%(number)s is not in this file. Read it again.", number=strange[0])
    both = sorted(told.spoiled & told.missing)
    if both:
        raise InvalidInput("missing", "%(number)s cannot be both spoiled and missing. Look again.", number=both[0])


def _result(job: PrintJob, told: Told) -> Result:
    assert job.claim_id is not None, "the jobs of a file are claimed"
    said = {"order_id": job.id, "claim_id": job.claim_id}
    if job.document.number in told.missing:
        why = Conflict("The operator does not find this sheet at the printer. Look for it before anything else.")
        return Result(outcome=Outcome.UNKNOWN, trouble=troubles.of(why), **said)
    if job.document.number in told.spoiled:
        return Result(outcome=Outcome.SPOILED, step=SPOILED, digests=job.digests or {}, **said)
    return Result(outcome=Outcome.DONE, digests=job.digests or {}, **said)
