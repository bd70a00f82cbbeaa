"""The simulated machine: its hopper, its trays, and files that people write wrongly."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from PIL import Image

from card_drivers.device import Answer, ConfigurationError, SuppliesOut
from card_drivers.order import Outcome
from card_drivers.simulators.machine import RIBBON_CARDS, Blank, Simulation

ORDER = uuid.UUID(int=7)


@pytest.fixture
def machine(tmp_path: Path) -> Simulation:
    machine = Simulation(tmp_path)
    machine.load([Blank(serial="A1", stock="card"), Blank(serial="B1", stock="book"), Blank(serial="A2", stock="card")])
    return machine


def test_feeds_the_next_blank_of_the_stock(machine: Simulation) -> None:
    assert machine.feed(ORDER, "book").serial == "B1"
    machine.eject("tray")
    assert machine.feed(uuid.uuid4(), "card").serial == "A1"
    assert [blank.serial for blank in machine.hopper()] == ["A2"]


def test_another_stock_is_not_fed(machine: Simulation) -> None:
    with pytest.raises(SuppliesOut, match="stock paper"):
        machine.feed(ORDER, "paper")
    assert len(machine.hopper()) == 3


def test_a_card_is_found_at_the_contactless_position_and_in_the_tray(machine: Simulation) -> None:
    assert machine.locate(ORDER) is None
    machine.feed(ORDER, "card")
    assert machine.locate(ORDER) is None
    machine.to_chip_position()
    assert machine.locate(ORDER) == Blank(serial="A1", stock="card")
    machine.print_pictures({})
    assert machine.locate(ORDER) is None
    machine.eject("tray")
    assert machine.locate(ORDER) == Blank(serial="A1", stock="card")
    assert machine.locate(uuid.uuid4()) is None


def test_a_rejected_card_is_not_laid_on_the_reader(machine: Simulation) -> None:
    machine.feed(ORDER, "card")
    machine.eject("reject")
    assert machine.locate(ORDER) is None


def test_remembers_its_last_order(machine: Simulation) -> None:
    assert machine.recover(ORDER).outcome is Outcome.NOT_STARTED
    machine.feed(ORDER, "card")
    machine.eject("tray")
    assert machine.recover(ORDER) == Answer(Outcome.DONE, "A1")


def test_power_up_clears_the_path(machine: Simulation) -> None:
    machine.feed(ORDER, "card")
    answer = Simulation(machine.directory).recover(ORDER)
    assert (answer.outcome, answer.blank_serial) == (Outcome.SPOILED, "A1")
    assert (machine.directory / "reject" / str(ORDER) / "card.json").exists()


def test_a_second_card_of_an_order_lies_beside_the_first(machine: Simulation) -> None:
    for _ in range(2):
        machine.feed(ORDER, "card")
        machine.print_pictures({"front": Image.new("1", (2, 2))})
        machine.eject("tray")
    assert sorted(path.name for path in (machine.directory / "tray").iterdir()) == [str(ORDER), f"{ORDER}-2"]


def test_a_serial_is_loaded_once(machine: Simulation) -> None:
    machine.feed(ORDER, "card")
    machine.eject("tray")
    for serial in ("A1", "B1"):
        with pytest.raises(ConfigurationError, match=f"Blank {serial} was loaded before"):
            machine.load([Blank(serial=serial, stock="card")])
    assert len(machine.hopper()) == 2


def test_events_strike_one_order_each(machine: Simulation) -> None:
    (machine.directory / "faults.json").write_text(json.dumps({"events": ["none", "dead-chip"]}))
    machine.load([Blank(serial=f"C{n}", stock="chip", uid=f"04{n:02x}") for n in range(3)])
    for _ in range(3):
        machine.feed(uuid.uuid4(), "chip")
        machine.eject("tray")
    assert [machine.chip(f"04{n:02x}").state.dead for n in range(3)] == [False, True, False]


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("faults.json", '{"events": ["fire"]}', r"events\.0"),
        ("faults.json", '{"event": []}', "event"),
        ("faults.json", "jam", "the file"),
        ("machine.json", '{"hopper": [{"serial": "A"}]}', r"hopper\.0\.stock"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(machine: Simulation, name: str, content: str, place: str) -> None:
    (machine.directory / name).write_text(content)
    with pytest.raises(ConfigurationError, match=rf"{name}: {place}: "):
        machine.conditions()


def test_a_ribbon_ends_and_is_changed(machine: Simulation) -> None:
    for _ in range(2):
        machine.feed(uuid.uuid4(), "card")
        machine.print_pictures({})
        machine.eject("tray")
    assert (machine.machine().ribbon, machine.machine().since_cleaning) == (RIBBON_CARDS - 2, 2)
    content = json.loads((machine.directory / "machine.json").read_text())
    (machine.directory / "machine.json").write_text(json.dumps({**content, "ribbon": 0}))
    assert machine.conditions() == ["ribbon-out"]
    with pytest.raises(SuppliesOut, match="ribbon is used up"):
        machine.feed(ORDER, "book")
    machine.change_ribbon()
    machine.clean()
    assert (machine.conditions(), machine.machine().since_cleaning) == ([], 0)


def test_any_stock_is_the_next_blank(machine: Simulation) -> None:
    assert machine.feed(ORDER, "").serial == "A1"
