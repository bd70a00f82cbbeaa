"""Which blank it was: a stack declared at the shift, a serial scanned at the check, and every card that goes astray."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from card_drivers.order import Abilities, DeviceStatus, Outcome, Result
from issuance.actors import SYSTEM
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank, StackCard, StrayBlank
from issuance.services.production import held_jobs, quality, shifts
from issuance.services.stations import tokens
from issuance.services.stock import doubts, ledger, stacks, strays
from issuance.services.stock.doubts import Way
from issuance.services.stock.stacks import Counted, Declared
from issuance.services.stock.strays import Stray
from issuance.services.trust import audit_proofs
from tests.fixtures.databases import on_sqlite
from tests.people import LAYLA, Case, SmallOffice, changed

NAMES = ("Layla", "Amina", "Nour", "Sara", "Zahra", "Mariam")


@pytest.fixture
def floor(office: SmallOffice) -> SmallOffice:
    """An office whose station reads no serials and has a shift."""
    office.open_shift()
    return office


def declare(office: SmallOffice, first: str, last: str, *missing: str, station: Station | None = None) -> UUID:
    with office.act(office.actors["operator"]) as act:
        here = act.session.get_one(Station, (station or office.station).id)
        return stacks.declare(act, here, Declared(first, last, missing)).id


def cards(office: SmallOffice, first: int, last: int) -> UUID:
    return declare(office, f"card-chip-{first}", f"card-chip-{last}")


def print_one(office: SmallOffice, number: int = 0, outcome: Outcome = Outcome.DONE) -> Case:
    """One permit from lodging to the tray of a machine that reads no serial."""
    lodging = changed(LAYLA, given_names=NAMES[number], native_name="", case_reference=f"2026/TM/{7000 + number}")
    case = office.carry("claimed", lodging)
    report(office, case, outcome)
    return case


def report(office: SmallOffice, case: Case, outcome: Outcome = Outcome.DONE, serial: str | None = None) -> None:
    """What a machine says of the claim of this case, without the serial of a blank unless it read one."""
    assert case.claim is not None
    order = office.order(case.claim)
    if outcome is not Outcome.NOT_STARTED:
        office.leave(order)
    made = Result(
        order_id=order.order_id,
        claim_id=order.claim_id,
        outcome=outcome,
        blank_serial=serial,
        chip_uid=f"04{order.order_id.hex[-12:]}" if order.chip else None,
        digests=order.digests() if outcome is Outcome.DONE else {},
        step="print" if outcome is Outcome.SPOILED else None,
    )
    assert office.report(made) is None


def scan(office: SmallOffice, case: Case, serial: str, who: str = "quality_officer", number: str = "") -> str:
    with office.act(office.actors[who]) as act:
        return quality.scan(act, act.session.get_one(Document, case.document_id), number or case.number, serial)


def finish(office: SmallOffice, case: Case) -> None:
    """The check and the hand-over."""
    assert case.document_id is not None
    assert office.check(case.document_id, office.readings(case.document_id))
    office.hand_over(case.request_id, case.number)


def count(office: SmallOffice, top: str | None, stock: str = "card-chip", who: str = "operator") -> Counted:
    with office.act(office.actors[who]) as act:
        return stacks.count(act, act.session.get_one(Station, office.station.id), stock, top)


def document(office: SmallOffice, case: Case) -> Document:
    with office.database.reading() as session:
        return session.get_one(Document, case.document_id)


def blank(office: SmallOffice, serial: str) -> Blank:
    with office.database.reading() as session:
        return session.scalars(select(Blank).where(Blank.serial == serial)).one()


def states(office: SmallOffice) -> dict[str, str]:
    """Every card of every stack by its serial."""
    with office.database.reading() as session:
        found = session.scalars(select(StackCard).order_by(StackCard.id)).unique()
        return {card.blank.serial.removeprefix("card-chip-"): str(card.state) for card in found}


def left(office: SmallOffice, stock: str = "card-chip") -> int:
    with office.reading() as look:
        return stacks.loaded(look, office.station)[stock]


def told(office: SmallOffice) -> list[tuple[str, str]]:
    with office.reading(office.actors["supervisor"]) as look:
        return [(row.kind, row.serial) for row in strays.listed(look)]


def in_doubt(office: SmallOffice) -> list[str]:
    with office.reading(office.actors["supervisor"]) as look:
        found = [card.blank.serial for card in doubts.listed(look)]
        assert len(found) == doubts.count(look)
        return found


def settle(office: SmallOffice, serial: str, way: Way, scanned: str = "") -> None:
    with office.act(office.actors["supervisor"]) as act:
        (card,) = (card for card in doubts.listed(act) if card.blank.serial == serial)
        doubts.settle(act, card, way, scanned, "looked in the trays")


def add_station(office: SmallOffice, name: str, centre: str) -> Station:
    with office.act(SYSTEM) as act:
        place = act.session.scalars(select(Centre).where(Centre.code == centre)).one()
        return tokens.add_station(act, name, place)[0]


def proved(office: SmallOffice) -> bool:
    """Whether every watched row says what its events say."""
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    return not walk.findings()


# A device that reads no serial, and no stack: the back is scanned at the check.


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


# A stack that was declared: each document takes the next card, provisionally.


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


def test_an_order_that_took_no_card_gives_its_place_back(floor: SmallOffice) -> None:
    cards(floor, 1, 4)
    case = print_one(floor, outcome=Outcome.UNKNOWN)
    assert states(floor)["1"] == "doubted"  # one card may be in the machine
    for who in ("supervisor", "administrator"):
        with floor.act(floor.actors[who]) as act:
            job = act.session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
            held_jobs.resolve(act, job, Outcome.NOT_STARTED, "", "the card lies in the feeder")
    assert states(floor)["1"] == "waiting"
    assert count(floor, "card-chip-1").agreed
    assert proved(floor)


def test_an_order_that_took_no_card_puts_those_behind_it_in_doubt(floor: SmallOffice) -> None:
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


# What is refused, and named.


@pytest.mark.parametrize(
    ("first", "last", "missing", "field"),
    [
        ("card-chip-1", "booklet-blue-3", (), "last"),
        ("card-chip-1", "card-chip-10", (), "last"),
        ("card-chip-", "card-chip-3", (), "first"),
        ("", "", (), "first"),
        ("card-chip-1", "card-chip-3", ("card-chip-4",), "missing"),
        ("card-chip-1", "card-chip-2", ("card-chip-1", "card-chip-2"), "missing"),
        ("card-chip-0001", "card-chip-9999", (), "last"),
        ("x" * 5000 + "1", "2", (), "last"),
    ],
)
@on_sqlite
def test_a_range_that_is_none_is_refused_by_its_field(
    floor: SmallOffice, first: str, last: str, missing: tuple[str, ...], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        declare(floor, first, last, *missing)
    assert refused.value.field == field
    assert states(floor) == {}


def test_cards_that_may_not_lie_there_are_refused_by_name(floor: SmallOffice) -> None:
    next_door, far = add_station(floor, "s2", "timisoara"), add_station(floor, "far", "galati")
    with floor.act(SYSTEM) as act:
        for station, prefix in ((next_door, "next"), (far, "far")):
            ledger.load_station(act, act.session.get_one(Station, station.id), "card-chip", [f"{prefix}-1"])
        here = act.session.get_one(Station, floor.station.id)
        ledger.load_station(act, here, "card", ["card-chip-0"])
    cards(floor, 3, 4)
    for first, last, serial, kind in (
        ("card-chip-4", "card-chip-5", "card-chip-4", "in_stack"),  # overlapping
        ("card-chip-3", "card-chip-4", "card-chip-3", "in_stack"),  # the same again
        ("card-chip-0", "card-chip-1", "card-chip-1", "other_stock"),
        ("next-1", "next-1", "next-1", "elsewhere"),
        ("far-1", "far-1", "far-1", "elsewhere"),
        ("nobody-7", "nobody-8", "nobody-7", "unknown"),
    ):
        with pytest.raises(Stray) as refused:
            declare(floor, first, last)
        assert (refused.value.serial, refused.value.kind, refused.value.field) == (serial, kind, "blank_serial")
        assert serial in str(refused.value)
    assert set(states(floor)) == {"3", "4"}


def test_two_stations_do_not_declare_one_serial(floor: SmallOffice) -> None:
    """The ledger has the blank at the centre: whoever declares it first has it."""
    other = add_station(floor, "s2", "timisoara")
    with floor.act(SYSTEM) as act:
        act.session.scalars(select(Blank).where(Blank.serial == "card-chip-5")).one().station_id = None
        act.record("stock.loaded", floor.station)
    with floor.act(floor.actors["operator"]) as act:
        shifts.open_shift(act, act.session.get_one(Station, other.id))
    declare(floor, "card-chip-5", "card-chip-5", station=other)
    with pytest.raises(Stray, match="another station") as refused:
        cards(floor, 4, 6)
    assert refused.value.serial == "card-chip-5"
    case = print_one(floor)
    with pytest.raises(Stray, match="another station"):
        scan(floor, case, "card-chip-5")


def test_only_the_operator_of_the_shift_or_a_supervisor_declares_and_counts(office: SmallOffice) -> None:
    with pytest.raises(Conflict, match="shift"):
        cards(office, 1, 2)
    office.open_shift()
    with office.act(office.actors["second_clerk"]) as act, pytest.raises(NotAllowed):
        stacks.declare(act, act.session.get_one(Station, office.station.id), Declared("card-chip-1", "card-chip-2"))
    cards(office, 1, 2)
    with pytest.raises(NotAllowed):
        count(office, "card-chip-1", who="quality_officer")
    with pytest.raises(Conflict, match="No stack"):
        count(office, "", stock="card")
    with pytest.raises(Stray, match="no unused card"):
        count(office, "card-chip-9")
    assert count(office, "card-chip-1", who="supervisor").agreed


def test_a_station_that_reads_serials_needs_no_stack(floor: SmallOffice) -> None:
    with floor.act(SYSTEM) as act:
        here = act.session.get_one(Station, floor.station.id)
        here.status = DeviceStatus(state="idle", abilities=Abilities(reads_serial=True)).model_dump(mode="json")
        act.record("station.registered", here)
    with pytest.raises(Conflict, match="by itself"):
        cards(floor, 1, 2)
    floor.station.status = here.status
    case = print_one(floor)
    with floor.database.reading() as session:
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
    assert job.state == "held"  # it should have read one: a person looks


def test_a_serial_outside_the_ledger_holds_the_job_and_is_told(floor: SmallOffice) -> None:
    case = floor.carry("claimed")
    report(floor, case, serial="foreign-1")
    with floor.database.reading() as session:
        job = session.scalars(select(PrintJob).where(PrintJob.document_id == case.document_id)).one()
    assert job.state == "held"
    assert told(floor) == [("unknown", "foreign-1")]
    with floor.act(floor.actors["supervisor"]) as act:
        (row,) = strays.listed(act)
        with pytest.raises(InvalidInput, match="what you found"):
            doubts.settle_stray(act, row, Way.NOTED, "", " ")
        doubts.settle_stray(act, row, Way.NOTED, "", "a card of the bank")
    assert (told(floor), proved(floor)) == ([], True)
