"""A station that spoils card after card stops after three and asks; nothing but a person makes it go on.

On the release of 2026-11-22 nothing stopped: 15 blanks in two minutes on a disk that was nearly full.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from card_drivers.__main__ import main
from card_drivers.order import Errand, Outcome
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.agent import Station
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.journal import Journal
from card_drivers.station.spoils import MOST
from tests.unit.station.fake_register import Books
from tests.unit.station.orders import make_order
from tests.unit.station.workplace import SMALL, books, journal, make_station, script, simulation, station, url

__all__ = ["books", "journal", "simulation", "station", "url"]


def feed(books: Books, simulation: Simulation, count: int = 10) -> None:
    """Plenty of orders and blanks, and a machine that jams on each."""
    blanks = [Blank(serial=f"RP1{number:02}", stock="card-chip", uid=f"06{number:012}") for number in range(count)]
    simulation.load(blanks)
    books.queue += [make_order(faces=SMALL) for _ in range(count)]
    script(simulation, events=["jam"] * count)


def spoiled(books: Books) -> int:
    return books.outcomes().count(Outcome.SPOILED)


def test_it_stops_after_three_and_says_so(station: Station, books: Books, simulation: Simulation) -> None:
    feed(books, simulation)
    for _ in range(MOST + 3):
        station.cycle()
    assert spoiled(books) == MOST
    assert books.status[-1].state == "stopped"
    assert "3 cards in a row were spoiled" in books.status[-1].last_error


def test_a_restart_does_not_forget(
    station: Station, books: Books, simulation: Simulation, url: str, journal: Journal, tmp_path: Path
) -> None:
    feed(books, simulation)
    for _ in range(MOST):
        station.cycle()
    again = make_station(url, Equipment(Context(tmp_path), "simulator", "simulator"), journal, tmp_path)
    for _ in range(3):
        again.cycle()
    assert spoiled(books) == MOST


def test_it_goes_on_when_somebody_looked(station: Station, books: Books, simulation: Simulation) -> None:
    feed(books, simulation)
    for _ in range(MOST):
        station.cycle()
    script(simulation)
    errand = Errand(resume=uuid4())
    books.errand = errand
    station.cycle()
    station.cycle()
    assert books.done[-1].resume == errand.resume
    assert Outcome.DONE in books.outcomes()
    station.cycle()
    assert books.status[-1].state == "idle"


def test_the_command_makes_it_go_on(
    station: Station, books: Books, simulation: Simulation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(books, simulation)
    for _ in range(MOST):
        station.cycle()
    assert main(["resume", "--state", str(tmp_path)]) == 0
    assert "3 spoiled cards" in capsys.readouterr().out
    station.cycle()
    assert spoiled(books) == MOST + 1
    assert main(["resume", "--state", str(tmp_path / "nowhere")]) == 2


def test_a_card_that_goes_well_begins_the_count_anew(station: Station, books: Books, simulation: Simulation) -> None:
    feed(books, simulation)
    script(simulation, events=["jam", "jam", "none", "jam", "jam"])
    for _ in range(5):
        station.cycle()
    assert spoiled(books) == 4
    assert Outcome.DONE in books.outcomes()


def test_a_count_that_cannot_be_read_asks(station: Station, books: Books, tmp_path: Path) -> None:
    (tmp_path / "spoils.json").write_text("{")
    books.queue.append(make_order(faces=SMALL))
    station.cycle()
    assert books.outcomes() == []
