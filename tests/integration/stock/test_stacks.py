"""A stack declared at the shift: each document takes the next card, and every card that goes astray is found."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from card_drivers.order import Outcome
from issuance.errors import Conflict, InvalidInput
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services.production import held_jobs, shifts
from issuance.services.stock import doubts, stacks, strays
from issuance.services.stock.doubts import Way
from issuance.services.stock.stacks import Counted
from issuance.services.stock.strays import Stray
from tests.people import LAYLA, Case, SmallOffice, changed
from tests.stacks import (
    blank,
    cards,
    count,
    declare,
    document,
    finish,
    in_doubt,
    left,
    print_one,
    proved,
    report,
    scan,
    settle,
    states,
    told,
    without_serials,
)


@pytest.fixture
def floor(office: SmallOffice) -> SmallOffice:
    """An office whose station reads no serials and has a shift."""
    office.open_shift()
    return without_serials(office)


def test_a_stack_is_bound_when_the_count_at_the_end_of_the_shift_agrees(floor: SmallOffice) -> None:
    cards(floor, 1, 6)
    assert left(floor) == 6
    made = [print_one(floor, number) for number in range(3)]
    assert left(floor) == 3
    assert states(floor) == {
        "1": "provisional", "2": "provisional", "3": "provisional", "4": "waiting", "5": "waiting", "6": "waiting",
    }  # fmt: skip
    assert [document(floor, case).blank_serial for case in made] == [None] * 3
    with floor.act(floor.actors["operator"]) as act, pytest.raises(Conflict, match="on top of each stack"):
        shifts.close_shift(act, act.session.get_one(Station, floor.station.id))
    assert count(floor, "card-chip-4") == Counted(agreed=True, bound=3, doubted=0)
    assert [document(floor, case).blank_serial for case in made] == [f"card-chip-{n}" for n in (1, 2, 3)]
    with floor.act(floor.actors["operator"]) as act:
        shifts.close_shift(act, act.session.get_one(Station, floor.station.id))
    assert set(states(floor).values()) == {"ended"}
    assert left(floor) == 16
    for case in made:
        finish(floor, case)
        assert document(floor, case).state == "valid"
    assert (in_doubt(floor), told(floor), proved(floor)) == ([], [], True)


def test_a_scan_at_the_check_confirms_one_card(floor: SmallOffice) -> None:
    cards(floor, 6, 1)  # fed from the last number down
    case = print_one(floor)
    assert scan(floor, case, "card-chip-6") == ""
    assert states(floor)["6"] == "confirmed"
    finish(floor, case)
    assert document(floor, case).state == "valid"
    assert count(floor, "card-chip-5").agreed
    assert proved(floor)


def test_a_missing_card_is_named_by_the_next_scan(floor: SmallOffice) -> None:
    """The feeder took two cards at once behind the first document; the second one lies on the third card."""
    cards(floor, 1, 8)
    made = [print_one(floor, number) for number in range(3)]
    assert scan(floor, made[0], "card-chip-1") == ""
    assert scan(floor, made[1], "card-chip-3") == "card-chip-2"
    with floor.reading() as look:
        named = [card.blank.serial for card in doubts.to_scan(look, floor.station)]
    assert named == ["card-chip-2", "card-chip-3"]
    assert in_doubt(floor) == ["card-chip-2"]  # the third one's document waits for its own scan
    assert scan(floor, made[2], "card-chip-4") == ""  # what is in doubt is no news
    later = print_one(floor, 3)
    assert states(floor)["5"] == "doubted"  # nothing behind the gap is known
    scan(floor, later, "card-chip-5")
    assert in_doubt(floor) == ["card-chip-2"]
    settle(floor, "card-chip-2", Way.MISSING)
    assert blank(floor, "card-chip-2").state == "missing"
    assert count(floor, "card-chip-6").agreed
    for case in (*made, later):
        finish(floor, case)
    assert (in_doubt(floor), proved(floor)) == ([], True)


def test_a_count_that_does_not_agree_binds_nothing_that_was_not_scanned(floor: SmallOffice) -> None:
    cards(floor, 1, 6)
    made = [print_one(floor, number) for number in range(3)]
    scan(floor, made[0], "card-chip-1")
    assert count(floor, "card-chip-5") == Counted(agreed=False, bound=0, doubted=3)
    assert states(floor) == {
        "1": "confirmed", "2": "doubted", "3": "doubted", "4": "doubted", "5": "ended", "6": "ended",
    }  # fmt: skip
    assert in_doubt(floor) == ["card-chip-4"]
    with pytest.raises(Conflict, match="Scan the serial"):
        floor.check(made[1].document_id, floor.readings(made[1].document_id))  # type: ignore[arg-type]
    scan(floor, made[1], "card-chip-2")
    scan(floor, made[2], "card-chip-4")
    assert in_doubt(floor) == ["card-chip-3"]
    settle(floor, "card-chip-3", Way.HERE)
    assert in_doubt(floor) == []
    cards(floor, 5, 6)
    declare(floor, "card-chip-3", "card-chip-3")
    assert proved(floor)


@pytest.mark.parametrize("top", ["", None])
def test_a_count_of_an_empty_feeder_or_of_nobody_doubts_what_was_not_scanned(
    floor: SmallOffice, top: str | None
) -> None:
    cards(floor, 1, 3)
    case = print_one(floor)
    assert count(floor, top) == Counted(agreed=False, bound=0, doubted=3 if top == "" else 1)
    assert document(floor, case).blank_serial is None
    assert in_doubt(floor) == (["card-chip-2", "card-chip-3"] if top == "" else [])
    scan(floor, case, "card-chip-1")
    finish(floor, case)


def test_a_feeder_that_was_emptied_agrees(floor: SmallOffice) -> None:
    cards(floor, 1, 1)
    case = print_one(floor)
    assert left(floor) == 0
    assert count(floor, "") == Counted(agreed=True, bound=1, doubted=0)
    finish(floor, case)


def test_a_spoiled_card_takes_its_place_and_the_next_attempt_the_next(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    case = print_one(floor, outcome=Outcome.SPOILED)
    assert document(floor, case).state == "cancelled"
    with floor.database.reading() as session:
        query = select(Document.id).where(Document.request_id == case.request_id, Document.attempt == 2)
        again = session.scalars(query).one()
    floor.prepare(again)
    report(floor, Case(case.request_id, again, claim=floor.claim()))
    assert count(floor, "card-chip-3") == Counted(agreed=True, bound=2, doubted=0)
    assert [blank(floor, f"card-chip-{n}").state for n in (1, 2)] == ["spoiled", "consumed"]
    assert blank(floor, "card-chip-1").document_id == case.document_id


def test_a_spoiled_card_in_doubt_is_scanned_by_the_supervisor(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    case = print_one(floor, outcome=Outcome.SPOILED)
    count(floor, "card-chip-4")
    assert in_doubt(floor) == ["card-chip-1", "card-chip-2", "card-chip-3"]
    with pytest.raises(InvalidInput, match="options"):
        settle(floor, "card-chip-1", Way.HERE)
    with pytest.raises(Stray):
        settle(floor, "card-chip-1", Way.USED, "card-chip-99")
    settle(floor, "card-chip-1", Way.USED, "card-chip-2")
    assert (blank(floor, "card-chip-2").state, blank(floor, "card-chip-2").document_id) == ("spoiled", case.document_id)
    assert in_doubt(floor) == ["card-chip-1", "card-chip-3"]
    settle(floor, "card-chip-1", Way.MISSING)
    settle(floor, "card-chip-3", Way.HERE)
    assert (in_doubt(floor), proved(floor)) == ([], True)


def say_not_started(office: SmallOffice, case: Case) -> None:
    """Two persons looked."""
    for who in ("supervisor", "administrator"):
        with office.act(office.actors[who]) as act:
            job = act.session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
            held_jobs.resolve(act, job, Outcome.NOT_STARTED, "", "the card lies in the feeder")


def test_an_order_that_took_no_card_gives_its_place_back(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    case = print_one(floor, outcome=Outcome.UNKNOWN)
    assert states(floor)["1"] == "doubted"  # one card may be in the machine
    say_not_started(floor, case)
    assert states(floor)["1"] == "waiting"
    assert count(floor, "card-chip-1").agreed
    assert proved(floor)


def test_an_order_that_took_no_card_puts_those_behind_it_in_doubt(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    held, case = print_one(floor, 0, Outcome.UNKNOWN), print_one(floor, 1)
    assert states(floor)["2"] == "provisional"
    say_not_started(floor, held)
    assert states(floor) == {"1": "doubted", "2": "doubted", "3": "waiting", "4": "waiting"}
    assert scan(floor, case, "card-chip-1") == ""
    assert in_doubt(floor) == ["card-chip-2"]
    assert not count(floor, "card-chip-2").agreed
    settle(floor, "card-chip-2", Way.HERE)
    cards(floor, 2, 4)
    assert (in_doubt(floor), proved(floor)) == ([], True)


def test_a_held_order_that_took_the_next_card_after_all_is_bound_to_it(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    held, case = print_one(floor, 0, Outcome.UNKNOWN), print_one(floor, 1)
    with floor.act(floor.actors["supervisor"]) as act:
        job = act.session.scalars(select(PrintJob).where(PrintJob.document_id == held.document_id)).one()
        assert held_jobs.resolve(act, job, Outcome.DONE, "card-chip-2", "in the tray")
    assert scan(floor, case, "card-chip-1") == ""
    assert set(states(floor).values()) == {"ended", "waiting"}


def test_a_count_waits_for_the_document_in_hand(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    case = floor.carry("claimed")
    assert case.claim is not None
    floor.leave(floor.order(case.claim))
    with pytest.raises(Conflict, match="just now"):
        count(floor, "card-chip-1")


def test_a_second_stack_is_fed_behind_the_first(floor: SmallOffice) -> None:
    cards(floor, 1, 2)
    cards(floor, 10, 11)
    made = [print_one(floor, number) for number in range(3)]
    assert left(floor) == 1
    assert scan(floor, made[2], "card-chip-10") == ""
    assert count(floor, "card-chip-11") == Counted(agreed=True, bound=2, doubted=0)


def test_gaps_are_named_and_those_that_should_be_there_are_told(floor: SmallOffice) -> None:
    cards(floor, 1, 1)
    print_one(floor)
    count(floor, "")
    with pytest.raises(Stray) as refused:
        cards(floor, 1, 5)
    assert (refused.value.serial, refused.value.kind) == ("card-chip-1", "used")
    declare(floor, "card-chip-1", "card-chip-5", "card-chip-1", "card-chip-3")
    assert left(floor) == 3
    assert told(floor) == [("not_in_stack", "card-chip-3")]  # that the first one was used the ledger knows
    with floor.act(floor.actors["supervisor"]) as act:
        (row,) = strays.listed(act)
        doubts.settle_stray(act, row, Way.MISSING, "", "not in the box either")
    assert (blank(floor, "card-chip-3").state, told(floor)) == ("missing", [])


def test_a_serial_that_a_device_reports_confirms_its_place_or_disagrees(floor: SmallOffice) -> None:
    """A station that says it reads none, and does: what was read counts."""
    cards(floor, 1, 5)
    for number, serial in enumerate(("card-chip-1", "card-chip-3")):
        lodging = changed(LAYLA, given_names=f"Nour{'a' * number}", native_name="", case_reference=f"2026/TM/{number}")
        report(floor, case := floor.carry("claimed", lodging), serial=serial)
        assert document(floor, case).blank_serial == serial
    assert states(floor) == {"1": "confirmed", "2": "doubted", "3": "ended", "4": "waiting", "5": "waiting"}
    assert in_doubt(floor) == ["card-chip-2"]


def test_after_a_restore_every_open_stack_ends_unseen(floor: SmallOffice) -> None:
    """Nobody knows what was fed since the back-up: what was taken is scanned, what was not can be declared again."""
    cards(floor, 1, 3)
    case = print_one(floor)
    with floor.act(floor.actors["administrator"]) as act:
        assert stacks.end_unseen(act) == 1
        act.record("register.restored")
    assert states(floor) == {"1": "doubted", "2": "ended", "3": "ended"}
    scan(floor, case, "card-chip-1")
    cards(floor, 2, 3)
    assert (in_doubt(floor), proved(floor)) == ([], True)
