"""Jobs of which nobody knows how they ended: held, until the device answers or a person looked."""

from __future__ import annotations

from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance.actors import Actor
from issuance.acts import Act
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services import centres
from issuance.services.production import orders, troubles
from issuance.services.production.jobs import hold, settle, untouched
from issuance.states import JobState


def hold_expired(act: Act) -> int:
    """An expired lease means held, never requeued."""
    query = select(PrintJob).where(PrintJob.state == JobState.CLAIMED, PrintJob.lease_until < act.clock.now())
    jobs = act.session.scalars(query.with_for_update(of=PrintJob, skip_locked=True)).all()
    for job in jobs:
        hold(act, job, troubles.of(Conflict("The station did not report in time.")))
        act.record("job.held", job, centre_id=job.centre_id)
    return len(jobs)


def resolve(act: Act, job: PrintJob, outcome: Outcome, blank_serial: str, seen: str) -> None:
    """A person who is not the operator looked at the machine, saw `seen`, and says how a held job ended.

    InvalidInput without the serial of a used blank; Conflict when the ledger does not have it at the job's station.
    """
    centres.check_own(act, job)
    _check_resolver(job, outcome, act.actor)
    serial = "" if outcome is Outcome.NOT_STARTED else blank_serial.strip()
    if not seen.strip():
        raise InvalidInput("seen", "Say what you saw at the machine and in its trays.")
    if not serial and _needs_serial(job, outcome):
        raise InvalidInput("blank_serial", "Type the serial of the blank that was used.")
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


def stop_waiting(act: Act, job: PrintJob, reason: str) -> None:
    """A person gives up waiting for a bureau, or knows better: the job is held, and resolved as any held job is.

    The bureau's own answer is still taken, as a device's is.
    """
    centres.check_own(act, job)
    if job.state != JobState.SENT:
        raise Conflict("This job is not at a bureau any more. Open the list again.")
    if not reason.strip():
        raise InvalidInput("reason", "Say why nobody waits for the bureau any longer.")
    hold(act, job, troubles.of(Conflict("Nobody waits for the bureau any longer.")))
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


def _needs_serial(job: PrintJob, outcome: Outcome) -> bool:
    if outcome is Outcome.NOT_STARTED or not orders.is_numbered(job.document.document_type):
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
