"""The ports of chips and readers, and the errors that say what may happen next: retry, spoiled, or call the operator.

The port of the printers is `card_drivers.station.printer`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from card_drivers.order import ChannelKeys, ChannelRequest, ChipFound, KeyName, Order, Outcome
from card_drivers.troubles import Trouble, Troubled


class DeviceError(Troubled):
    """Something a device did not do. `outcome` is what it means for the order; `trouble` says what to do next."""

    outcome = Outcome.UNKNOWN


class ConfigurationError(DeviceError):
    """The order or the settings ask for what this station cannot do; nothing was consumed."""

    outcome = Outcome.NOT_STARTED


class DeviceBusy(DeviceError):
    """The device works for somebody else; nothing was consumed, try again later."""

    outcome = Outcome.NOT_STARTED


class DeviceOffline(DeviceError):
    """The device cannot be reached or is stopped; nothing was consumed."""

    outcome = Outcome.NOT_STARTED


class SuppliesOut(DeviceError):
    """No blank, ribbon or film; nothing was consumed, an operator refills."""

    outcome = Outcome.NOT_STARTED


class CardRejected(DeviceError):
    """The blank was taken and cannot become the document: it lies in the reject tray, spoiled."""

    outcome = Outcome.SPOILED


class ChipError(DeviceError):
    """The chip refused `step`; `sw` is its status word (ISO 7816-4 section 5.6), None when it did not answer."""

    outcome = Outcome.SPOILED

    def __init__(self, code: str | Trouble, /, step: str, sw: int | None, **params: str | int) -> None:
        silent = Trouble.of("chip-silent", step=step)
        answer = silent if sw is None else Trouble.of("chip-refused", step=step, sw=f"{sw:04X}")
        super().__init__(answer.then(Trouble.of(code, **params)))
        self.step = step
        self.sw = sw


class NoLeave(DeviceError):
    """The register did not let the order be made now; nothing was consumed."""

    outcome = Outcome.NOT_STARTED


class LinkLost(DeviceError):
    """The device was given the order and can no longer be asked: only it or a person knows what became of it."""


@dataclass(frozen=True)
class Answer:
    """What a device says of an order it was given before: UNKNOWN when it does not remember."""

    outcome: Outcome
    blank_serial: str | None = None
    trouble: Trouble | None = None


class CardConnection(Protocol):
    """A chip in the field of a reader: `uid` in hex as ISO 14443 gives it, `atr` as the reader made it (PC/SC-3)."""

    uid: str
    atr: bytes

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Send one command APDU; the response data and the status word. ChipError when the card is silent."""


class ChipEncoder(Protocol):
    """A reader, in the printer at the contactless position or on the desk of the quality officer."""

    def connect(self, order_id: UUID) -> CardConnection:
        """The chip that lies there; a simulated reader finds the card of `order_id`. ChipError when there is none."""

    def close(self) -> None:
        """Let the card go, so that others may use the reader; fine when there is none."""


class DeskReader(ChipEncoder, Protocol):
    """A reader that may stand on the desk beside the printer: hands lay cards on it and take them off."""

    def lies(self) -> bool:
        """Whether a card lies there now. DeviceOffline without the reader."""


class KeyService(Protocol):
    """Whoever holds the card-manager keys: the register, never the station."""

    def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
        """The session keys for a channel that this chip opened. DeviceError when they are refused."""


class ChipRegister(KeyService, Protocol):
    """Whoever knows every chip there was: the register, or at a bureau the folder of its orders."""

    def check_chip(self, found: ChipFound) -> None:
        """Say which chip lies at the contactless position; CardRejected when it was seen before."""


@dataclass(frozen=True)
class Leave:
    """The register lets one order be made. It lapses at `until`, in seconds of `now()`; `keys` are its chip's own."""

    until: float
    keys: Mapping[KeyName, bytes] = field(default_factory=dict, repr=False)


class OrderRegister(ChipRegister, Protocol):
    """Whoever gave the order: nothing is consumed before it said so."""

    def leave(self, order: Order) -> Leave:
        """Ask immediately before the first step that consumes; NoLeave when it may not be made."""


def now() -> float:
    """Seconds of a clock that goes on while the machine sleeps, and that nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
