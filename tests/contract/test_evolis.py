"""The Evolis driver against our emulator of Print Center: the calls, every fault, and links that break."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from card_drivers.device import (
    CardRejected,
    ConfigurationError,
    DeviceBusy,
    DeviceError,
    DeviceOffline,
    LinkLost,
    SuppliesOut,
)
from card_drivers.encoders.pcsc import PcscReader
from card_drivers.encoders.pcsc import Settings as ReaderSettings
from card_drivers.order import Order, Outcome, Supply
from card_drivers.printers.evolis import EvolisPrinter, Settings
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from card_drivers.station import card_path
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from card_drivers.troubles import english
from tests import composed
from tests.contract.bench_evolis import EmulatedReader, driver
from tests.contract.evolis_emulator import Card, Printer, Service, print_center
from tests.fixtures.pcsc import SLOTS, Pcscd
from tests.unit.station.documents import Manager, part
from tests.unit.station.fake_register import Books
from tests.unit.station.orders import CHIP
from tests.unit.station.workplace import Bench, books, journal, make_station, url

__all__ = ["books", "journal", "url"]

pytestmark = pytest.mark.contract

PRINT = ["PRINT.Begin", "PRINT.Set", "PRINT.SetBitmap", "PRINT.SetBitmap", "PRINT.Print"]


@pytest.fixture
def service() -> Iterator[Service]:
    with print_center() as found:
        yield found


@pytest.fixture
def printer(service: Service, tmp_path: Path) -> EvolisPrinter:
    return driver(service, tmp_path)


def make(printer: EvolisPrinter, order: Order, folder: Path, reader: EmulatedReader | None = None) -> Outcome:
    journal = Journal(folder / f"{order.claim_id}.jsonl")
    try:
        journal.write("claim", order.claim_id)
        journal.write("order", order.claim_id, order_id=str(order.order_id))
        return printer.produce(order, Workbench(order, journal, reader, Manager())).outcome  # type: ignore[arg-type]
    finally:
        journal.close()


def one_face() -> Order:
    """The front of a card."""
    return composed.order(faces=composed.faces("RP-R")[:1])


def moves(service: Service) -> list[str]:
    """The calls that change something, in order."""
    return [call for call in service.printer.calls if call not in ("SUPERVISION.GetState", "Rrt;count", "Rco;rc")]


def test_panels_are_bitmaps_of_the_whole_card(service: Service, printer: EvolisPrinter, tmp_path: Path) -> None:
    """The emulator opens each as BMP of the right depth; here it is what the order says."""
    assert make(printer, composed.order(), tmp_path) is Outcome.DONE
    (card,) = service.printer.tray
    assert sorted(card.panels) == [("back", "color"), ("back", "resin"), ("front", "color"), ("front", "resin")]
    portrait, mrz = (500, 100), card.panels["back", "resin"].crop((0, 400, 1016, 648)).convert("L").getextrema()
    assert (card.panels["front", "color"].getpixel(portrait) != (255, 255, 255), mrz) == (True, (0, 255))


def test_the_calls_of_a_card_with_a_chip(service: Service, printer: EvolisPrinter, tmp_path: Path) -> None:
    """To the reader and checked, then printed, then back to the reader; ejected last, and only by our command."""
    order = composed.order(chip=CHIP, faces=composed.faces("RP-R")[:1])
    assert make(printer, order, tmp_path, EmulatedReader(service)) is Outcome.DONE
    assert moves(service) == ["Psoe;D", "Sic", *PRINT, "PRINT.End", "Sic", "Se"]


class Wired(Printer):
    """A printer whose contactless position is a reader of the real pcscd."""

    def __init__(self, pcscd: Pcscd, chip: VirtualChip) -> None:
        super().__init__()
        self._pcscd = pcscd
        self._chip = chip

    def _insert(self, to_chip: bool) -> str:
        said = super()._insert(to_chip)
        self._pcscd.insert(self._chip)
        return said

    def _print(self) -> None:
        self._pcscd.clear()
        super()._print()

    def _leave(self, where: list[Card]) -> str:
        self._pcscd.clear()
        return super()._leave(where)


def test_a_card_with_a_chip_behind_the_real_pcscd(
    pcscd: Pcscd, tmp_path: Path, url: str, books: Books, journal: Journal
) -> None:
    """Machine and reader are two devices: SCP03, read back, lock and PACE through pcscd between the machine's moves."""
    order = composed.order(chip=part(size=2000), faces=composed.faces("RP-R")[:1])
    books.queue.append(order)
    chip = VirtualChip(Memory.new("04112233445566"))
    with print_center(Wired(pcscd, chip)) as service:
        reader = PcscReader(ReaderSettings(reader=SLOTS[0]))
        make_station(url, Bench(driver(service, tmp_path), reader), journal, tmp_path).cycle()
        reader.close()
    (result,) = books.told
    assert (result.outcome, result.message, result.chip_uid) == (Outcome.DONE, "", chip.uid)
    assert result.digests == order.digests()
    assert [found.chip_uid for found in books.found_chips] == [chip.uid]
    assert len(service.printer.tray) == 1


def test_overlay_ribbon_and_sides_are_settings(service: Service, tmp_path: Path) -> None:
    said: list[dict[str, str]] = []
    answer = service.printer.answer

    def listen(method: str, params: dict[str, str]) -> str:
        said.append(params)
        return answer(method, params)

    service.printer.answer = listen  # type: ignore[method-assign]
    make(driver(service, tmp_path), one_face(), tmp_path)
    make(driver(service, tmp_path, ribbon="RC_YMCKOS", overlay=False), composed.order(), tmp_path)
    assert [params["data"] for params in said if params.get("data", "base64").startswith("G")] == [
        "GRibbonType=RC_YMCKO;Duplex=NONE;GOutputTray=HOPPER;Resolution=DPI300;FOverlayManagement=FULLVARNISH",
        "GRibbonType=RC_YMCKOS;Duplex=HORIZONTAL;GOutputTray=HOPPER;Resolution=DPI300",
    ]


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [
        ("WARNING,DEF_COVER_OPEN", DeviceOffline, "close the cover"),
        ("ERROR,ERR_MECHANICAL", DeviceOffline, "remove the card"),
        ("WARNING,DEF_HOPPER_FULL", DeviceOffline, "empty the trays"),
        ("WARNING,FEEDER_EMPTY", SuppliesOut, "load blanks"),
        ("WARNING,DEF_RIBBON_ENDED", SuppliesOut, "change the ribbon"),
        ("WARNING,DEF_NO_RIBBON", SuppliesOut, "put in the ribbon"),
        ("WARNING,INF_PRINTING_RUNNING", DeviceBusy, "try again"),
        ("OFF,PRINTER_OFFLINE", DeviceOffline, "switch it on"),
        ("ERROR,SOMETHING_NEW", DeviceOffline, "look at the printer"),
        ("", DeviceOffline, "look at the printer"),
    ],
)
def test_what_is_known_before_takes_no_blank(
    service: Service, printer: EvolisPrinter, tmp_path: Path, state: str, error: type[DeviceError], says: str
) -> None:
    service.printer.state = state or ","
    with pytest.raises(error, match=f"(?i){says}") as caught:
        make(printer, one_face(), tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED
    assert service.printer.taken == 0


def test_a_ribbon_without_a_card_left_takes_no_blank(service: Service, printer: EvolisPrinter, tmp_path: Path) -> None:
    service.printer.ribbon = 0
    service.printer.state = "READY,PRINTER_READY"
    with pytest.raises(SuppliesOut, match="ribbon"):
        make(printer, one_face(), tmp_path)
    assert service.printer.taken == 0


def test_an_empty_feeder_that_is_seen_late_is_not_started(
    service: Service, printer: EvolisPrinter, tmp_path: Path
) -> None:
    service.printer.feeder, service.printer.state = 0, "READY,PRINTER_READY"
    insert = service.printer._insert

    def late(to_chip: bool) -> str:
        service.printer.state = ""
        return insert(to_chip)

    service.printer._insert = late  # type: ignore[method-assign]
    with pytest.raises(SuppliesOut, match="Load blanks") as caught:
        make(printer, one_face(), tmp_path)
    assert caught.value.outcome is Outcome.NOT_STARTED


@pytest.mark.parametrize(
    ("fault", "says"), [("jam", "MECHANICAL"), ("instant", "faster than"), ("endless", "did not end")]
)
def test_a_print_that_fails_is_rejected(
    service: Service,
    printer: EvolisPrinter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    says: str,
) -> None:
    if fault == "instant":
        printer = driver(service, tmp_path, least_print_seconds=30)
    else:
        service.printer.fault = fault
    if fault == "endless":
        monkeypatch.setattr(card_path, "PRINT_SECONDS", 0.6)
    order = one_face()
    with pytest.raises(CardRejected, match=says):
        make(printer, order, tmp_path)
    assert (service.printer.card, len(service.printer.tray), len(service.printer.rejected)) == (None, 0, 1)
    assert driver(service, tmp_path).recover(order.order_id).outcome is Outcome.SPOILED


def test_a_print_that_was_never_seen_is_none(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OK to everything, and no card was printed."""
    monkeypatch.setattr(card_path, "PRINT_SECONDS", 0.5)
    service.printer.fault = "instant"
    with pytest.raises(CardRejected, match="did not end"):
        make(driver(service, tmp_path, least_print_seconds=30), one_face(), tmp_path)
    assert [card.printed for card in service.printer.rejected] == [False]


def test_a_refused_session_is_rejected_with_the_services_words(
    service: Service, printer: EvolisPrinter, tmp_path: Path
) -> None:
    service.printer.session = {"name": "another client's"}
    with pytest.raises(CardRejected, match="already reserved"):
        make(printer, one_face(), tmp_path)
    assert len(service.printer.rejected) == 1


def test_power_lost_while_printing_is_unknown_and_then_rejected(
    service: Service, printer: EvolisPrinter, tmp_path: Path
) -> None:
    service.printer.fault = "power"
    order = one_face()
    with pytest.raises(LinkLost, match="a card may be in it") as caught:
        make(printer, order, tmp_path)
    assert caught.value.outcome is Outcome.UNKNOWN
    answer = driver(service, tmp_path).recover(order.order_id)
    assert (answer.outcome, len(service.printer.rejected)) == (Outcome.SPOILED, 1)


def test_a_lost_answer_to_the_ejection_is_for_people_to_settle(
    service: Service, printer: EvolisPrinter, tmp_path: Path
) -> None:
    """The card lies in one of two trays; nothing is printed again before somebody looked."""

    def cut(method: str, link: socket.socket, answer: bytes) -> bool:
        return service.printer.calls[-1] == "Se"

    service.printer.spell = cut
    order = one_face()
    with pytest.raises(LinkLost):
        make(printer, order, tmp_path)
    service.printer.spell = None
    answer = driver(service, tmp_path).recover(order.order_id)
    assert (answer.outcome, "both trays" in english(answer.trouble)) == (Outcome.UNKNOWN, True)
    assert len(service.printer.tray) == 1


def test_a_station_hears_from_the_printer_after_a_lost_link(
    service: Service, printer: EvolisPrinter, tmp_path: Path, url: str, books: Books, journal: Journal
) -> None:
    service.printer.fault = "power"
    books.queue.append(one_face())
    make_station(url, Bench(printer), journal, tmp_path).once()
    (result,) = books.told
    assert (result.outcome, result.step) == (Outcome.SPOILED, "print")
    assert (len(service.printer.rejected), service.printer.taken) == (1, 1)


def test_a_card_that_cannot_be_rejected_is_unknown(service: Service, printer: EvolisPrinter, tmp_path: Path) -> None:
    service.printer.fault = "jam"
    service.printer._leave = lambda where: "ERROR"  # type: ignore[method-assign]
    with pytest.raises(LinkLost, match="could not be rejected"):
        make(printer, one_face(), tmp_path)


def test_status_has_ribbon_and_cleaning(service: Service, printer: EvolisPrinter) -> None:
    status = printer.status()
    assert (status.state, status.reasons, status.cleaning_in) == ("idle", (), 800)
    assert status.supplies == (Supply(name="RC_YMCKO", cards=200),)
    service.printer.state = "WARNING,INF_CLEANING_REQUIRED"
    assert (printer.status().state, printer.status().cleaning_in) == ("idle", 0)
    service.printer.state = "WARNING,INF_RIBBON_LOW"
    assert (printer.status().state, printer.status().reasons) == ("idle", ("marker-supply-low",))
    service.printer.state = "ERROR,ERR_MECHANICAL"
    assert (printer.status().state, printer.status().reasons) == ("stopped", ("media-jam",))


def test_a_uv_layer_is_left_out_only_on_purpose(service: Service, tmp_path: Path) -> None:
    assert "uv" in {layer.name for layer in one_face().faces[0].layers}
    with pytest.raises(ConfigurationError, match="ultraviolet layer"):
        make(driver(service, tmp_path, without_uv=False), one_face(), tmp_path)
    assert service.printer.taken == 0
    assert make(driver(service, tmp_path), one_face(), tmp_path) is Outcome.DONE


def test_print_center_on_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="in the clear"):
        EvolisPrinter(Settings(host="192.0.2.7"), tmp_path / "evolis.json")


def test_a_damaged_memory_is_named(service: Service, printer: EvolisPrinter, tmp_path: Path) -> None:
    (tmp_path / "evolis.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"evolis\.json"):
        printer.recover(one_face().order_id)


# Answers as they may come.


def _drip(link: socket.socket, answer: bytes) -> None:
    for byte in answer:
        link.sendall(bytes([byte]))


SPELLS: dict[str, Callable[[socket.socket, bytes], object]] = {
    "byte by byte": _drip,
    "with zeros behind": lambda link, answer: link.sendall(answer + b"\0" * 900),
    "and hangs up": lambda link, answer: (link.sendall(answer), link.shutdown(socket.SHUT_RDWR)),
}


@pytest.mark.parametrize("spell", SPELLS)
def test_answers_are_read_however_they_come(service: Service, printer: EvolisPrinter, spell: str) -> None:
    service.printer.spell = lambda method, link, answer: SPELLS[spell](link, answer) is not False
    assert printer.status().supplies[0].cards == 200


BROKEN = {
    "silence": b"",
    "half": b'{"jsonrpc": "2.0", "id"',
    "another's": b'{"jsonrpc": "2.0", "id": "77", "result": "READY,PRINTER_READY"}',
    "both": b'{"jsonrpc": "2.0", "id": "1", "result": "OK", "error": {"code": 1, "message": "no"}}',
    "neither": b'{"jsonrpc": "2.0", "id": "1"}',
    "no text": b'{"jsonrpc": "2.0", "id": "1", "result": 7}',
    "without end": b"[" * 200_000,
    "no JSON": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "no UTF-8": b'{"\xff\xfe"}',
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_answers_are_offline_in_time(service: Service, tmp_path: Path, broken: str) -> None:
    ended = threading.Event()

    def spell(method: str, link: socket.socket, answer: bytes) -> bool:
        link.sendall(BROKEN[broken])
        ended.wait(5)
        return True

    service.printer.spell = spell
    with pytest.raises(DeviceOffline, match="Print Center"):
        driver(service, tmp_path, call_seconds=0.2).status()
    ended.set()
