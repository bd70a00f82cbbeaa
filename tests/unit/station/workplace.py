"""A station at a small register: what the tests of the agent share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from card_drivers.device import ChipEncoder
from card_drivers.links.transport import Limits
from card_drivers.order import (
    Abilities,
    Device,
)
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.agent import Pace, Station
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.identity import Identity
from card_drivers.station.journal import Journal
from card_drivers.station.printer import CardPrinter
from card_drivers.station.register import Register
from tests.unit.station.fake_register import TOKEN, Books, serve
from tests.unit.station.orders import SMALL

__all__ = ["SMALL"]
FAST = Pace(poll=0.01, slowest=0.05, status=3600.0, recover=0.0)
UID = "04000000000001"


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def url(books: Books) -> Iterator[str]:
    with serve(books) as address:
        yield address


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    simulation = Simulation(tmp_path / "simulator")
    simulation.load(
        [Blank(serial="RP001", stock="card-chip", uid=UID), Blank(serial="RP002", stock="card-chip", uid="05")]
    )
    return simulation


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.jsonl")
    yield journal
    journal.close()


@pytest.fixture
def station(url: str, simulation: Simulation, journal: Journal, tmp_path: Path) -> Station:
    return make_station(url, Equipment(Context(tmp_path), "simulator", "simulator"), journal, tmp_path)


@dataclass
class Bench:
    """Equipment of our choice, as `card_drivers.station.equipment.Equipment` has it."""

    printer: CardPrinter
    encoder: ChipEncoder | None = None
    revision: int = 0

    def devices(self) -> tuple[Device, ...]:
        return ()

    def abilities(self) -> Abilities:
        return self.printer.abilities()

    def desk(self) -> None:
        """The encoder is inside."""


def make_station(url: str, equipment: Equipment | Bench, journal: Journal, folder: Path) -> Station:
    register = Register(url, Identity(folder / "identity"), TOKEN, Limits(3, 5, 10**7))
    return Station(register, equipment, journal, FAST, folder)  # type: ignore[arg-type]


def script(simulation: Simulation, **faults: list[str]) -> None:
    (simulation.directory / "faults.json").write_text(json.dumps(faults))
