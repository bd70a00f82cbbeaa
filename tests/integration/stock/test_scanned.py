"""Which blank it was, when no device read it and no stack was declared: the serial is scanned at the check."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.stock import StrayBlank
from issuance.services.production import held_jobs, quality
from issuance.services.stock import doubts, strays
from issuance.services.stock.doubts import Way
from issuance.services.stock.strays import Stray
from tests.people import LAYLA, SmallOffice, changed
from tests.stacks import blank, document, finish, left, print_one, report, scan, told, without_serials


@pytest.fixture
def floor(office: SmallOffice) -> SmallOffice:
    """An office whose station reads no serials and has a shift."""
    office.open_shift()
    return without_serials(office)


def test_without_a_stack_the_serial_is_scanned_at_the_check_to_the_hand_over(floor: SmallOffice) -> None:
    """The Evolis case: no result names a serial, and the card was held for ever."""
    case = print_one(floor)
    assert (document(floor, case).state, document(floor, case).blank_serial) == ("personalised", None)
    assert left(floor) == 18
    with pytest.raises(Conflict, match="Scan the serial from its back"):
        floor.check(case.document_id, floor.readings(case.document_id))  # type: ignore[arg-type]
    assert scan(floor, case, " CARD-chip-7 ".replace("CARD", "card")) == ""
    assert (document(floor, case).blank_serial, blank(floor, "card-chip-7").state) == ("card-chip-7", "consumed")
    finish(floor, case)
    assert document(floor, case).state == "valid"
    assert left(floor) == 18


def test_the_number_of_another_document_is_refused(floor: SmallOffice) -> None:
    """Two cards on the table: the serial of one is never bound to the other."""
    one, other = print_one(floor, 0), print_one(floor, 1)
    for number in (other.number, "", "RP", one.number[:-1]):
        with pytest.raises(InvalidInput) as refused:
            scan(floor, one, "card-chip-1", number=number or " ")
        assert refused.value.field == "number"
    with pytest.raises(InvalidInput, match="from the back") as refused:
        scan(floor, one, " ")
    assert refused.value.field == "blank_serial"
    scan(floor, one, "card-chip-1", number=f"IRROU{one.number}0<<<")
    with pytest.raises(Conflict, match="already"):
        scan(floor, one, "card-chip-2")
    with pytest.raises(Stray):
        scan(floor, other, "card-chip-1")


@pytest.mark.parametrize("who", ["operator", "decision_officer"])
def test_who_made_or_approved_it_does_not_scan_it(floor: SmallOffice, who: str) -> None:
    case = print_one(floor)
    with pytest.raises(NotAllowed):
        scan(floor, case, "card-chip-1", who=who)
    assert document(floor, case).blank_serial is None


def test_a_card_that_cannot_be_read_goes_to_the_supervisor_who_scans_it(floor: SmallOffice) -> None:
    case = print_one(floor)
    with floor.act(floor.actors["quality_officer"]) as act:
        quality.reject(act, act.session.get_one(Document, case.document_id), "scratched through the serial")
    assert told(floor) == [("unreadable", "")]
    assert left(floor) == 19
    with floor.act(floor.actors["supervisor"]) as act:
        (row,) = strays.listed(act)
        with pytest.raises(InvalidInput, match="options"):
            doubts.settle_stray(act, row, Way.MISSING, "", "gone")
        with pytest.raises(InvalidInput, match="Scan the serial"):
            doubts.settle_stray(act, row, Way.USED, "", "read under a lamp")
        doubts.settle_stray(act, row, Way.USED, "card-chip-3", "read under a lamp")
    assert (blank(floor, "card-chip-3").state, blank(floor, "card-chip-3").document_id) == ("spoiled", case.document_id)
    assert told(floor) == []
    with floor.act(floor.actors["supervisor"]) as act, pytest.raises(Conflict, match="meanwhile"):
        doubts.settle_stray(act, act.session.get_one(StrayBlank, row.id), Way.NOTED, "", "again")


def test_a_spoiled_card_of_no_stack_is_held_until_somebody_reads_it(floor: SmallOffice) -> None:
    case = print_one(floor, outcome=Outcome.SPOILED)
    with floor.act(floor.actors["supervisor"]) as act:
        job = act.session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
        assert job.state == "held"
        assert held_jobs.resolve(act, job, Outcome.SPOILED, "card-chip-5", "in the reject tray")
    assert (document(floor, case).state, blank(floor, "card-chip-5").state) == ("cancelled", "spoiled")


def test_paper_needs_no_serial(floor: SmallOffice) -> None:
    lodging = changed(LAYLA, document_type="RC", status="applicant", decision_number="", decision_date=None)
    case = floor.carry("claimed", lodging)
    report(floor, case)
    finish(floor, case)
    assert document(floor, case).state == "valid"
