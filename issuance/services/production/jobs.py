"""Print jobs, at most once: prepare, claim (T1), order, leave, finish (T2), hold (ADR 0005, 0028)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from card_drivers.order import Claim, Handled, KeyName, LeaveRequest, Order, Outcome, Result
from issuance import document_types
from issuance.acts import Act, Look
from issuance.background import hurry
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob
from issuance.models.staff import Shift, Staff, Station
from issuance.services import centres, duties, parties, routing
from issuance.services.duties import Task
from issuance.services.production import chips, contradictions, documents, orders, seals, shifts, troubles
from issuance.services.production.troubles import NotAsOrdered, NotAsPrepared
from issuance.services.stock import booklets, ledger, stack_cards, strays
from issuance.services.stock.ledger import BlankRead
from issuance.services.stock.strays import Stray
from issuance.states import (
    JOBS_REPORTABLE,
    JOBS_WAITING,
    BlankState,
    DocumentState,
    JobState,
    RequestState,
    advance,
)


def prepared(
    act: Act, job_id: UUID, digests: dict[str, str], seal: seals.Signed | None = None, chip: chips.Made | None = None
) -> None:
    """The order was composed once: remember its seal, its chip and what it must contain; let stations claim it.

    Repeating is harmless: a job that is no longer preparing keeps what it has, and what is new is forgotten.
    """
    job = act.session.get_one(PrintJob, job_id)
    if job.state != JobState.PREPARING:
        return
    signed: dict[str, Any] = {}
    if seal:
        kept = seals.keep(act, job, seal)
        signed |= {"certificate": kept.signer.name, "signatures": kept.number}
    if chip:
        made = chips.keep(act, job, chip)
        signed |= {"document_signer": made.signer.name, "security_objects": made.number}
    job.digests, job.trouble = digests, None
    advance(job, JobState.QUEUED, actor=act.actor)
    act.record("job.queued", job, job.document, centre_id=job.centre_id, **signed)


def wait(look: Look, job_id: UUID, error: Exception) -> None:
    """The job cannot be prepared now: it stays in `preparing` and says why. It is tried again by itself."""
    job = look.session.get_one(PrintJob, job_id)
    if job.state == JobState.PREPARING:
        job.trouble = troubles.kept(troubles.of_preparing(error))


def try_again(act: Act, job: PrintJob) -> None:
    """Somebody saw to what was wrong: a job that could not be prepared is prepared now, and one from which stations
    stepped aside is offered to them now, with the others of its type."""
    check_waiting(act, job)
    if job.state == JobState.PREPARING:
        hurry(act.session, "prepare", clock=act.clock, job_id=str(job.id))
    else:
        routing.offer_again(act, job)
    act.record("job.tried_again", job, job.document, centre_id=job.centre_id)


class ClaimEnded(Conflict):
    """Somebody decided what became of the order, or gave it up: the station makes nothing of it any more."""

    code = "claim_ended"

    def __init__(self) -> None:
        super().__init__("This claim has ended. Do not print; ask for work with a new claim id.")


def claim(act: Act, claim_id: UUID, *, station: Station) -> Claim | None:
    """T1: the next job of the centre that this station can make, or None. The same claim id gets the same answer."""
    # A claim that is asked again meanwhile waits here for the first answer.
    here = act.session.get_one(Station, station.id, with_for_update={"of": Station})
    known = act.session.scalar(select(PrintJob).where(PrintJob.claim_id == claim_id))
    if known is not None:
        return _answer(known, station)
    shift, _ = check_may_claim(act, station)
    job = _next_queued(act, here, shift.operator_id)
    if job is None:
        return None
    keep_claim(act, claim_id, job=job, shift=shift)
    return _answer(job, station)


def check_may_claim(look: Look, station: Station) -> tuple[Shift, int]:
    """The shift in whose name this station may claim now, and how much more within the hour; Conflict says why not."""
    shift = shifts.open_on(look, station)
    if shift is None:
        raise Conflict("No operator has opened a shift on this station. Open one, then it claims by itself.")
    if centres.hands(station.centre) not in look.session.get_one(Staff, shift.operator_id).roles_on(look.clock.today()):
        raise Conflict(
            "The operator of this shift is none any more. A supervisor closes it, and another operator opens one."
        )
    claimed = (PrintJob.station_id == station.id, PrintJob.state == written(JobState.CLAIMED))
    if look.session.scalar(select(PrintJob.id).where(*claimed).limit(1)):
        raise Conflict("This station still has a claimed order. Report its result first.")
    return shift, _check_pace(look, station)


def keep_claim(act: Act, claim_id: UUID, *, job: PrintJob, shift: Shift) -> None:
    """The job is claimed for the station of this shift, and waits for its report until the lease ends."""
    job.claimed_at = act.clock.now()
    job.station_id, job.operator_id, job.claim_id = shift.station_id, shift.operator_id, claim_id
    job.lease_until = act.clock.now() + dt.timedelta(minutes=act.settings.lease_minutes)
    job.result, job.trouble = None, None  # of an earlier claim whose order was never given
    duties.take(act, Task(DutyName.OPERATION, job.document.request, job.document), shift.operator_id)
    advance(job, JobState.CLAIMED, actor=act.actor)
    request = job.document.request
    if request.state == RequestState.APPROVED:
        advance(request, RequestState.IN_PRODUCTION, actor=act.actor)
    act.record("job.claimed", job, job.document, request, centre_id=job.centre_id)


def _check_pace(look: Look, station: Station) -> int:
    """How much more it may claim; Conflict when that is more than it can make: its key may be in other hands."""
    an_hour_ago = look.clock.now() - dt.timedelta(hours=1)
    claimed = select(func.count()).where(PrintJob.station_id == station.id, PrintJob.claimed_at > an_hour_ago)
    left = station.claims_per_hour - (look.session.scalar(claimed) or 0)
    if left <= 0:
        raise Conflict(
            "This station claimed %(most)s orders within an hour, its limit. It goes on later; tell the supervisor.",
            most=station.claims_per_hour,
        )
    return left


def _answer(job: PrintJob, station: Station) -> Claim:
    if job.station_id != station.id or job.state != JobState.CLAIMED or not job.claim_id or not job.lease_until:
        raise Conflict("This claim has ended. Ask for work with a new claim id.")
    return Claim(claim_id=job.claim_id, order_id=job.id, lease_until=job.lease_until)


def _next_queued(look: Look, station: Station, operator_id: UUID) -> PrintJob | None:
    """Vulnerable persons and lone children ahead, then batches in their order, then the oldest lodging (E25).

    What the station cannot make now holds up nothing behind it; a party that another station makes is left to it.
    """
    (standing,) = routing.standings(look, [station])
    query = standing.claimable(operator_id, parties.begun(look, station.centre_id)).limit(1)
    return look.session.scalar(query.with_for_update(skip_locked=True, of=PrintJob))


def claimed_job(look: Look, claim_id: UUID, station: Station, *, lock: bool = False) -> PrintJob:
    """The job behind a claim of this station; NotFound for anything else. `lock` waits for its turn."""
    query = select(PrintJob).where(PrintJob.claim_id == claim_id, PrintJob.station_id == station.id)
    job = look.session.scalar(query.with_for_update(of=PrintJob) if lock else query)
    if job is None:
        raise NotFound("This station has no such claim.")
    return job


def order_of(look: Look, claim_id: UUID, *, station: Station) -> orders.Recipe:
    """What is needed to compose a claimed order, taken out of the database so that it can be composed outside."""
    return orders.recipe(look, _open_claim(look, claim_id, station))


def waits(look: Look, claim_id: UUID, *, station: Station) -> Handled:
    """A sign of life of an order that waits for hands: its lease begins anew. ClaimEnded when somebody gave it up.

    A lease that ran out stays so: the job is held, and what the station says of it is still heard.
    """
    job = claimed_job(look, claim_id, station, lock=True)
    if not _is_undecided(job):
        raise ClaimEnded
    if job.lease_until is not None and job.lease_until > look.clock.now():
        job.lease_until = look.clock.now() + dt.timedelta(minutes=look.settings.lease_minutes)
    return Handled(booklet=booklets.scanned(look, job.document))


def _is_undecided(job: PrintJob) -> bool:
    """Whether nobody said yet how the claim ended."""
    return job.state in (JobState.CLAIMED, JobState.HELD) and job.result is None and not troubles.is_restored(job)


def _goes_on(job: PrintJob) -> bool:
    """Whether the order may be given again: its leave was given, so that it is made of the one chip that was begun.

    The chip's own keys are not given again.
    """
    has_chip = document_types.get(job.document.document_type).chip is not None
    return has_chip and job.leave_at is not None and _is_undecided(job)


def _open_claim(look: Look, claim_id: UUID, station: Station, *, lock: bool = False) -> PrintJob:
    """The claimed job; ClaimEnded, or Conflict when its order was given before and nothing goes on with it."""
    job = claimed_job(look, claim_id, station, lock=lock)
    if _goes_on(job):
        return job
    if job.state != JobState.CLAIMED:
        raise ClaimEnded
    if job.fetched_at is not None:
        raise Conflict("This order was given before. Report what became of it; it is made anew under another number.")
    return job


def fetch(act: Act, claim_id: UUID, *, station: Station) -> None:
    """The order is given: its number is spent, whatever becomes of it. Once, but for one whose chip was begun."""
    job = _open_claim(act, claim_id, station, lock=True)
    again = job.fetched_at is not None
    job.fetched_at = job.fetched_at or act.clock.now()
    act.record("job.fetched_again" if again else "job.fetched", job, job.document, centre_id=job.centre_id)


@dataclass(frozen=True)
class Refusal:
    """Why a station gets no leave: its code, and what it is told."""

    code: str
    error: Conflict


def leave(act: Act, asked: LeaveRequest, *, station: Station) -> dict[KeyName, bytes] | Refusal:
    """Let the station take a blank for the order it fetched, once: the keys of its chip. Both answers are events."""
    job = claimed_job(act, asked.claim_id, station, lock=True)
    code = _no_leave(act, job, asked)
    if code:
        act.record("job.leave_refused", job, job.document, centre_id=job.centre_id, code=code)
        return Refusal(code, Conflict("This order may not be made now. Take no blank; report it as not started."))
    job.leave_at = act.clock.now()
    act.record("job.leave_given", job, job.document, centre_id=job.centre_id)
    made = chips.of_job(act, job)
    return made.keys if made else {}


def _no_leave(look: Look, job: PrintJob, asked: LeaveRequest) -> str:
    """The code of what speaks against it, "" for nothing."""
    if job.state != JobState.CLAIMED or job.fetched_at is None:
        return "not-fetched" if job.state == JobState.CLAIMED else "ended"
    if job.leave_at is not None:
        return "given-before"
    if job.lease_until is None or job.lease_until <= look.clock.now():
        return "late"
    return "" if asked.digests == job.digests else "other-order"


def check_order(order: Order, digests: dict[str, str] | None) -> Order:
    """The same job always composes to the same bytes; Conflict when it does not: then `hold_order`."""
    if order.digests() != digests:
        raise NotAsPrepared
    return order


def hold_order(act: Act, claim_id: UUID, *, station: Station) -> None:
    """The order of this claim does not compose as it was prepared: a person decides, nothing is printed."""
    job = claimed_job(act, claim_id, station, lock=True)
    if job.state == JobState.CLAIMED:
        troubles.hold(act, job, troubles.of(NotAsPrepared()))
        act.record("job.held", job, centre_id=job.centre_id)


def finish(act: Act, result: Result, *, station: Station) -> Conflict | None:
    """T2: what became of a claimed order. Reporting the same result again changes nothing.

    A bureau's order is SENT first; its result comes later under the same claim, and no lease ends the waiting. What
    does not fit is kept as a contradiction, and refused.
    """
    job = claimed_job(act, result.claim_id, station, lock=True)
    report = result.model_dump(mode="json")
    if job.result == report:
        return None
    if contradictions.agrees(job, result):
        job.result = report
        act.record("job.confirmed", job, job.document, centre_id=job.centre_id, outcome=result.outcome)
        return None
    if job.state not in JOBS_REPORTABLE or job.id != result.order_id or not _may_say(result, job, station):
        contradictions.keep(act, job, result, station.instance, station=station)
        return Conflict("This order already has another result. Call the supervisor.")
    if job.state == JobState.SENT and result.outcome is Outcome.SENT:
        return None  # the bureau said nothing new
    take_result(act, result, job=job, station=station)
    return None


def take_result(act: Act, result: Result, *, job: PrintJob, station: Station) -> None:
    """The claim ended as whoever works the machine says, which nobody said before; what does not fit is held."""
    late = job.state == JobState.HELD
    job.result = result.model_dump(mode="json")
    try:
        with act.session.begin_nested():
            _check_made(job, result)
            settle(act, job, result, station=station)
    except Conflict as error:
        troubles.hold(act, job, troubles.of(error))
        if isinstance(error, Stray):
            strays.tell(act, error, station=station, document=job.document)
    if result.outcome is Outcome.NOT_STARTED and job.state != JobState.HELD:
        routing.step_aside(act, job, result.trouble, station=station)
    _record_outcome(act, job, result, late=late)


def _may_say(result: Result, job: PrintJob, station: Station) -> bool:
    """Whether the station can know that: only a bureau sends away, and nothing is made of an order never given."""
    if result.outcome is Outcome.SENT and not station.bureau:
        return False
    if troubles.is_not_as_ordered(job):
        return False  # it said so once: a person looks
    if troubles.is_restored(job):
        return True  # what was given since the back-up is not known
    return result.outcome in (Outcome.NOT_STARTED, Outcome.UNKNOWN) or job.leave_at is not None


def _check_made(job: PrintJob, result: Result) -> None:
    """NotAsOrdered, and so a held job, when the station made something else: it may be another person's document."""
    if result.outcome is Outcome.DONE and result.digests != job.digests:
        raise NotAsOrdered


def _record_outcome(act: Act, job: PrintJob, result: Result, *, late: bool) -> None:
    """What was said and what it made of the job; `late` when the register had stopped waiting, as without a line."""
    act.record(
        f"job.{job.state}",
        job,
        job.document,
        centre_id=job.centre_id,
        step=result.step or "",
        outcome=result.outcome,
        blank=result.blank_serial or "",
        late=late,
    )


def settle(act: Act, job: PrintJob, result: Result, *, station: Station) -> None:
    """Let the job end as `result` says. Conflict when it cannot: then it is held."""
    if result.outcome is Outcome.UNKNOWN:
        troubles.hold(
            act, job, result.trouble or troubles.of(Conflict("The device does not know how the order ended."))
        )
        return
    if result.outcome is Outcome.SENT:
        job.trouble = None
        advance(job, JobState.SENT, actor=act.actor)
        return
    if result.outcome is Outcome.NOT_STARTED:
        if not troubles.is_restored(job):
            not_started(act, job)
        return
    done = result.outcome is Outcome.DONE and result.digests == job.digests
    _bind_blank(act, job, result, BlankState.CONSUMED if done else BlankState.SPOILED, station=station)
    if done:
        advance(job, JobState.DONE, actor=act.actor)
        job.ended_at = act.clock.now()
        advance(job.document, DocumentState.PERSONALISED, actor=act.actor)
        chips.forget(act, job)
    else:
        reason = result.step or "not-ordered"
        spoil(act, job, reason)


def _bind_blank(act: Act, job: PrintJob, result: Result, to: BlankState, *, station: Station) -> None:
    """Bind the blank that was read, or keep its place. Conflict, and so a held job, when it may be any."""
    serial, uid = result.blank_serial, result.chip_uid
    if serial:
        if act.actor.kind == "staff" and to == BlankState.SPOILED and ledger.find(act, serial) is None:
            return  # a person found it spoiled on a blank that is in no ledger: the event keeps its serial
        if act.actor.kind == "station":
            stack_cards.take(act, job.document, station=station)
        stack_cards.bind(act, BlankRead(serial, uid), job.document, to, station=station)
    elif ledger.is_numbered(job.document.document_type) and not untouched(job):
        _take_unread(act, job, result, to, station=station)


def _take_unread(act: Act, job: PrintJob, result: Result, to: BlankState, *, station: Station) -> None:
    """A device that reads no serial used a blank: the next one of its stack, else the one that the check scans."""
    ledger.keep_chip(act, job.document, result.chip_uid)
    looked = act.actor.kind == "staff" and act.actor.id != job.operator_id  # the operator tells of an office printer
    reads = looked or stack_cards.reads_serials(station)
    if reads or not (stack_cards.take(act, job.document, station=station) or to == BlankState.CONSUMED):
        raise Conflict("The serial of the blank was not read. A person must look and type it.")


def untouched(job: PrintJob) -> bool:
    """Whether the device itself said that it took no blank."""
    return (job.result or {}).get("outcome") == Outcome.NOT_STARTED


def not_started(act: Act, job: PrintJob) -> None:
    """No blank was taken. An order that was given has spent its number; one that never was may be claimed again."""
    stack_cards.give_back(act, job.document)
    if job.fetched_at is None and act.actor.kind != "staff":
        if not troubles.is_not_as_prepared(job):  # claimed again, it would end the same way
            advance(job, JobState.NOT_STARTED, actor=act.actor)
            advance(job, JobState.QUEUED, actor=act.actor)
            job.print_file_id = job.file_place = None
        return
    advance(job, JobState.NOT_STARTED, actor=act.actor)
    _next_number(act, job, "not-started")


def send_elsewhere(act: Act, job: PrintJob, station: Station | None, reason: str) -> None:
    """From now on only this station of the centre may claim the job, or its bureau; None: any of them again.

    Conflict when that station cannot make it now.
    """
    check_waiting(act, job)
    if not reason.strip():
        raise InvalidInput("reason", "Say why the job is sent elsewhere.")
    if station is not None:
        centres.check_own(act, station)
        (standing,) = routing.standings(act, [station])
        lacks = (*standing.lacks_for(job.document), *standing.outside(job))
        if lacks:
            raise lacks[0]
    job.wanted_station_id = station.id if station else None
    act.record(
        "job.sent_elsewhere",
        job,
        job.document,
        centre_id=job.centre_id,
        reason=reason.strip(),
        station=station.name if station else "",
    )


def check_waiting(look: Look, job: PrintJob) -> None:
    """Conflict when the job of the actor's own centre is claimed, or ended."""
    centres.check_own(look, job)
    if job.state not in JOBS_WAITING:
        raise Conflict("This job does not wait any more: a station has it, or it ended. Open the list again.")


def stop(act: Act, job: PrintJob) -> None:
    """A job that nobody claimed ends, and its number with it; what becomes of its request the caller says."""
    check_waiting(act, job)
    advance(job, JobState.CANCELLED, actor=act.actor)
    job.ended_at = act.clock.now()
    chips.forget(act, job)
    booklets.give_up(act, job.document)
    advance(job.document, DocumentState.CANCELLED, actor=act.actor)


def spoil(act: Act, job: PrintJob, reason: str) -> Document:
    """The attempt is spoiled: its number is cancelled for ever, a new number and job follow."""
    if job.state != JobState.DONE:
        advance(job, JobState.SPOILED, actor=act.actor)
    return _next_number(act, job, reason)


def _next_number(act: Act, job: PrintJob, reason: str) -> Document:
    job.ended_at = job.ended_at or act.clock.now()
    chips.forget(act, job)
    advance(job.document, DocumentState.CANCELLED, actor=act.actor)
    booklets.give_up(act, job.document)
    return documents.next_attempt(act, job.document, reason)
