"""The way of one card through a printer and past an encoder: the same for every printer that moves cards.

ready? -> feed -> the steps of the chip's profile (check, print, encode, read back, lock, verify) -> eject. Whatever
fails once a blank was taken ends in the reject tray; only a lost link does not: where that card is, the machine says.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar, runtime_checkable

from card_drivers.chips.personalisation import Personalisation
from card_drivers.chips.profile import Profile, StationStep
from card_drivers.device import CardConnection, CardRejected, ChipError, DeviceError, LinkLost
from card_drivers.order import Order, Outcome, Result
from card_drivers.station.journal import JournalError
from card_drivers.station.workbench import Workbench, digest, layer_digests
from card_drivers.troubles import Trouble

log = logging.getLogger(__name__)

PRINT_SECONDS = 180.0  # a card without a chip has no profile to say it
RANDOM_UID, RANDOM_DIGITS = "08", 8  # of a UID that the chip makes anew each time (ISO 14443-3, 6.5.4)

Prepared = TypeVar("Prepared")


@runtime_checkable
class CardMachine(Protocol[Prepared]):
    """A printer with a feeder, a contactless position, an output and a reject tray. Every call ends by itself."""

    def ready(self, order: Order) -> Prepared:
        """Everything that can be known before a blank is taken, and the panels to print. A DeviceError says no."""

    def feed(self, order: Order) -> str | None:
        """Take a blank; its serial when the machine reads one. An error of outcome NOT_STARTED took none."""

    def to_chip_position(self) -> None:
        """Move the card to the contactless position."""

    def print(self, prepared: Prepared, seconds: float) -> None:
        """Print every panel and wait for the end; CardRejected when it does not come within `seconds`."""

    def eject(self) -> None:
        """Put the card into the output tray."""

    def reject(self) -> None:
        """Put the card into the reject tray; fine when there is none."""


def is_random(uid: str) -> bool:
    """Whether the UID (hex) says nothing of which chip it is: four bytes, made anew each time it is powered."""
    return len(uid) == RANDOM_DIGITS and uid.startswith(RANDOM_UID)


def produce(machine: CardMachine[Prepared], order: Order, station: Workbench) -> Result:
    """Make one document. A DeviceError says how it ended; CardRejected: the card lies in the reject tray."""
    profile = station.profile()
    way = _Way(machine, machine.ready(order), order, station, profile)
    try:
        way.go()
    except LinkLost:
        raise
    except JournalError:
        with suppress(DeviceError):
            machine.reject()
        raise
    except DeviceError as error:
        if station.current_step == "feed" and error.outcome is Outcome.NOT_STARTED:
            raise
        _spoil(machine, station, error.trouble)
    except Exception as error:  # a fault of ours must not leave a card with somebody's data in the machine
        log.error("order %s: %s in step %s", order.order_id, type(error).__name__, station.current_step)
        _spoil(machine, station, Trouble.of("software-failed", kind=type(error).__name__))
    finally:
        station.let_go()
    return station.result(Outcome.DONE)


def _spoil(machine: CardMachine[Prepared], station: Workbench, why: Trouble) -> None:
    """Reject the card and say so; LinkLost when the machine cannot do it."""
    failed = station.current_step
    try:
        with station.step("reject"):
            machine.reject()
    except DeviceError as error:
        raise LinkLost(why.then(Trouble.of("not-rejected-either")).then(error.trouble)) from None
    finally:
        station.current_step = failed
    raise CardRejected(why)


class Leash:
    """A chip that can be spoken to until the step's time is up; then ChipError, which ends the step."""

    def __init__(self, chip: CardConnection, time_up: Callable[[], float]) -> None:
        self.uid = chip.uid
        self.atr = chip.atr
        self._chip = chip
        self._time_up = time_up

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Send one command APDU within the time of the step."""
        if time.monotonic() >= self._time_up():
            raise ChipError("step-late", "time limit", None)
        return self._chip.transmit(apdu)


class _Way(Generic[Prepared]):
    """One card on its way."""

    def __init__(
        self,
        machine: CardMachine[Prepared],
        prepared: Prepared,
        order: Order,
        station: Workbench,
        profile: Profile | None,
    ) -> None:
        self._machine = machine
        self._prepared = prepared
        self._order = order
        self._station = station
        self._profile = profile
        self._chip: Personalisation | None = None  # None until it is met, and when it is to be met anew
        self._in_position = False
        self._uid = ""
        self._time_up = math.inf

    def go(self) -> None:
        """From the feeder to the output tray."""
        with self._station.step("feed"):
            serial = self._machine.feed(self._order)
        self._station.note(blank_serial=serial)
        self._station.check_serial(serial)
        steps: dict[StationStep, Callable[[], object]] = {
            "check": self._check,
            "print": self._print,
            "encode": lambda: self._at_chip().encode(),
            "read_back": self._read_back,
            "lock": lambda: self._at_chip().lock(),
            "verify": self._verify,
        }
        sequence: Sequence[StationStep] = self._profile.sequence if self._profile else ("print",)
        for name in sequence:
            self._time_up = time.monotonic() + self._seconds(name)
            if name in ("print", "encode", "lock"):
                with self._station.step(name):
                    steps[name]()
            else:
                self._station.current_step = name
                steps[name]()
        with self._station.step("eject"):
            self._machine.eject()

    def _seconds(self, step: StationStep) -> float:
        return self._profile.limits[step] if self._profile else PRINT_SECONDS

    def _check(self) -> None:
        """Before anything personal is on the card: alive, blank, of the right kind, and never seen before."""
        self._at_chip().check_blank()
        self._station.check_uid(self._uid)

    def _print(self) -> None:
        self._chip, self._in_position = None, False
        self._station.note(digests=layer_digests(self._order))
        self._machine.print(self._prepared, self._seconds("print"))

    def _read_back(self) -> None:
        files = self._at_chip().read_back()
        self._station.note(digests={f"chip/{name}": digest(data) for name, data in files.items()})

    def _verify(self) -> None:
        """As any reader meets it: after a reset, which real applets want before they open again."""
        self._chip = None
        self._at_chip().verify()

    def _at_chip(self) -> Personalisation:
        """The chip at the contactless position, moved there and connected when it is not."""
        if not self._in_position:
            self._machine.to_chip_position()
            self._in_position = True
        if self._chip is None:
            chip = self._station.connect()
            self._recognise(chip.uid)
            self._chip = self._station.personalisation(Leash(chip, lambda: self._time_up))
        return self._chip

    def _recognise(self, uid: str) -> None:
        """Note the chip's UID; CardRejected when another chip than before lies there."""
        if self._uid and uid != self._uid and not is_random(uid):
            raise CardRejected("chip-other")
        if not self._uid:
            self._station.note(chip_uid=uid)
        self._uid = self._uid or uid
