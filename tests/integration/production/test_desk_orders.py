"""Orders that wait for hands: a lease that begins anew, and an order that is given again to go on with its chip."""

from __future__ import annotations

import datetime as dt

import pytest

from card_drivers.order import Claim, Outcome, Result
from issuance import tasks
from issuance.errors import Conflict
from issuance.models.production import PrintJob
from issuance.services.production import jobs
from tests.people import LAYLA, SmallOffice, changed

LUNCH = dt.timedelta(minutes=14)  # a minute less than a lease


def claimed(office: SmallOffice, document_type: str = "RP-R") -> Claim:
    case = office.carry("claimed", changed(LAYLA, document_type=document_type))
    assert case.claim is not None
    return case.claim


def waits(office: SmallOffice, claim: Claim) -> None:
    with office.upkeep() as look:
        jobs.waits(look, claim.claim_id, station=office.station)


def state(office: SmallOffice, claim: Claim) -> str:
    with office.reading() as look:
        return str(look.session.get_one(PrintJob, claim.order_id).state)


def test_an_order_lives_as_long_as_its_station_says_that_it_waits(office: SmallOffice) -> None:
    claim = claimed(office)
    order = office.order(claim)
    for _ in range(3):
        office.clock.advance(LUNCH)
        tasks.hold_expired(office)
        waits(office, claim)
    office.leave(order)
    office.clock.advance(LUNCH + LUNCH)
    tasks.hold_expired(office)
    assert state(office, claim) == "held", "nothing was heard of it"


def test_a_lease_that_ran_out_begins_no_more(office: SmallOffice) -> None:
    claim = claimed(office)
    order = office.order(claim)
    office.clock.advance(LUNCH + LUNCH)
    waits(office, claim)
    with pytest.raises(AssertionError, match="late"):
        office.leave(order)


def test_an_order_that_was_decided_waits_no_more(office: SmallOffice) -> None:
    claim = claimed(office)
    office.make(claim=claim)
    with pytest.raises(jobs.ClaimEnded):
        waits(office, claim)


def test_an_order_is_given_again_once_its_leave_was_given(office: SmallOffice) -> None:
    claim = claimed(office)
    order = office.order(claim)
    with pytest.raises(Conflict, match="given before"):
        office.order(claim)
    assert office.leave(order).chip.keys  # type: ignore[union-attr]
    again = office.order(claim)
    assert again == order, "without the chip's own keys"
    with pytest.raises(AssertionError, match="given-before"):
        office.leave(again)


def test_an_order_is_given_again_though_its_lease_ran_out_and_its_result_is_heard(office: SmallOffice) -> None:
    claim = claimed(office)
    order = office.order(claim)
    office.leave(order)
    office.clock.advance(LUNCH + LUNCH)
    tasks.hold_expired(office)
    assert office.order(claim) == order
    waits(office, claim)
    serial = "card-chip-1"
    result = Result(
        order_id=order.order_id,
        claim_id=claim.claim_id,
        outcome=Outcome.DONE,
        blank_serial=serial,
        chip_uid="04aabbccddeeff",
        digests=order.digests(),
    )
    assert office.report(result) is None
    assert state(office, claim) == "done"
    with pytest.raises(jobs.ClaimEnded):
        office.order(claim)


def test_an_order_without_a_chip_is_given_once(office: SmallOffice) -> None:
    """Nothing would tell its blank from another one."""
    claim = claimed(office, "RT")
    order = office.order(claim)
    office.leave(order)
    with pytest.raises(Conflict, match="given before"):
        office.order(claim)
