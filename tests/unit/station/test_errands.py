"""What the register asks of a station besides orders: readings, test prints, settings; and how it introduces itself."""

from __future__ import annotations

import uuid
from pathlib import Path

from card_drivers.order import (
    Errand,
    ErrandDone,
    ReadRequest,
    StationSettings,
)
from card_drivers.printers.simulator import SimulatedPrinter
from card_drivers.simulators.machine import Blank, Simulation
from card_drivers.station.agent import Station
from card_drivers.station.equipment import Context, Equipment
from card_drivers.station.journal import Journal
from tests.unit.station.fake_register import Books
from tests.unit.station.orders import ACCESS, CHIP, make_order
from tests.unit.station.workplace import SMALL, UID, Bench, make_station, script


def ask_to_read(books: Books, order_id: uuid.UUID) -> uuid.UUID:
    request = ReadRequest(read_id=uuid.uuid4(), order_id=order_id, access=ACCESS)
    books.errand = Errand(reading=request)
    return request.read_id


def test_reading_a_finished_document(station: Station, books: Books) -> None:
    order = make_order(faces=SMALL)
    books.queue.append(order)
    station.cycle()
    read_id = ask_to_read(books, order.order_id)
    station.cycle()
    (reading,) = books.readings
    assert (reading.read_id, reading.chip_uid, reading.files, reading.error) == (read_id, UID, CHIP.files, "")
    assert (reading.opened_by, reading.proofs) == ("BAC", {})


def test_reading_what_is_not_there_says_so(station: Station, books: Books) -> None:
    ask_to_read(books, uuid.uuid4())
    station.cycle()
    assert "lay it on the reader" in books.readings[0].error


def test_reading_without_a_reader_says_so(
    url: str, books: Books, simulation: Simulation, journal: Journal, tmp_path: Path
) -> None:
    ask_to_read(books, uuid.uuid4())
    make_station(url, Bench(SimulatedPrinter(simulation)), journal, tmp_path).cycle()
    assert "no chip reader" in books.readings[0].error


def test_registers_with_the_schema_of_its_settings(station: Station, books: Books) -> None:
    station.cycle()
    station.cycle()
    (registration,) = books.registrations
    devices = {device.role: device for device in registration.devices}
    assert (devices["printer"].driver, devices["encoder"].driver) == ("simulator", "simulator")
    assert devices["encoder"].settings_schema["properties"]["real_time"]["type"] == "boolean"
    assert devices["encoder"].settings["real_time"] is False


def test_settings_are_taken_kept_and_told(station: Station, books: Books, tmp_path: Path) -> None:
    chosen = StationSettings(revision=3, settings={"encoder": {"real_time": True}})
    books.errand = Errand(settings=chosen)
    station.cycle()
    station.cycle()
    assert books.done == [ErrandDone(revision=3)]
    assert books.registrations[-1].devices[1].settings["real_time"] is True
    assert Equipment(Context(tmp_path), "simulator", "simulator").revision == 3


def test_wrong_settings_are_refused_by_the_fields_name(station: Station, books: Books, tmp_path: Path) -> None:
    books.chosen = StationSettings(revision=4, settings={"encoder": {"real_time": "perhaps"}})
    station.cycle()
    (done,) = books.done
    assert done.revision == 4
    assert "encoder.real_time" in done.error
    assert "perhaps" not in done.error
    assert not (tmp_path / "settings.json").exists()


def test_a_test_print_asked_for_twice_is_printed_once(station: Station, books: Books, simulation: Simulation) -> None:
    """Its answer may be lost: the register asks again."""
    for _ in range(2):
        books.errand = Errand(test_print=uuid.UUID(int=9))
        station.cycle()
    assert books.done == [ErrandDone(test_print=uuid.UUID(int=9), blank_serial="RP001")] * 2
    assert len(simulation.hopper()) == 1


def test_a_test_print_that_failed_says_why(station: Station, books: Books, simulation: Simulation) -> None:
    script(simulation, events=["jam"])
    books.errand = Errand(test_print=uuid.UUID(int=9))
    station.cycle()
    assert "jam" in books.done[0].error


def test_the_last_error_is_told_until_a_card_went_well(station: Station, books: Books, simulation: Simulation) -> None:
    script(simulation, events=["jam"])
    books.queue += [make_order(faces=SMALL), make_order(faces=SMALL)]
    for _ in range(3):
        station.cycle()
        simulation.load([Blank(stock="card-chip", uid=f"06{len(books.told):02x}")])
    assert ["jam" in status.last_error for status in books.status] == [False, True, False]
