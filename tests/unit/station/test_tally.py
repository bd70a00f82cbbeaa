"""What machines say of their own counters: sheets before sides, nothing where nothing is said, each card that came."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from card_drivers.device import SuppliesOut
from card_drivers.links.ipp_answers import tally
from card_drivers.links.ipp_message import Tag, Value
from card_drivers.order import DeviceStatus, Tally
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.simulators.machine import Blank, Simulation

SHEETS, SIDES = "printer-media-sheets-completed", "printer-impressions-completed"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({SHEETS: 12, SIDES: 24}, Tally(unit="sheets", count=12)),
        ({SIDES: 24}, Tally(unit="impressions", count=24)),
        ({SHEETS: -2, SIDES: 0}, Tally(unit="impressions", count=0)),
        ({SHEETS: -2}, None),
        ({}, None),
    ],
)
def test_a_printer_is_asked_for_its_sheets_first(said: dict[str, int], found: Tally | None) -> None:
    printer = {name: (Value(Tag.INTEGER, count),) for name, count in said.items()}
    assert tally(printer) == found


def test_the_simulator_counts_every_card_that_it_took(tmp_path: Path) -> None:
    machine = Simulation(tmp_path)
    printer = SimulatedPrinter(machine)
    assert printer.status().counter == Tally(unit="cards", count=0)
    machine.load([Blank(serial=f"A{number}", stock="card") for number in range(2)])
    for _ in range(2):
        machine.feed(uuid4(), "card")
    with pytest.raises(SuppliesOut):
        machine.feed(uuid4(), "card")
    assert printer.status().counter == Tally(unit="cards", count=2)


def test_a_status_of_an_older_station_has_no_counter() -> None:
    assert DeviceStatus.model_validate({"state": "idle"}).counter is None
