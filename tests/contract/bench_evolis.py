"""Our emulator of Evolis Print Center, with virtual chips in the cards of its printer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from card_drivers.device import CardConnection, ChipError
from card_drivers.order import Outcome
from card_drivers.printers.evolis import EvolisPrinter, Settings
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import CardKeys, Memory
from tests.contract.evolis_emulator import Card, Service, print_center


class EmulatedReader:
    """The reader in the printer: it sees the card at the contactless position only."""

    def __init__(self, service: Service, keys: CardKeys | None = None) -> None:
        self._printer = service.printer
        self._keys = keys
        self._chips: list[tuple[Card, Memory]] = []

    def connect(self, order_id: UUID) -> CardConnection:
        card = self._printer.card
        if card is None or not self._printer.at_chip:
            raise ChipError("reader-no-status", "connect", None)
        if not any(each is card for each, _ in self._chips):
            self._chips.append((card, Memory.new(f"04{len(self._chips):012x}")))
        return VirtualChip(next(memory for each, memory in self._chips if each is card), self._keys)

    def close(self) -> None: ...


class EvolisBench:
    kinds = frozenset({"cards", "chips"})
    good = Outcome.DONE

    def __init__(self, service: Service, folder: Path) -> None:
        self._service = service
        self.printer = driver(service, folder)
        self.reader = EmulatedReader(service)

    def taken(self) -> int:
        return self._service.printer.taken

    def empty_the_feeder(self) -> None:
        self._service.printer.feeder = 0

    def fail_while_printing(self) -> None:
        self._service.printer.fault = "jam"

    def switch_off(self) -> None:
        self._service.switch_off()


def driver(service: Service, folder: Path, **settings: object) -> EvolisPrinter:
    """The driver on the service, in a hurry: its printer needs a tenth of a second a card."""
    quick = {"least_print_seconds": 0.05, "poll_seconds": 0.01, "call_seconds": 2, "without_uv": True}
    return EvolisPrinter(Settings.model_validate({"port": service.port, **quick, **settings}), folder / "evolis.json")


@contextmanager
def bench(folder: Path) -> Iterator[EvolisBench]:
    with print_center() as service:
        yield EvolisBench(service, folder)
