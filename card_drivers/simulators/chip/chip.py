"""A complete eMRTD chip in software: personalisation, BAC, PACE, secure messaging, active and chip authentication.

Simulated machines carry it, and a virtual reader behind the real pcscd (`vpcd`). It is a demonstration and a
counterpart of tests: it does what ISO 7816-4, Doc 9303-10 and -11 and the two personalisation profiles say, but guards
its keys no better than the file they lie in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from card_drivers.chips.apdu import CAPABILITIES, CHAINED, CHAINING, EXTENDED, Command, StatusWord
from card_drivers.chips.secure_channel import SECURED, CardChannel
from card_drivers.chips.secure_messaging import SecureMessagingError
from card_drivers.device import ChipError
from card_drivers.simulators.chip import access, files, globalplatform, jmrtd_applet, proofs
from card_drivers.simulators.chip.memory import SIZE, CardKeys, Memory, State
from card_drivers.simulators.chip.running import Refused, Running

Answer = tuple[bytes, int]
Handler = Callable[[Running, Command], bytes]

MESSAGING = 0x0C  # class bits of secure messaging (ISO 7816-4, 5.4.1)
PROPRIETARY = 0x80
GENERAL_AUTHENTICATE, GET_RESPONSE, MANAGE_ENVIRONMENT = 0x86, 0xC0, 0x22

ENVIRONMENTS: dict[tuple[int, int], Handler] = {
    (0xC1, 0xA4): access.choose_pace,
    (0x41, 0xA4): proofs.choose_chip_authentication,
    (0x41, 0xA6): proofs.agree_with_3des,
}
COMMANDS: dict[int, Handler] = {
    0x82: access.external_authenticate,
    0x84: access.get_challenge,
    GENERAL_AUTHENTICATE: access.general_authenticate,
    0x88: proofs.active_authentication,
    0xA4: files.select,
    0xB0: files.read_binary,
    0xB1: files.read_binary_far,
    0xD6: jmrtd_applet.update_binary,
    0xDA: jmrtd_applet.put_data,
    0xE0: jmrtd_applet.create_file,
}
MANAGER_COMMANDS: dict[int, Handler] = {
    0x50: globalplatform.initialize_update,
    0x82: globalplatform.external_authenticate,
    0xE2: globalplatform.store_data,
    0xF0: globalplatform.set_status,
}


class VirtualChip:
    """The chip with this memory, in the field of a reader; `keys` are its card-manager keys."""

    def __init__(self, memory: Memory, keys: CardKeys | None = None) -> None:
        self.memory = memory
        self.uid = memory.state.uid
        self.atr = atr(memory.state)
        self._keys = keys or CardKeys()
        self.reset()

    def reset(self) -> None:
        """Power was cut or the line reset: sessions and selections are gone."""
        self._running = Running(self.memory, self._keys)
        self._chain: Command | None = None
        self._rest = b""

    def transmit(self, apdu: bytes) -> Answer:
        """Answer one command APDU; ChipError when the chip is dead."""
        if self.memory.state.dead:
            raise ChipError("chip-dead", "transmit", None)
        command, state = Command.parse(apdu), self.memory.state
        if command is None or len(apdu) > state.limits.command or not state.behaves.goes_through(command, apdu):
            return b"", StatusWord.WRONG_LENGTH
        if command.ins == GET_RESPONSE:
            return self._fitting(self._rest, StatusWord.OK, command.expect)
        whole = self._joined(command)
        if isinstance(whole, int):
            return b"", whole
        data, sw = self._through_channel(whole, apdu if whole is command else whole.encode())
        return self._fitting(data, sw, command.expect)

    def _joined(self, command: Command) -> Command | int:
        """The command that a chain ends with, or the status word for a link of it (ISO 7816-4 section 5.3.3)."""
        begun, self._chain = self._chain, None
        if begun is not None and (begun.ins, begun.p1, begun.p2) != (command.ins, command.p1, command.p2):
            return StatusWord.CONDITIONS
        joined = replace(command, data=(begun.data if begun else b"") + command.data)
        if not command.cla & CHAINED or command.ins == GENERAL_AUTHENTICATE:
            return joined if begun else command
        if len(joined.data) > SIZE:
            return StatusWord.NO_SPACE
        self._chain = joined
        return StatusWord.OK

    def _fitting(self, data: bytes, sw: int, expect: int | None) -> Answer:
        """What the terminal has room for; the rest waits for GET RESPONSE (ISO 7816-4 section 5.3.4)."""
        room = min(expect or 0, self.memory.state.limits.response_room)
        self._rest = data[room:]
        if not self._rest:
            return data, sw
        return data[:room], 0x6100 | min(len(self._rest), 256) & 0xFF

    def _through_channel(self, command: Command, apdu: bytes) -> Answer:
        """Open the command and protect the answer when a secure channel is in force; a plain command ends it."""
        chip = self._running
        chip.then = None
        bits = SECURED if isinstance(chip.secure, CardChannel) else MESSAGING
        if chip.secure is None or command.cla & MESSAGING != bits:
            chip.drop()
            return self._finished(*self._answer(command))
        channel = chip.secure
        try:
            plain = Command.parse(channel.open_command(apdu))
        except SecureMessagingError:
            chip.drop()
            return b"", StatusWord.SM_OBJECTS_WRONG
        chip.protected = True
        data, sw = self._answer(plain) if plain else (b"", int(StatusWord.WRONG_LENGTH))
        if chip.memory.state.behaves.unprotected and sw == StatusWord.WRONG_LENGTH:
            chip.drop()
            return b"", sw
        return self._finished(channel.protect_response(data, sw), sw)

    def _finished(self, data: bytes, sw: int) -> Answer:
        """The answer has gone: a channel that was agreed begins."""
        if self._running.then is not None:
            self._running.then()
        return data, sw

    def _answer(self, command: Command) -> Answer:
        if command.cla & MESSAGING:
            return b"", StatusWord.NO_SECURE_MESSAGING
        kind = command.cla & ~CHAINED
        if kind not in (0, PROPRIETARY):
            return b"", StatusWord.WRONG_CLA
        handler = (MANAGER_COMMANDS if kind else COMMANDS).get(command.ins)
        if command.ins == MANAGE_ENVIRONMENT:
            handler = ENVIRONMENTS.get((command.p1, command.p2))
        if handler is None:
            return b"", StatusWord.WRONG_INS
        try:
            return handler(self._running, command), StatusWord.OK
        except Refused as refused:
            return b"", refused.sw


def atr(state: State) -> bytes:
    """The answer to reset that a contactless reader makes (PC/SC part 3, 3.1.3.2.3): the card capabilities in it."""
    third = CHAINING | EXTENDED if state.extended else CHAINING
    history = bytes([0x80, CAPABILITIES, 0x84, 0x21, third])
    body = bytes([0x80 | len(history), 0x80, 0x01]) + history
    return b"\x3b" + body + bytes([reduce(lambda one, other: one ^ other, body)])
