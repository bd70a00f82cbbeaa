"""What the stations' journals tell after a restore, compared with the register claim by claim."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from card_drivers.order import JournalPart, JournalWanted, Outcome, ToldClaim
from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.production import PrintJob
from issuance.models.recovery import Difference, Reconciliation
from issuance.models.staff import Station
from issuance.services.production import troubles
from issuance.services.stock import ledger
from issuance.states import BlankState, JobState


class Kind(StrEnum):
    """What a station knows and the register does not."""

    LOST_CARD = "lost_card"
    """A card was made, or begun, of an order that the register has lost, or has settled otherwise."""

    OPEN_JOB = "open_job"
    """A job that is held since the restore was made, or begun."""

    TEST_PRINT = "test_print"
    """A blank was used for a test print."""


def reconciliation(look: Look, station: Station) -> Reconciliation | None:
    """The reconciliation that this station still waits for, None when there is none."""
    query = select(Reconciliation).where(Reconciliation.station_id == station.id, Reconciliation.closed_at.is_(None))
    return look.session.scalar(query.order_by(Reconciliation.id.desc()).limit(1))


def wanted(look: Look, *, station: Station) -> JournalWanted | None:
    """Whether this station is to tell its journal, and from where on."""
    row = reconciliation(look, station)
    if row is None or row.read_at is not None:
        return None
    return JournalWanted(reconciliation=row.id, since_claim=row.since_claim)


def check_may_claim(look: Look, *, station: Station) -> None:
    """Conflict while the station is not reconciled: what it made since the back-up is not known yet."""
    if reconciliation(look, station) is not None:
        raise Conflict("The register was restored. A supervisor settles this station under Reconciliation first.")


def take(act: Act, part: JournalPart, *, station: Station) -> None:
    """Compare a part of the journal with the register; NotFound when nobody asked. A second time changes nothing."""
    row = act.session.get(Reconciliation, part.reconciliation, with_for_update={"of": Reconciliation})
    if row is None or row.station_id != station.id:
        raise NotFound("This station was not sent on this errand.")
    if row.read_at is not None or row.closed_at is not None:
        return
    found = [difference for told in part.claims if (difference := _compared(act, row, told)) is not None]
    act.session.add_all(found)
    row.taken = part.before + len(part.claims)
    row.read_at = act.clock.now() if part.is_last else None
    act.record("station.journal_told", station, claims=len(part.claims), differences=len(found), last=part.is_last)


def _compared(look: Look, row: Reconciliation, told: ToldClaim) -> Difference | None:
    """What is to be settled of this claim; None when the register knows it, or nothing was used."""
    kind = _test(look, told) if told.test else _kind(look, told)
    if kind is None or _is_known(look, row, told.claim_id):
        return None
    return Difference(
        reconciliation=row,
        kind=kind,
        claim_id=told.claim_id,
        order_id=told.order_id,
        outcome=told.outcome,
        step=told.step,
        blank_serial=told.blank_serial,
        chip_uid=told.chip_uid,
        digests=told.digests,
    )


def _is_known(look: Look, row: Reconciliation, claim_id: UUID) -> bool:
    query = select(Difference.id).where(Difference.reconciliation_id == row.id, Difference.claim_id == claim_id)
    return look.session.scalar(query) is not None


def _test(look: Look, told: ToldClaim) -> Kind | None:
    blank = ledger.find(look, told.blank_serial) if told.blank_serial else None
    return Kind.TEST_PRINT if blank is not None and blank.state == BlankState.AT_STATION else None


def _kind(look: Look, told: ToldClaim) -> Kind | None:
    if told.outcome is Outcome.NOT_STARTED and not told.blank_serial:
        return None  # the order was given and nothing came of it: its number is skipped, or its job held
    job = look.session.get(PrintJob, told.order_id)
    if job is None:
        return Kind.LOST_CARD
    if job.state == JobState.HELD and troubles.is_restored(job):
        return Kind.OPEN_JOB
    if job.claim_id == told.claim_id or (told.blank_serial and job.document.blank_serial == told.blank_serial):
        return None
    return Kind.LOST_CARD
