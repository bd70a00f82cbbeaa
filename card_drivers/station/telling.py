"""After a restore the register asks what this station did meanwhile: its journals, told claim by claim."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from card_drivers.order import JournalPart, JournalWanted, Outcome, ToldClaim
from card_drivers.station import journal, print_test
from card_drivers.station.journal import OpenClaim
from card_drivers.station.register import Register

PART = 200
"""Claims in one message."""


def tell(register: Register, wanted: JournalWanted, folder: Path) -> None:
    """Tell the journals in the station's folder. Telling them again changes nothing."""
    told = _claims(wanted, folder)
    before, part = 0, tuple(islice(told, PART))
    while True:
        following = tuple(islice(told, PART))
        register.tell_journal(
            JournalPart(reconciliation=wanted.reconciliation, before=before, claims=part, is_last=not following)
        )
        if not following:
            return
        before, part = before + len(part), following


def _claims(wanted: JournalWanted, folder: Path) -> Iterator[ToldClaim]:
    """Every claim that got an order; then the test prints, which no back-up remembers by a claim."""
    for claim in journal.claims(folder / journal.FILE, wanted.since_claim):
        if claim.order_id is not None:
            yield _told(claim)
    for claim in journal.claims(folder / print_test.JOURNAL):
        if claim.order_id is not None:
            yield _told(claim).model_copy(update={"test": True})


def _told(claim: OpenClaim) -> ToldClaim:
    assert claim.order_id is not None, "only claims with an order are told"
    result = claim.result
    undecided = Outcome.UNKNOWN if claim.begun else Outcome.NOT_STARTED
    return ToldClaim(
        claim_id=claim.claim_id,
        order_id=claim.order_id,
        outcome=result.outcome if result else undecided,
        step=result.step if result else None,
        blank_serial=claim.facts.get("blank_serial") or (result.blank_serial if result else None),
        chip_uid=claim.facts.get("chip_uid") or (result.chip_uid if result else None),
        digests=claim.digests,
    )
