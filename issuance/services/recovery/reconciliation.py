"""Reconciliation after a restore: a supervisor settles each difference, then the station may work again.

A document that was lost with the register is a real card with a number that nobody will know again. Its blank is used
up in the ledger, the card is to be collected and destroyed, and its person gets another under a new number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import Outcome, Result
from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.recovery import Difference, Reconciliation
from issuance.models.staff import Station
from issuance.models.stock import Blank
from issuance.models.supply import Why
from issuance.services import centres
from issuance.services.production import jobs, troubles
from issuance.services.recovery.journals import Kind
from issuance.services.stock import ledger, moves
from issuance.states import BlankState, JobState

RESTORED = "restored"
"""Why an attempt was ended by a restore, and a blank used up."""

AT_ONCE = 20
"""How many held jobs go on in one act: each is composed once more."""


class Way(StrEnum):
    """How a difference is settled."""

    OUT = "out"
    """The card is not here: its blank is consumed, and the card is to be collected."""

    DESTROYED = "destroyed"
    """The card is here and no document: its blank is spoiled."""

    MADE = "made"
    """The card is what was ordered: it goes to the quality check."""

    AGAIN = "again"
    """The number is cancelled, the blank spoiled; the same content follows under a new number."""


@dataclass(frozen=True)
class Settlement:
    """What a supervisor says of a difference.

    `blank_serial` where the journal has none, `stock` where the ledger does not know the blank, `number` as read from
    the card where somebody has it.
    """

    way: Way
    seen: str
    blank_serial: str = ""
    stock: str = ""
    number: str = ""


def ways(look: Look, difference: Difference) -> list[Way]:
    """How this difference can be settled."""
    if difference.kind == Kind.TEST_PRINT:
        return [Way.DESTROYED]
    if difference.kind == Kind.LOST_CARD:
        return [Way.DESTROYED] if difference.outcome == Outcome.SPOILED else [Way.OUT, Way.DESTROYED]
    job = look.session.get_one(PrintJob, difference.order_id)
    same = job.claim_id == difference.claim_id and job.digests == difference.digests
    return [Way.MADE, Way.AGAIN] if difference.outcome == Outcome.DONE and same else [Way.AGAIN]


def own_difference(look: Look, difference_id: UUID) -> Difference:
    """The difference of a station of the actor's own centre; NotFound also for another centre's."""
    found = look.session.get(Difference, difference_id)
    if found is None or found.reconciliation.station.centre_id != look.actor.centre_id:
        raise NotFound("There is no such difference in your centre. Open the list again.")
    return found


def own_station(look: Look, station_id: UUID) -> Station:
    """The station of the actor's own centre, closed ones as well: they may have made cards; NotFound for another's."""
    station = look.session.get(Station, station_id)
    if station is None or station.centre_id != look.actor.centre_id:
        raise NotFound("There is no such station. Open the list again.")
    return station


def settle(act: Act, difference: Difference, said: Settlement) -> None:
    """Settle one difference by one of its ways. Conflict when it was settled; InvalidInput for what is missing."""
    station = difference.reconciliation.station
    centres.check_own(act, station)
    if difference.way is not None:
        raise Conflict("This was settled meanwhile. Open the list again.")
    if said.way not in ways(act, difference):
        raise InvalidInput("way", "Choose one of the ways of this page.")
    if not said.seen.strip():
        raise InvalidInput("seen", "Say what you saw at the machine and in its trays.")
    difference.blank_serial = difference.blank_serial or said.blank_serial.strip() or None
    difference.number = _number(act, said.number)
    if difference.kind == Kind.OPEN_JOB:
        about: list[object] = _settle_job(act, difference, said.way, station)
    else:
        about = _use_up(act, difference, said, station)
    difference.way, difference.settled_by, difference.settled_at = said.way, act.actor.id, act.clock.now()
    act.record(
        "difference.settled",
        difference,
        station,
        *about,
        reason=said.seen.strip(),
        kind=difference.kind,
        way=said.way,
        order=difference.order_id,
        blank=difference.blank_serial or "",
        number=difference.number,
    )


def _number(look: Look, typed: str) -> str:
    number = "".join(typed.upper().split())
    if number and look.session.scalar(select(Document.id).where(Document.number == number)):
        raise InvalidInput("number", "The register knows a document of this number. Read the number of the card again.")
    return number


def _use_up(act: Act, difference: Difference, said: Settlement, station: Station) -> list[object]:
    """The blank of a card that the register lost, which may be unknown to the ledger as well."""
    serial = difference.blank_serial
    if serial is None:
        return []  # office paper, or nobody read it: the order is all that is known
    if ledger.find(act, serial) is None:
        if said.stock not in stocks():
            raise InvalidInput("stock", "The ledger does not know this blank. Say of which stock it is.")
        ledger.take_up(act, station, said.stock, serial)
    blank = ledger.find(act, serial)
    assert blank is not None, "it was taken up"
    to = BlankState.CONSUMED if said.way is Way.OUT else BlankState.SPOILED
    ledger.use_up(act, blank, to, station=station, chip_uid=difference.chip_uid)
    return [blank]


def stocks() -> list[str]:
    """The stocks of blanks that document types are printed on."""
    return sorted({kind.stock for kind in document_types.load().values() if kind.form != "paper"})


def _settle_job(act: Act, difference: Difference, way: Way, station: Station) -> list[object]:
    """A job that was held since the restore ends as its station says: made, or cancelled and made again."""
    job = act.session.get_one(PrintJob, difference.order_id)
    _check_held(act, job)
    job.resolved_by = act.actor.id
    if way is Way.AGAIN and not difference.blank_serial:
        return [job, job.document, jobs.spoil(act, job, RESTORED)]
    outcome = Outcome.DONE if way is Way.MADE else Outcome.SPOILED
    made = Result(
        order_id=job.id,
        claim_id=difference.claim_id,
        outcome=outcome,
        blank_serial=difference.blank_serial,
        chip_uid=difference.chip_uid,
        digests=difference.digests,
        step=RESTORED,
    )
    jobs.settle(act, job, made, station=station)
    return [job, job.document]


def _check_held(act: Act, job: PrintJob) -> None:
    if act.actor.id == job.operator_id:
        raise NotAllowed("The operator of this job cannot resolve it. Ask another person to look.")
    if job.state != JobState.HELD or not troubles.is_restored(job):
        raise Conflict("This job is not held by a restore any more. Open the list again.")


def held(look: Look, centre_id: UUID | None) -> list[PrintJob]:
    """Jobs of a centre that a restore holds and that no journal mentions, first lodged first."""
    told = select(Difference.order_id).where(Difference.kind == Kind.OPEN_JOB)
    query = select(PrintJob).where(
        PrintJob.centre_id == centre_id, PrintJob.state == JobState.HELD, PrintJob.id.not_in(told)
    )
    return [
        job for job in look.session.scalars(query.order_by(PrintJob.priority, PrintJob.id)) if troubles.is_restored(job)
    ]


def go_on(act: Act, centre_id: UUID | None) -> int:
    """The first held jobs that no journal mentions go on, each under a new number; how many are still held.

    Conflict until every station of the centre told its journal, or was closed without: it may have made them.
    """
    if centre_id != act.actor.centre_id:
        raise NotAllowed("This belongs to another centre. Ask somebody who works there.")
    silent = (Reconciliation.read_at.is_(None), Reconciliation.closed_at.is_(None), Station.centre_id == centre_id)
    if act.session.scalar(select(Reconciliation.id).join(Station).where(*silent).limit(1)):
        raise Conflict("Not every station told its journal yet. Start them, or close those that never will.")
    waiting = held(act, centre_id)
    for job in waiting[:AT_ONCE]:
        following = jobs.spoil(act, job, RESTORED)
        act.record("job.renumbered", job, job.document, following, centre_id=job.centre_id)
    return max(0, len(waiting) - AT_ONCE)


def close(act: Act, station: Station, missing: Collection[str], seen: str) -> None:
    """Everything of this station is settled and its blanks were counted: it may claim again.

    `missing` are serials that the ledger has here and nobody found. A station whose journal is lost is closed as well:
    `seen` says why. Conflict while a difference is not settled.
    """
    centres.check_own(act, station)
    row = act.session.scalar(
        select(Reconciliation).where(Reconciliation.station_id == station.id, Reconciliation.closed_at.is_(None))
    )
    if row is None:
        raise Conflict("This station is reconciled. Open the list again.")
    if act.session.scalar(
        select(Difference.id).where(Difference.reconciliation_id == row.id, Difference.way.is_(None)).limit(1)
    ):
        raise Conflict("Not every difference of this station is settled.")
    if not seen.strip():
        raise InvalidInput("seen", "Say how the blanks were counted; without its journal, also why there is none.")
    blanks = [_missing(act, station, serial) for serial in missing]
    row.closed_at, row.closed_by = act.clock.now(), act.actor.id
    told = row.read_at is not None
    act.record("station.reconciled", station, *blanks, reason=seen.strip(), told=told, missing=len(blanks))


def _missing(act: Act, station: Station, serial: str) -> Blank:
    here = (Blank.serial == serial, Blank.station_id == station.id, Blank.state == BlankState.AT_STATION)
    blank = act.session.scalar(select(Blank).where(*here))
    if blank is None:
        raise InvalidInput("missing", "The ledger has no unused blank %(serial)s at this station.", serial=serial)
    moves.within(act, blank, BlankState.MISSING, Why.LOST)
    return blank
