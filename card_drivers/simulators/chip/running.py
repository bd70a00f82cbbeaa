"""A virtual chip under power: what its commands work on, and forget when the power goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from card_drivers.chips.apdu import Command
from card_drivers.chips.secure_channel import CardChannel
from card_drivers.chips.secure_messaging import SecureMessaging
from card_drivers.simulators.chip.memory import CardKeys, Memory

FREE_TRIES = 10  # wrong passwords in a row
PAUSE = 1.0  # seconds that each try takes after that, against guessing of a CAN


class Refused(Exception):
    """The chip answers with this status word and no data."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass
class Running:
    """The state between two resets.

    `file` is the selected elementary file, `application` whether the eMRTD application is selected rather than the
    master file. `secure` is the secure channel in force and `protected` whether the command at hand came through it;
    `manager` says that the card manager's keys opened it. `waiting` is a protocol that has begun: what the next
    GENERAL AUTHENTICATE does. `stored` are the blocks of STORE DATA that came, `block` is the next one. `then` is done
    as soon as the answer at hand has gone.
    """

    memory: Memory
    keys: CardKeys
    application: bool = False
    file: str | None = None
    secure: SecureMessaging | CardChannel | None = None
    protected: bool = False
    manager: bool = False
    challenge: bytes = b""
    host_cryptogram: bytes = b""
    stored: bytes = b""
    block: int = 0
    waiting: Callable[[Command], bytes] | None = None
    then: Callable[[], None] | None = None

    @property
    def opened(self) -> bool:
        """Whether the holder's data may be read: through BAC or PACE (Doc 9303-11, 4.2)."""
        return self.protected and isinstance(self.secure, SecureMessaging)

    @property
    def managed(self) -> bool:
        """Whether the command at hand comes from who has the card-manager keys."""
        return self.protected and self.manager

    def start(self, secure: SecureMessaging | CardChannel) -> None:
        """A key agreement was made: its channel begins with the next command."""

        def begin() -> None:
            self.secure = secure

        self.then = begin

    def drop(self) -> None:
        """The secure channel ends."""
        self.secure, self.manager, self.protected = None, False, False

    def count(self, right: bool) -> None:
        """Remember whether a password was right; many wrong ones in a row make the chip slow."""
        state = self.memory.state
        if right and not state.failures:
            return
        if state.failures >= FREE_TRIES:
            time.sleep(PAUSE)
        state.failures = 0 if right else state.failures + 1
        self.memory.keep()
