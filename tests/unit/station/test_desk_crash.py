"""Killing a station with a desk reader after any step: it goes on with the right card, and prints it at most once."""

from __future__ import annotations

from pathlib import Path

import pytest

from card_drivers.__main__ import main
from card_drivers.order import Order, Outcome
from card_drivers.simulators.machine import Blank
from tests.unit.station.crash import When, run_station
from tests.unit.station.documents import part
from tests.unit.station.fake_register import TOKEN, Books, serve
from tests.unit.station.hands import Operator, set_up, working
from tests.unit.station.orders import make_order
from tests.unit.station.workplace import SMALL

BLANKS = [Blank(serial=f"RP{number:03}", stock="card-chip", uid=f"04{number:012x}") for number in range(1, 5)]
KILLED = -9
IN_THE_PRINTER = range(8, 14)  # from the feeder to the tray: the machine rejects what lies in its path
LINES = 22  # one more than the journal has of one order
CALLS = 120


def arguments(state: Path, url: str) -> list[str]:
    return ["station", "--server", url, "--token-file", str(state / "token"), "--state", str(state), "--once"]


def die_and_go_on(state: Path, point: int, when: When) -> tuple[int, Books, Operator]:
    """Kill the station at `point` and start it again, the operator doing what the page says all the time."""
    state.mkdir(exist_ok=True)
    (state / "token").write_text(TOKEN)
    books = Books(queue=[make_order(faces=SMALL, chip=part(size=800))])
    operator = Operator(set_up(state), lambda: books.status, BLANKS)
    with serve(books) as url, working(operator):
        code = run_station(arguments(state, url), kill_at=point, when=when)
        while books.queue or len(books.results) < len(books.claims):
            operator.look_anew()
            assert main(arguments(state, url)) in (0, 4)
    return code, books, operator


def check(books: Books, operator: Operator) -> None:
    """The register heard the truth: one card of the order, of one chip, or a spoiled one that is named."""
    *earlier, last = books.results.values()
    (order,) = {order.order_id: order for order in books.claims.values()}.values()
    assert all(result.outcome is Outcome.NOT_STARTED for result in earlier)
    made = [blank for blank in BLANKS if operator.simulation.chip(str(blank.uid)).state.personalised]
    touched = [blank for blank in BLANKS if not operator.simulation.chip(str(blank.uid)).blank]
    assert len(touched) <= 1, "no second card was begun"
    assert [blank.uid for blank in touched] in ([], [last.chip_uid])
    assert len(pictures(operator, order)) <= 1
    if last.outcome is Outcome.DONE:
        assert last.digests == order.digests()
        assert [blank.serial for blank in made] == [last.blank_serial]
        assert len(pictures(operator, order)) == 1
    else:
        assert (last.outcome, made) == (Outcome.SPOILED, [])


def pictures(operator: Operator, order: Order) -> list[Path]:
    return list(operator.simulation.directory.glob(f"*/{order.order_id}*/front-black.png"))


@pytest.mark.parametrize("point", range(1, LINES))
def test_killed_after_every_step(tmp_path: Path, point: int) -> None:
    """In the middle of the journal's next line: everything before it was done, and nobody knows how it went on."""
    code, books, operator = die_and_go_on(tmp_path, point, "torn")
    check(books, operator)
    last = books.outcomes()[-1]
    assert (code, last) == (KILLED, Outcome.SPOILED if point in IN_THE_PRINTER else Outcome.DONE)


@pytest.mark.parametrize("start", range(1, CALLS, 30))
def test_killed_between_two_marks_on_the_disk(tmp_path: Path, start: int) -> None:
    for point in range(start, start + 30, 6):
        code, books, operator = die_and_go_on(tmp_path / str(point), point, "before")
        assert code in (0, KILLED)
        check(books, operator)


def test_the_points_reach_from_the_claim_to_its_end(tmp_path: Path) -> None:
    assert die_and_go_on(tmp_path / "first", 1, "torn")[0] == KILLED
    assert die_and_go_on(tmp_path / "last", LINES, "torn")[0] == 0
    assert die_and_go_on(tmp_path / "behind", CALLS, "before")[0] == 0
