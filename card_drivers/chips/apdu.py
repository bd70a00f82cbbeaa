"""Command APDUs of ISO 7816-4, short and extended, what lengths a card takes, and the one way to send them.

`Card` is the lowest layer above a reader: command chaining (5.3.3), GET RESPONSE after 61xx and the right Le after 6Cxx
(5.3.4) happen there, each loop bounded. Secure channels are cards over a card (`SecureConnection`): what was protected
is never sent twice, so that they answer 6Cxx themselves.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from card_drivers.chips import tlv
from card_drivers.device import CardConnection, ChipError
from card_drivers.troubles import Trouble


class StatusWord(IntEnum):
    """Status words (ISO 7816-4 section 5.6; 6A89 for CREATE FILE, ISO 7816-9)."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    AUTHENTICATION_FAILED = 0x6300
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    NO_SECURE_MESSAGING = 0x6882
    SECURITY_STATUS = 0x6982
    CONDITIONS = 0x6985
    NO_CURRENT_FILE = 0x6986
    SM_OBJECTS_MISSING = 0x6987
    SM_OBJECTS_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    NOT_FOUND = 0x6A82
    NO_SPACE = 0x6A84
    WRONG_P1P2 = 0x6A86
    NO_REFERENCE = 0x6A88
    EXISTS = 0x6A89
    WRONG_OFFSET = 0x6B00
    WRONG_INS = 0x6D00
    WRONG_CLA = 0x6E00
    NO_DIAGNOSIS = 0x6F00


CHAINED = 0x10  # class bit: more of this command follows
PROTECTED = 0x0C  # class bits of secure messaging (section 5.4.1); SCP03 sets the lower one
SHORT_DATA, SHORT_EXPECT, LONGEST_EXPECT = 255, 256, 65_536
LONGEST_ANSWER = 65_536  # bytes of one answer, however many GET RESPONSE it takes
MOST_PARTS = 300  # GET RESPONSE for one answer: 65,536 bytes in short parts are 256


@dataclass(frozen=True)
class Command:
    """A command APDU taken apart (ISO 7816-4 section 5.1); `expect` None when no answer data is asked for."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expect: int | None = None

    @classmethod
    def parse(cls, apdu: bytes) -> Command | None:
        """The command, or None when its lengths do not add up."""
        if len(apdu) < 4:
            return None
        plain, body = cls(*struct.unpack_from("4B", apdu)), apdu[4:]
        if len(body) <= 1:
            return replace(plain, expect=(body[0] or SHORT_EXPECT) if body else None)
        if body[0]:
            return plain._with(body[0], body[1:], 1)
        if len(body) == 3:
            return replace(plain, expect=int.from_bytes(body[1:], "big") or LONGEST_EXPECT)
        length = int.from_bytes(body[1:3], "big")
        return plain._with(length, body[3:], 2) if length else None

    def _with(self, length: int, rest: bytes, width: int) -> Command | None:
        """The same with `length` bytes of data, and with Le in `width` bytes if that is there."""
        tail = rest[length:]
        if len(rest) < length or len(tail) not in (0, width):
            return None
        return replace(self, data=rest[:length], expect=(int.from_bytes(tail, "big") or 256**width) if tail else None)

    def with_right_length(self, sw: int) -> Command | None:
        """The command that 6Cxx asks for, which says what Le would be right; None for another status word."""
        return replace(self, expect=(sw & 0xFF) or SHORT_EXPECT) if sw >> 8 == 0x6C else None

    @property
    def extended(self) -> bool:
        """Whether its lengths need the extended form."""
        return len(self.data) > SHORT_DATA or (self.expect or 0) > SHORT_EXPECT

    def encode(self) -> bytes:
        """The APDU: in short form when its lengths allow it."""
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        if not self.extended:
            body = bytes([len(self.data)]) + self.data if self.data else b""
            return header + body + (b"" if self.expect is None else bytes([self.expect % 256]))
        body = b"\0" + len(self.data).to_bytes(2, "big") + self.data if self.data else b""
        tail = b"" if self.expect is None else (self.expect % LONGEST_EXPECT).to_bytes(2, "big")
        return header + body + (tail if self.data else b"\0" + tail)


@dataclass(frozen=True)
class CardLimits:
    """The lengths a card takes (ISO 7816-4 section 12.1.1.9 and 12.7.1, Doc 9303-10 section 3.11.1): whole command
    APDUs of `command` bytes, whole response APDUs of `response` bytes with the status word; chained commands or not.

    Without the exact sizes from EF.ATR/INFO only short lengths are used (Doc 9303-11 section 9.3.1.2).
    """

    command: int = 4 + 1 + SHORT_DATA + 1
    response: int = SHORT_EXPECT + 2
    chaining: bool = False

    @property
    def command_room(self) -> int:
        """Bytes of data in one command: without the header and, in the extended form, Lc of 3 and Le of 2 bytes."""
        return max(SHORT_DATA, min(self.command - 9, 65_535))

    @property
    def response_room(self) -> int:
        """Bytes of data in one response."""
        return max(SHORT_EXPECT, min(self.response - 2, LONGEST_EXPECT))


SHORT = CardLimits()
CAPABILITIES = 0x73  # compact TLV of the historical bytes: card capabilities, three bytes
CHAINING, EXTENDED = 0x80, 0x40  # bits of the third capability byte
EF_ATR_INFO = 0x01  # short identifier in the MF (Doc 9303-10, section 3.11.1)
EXTENDED_LENGTH_INFO = 0x7F66


def capabilities(atr: bytes) -> int:
    """The third byte of the card capabilities in an ATR's historical bytes (ISO 7816-4 section 12.1.1), 0 if none."""
    history = _historical_bytes(atr)
    if history[:1] not in (b"\x00", b"\x80"):
        return 0
    position = 1
    while position < len(history):
        tag, length = history[position], history[position] & 0x0F
        if tag == CAPABILITIES and position + 3 < len(history):
            return history[position + 3]
        position += 1 + length
    return 0


def _historical_bytes(atr: bytes) -> bytes:
    """ISO 7816-3 section 8.2: T0 counts them, interface bytes come before."""
    if len(atr) < 2:
        return b""
    position, present, count = 2, atr[1] >> 4, atr[1] & 0x0F
    while present:
        position += present.bit_count()
        last = atr[position - 1] if present & 8 and position <= len(atr) else 0
        present = last >> 4
    return atr[position : position + count]


def limits_from_info(info: bytes, chaining: bool) -> CardLimits:
    """What EF.ATR/INFO says: 7F66 with two integers, bytes of a command and of a response APDU; short without it."""
    try:
        template = tlv.find(tlv.parse(info), EXTENDED_LENGTH_INFO)
        command, response = (int.from_bytes(value, "big") for tag, value in tlv.parse(template or b"") if tag == 2)
    except ValueError:
        return replace(SHORT, chaining=chaining)
    return CardLimits(max(command, SHORT.command), max(response, SHORT.response), chaining)


class Card:
    """A chip in a reader's field with the lengths it takes; a CardConnection itself."""

    def __init__(self, connection: CardConnection, limits: CardLimits = SHORT) -> None:
        self.uid = connection.uid
        self.atr = connection.atr
        self.limits = limits
        self.connection = connection

    @property
    def command_room(self) -> int:
        """Bytes of data that fit into one command."""
        return self.limits.command_room

    @property
    def response_room(self) -> int:
        """Bytes of data that fit into one response."""
        return self.limits.response_room

    def shorten(self) -> None:
        """Short lengths from now on: card or reader takes less than was announced."""
        self.limits = replace(SHORT, chaining=self.limits.chaining)

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Send a command APDU, chained if it must be, and collect its whole answer. ChipError when it has no end."""
        data, sw = b"", 0
        for part in self._links(apdu):
            data, sw = self.connection.transmit(part)
            command = Command.parse(part)
            if command and not command.cla & PROTECTED and (again := command.with_right_length(sw)):
                data, sw = self.connection.transmit(again.encode())
            if sw != StatusWord.OK:
                break
        return self._collect(data, sw) if sw >> 8 == 0x61 else (data, sw)

    def send(self, step: str, command: Command, advice: Trouble, accept: Collection[int] = ()) -> bytes:
        """Send a command that must succeed, or end with a status word of `accept`: its data, else ChipError."""
        data, sw = self.transmit(command.encode())
        if sw != StatusWord.OK and sw not in accept:
            raise ChipError(advice, step, sw)
        return data

    def _links(self, apdu: bytes) -> Iterator[bytes]:
        """The APDU itself, or the chain of commands that carries its data."""
        command = Command.parse(apdu)
        if command is None or len(apdu) <= self.limits.command or len(command.data) <= self.command_room:
            yield apdu
            return
        if not self.limits.chaining:
            raise ChipError("chip-command-too-long", "send a command", None, bytes=len(apdu))
        room = self.command_room
        *firsts, last = (command.data[start : start + room] for start in range(0, len(command.data), room))
        for part in firsts:
            yield Command(command.cla | CHAINED, command.ins, command.p1, command.p2, part).encode()
        yield replace(command, data=last).encode()

    def _collect(self, data: bytes, sw: int) -> tuple[bytes, int]:
        """GET RESPONSE until the answer is whole (ISO 7816-4 section 5.3.4)."""
        for _ in range(MOST_PARTS):
            part, sw = self.connection.transmit(Command(0x00, 0xC0, 0, 0, b"", (sw & 0xFF) or 256).encode())
            data += part
            if sw >> 8 != 0x61:
                return data, sw
            if not part or len(data) > LONGEST_ANSWER:
                break
        raise ChipError("chip-answer-endless", "get response", sw)


def read_limits(connection: CardConnection) -> CardLimits:
    """The lengths this card takes: its ATR says whether extended ones, EF.ATR/INFO how long. One APDU or none; the MF
    must be selected, for in an application the same short identifier is another file."""
    third = capabilities(connection.atr)
    chaining = bool(third & CHAINING)
    if not third & EXTENDED:
        return replace(SHORT, chaining=chaining)
    info, sw = Card(connection).transmit(Command(0x00, 0xB0, 0x80 | EF_ATR_INFO, 0x00, expect=SHORT_EXPECT).encode())
    return limits_from_info(info if sw in (StatusWord.OK, StatusWord.END_OF_FILE) else b"", chaining)
