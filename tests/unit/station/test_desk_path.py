"""The way of a card carried by hands: a simulated printer whose reader stands beside it, and an operator who obeys."""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from card_drivers.device import CardConnection
from card_drivers.encoders.simulator import SimulatedReader
from card_drivers.order import Booklet, Order, Outcome, Problem, Result
from card_drivers.simulators.chip.memory import State
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.agent import Station
from card_drivers.station.desk_path import name
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.journal import Journal
from tests.unit.station.documents import part
from tests.unit.station.fake_register import Books
from tests.unit.station.hands import Operator, set_up, working
from tests.unit.station.orders import make_order
from tests.unit.station.workplace import SMALL, make_station

BLANKS = [Blank(serial=f"RP{number:03}", stock="card-chip", uid=f"04{number:012x}") for number in range(1, 5)]
TRAY = [Blank(serial=f"RP{number:03}", stock="card-chip", uid=f"04{number:012x}") for number in range(20)]
WHOLE = ["desk-lay-blank", "desk-writing", "desk-into-feeder", "desk-printing", "desk-lay-back", "desk-reading"]


@pytest.fixture
def operator(books: Books, tmp_path: Path) -> Operator:
    return Operator(set_up(tmp_path), lambda: books.status, BLANKS)


@pytest.fixture
def station(url: str, operator: Operator, journal: Journal, tmp_path: Path) -> Station:
    return make_station(url, Equipment(Context(tmp_path), "simulator", "simulator"), journal, tmp_path)


@pytest.fixture
def order() -> Order:
    return make_order(faces=SMALL, chip=part(size=800))


def steps(folder: Path) -> Iterator[str]:
    for line in (folder / "journal.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["event"] in ("leave", "begin", "end"):
            yield " ".join(filter(None, (entry["event"], entry.get("step"))))


def chip_of(simulation: Simulation, card: Blank) -> State:
    assert card.uid
    return simulation.chip(card.uid).state


def make(station: Station, operator: Operator) -> Result:
    with working(operator):
        result = station.once()
    assert result is not None
    return result


def test_the_whole_way(station: Station, operator: Operator, books: Books, order: Order, tmp_path: Path) -> None:
    books.queue.append(order)
    result = make(station, operator)
    assert (result.outcome, result.blank_serial, result.chip_uid) == (Outcome.DONE, "RP001", BLANKS[0].uid)
    assert result.digests == order.digests()
    assert operator.wanted == WHOLE
    assert list(steps(tmp_path)) == [
        *("leave", "begin encode", "end encode", "begin feed", "end feed", "begin print", "end print"),
        *("begin eject", "end eject", "begin back", "begin lock", "end lock", "end back"),
    ]
    assert chip_of(operator.simulation, BLANKS[0]).personalised
    assert books.status[-1].wants is not None, "the last word of the order"
    station.cycle()
    assert books.status[-1].wants is None


def test_an_order_without_a_chip_is_printed_once_a_blank_lies_in_the_feeder(
    station: Station, operator: Operator, books: Books
) -> None:
    books.queue += [make_order(faces=SMALL, chip=None) for _ in range(2)]
    operator.simulation.load(BLANKS[:1])
    assert (make(station, operator).outcome, operator.wanted) == (Outcome.DONE, [])
    operator.instead["desk-feed-blank"] = lambda: operator.simulation.load(BLANKS[1:2])
    assert (make(station, operator).outcome, operator.wanted) == (Outcome.DONE, ["desk-feed-blank"])


def test_a_tray_of_cards_goes_through_without_a_touch_of_the_screen(
    station: Station, operator: Operator, books: Books
) -> None:
    """The finished card that still lies there is asked away, by name, and then the next blank is wanted."""
    orders = [make_order(faces=SMALL, chip=part(size=800)) for _ in TRAY]
    books.queue += orders
    operator.blanks = list(TRAY)
    for number, order in enumerate(orders):
        result = make(station, operator)
        assert (result.order_id, result.outcome) == (order.order_id, Outcome.DONE)
        assert result.chip_uid == TRAY[number].uid
        assert operator.wanted == (WHOLE if number == 0 else ["desk-other-card", *WHOLE])
        operator.wanted.clear()
    said = next(status.wants for status in books.status if status.wants and status.wants.code == "desk-other-card")
    assert said.params == {"found": name(orders[0].order_id), "order": name(orders[1].order_id)}


def test_another_card_after_printing_is_refused_by_name(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    first = make_order(faces=SMALL, chip=part(size=800))
    books.queue += [first, order]
    make(station, operator)
    operator.wanted.clear()
    operator.instead["desk-lay-back"] = lambda: operator.lay(BLANKS[0])
    assert make(station, operator).outcome is Outcome.DONE
    assert operator.wanted[-4:] == ["desk-lay-back", "desk-other-card", "desk-lay-back", "desk-reading"]
    assert chip_of(operator.simulation, BLANKS[1]).personalised


def test_a_strange_card_after_printing_is_refused(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    books.queue.append(order)
    operator.instead["desk-lay-back"] = lambda: operator.lay(BLANKS[3])
    assert make(station, operator).outcome is Outcome.DONE
    assert operator.wanted[-4:] == ["desk-lay-back", "desk-not-this", "desk-lay-back", "desk-reading"]
    assert operator.simulation.chip(str(BLANKS[3].uid)).blank


@pytest.mark.parametrize(("state", "code"), [("personalised", "desk-used-card"), ("dead", "desk-unfit-card")])
def test_a_bad_blank_is_asked_away_and_costs_no_number(
    station: Station, operator: Operator, books: Books, order: Order, state: str, code: str
) -> None:
    books.queue.append(order)
    bad = operator.simulation.chip(str(BLANKS[0].uid))
    setattr(bad.state, state, True)
    bad.keep()
    result = make(station, operator)
    assert (result.outcome, result.chip_uid) == (Outcome.DONE, BLANKS[1].uid)
    assert operator.wanted[:3] == ["desk-lay-blank", code, "desk-lay-blank"]
    assert len(books.leaves) == 1


def test_a_chip_that_the_register_has_seen_is_asked_away(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    books.queue.append(order)
    books.used_chips.add(str(BLANKS[0].uid))
    assert make(station, operator).chip_uid == BLANKS[1].uid
    assert operator.wanted[:3] == ["desk-lay-blank", "desk-used-card", "desk-lay-blank"]


def test_a_card_that_cannot_be_written_is_spoiled(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    books.queue.append(order)
    failing = operator.simulation.chip(str(BLANKS[0].uid))
    failing.state.failing = True
    failing.keep()
    result = make(station, operator)
    assert (result.outcome, result.step, result.chip_uid) == (Outcome.SPOILED, "encode", BLANKS[0].uid)
    assert result.trouble is not None
    assert result.trouble.codes[-1] == "desk-spoiled"


def test_a_register_that_gives_no_leave_keeps_the_blank(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    books.queue.append(order)
    books.no_leave = True
    assert make(station, operator).outcome is Outcome.NOT_STARTED
    assert operator.simulation.chip(str(BLANKS[0].uid)).blank


def test_a_coffee_before_the_blank_costs_nothing(
    station: Station, operator: Operator, books: Books, order: Order, tmp_path: Path
) -> None:
    """However short the patience: it counts from the first write on. The register hears that the order lives."""
    set_up(tmp_path, patience_hours=1e-9)
    books.queue.append(order)
    waited = threading.Event()
    operator.instead["desk-lay-blank"] = waited.set
    with working(operator):
        ending = threading.Thread(target=station.once)
        ending.start()
        assert waited.wait(30)
        assert (books.told, books.leaves) == ([], [])
        books.ended.add(next(iter(books.claims)))
        station._pace = type(station._pace)(poll=0.01, status=0.0)
        ending.join(30)
    (result,) = books.told
    assert result.outcome is Outcome.NOT_STARTED
    assert result.trouble is not None
    assert result.trouble.codes[0] == "desk-given-up"


def test_a_written_card_that_nobody_carries_on_is_spoiled_in_the_end(
    url: str, operator: Operator, books: Books, order: Order, journal: Journal, tmp_path: Path
) -> None:
    set_up(tmp_path, patience_hours=1e-9)
    station = make_station(url, Equipment(Context(tmp_path), "simulator", "simulator"), journal, tmp_path)
    books.queue.append(order)
    operator.instead["desk-into-feeder"] = lambda: None
    result = make(station, operator)
    assert (result.outcome, result.chip_uid) == (Outcome.SPOILED, BLANKS[0].uid)
    assert result.trouble is not None
    assert result.trouble.codes == ("desk-nobody-came", "desk-spoiled")


def test_somebody_gives_a_written_card_up(station: Station, operator: Operator, books: Books, order: Order) -> None:
    books.queue.append(order)
    operator.instead["desk-lay-back"] = lambda: books.ended.add(next(iter(books.claims)))
    station._pace = type(station._pace)(poll=0.01, status=0.0, recover=0.0)
    result = make(station, operator)
    assert result.outcome is Outcome.SPOILED
    assert result.trouble is not None
    assert result.trouble.codes[0] == "desk-given-up"


def test_a_printer_that_takes_nothing_is_waited_for(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    """The chip is written: an open cover spoils nothing."""
    faults = operator.simulation.directory / "faults.json"

    def feed_and_open() -> None:
        operator.feed()
        faults.write_text(json.dumps({"conditions": ["cover-open"]}))

    def close() -> None:
        faults.unlink()

    books.queue.append(order)
    operator.instead["desk-into-feeder"] = feed_and_open
    operator.instead["desk-printing"] = lambda: operator.instead.update({"desk-into-feeder": close})
    assert make(station, operator).outcome is Outcome.DONE
    assert operator.wanted == [*WHOLE[:4], "desk-into-feeder", *WHOLE[3:]]
    waits = [status.wants for status in books.status if status.wants and status.wants.code == "desk-into-feeder"]
    assert waits[-1].codes == ("desk-into-feeder", "cover-open")


def test_other_cards_are_taken_out_of_the_feeder_first(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    operator.simulation.load([BLANKS[3]])
    books.queue.append(order)
    operator.instead["desk-empty-feeder"] = operator._empty_hopper
    assert make(station, operator).chip_uid == BLANKS[0].uid
    assert operator.wanted == [*WHOLE[:2], "desk-empty-feeder", *WHOLE[2:]]


def test_a_card_that_the_printer_jams_is_spoiled(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    books.queue.append(order)
    (operator.simulation.directory / "faults.json").write_text(json.dumps({"events": ["jam"]}))
    result = make(station, operator)
    assert (result.outcome, result.step, result.blank_serial) == (Outcome.SPOILED, "print", "RP001")


def test_a_station_that_is_stopped_goes_on_with_the_right_card(
    url: str, operator: Operator, books: Books, order: Order, journal: Journal, tmp_path: Path
) -> None:
    books.queue.append(order)
    equipment = Equipment(Context(tmp_path), "simulator", "simulator")
    first = make_station(url, equipment, journal, tmp_path)
    operator.instead["desk-lay-back"] = first.stop.set
    with working(operator):
        first.run()
        assert books.told == []
        operator.look_anew()
        result = make_station(url, equipment, journal, tmp_path).once()
    assert result is not None
    assert (result.outcome, result.digests) == (Outcome.DONE, order.digests())
    assert operator.wanted == [*WHOLE[:5], "desk-lay-back", "desk-reading"]


def test_an_order_that_the_register_does_not_give_again_is_for_a_person(
    url: str, operator: Operator, books: Books, order: Order, journal: Journal, tmp_path: Path
) -> None:
    books.queue.append(order)
    equipment = Equipment(Context(tmp_path), "simulator", "simulator")
    first = make_station(url, equipment, journal, tmp_path)
    operator.instead["desk-lay-back"] = first.stop.set
    with working(operator):
        first.run()
        books.refuse_order = Problem(error="conflict", message="This claim has ended.")
        result = make_station(url, equipment, journal, tmp_path).once()
    assert result is not None
    assert (result.outcome, result.step, result.chip_uid) == (Outcome.UNKNOWN, "back", BLANKS[0].uid)
    assert result.trouble is not None
    assert result.trouble.codes[-1] == "settle-by-hand"


@pytest.fixture
def without_lasting_uids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chips that say another UID each time they are powered, as most eMRTDs do."""
    connect, numbers = SimulatedReader.connect, itertools.count(1)

    def powered(reader: SimulatedReader, order_id: uuid.UUID) -> CardConnection:
        chip = connect(reader, order_id)
        chip.uid = f"08{next(numbers):06x}"
        return chip

    monkeypatch.setattr(SimulatedReader, "connect", powered)


@pytest.mark.usefixtures("without_lasting_uids")
def test_a_chip_with_a_random_uid_is_known_by_what_was_written(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    """The document of the order before, and a blank, are laid on the reader first when the printed one should come."""
    books.queue += [make_order(faces=SMALL, chip=part(size=700)), order]
    make(station, operator)
    operator.simulation.take_off()
    operator.wanted.clear()
    right = operator.found

    def then(*cards: Blank) -> None:
        operator.lay(cards[0])
        operator.instead["desk-lay-back"] = (lambda: then(*cards[1:])) if cards[1:] else (lambda: operator.lay(right()))

    operator.instead["desk-lay-back"] = lambda: then(BLANKS[0], BLANKS[3])
    result = make(station, operator)
    assert (result.outcome, result.digests) == (Outcome.DONE, order.digests())
    again = ["desk-lay-back", "desk-reading", "desk-not-this"]
    assert operator.wanted == [*WHOLE[:4], *again, *again, "desk-lay-back", "desk-reading"]
    assert not chip_of(operator.simulation, BLANKS[3]).personalised


BOOKLET = Booklet(page=2, position="spine-top", number="RP002")


def test_a_booklet_is_found_by_its_number_opened_and_printed(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    """The register hears which one was scanned; nothing is done before."""
    books.queue.append(order.model_copy(update={"booklet": BOOKLET}))
    station._pace = type(station._pace)(poll=0.01, status=3600.0)
    operator.blanks.pop(0)
    operator.instead["desk-scan-booklet"] = lambda: setattr(books, "scanned", "RP002")
    result = make(station, operator)
    assert (result.outcome, result.blank_serial, result.chip_uid) == (Outcome.DONE, "RP002", BLANKS[1].uid)
    assert operator.wanted == [
        *("desk-scan-booklet", "desk-lay-booklet", "desk-writing", "desk-open-spine-top"),
        *("desk-printing", "desk-lay-back", "desk-reading"),
    ]
    said = {status.wants.code: status.wants.sentence() for status in books.status if status.wants}
    assert "booklet RP002" in said["desk-scan-booklet"]
    assert "at page 2" in said["desk-open-spine-top"]


def test_another_booklet_in_the_feeder_is_rejected_by_its_number(
    station: Station, operator: Operator, books: Books, order: Order
) -> None:
    books.queue.append(order.model_copy(update={"booklet": BOOKLET}))
    books.scanned = "RP002"
    result = make(station, operator)
    assert (result.outcome, result.step, result.blank_serial) == (Outcome.SPOILED, "feed", "RP001")
    assert result.trouble is not None
    assert (result.trouble.code, result.trouble.params) == ("blank-not-this", {"found": "RP001", "wanted": "RP002"})
    assert not list((operator.simulation.directory / "reject").glob("*/front-black.png")), "nothing was printed on it"


def test_orders_are_named_by_the_end_of_their_id() -> None:
    assert name(uuid.UUID("01890000-0000-7000-8000-0000abcdef12")) == "abcdef12"
