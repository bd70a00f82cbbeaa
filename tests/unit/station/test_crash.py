"""Killing the station at any instant prints nothing twice, loses no blank, and the register hears the truth."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from card_drivers.__main__ import main
from card_drivers.order import Order, Outcome, Result
from card_drivers.simulators.machine import POWER_CUT_EXIT, Blank, Simulation
from tests.unit.station.crash import When, run_station
from tests.unit.station.fake_register import TOKEN, Books, serve
from tests.unit.station.orders import SMALL, make_order

SERIALS = ["RP001", "RP002", "RP003"]
KILLED = -9
POINTS: dict[When, int] = {"before": 70, "torn": 20}  # a little more than one order takes


def fill(state: Path) -> Path:
    """A state directory with a token and three blanks."""
    blanks = [Blank(serial=serial, stock="card-chip", uid=f"04{number:012x}") for number, serial in enumerate(SERIALS)]
    Simulation(state / "simulator").load(blanks)
    (state / "token").write_text(TOKEN)
    return state


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return fill(tmp_path)


def arguments(state: Path, url: str, more: Sequence[str] = ()) -> list[str]:
    place = ["--token-file", str(state / "token"), "--state", str(state)]
    return ["station", "--server", url, *place, "--once", *more]


def cards(state: Path, tray: str) -> dict[str, list[str]]:
    """Serials lying in a tray, by order id."""
    found: dict[str, list[str]] = {}
    for card in sorted((state / "simulator" / tray).glob("*/card.json")):
        found.setdefault(card.parent.name[:36], []).append(json.loads(card.read_text())["serial"])
    return found


def prints(state: Path, order_id: uuid.UUID) -> int:
    """Cards in either tray that carry a picture of the order."""
    return len(list((state / "simulator").glob(f"*/{order_id}*/front-black.png")))


def check_blanks(state: Path) -> None:
    """Every blank is somewhere, once."""
    machine = json.loads((state / "simulator" / "machine.json").read_text())
    assert not machine["job"] or machine["job"]["place"] != "path", "a card was left in the machine"
    lying = [serial for tray in ("tray", "reject") for each in cards(state, tray).values() for serial in each]
    assert Counter(lying + [blank["serial"] for blank in machine["hopper"]]) == Counter(SERIALS)


def check_result(state: Path, order: Order, results: list[Result]) -> None:
    """What the register heard is what lies in the trays; only NOT_STARTED was ever tried again."""
    *earlier, last = results
    assert all(result.outcome is Outcome.NOT_STARTED for result in earlier)
    assert all(result.blank_serial is None and result.digests == {} for result in earlier)
    tray, reject = (
        cards(state, "tray").get(str(order.order_id), []),
        cards(state, "reject").get(str(order.order_id), []),
    )
    if last.outcome is Outcome.DONE:
        assert (tray, reject) == ([last.blank_serial], [])
        assert last.digests == order.digests()
        assert last.chip_uid is not None
    else:
        assert last.outcome is Outcome.SPOILED
        assert (tray, reject) == ([], [last.blank_serial])
    assert prints(state, order.order_id) <= 1


def settle(state: Path, url: str, books: Books, more: Sequence[str] = ()) -> None:
    """Start the station again until there is nothing left to do."""
    while books.queue or len(books.results) < len(books.claims):
        assert main(arguments(state, url, more)) in (0, 4)
    assert main(arguments(state, url, more)) == 0


def die_and_settle(state: Path, order: Order, point: int, when: When) -> int:
    """Kill the station at `point`, start it again, and check everything; the killed station's exit code."""
    books = Books(queue=[order])
    with serve(books) as url:
        code = run_station(arguments(state, url), kill_at=point, when=when)
        settle(state, url, books)
    check_blanks(state)
    check_result(state, order, list(books.results.values()))
    return code


@pytest.mark.parametrize("start", range(1, POINTS["before"], 10))
def test_killed_at_any_instant(tmp_path: Path, start: int) -> None:
    for point in range(start, start + 10):
        assert die_and_settle(fill(tmp_path / str(point)), make_order(faces=SMALL), point, "before") in (0, KILLED)


@pytest.mark.parametrize("start", range(1, POINTS["torn"], 5))
def test_killed_in_the_middle_of_any_write(tmp_path: Path, start: int) -> None:
    for point in range(start, start + 5):
        assert die_and_settle(fill(tmp_path / str(point)), make_order(faces=SMALL), point, "torn") in (0, KILLED)


@pytest.mark.parametrize("when", ["before", "torn"])
def test_the_points_reach_from_the_claim_to_its_end(tmp_path: Path, when: When) -> None:
    """The counting above is not empty: the first point kills, the last one is behind the end."""
    assert die_and_settle(fill(tmp_path / "first"), make_order(faces=SMALL), 1, when) == KILLED
    assert die_and_settle(fill(tmp_path / "before"), make_order(faces=SMALL), POINTS[when] - 12, when) == KILLED
    assert die_and_settle(fill(tmp_path / "last"), make_order(faces=SMALL), POINTS[when], when) == 0


@pytest.mark.parametrize(
    ("event", "pictures"),
    [("power-cut-before-print", 0), ("power-cut-while-print", 1), ("power-cut-after-print", 1)],
)
def test_power_cut_around_printing_spoils_the_card(state: Path, event: str, pictures: int) -> None:
    (state / "simulator" / "faults.json").write_text(json.dumps({"events": [event]}))
    order = make_order(faces=SMALL)
    books = Books(queue=[order])
    with serve(books) as url:
        assert run_station(arguments(state, url)) == POWER_CUT_EXIT
        assert books.told == []
        settle(state, url, books)
    (result,) = books.results.values()
    assert (result.outcome, result.step, result.blank_serial) == (Outcome.SPOILED, "print", "RP001")
    assert len(list((state / "simulator" / "reject").glob("*/front-colour.png"))) == pictures
    check_blanks(state)


def test_killed_before_a_blank_was_taken_is_not_started_and_made_again(state: Path) -> None:
    order = make_order(faces=SMALL)
    books = Books(queue=[order])
    with serve(books) as url:
        # The third line of the journal, after `claim` and `order`, is `begin feed`.
        assert run_station(arguments(state, url), kill_at=3, when="torn") == KILLED
        settle(state, url, books)
    assert books.outcomes() == [Outcome.NOT_STARTED, Outcome.DONE]


def test_nothing_is_reported_before_the_machine_can_be_asked(state: Path) -> None:
    order = make_order(faces=SMALL)
    books = Books(queue=[order])
    (state / "simulator" / "faults.json").write_text(json.dumps({"events": ["power-cut-while-print"]}))
    with serve(books) as url:
        assert run_station(arguments(state, url)) == POWER_CUT_EXIT
        (state / "simulator" / "faults.json").write_text(json.dumps({"conditions": ["offline"]}))
        assert main(arguments(state, url)) == 5
        assert books.told == []
        (state / "simulator" / "faults.json").unlink()
        settle(state, url, books)
    assert books.outcomes() == [Outcome.SPOILED]
