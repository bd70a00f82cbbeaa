"""Jobs of which nobody knows how they ended: held, until the device answers or a person looked."""

from __future__ import annotations

from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance.actors import Actor
from issuance.acts import Act
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.endings import LossReport
from issuance.models.production import Contradiction, PrintJob
from issuance.models.staff import Station
from issuance.services import centres, routing
from issuance.services.production import contradictions, troubles
from issuance.services.production.jobs import not_started, settle, spoil, untouched
from issuance.services.stock import ledger
from issuance.states import DocumentState, JobState, advance


def hold_expired(act: Act) -> int:
    """An expired lease means held; only an order that was never given is queued again."""
    query = select(PrintJob).where(PrintJob.state == written(JobState.CLAIMED), PrintJob.lease_until < act.clock.now())
    jobs = act.session.scalars(query.with_for_update(of=PrintJob, skip_locked=True)).all()
    for job in jobs:
        if job.fetched_at is None:
            not_started(act, job)
            routing.step_aside(act, job, None, station=act.session.get_one(Station, job.station_id))
        else:
            troubles.hold(act, job, troubles.of(Conflict("The station did not report in time.")))
        act.record(f"job.{job.state}", job, centre_id=job.centre_id)
    return len(jobs)


def resolve(act: Act, job: PrintJob, outcome: Outcome, blank_serial: str, seen: str) -> bool:
    """A person who is not the operator looked at the machine, saw `seen`, and says how a held job ended.

    That it was not started two persons must say; the job then goes on under a new number. Whether it is settled.
    InvalidInput without the serial of a used blank; Conflict when the ledger does not have it at the job's station.
    """
    centres.check_own(act, job)
    _check_resolver(job, outcome, act.actor)
    serial = "" if outcome is Outcome.NOT_STARTED else blank_serial.strip()
    if not seen.strip():
        raise InvalidInput("seen", "Say what you saw at the machine and in its trays.")
    if not serial and _needs_serial(job, outcome):
        raise InvalidInput("blank_serial", "Type the serial of the blank that was used.")
    if outcome is Outcome.NOT_STARTED and not _is_second(act, job, seen.strip()):
        return False
    if outcome is not Outcome.NOT_STARTED:
        job.not_started_by = None
    job.resolved_by = act.actor.id
    station = act.session.get_one(Station, job.station_id)
    found = _seen(job, outcome, serial)
    settle(act, job, found, station=station)
    act.record(
        "job.resolved",
        job,
        job.document,
        centre_id=job.centre_id,
        reason=seen.strip(),
        outcome=str(outcome),
        blank=serial,
    )
    return True


def _is_second(act: Act, job: PrintJob, seen: str) -> bool:
    """Whether somebody else saw before that the job was not started; the first one's word is kept."""
    if job.not_started_by == act.actor.id:
        raise NotAllowed("You said so already. A second person must look and say the same.")
    if job.not_started_by is None:
        job.not_started_by = act.actor.id
        act.record("job.not_started_said", job, job.document, centre_id=job.centre_id, reason=seen)
        return False
    return True


def settle_contradiction(act: Act, row: Contradiction, *, stands: bool, found: str) -> None:
    """A person who is not the operator found out what a contradicting report means, and writes what was `found`.

    The document `stands`, or it ends: voided once it was handed over, else made anew under another number. A blank that
    the report names and no document has is spoiled.
    """
    job = row.job
    centres.check_own(act, job)
    if row.settled_at is not None:
        raise Conflict("This report is settled. Open the list again.")
    if act.actor.id == job.operator_id:
        raise NotAllowed("The operator of this job cannot settle it. Ask another person to look.")
    if not found.strip():
        raise InvalidInput("found", "Say what you found: which cards and blanks there are, and where they are now.")
    row.settled_at, row.settled_by, row.found = act.clock.now(), act.actor.id, found.strip()
    serial = str(row.report.get("blank_serial") or "")
    if serial and serial != job.document.blank_serial:
        ledger.spend_on_test(act, serial, station=act.session.get_one(Station, row.station_id))
    _let_stand(act, job.document) if stands else _end(act, job)
    act.record(
        "job.contradiction_settled",
        job,
        job.document,
        job.document.request,
        centre_id=job.centre_id,
        reason=found.strip(),
        stands=stands,
    )


def _let_stand(act: Act, document: Document) -> None:
    """What the report suspended holds again, unless it is reported lost."""
    lost = select(LossReport.id).where(LossReport.document_id == document.id, LossReport.settled_at.is_(None))
    is_reported = act.session.scalar(lost.limit(1)) is not None
    if document.state == DocumentState.SUSPENDED and not is_reported and not contradictions.is_open(act, document):
        advance(document, DocumentState.VALID, actor=act.actor)


def _end(act: Act, job: PrintJob) -> None:
    document = job.document
    if document.state == DocumentState.SUSPENDED:
        advance(document, DocumentState.VOIDED, actor=act.actor)
        document.request.count_term_from(act.clock.today())
    elif document.state in (DocumentState.PERSONALISED, DocumentState.CHECKED):
        ledger.spoil(act, document)
        spoil(act, job, "contradicted")


def stop_waiting(act: Act, job: PrintJob, reason: str) -> None:
    """A person gives up waiting for a bureau, or knows better: the job is held, and resolved as any held job is.

    The bureau's own answer is still taken, as a device's is.
    """
    centres.check_own(act, job)
    if job.state != JobState.SENT:
        raise Conflict("This job is not at a bureau any more. Open the list again.")
    if not reason.strip():
        raise InvalidInput("reason", "Say why nobody waits for the bureau any longer.")
    troubles.hold(act, job, troubles.of(Conflict("Nobody waits for the bureau any longer.")))
    act.record("job.held", job, job.document, centre_id=job.centre_id, reason=reason.strip())


def _check_resolver(job: PrintJob, outcome: Outcome, actor: Actor) -> None:
    if troubles.is_restored(job):
        raise troubles.Restored
    if actor.id == job.operator_id:
        raise NotAllowed("The operator of this job cannot resolve it. Ask another person to look.")
    if job.state != JobState.HELD or outcome in (Outcome.UNKNOWN, Outcome.SENT):
        raise Conflict("Only a held job can be resolved, as done, not started or spoiled.")
    if outcome is Outcome.DONE and troubles.is_not_as_prepared(job):
        raise Conflict("The station was never given this order, so it cannot be done. Resolve it as spoiled.")
    if outcome is not Outcome.SPOILED and troubles.is_not_as_ordered(job):
        raise Conflict("The station made something else than it was ordered. Resolve it as spoiled.")


def _needs_serial(job: PrintJob, outcome: Outcome) -> bool:
    if outcome is Outcome.NOT_STARTED or not ledger.is_numbered(job.document.document_type):
        return False
    return outcome is Outcome.DONE or not untouched(job)


def _seen(job: PrintJob, outcome: Outcome, blank_serial: str) -> Result:
    """What the person saw, as a result; the check that follows reads the document itself."""
    if job.claim_id is None:
        raise Conflict("This job was never claimed.")
    return Result(
        order_id=job.id,
        claim_id=job.claim_id,
        outcome=outcome,
        blank_serial=blank_serial or None,
        chip_uid=(job.result or {}).get("chip_uid") if blank_serial else None,
        digests=job.digests or {},
        step="resolved",
    )
