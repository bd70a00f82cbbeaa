"""An office without an encoder in its printer: a reader behind the real pcscd, a real IPP printer, and hands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from card_drivers.order import Outcome
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from card_drivers.simulators.machine import Blank
from card_drivers.station.agent import Station
from card_drivers.station.desk_path import name
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.journal import Journal
from tests import composed
from tests.contract.ippeve import IppEve, ippeve
from tests.fixtures.pcsc import SLOTS, Pcscd
from tests.unit.station.documents import part
from tests.unit.station.fake_register import Books, serve
from tests.unit.station.hands import Operator, working
from tests.unit.station.orders import make_order
from tests.unit.station.workplace import FAST, make_station

pytestmark = pytest.mark.contract

BOOKLETS = [Blank(serial=f"C{number:08}", stock="booklet-blue", uid=f"04{number:012x}") for number in range(1, 4)]
DATA_PAGE = composed.faces("TD-C")
WHOLE = ["desk-lay-blank", "desk-writing", "desk-into-feeder", "desk-printing", "desk-lay-back", "desk-reading"]


class Hands(Operator):
    """Hands that lay real connections into pcscd's reader."""

    def __init__(self, folder: Path, books: Books, pcscd: Pcscd) -> None:
        super().__init__(folder, lambda: books.status, BOOKLETS)
        self.chips = {blank.uid: VirtualChip(Memory.new(str(blank.uid))) for blank in BOOKLETS}
        self._pcscd = pcscd

    def lay(self, card: Blank) -> None:
        self._pcscd.clear()
        self._pcscd.insert(self.chips[card.uid])
        self.hand = card

    def put_aside(self) -> None:
        self._pcscd.clear()

    def feed(self) -> None:
        self._pcscd.clear()

    def found(self) -> Blank:
        assert self.hand is not None
        return self.hand


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[IppEve]:
    (tmp_path / "eve").mkdir()
    with ippeve(tmp_path / "eve") as printer:
        yield printer


@pytest.fixture
def operator(pcscd: Pcscd, books: Books, tmp_path: Path) -> Hands:
    return Hands(tmp_path, books, pcscd)


@pytest.fixture
def station(eve: IppEve, books: Books, tmp_path: Path) -> Iterator[Station]:
    settings = {
        "printer": {"uri": eve.uri, "poll_seconds": 0.02, "without_uv": True},
        "encoder": {"reader": SLOTS[0], "card_seconds": 2, "feed_seconds": 0},
    }
    (tmp_path / "settings.json").write_text(json.dumps({"revision": 0, "settings": settings}))
    journal = Journal(tmp_path / "journal.jsonl")
    with serve(books) as url:
        yield make_station(url, Equipment(Context(tmp_path), "ipp", "pcsc"), journal, tmp_path)
    journal.close()


def test_two_booklets_are_made_and_the_one_left_on_the_reader_is_named(
    station: Station, operator: Hands, books: Books, eve: IppEve
) -> None:
    """The second time, the first booklet lies there again when the printed one should come back."""
    first, second = (
        make_order(faces=DATA_PAGE, chip=part(size=800), stock="booklet-blue"),
        make_order(faces=DATA_PAGE, chip=part(size=800), stock="booklet-blue"),
    )
    books.queue += [first, second]
    with working(operator):
        made = station.once()
        assert made is not None
        assert (made.outcome, made.chip_uid, made.digests) == (Outcome.DONE, BOOKLETS[0].uid, first.digests())
        assert operator.wanted == WHOLE
        operator.wanted.clear()
        mine = BOOKLETS[1]
        operator.instead["desk-lay-back"] = lambda: operator.lay(BOOKLETS[0])
        operator.instead["desk-other-card"] = operator.put_aside  # the one that was left there
        operator.found = lambda: mine  # type: ignore[method-assign]
        made = station.once()
    assert made is not None
    assert (made.outcome, made.chip_uid) == (Outcome.DONE, BOOKLETS[1].uid)
    assert operator.wanted == ["desk-other-card", *WHOLE[:5], "desk-other-card", *WHOLE[4:]]
    named = [status.wants for status in books.status if status.wants and status.wants.code == "desk-other-card"]
    assert {wants.params["found"] for wants in named} == {name(first.order_id)}
    assert len(eve.printed()) == 2
    assert [chip.memory.state.personalised for chip in operator.chips.values()] == [True, True, False]


def test_a_station_that_was_stopped_goes_on_with_the_booklet_that_it_began(
    station: Station, operator: Hands, books: Books, eve: IppEve, tmp_path: Path
) -> None:
    """Another booklet is laid on the reader first; the printer is asked for nothing twice."""
    order = make_order(faces=DATA_PAGE, chip=part(size=800), stock="booklet-blue")
    books.queue.append(order)
    operator.instead["desk-lay-back"] = station.stop.set
    with working(operator):
        station.run()
        assert books.told == []
        operator.look_anew()
        operator.instead["desk-lay-back"] = lambda: operator.lay(BOOKLETS[2])
        operator.instead["desk-not-this"] = operator.put_aside
        operator.found = lambda: BOOKLETS[0]  # type: ignore[method-assign]
        again = Station(station._orders, station._equipment, station._journal, FAST, tmp_path)
        made = again.once()
    assert made is not None
    assert (made.outcome, made.chip_uid, made.digests) == (Outcome.DONE, BOOKLETS[0].uid, order.digests())
    assert operator.wanted == [*WHOLE[:4], "desk-lay-back", "desk-lay-back", "desk-not-this", *WHOLE[4:]]
    assert len(eve.printed()) == 1
