"""Production, at most once: prepare, claim (T1), order, finish (T2), hold, resolve (design idea 3)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from card_drivers.order import Claim, Order, Outcome, Result
from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import Conflict, NotFound
from issuance.keys import SignerUnavailable
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.services.production import chips, documents, orders, seals, shifts
from issuance.services.stock import ledger
from issuance.services.trust import audit
from issuance.states import BlankState, DocumentState, JobState, RequestState, advance
from issuance.vault import Vault

NOT_AS_PREPARED = "The order does not compose as it was prepared. Do not print; tell the administrator."


def prepared(
    session: Session,
    job_id: UUID,
    digests: dict[str, str],
    seal: seals.Signed | None = None,
    chip: chips.Made | None = None,
    *,
    actor: Actor,
    vault: Vault,
    clock: Clock,
) -> None:
    """The order was composed once: remember its seal, its chip and what it must contain; let stations claim it.

    Repeating is harmless: a job that is no longer preparing keeps what it has, and what is new is forgotten.
    """
    job = session.get_one(PrintJob, job_id)
    if job.state != JobState.PREPARING:
        return
    signed: dict[str, Any] = {}
    if seal:
        kept = seals.keep(session, job, seal, vault=vault, clock=clock)
        signed |= {"certificate": kept.certificate.name, "signatures": kept.number}
    if chip:
        made = chips.keep(session, job, chip, vault=vault, clock=clock)
        signed |= {"document_signer": made.signer.name, "security_objects": made.number}
    job.digests, job.hold_reason = digests, ""
    advance(job, JobState.QUEUED, actor=actor)
    audit.record(
        session,
        "job.queued",
        actor=actor,
        clock=clock,
        subjects=[job, job.document],
        centre_id=job.centre_id,
        **signed,
    )


def wait_for_signer(session: Session, job_id: UUID, error: SignerUnavailable) -> None:
    """Seal or chip cannot be signed now: the job stays in `preparing` and says why. It is tried again by itself."""
    job = session.get_one(PrintJob, job_id)
    if job.state == JobState.PREPARING:
        job.hold_reason = error.kept()


def claim(session: Session, claim_id: UUID, *, station: Station, clock: Clock, lease: dt.timedelta) -> Claim | None:
    """T1: the next job of the centre for this station, or None. The same claim id gets the same answer again."""
    # A claim that is asked again meanwhile waits here for the first answer.
    session.get_one(Station, station.id, with_for_update={"of": Station})
    known = session.scalar(select(PrintJob).where(PrintJob.claim_id == claim_id))
    if known is not None:
        return _answer(known, station)
    shift = shifts.open_on(session, station)
    if shift is None:
        raise Conflict("No operator has opened a shift on this station. Open one, then it claims by itself.")
    if session.scalar(select(PrintJob.id).where(PrintJob.station_id == station.id, PrintJob.state == JobState.CLAIMED)):
        raise Conflict("This station still has a claimed order. Report its result first.")
    job = _next_queued(session, station)
    if job is None:
        return None
    actor = Actor(station.id, station.centre_id, kind="station")
    job.station_id, job.operator_id, job.claim_id = station.id, shift.operator_id, claim_id
    job.lease_until = clock.now() + lease
    job.result, job.hold_reason, job.resolved_by = None, "", None  # of an earlier claim that was not started
    advance(job, JobState.CLAIMED, actor=actor)
    request = job.document.request
    if request.state == RequestState.APPROVED:
        advance(request, RequestState.IN_PRODUCTION, actor=actor)
    audit.record(
        session, "job.claimed", actor=actor, clock=clock, subjects=[job, job.document, request], centre_id=job.centre_id
    )
    return _answer(job, station)


def _answer(job: PrintJob, station: Station) -> Claim:
    if job.station_id != station.id or job.state != JobState.CLAIMED or not job.claim_id or not job.lease_until:
        raise Conflict("This claim has ended. Ask for work with a new claim id.")
    return Claim(claim_id=job.claim_id, order_id=job.id, lease_until=job.lease_until)


def _next_queued(session: Session, station: Station) -> PrintJob | None:
    """Vulnerable persons and lone children ahead, then the oldest lodging (E25)."""
    query = (
        select(PrintJob)
        .join(Document, Document.id == PrintJob.document_id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .where(PrintJob.state == JobState.QUEUED, PrintJob.centre_id == station.centre_id)
        .order_by(PrintJob.priority, IssuanceRequest.lodged_on, PrintJob.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=PrintJob)
    )
    return session.scalar(query)


def claimed_job(session: Session, claim_id: UUID, station: Station, *, lock: bool = False) -> PrintJob:
    """The job behind a claim of this station; NotFound for anything else. `lock` waits for its turn."""
    query = select(PrintJob).where(PrintJob.claim_id == claim_id, PrintJob.station_id == station.id)
    job = session.scalar(query.with_for_update(of=PrintJob) if lock else query)
    if job is None:
        raise NotFound("This station has no such claim.")
    return job


def order_of(session: Session, claim_id: UUID, *, station: Station, vault: Vault) -> orders.Recipe:
    """What is needed to compose a claimed order, taken out of the database so that it can be composed outside."""
    job = claimed_job(session, claim_id, station)
    if job.state != JobState.CLAIMED:
        raise Conflict("This claim has ended. Do not print; ask for work with a new claim id.")
    return orders.recipe(session, job, vault=vault)


def check_order(order: Order, digests: dict[str, str] | None) -> Order:
    """The same job always composes to the same bytes; Conflict when it does not: then `hold_order`."""
    if order.digests() != digests:
        raise Conflict(NOT_AS_PREPARED)
    return order


def hold_order(session: Session, claim_id: UUID, *, station: Station, clock: Clock) -> None:
    """The order of this claim does not compose as it was prepared: a person decides, nothing is printed."""
    job = claimed_job(session, claim_id, station, lock=True)
    if job.state == JobState.CLAIMED:
        actor = Actor(station.id, station.centre_id, kind="station")
        hold(job, NOT_AS_PREPARED, actor=actor)
        audit.record(session, "job.held", actor=actor, clock=clock, subjects=[job], centre_id=job.centre_id)


def finish(
    session: Session,
    result: Result,
    *,
    station: Station,
    vault: Vault,
    clock: Clock,
    range_size: int,
) -> None:
    """T2: what became of a claimed order. Reporting the same result again changes nothing.

    A bureau's order is SENT first; its result comes later under the same claim, and no lease ends the waiting.
    """
    job = claimed_job(session, result.claim_id, station, lock=True)
    report = result.model_dump(mode="json")
    if job.result == report:
        return
    if job.state not in (JobState.CLAIMED, JobState.SENT, JobState.HELD) or job.id != result.order_id:
        raise Conflict("This order already has another result. Call the supervisor.")
    job.result = report
    if job.state == JobState.SENT and result.outcome is Outcome.SENT:
        return  # the bureau said nothing new
    actor = Actor(station.id, station.centre_id, kind="station")
    try:
        with session.begin_nested():
            settle(session, job, result, station=station, actor=actor, vault=vault, clock=clock, size=range_size)
    except Conflict as error:
        hold(job, str(error), actor=actor)
    audit.record(
        session,
        f"job.{job.state}",
        actor=actor,
        clock=clock,
        subjects=[job, job.document],
        centre_id=job.centre_id,
        step=result.step or "",
    )


def settle(
    session: Session,
    job: PrintJob,
    result: Result,
    *,
    station: Station,
    actor: Actor,
    vault: Vault,
    clock: Clock,
    size: int,
) -> None:
    """Let the job end as `result` says. Conflict when it cannot: then it is held."""
    if result.outcome is Outcome.UNKNOWN:
        hold(job, result.message or "The device does not know how the order ended.", actor=actor)
        return
    if result.outcome is Outcome.SENT:
        job.hold_reason = ""
        advance(job, JobState.SENT, actor=actor)
        return
    if result.outcome is Outcome.NOT_STARTED:
        if job.hold_reason != NOT_AS_PREPARED or actor.kind == "staff":  # claiming it again would end the same way
            requeue(job, actor=actor)
        return
    done = result.outcome is Outcome.DONE and result.digests == job.digests
    _bind_blank(session, job, result, BlankState.CONSUMED if done else BlankState.SPOILED, station=station, actor=actor)
    if done:
        advance(job, JobState.DONE, actor=actor)
        advance(job.document, DocumentState.PERSONALISED, actor=actor)
        chips.forget(session, job)
    else:
        reason = result.step or "not what was ordered"
        spoil(session, job, reason, actor=actor, vault=vault, clock=clock, range_size=size)


def _bind_blank(
    session: Session, job: PrintJob, result: Result, to: BlankState, *, station: Station, actor: Actor
) -> None:
    """Bind the blank that was read. Conflict, and so a held job, when a numbered blank was used and nobody read it."""
    serial, uid = result.blank_serial, result.chip_uid
    if serial:
        if actor.kind == "staff" and to == BlankState.SPOILED and ledger.find(session, serial) is None:
            return  # a person found it spoiled on a blank that is in no ledger: the event keeps its serial
        ledger.bind(session, serial, job.document, to, station=station, chip_uid=uid, actor=actor)
    elif orders.is_numbered(job.document.document_type) and not _untouched(job):
        raise Conflict("The serial of the blank was not read. A person must look and type it.")


def _untouched(job: PrintJob) -> bool:
    """Whether the device itself said that it took no blank."""
    return (job.result or {}).get("outcome") == Outcome.NOT_STARTED


def hold(job: PrintJob, reason: str, *, actor: Actor) -> None:
    """Nobody knows how it ended: held until the device answers or a person looked."""
    job.hold_reason = reason[:500]
    if job.state != JobState.HELD:
        advance(job, JobState.HELD, actor=actor)


def requeue(job: PrintJob, *, actor: Actor) -> None:
    """Proven not started: the same order may be claimed again. The ended claim stays known until the next one."""
    advance(job, JobState.NOT_STARTED, actor=actor)
    advance(job, JobState.QUEUED, actor=actor)


def spoil(
    session: Session,
    job: PrintJob,
    reason: str,
    *,
    actor: Actor,
    vault: Vault,
    clock: Clock,
    range_size: int,
) -> Document:
    """The attempt is spoiled: its number is cancelled for ever, a new number and job follow."""
    if job.state != JobState.DONE:
        advance(job, JobState.SPOILED, actor=actor)
    chips.forget(session, job)
    advance(job.document, DocumentState.CANCELLED, actor=actor)
    return documents.next_attempt(session, job.document, reason, vault=vault, clock=clock, range_size=range_size)
