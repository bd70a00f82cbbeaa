"""A simulated contactless chip and its reader: a minimal elementary-file store behind APDUs, kept on disk."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from card_drivers.apdu import StatusWord
from card_drivers.device import CardConnection, ChipError
from card_drivers.emrtd import AID
from card_drivers.simulation import Simulation

MEMORY = 80 * 1024  # bytes of files a chip takes


@dataclass(frozen=True)
class Command:
    """A short command APDU taken apart (ISO 7816-4 section 5.1); `expect` None when no answer data is asked for."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expect: int | None

    @classmethod
    def parse(cls, apdu: bytes) -> Command | None:
        """The command, or None when its lengths do not add up."""
        if len(apdu) < 4:
            return None
        (cla, ins, p1, p2), body = apdu[:4], apdu[4:]
        if len(body) <= 1:
            return cls(cla, ins, p1, p2, b"", (body[0] or 256) if body else None)
        length, rest = body[0], body[1:]
        if length == 0 or len(rest) not in (length, length + 1):
            return None
        return cls(cla, ins, p1, p2, rest[:length], (rest[length] or 256) if len(rest) > length else None)


class SimulatedChip:
    """The chip `uid` of a simulation: SELECT, READ BINARY, CREATE FILE, UPDATE BINARY of the eMRTD application."""

    def __init__(self, simulation: Simulation, uid: str) -> None:
        self.uid = uid
        self._simulation = simulation
        self._memory = simulation.chip(uid)
        self._application = False
        self._file: str | None = None

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        """Answer one command APDU; ChipError when the chip is dead."""
        if self._memory.dead:
            raise ChipError("transmit", None, "The chip is dead: the card goes to the reject tray.")
        command = Command.parse(apdu)
        if command is None:
            return b"", StatusWord.WRONG_LENGTH
        if command.cla != 0x00:
            return b"", StatusWord.WRONG_CLA
        handler = {0xA4: self._select, 0xB0: self._read, 0xE0: self._create, 0xD6: self._update}.get(command.ins)
        return handler(command) if handler else (b"", StatusWord.WRONG_INS)

    def _select(self, command: Command) -> tuple[bytes, int]:
        if (command.p1, command.p2) == (0x04, 0x0C):
            self._application, self._file = command.data == AID, None
            return b"", StatusWord.OK if self._application else StatusWord.NOT_FOUND
        if (command.p1, command.p2) != (0x02, 0x0C):
            return b"", StatusWord.WRONG_P1P2
        fid = command.data.hex()
        self._file = fid if self._application and fid in self._memory.files else None
        return b"", StatusWord.OK if self._file else StatusWord.NOT_FOUND

    def _read(self, command: Command) -> tuple[bytes, int]:
        if self._file is None:
            return b"", StatusWord.NO_CURRENT_FILE
        data = bytes.fromhex(self._memory.files[self._file])
        offset = command.p1 << 8 | command.p2
        if offset >= len(data):
            return b"", StatusWord.WRONG_OFFSET
        return data[offset : offset + (command.expect or 256)], StatusWord.OK

    def _create(self, command: Command) -> tuple[bytes, int]:
        if len(command.data) != 6 or command.data[:2] != b"\x63\x04" or not self._application:
            return b"", StatusWord.WRONG_DATA
        size, fid = int.from_bytes(command.data[2:4], "big"), command.data[4:].hex()
        if fid in self._memory.files:
            return b"", StatusWord.EXISTS
        if size + sum(len(data) // 2 for data in self._memory.files.values()) > MEMORY:
            return b"", StatusWord.NO_SPACE
        self._memory.files[fid] = bytes(size).hex()
        self._simulation.keep_chip(self._memory)
        return b"", StatusWord.OK

    def _update(self, command: Command) -> tuple[bytes, int]:
        if self._file is None:
            return b"", StatusWord.NO_CURRENT_FILE
        data = bytearray.fromhex(self._memory.files[self._file])
        offset = command.p1 << 8 | command.p2
        if offset + len(command.data) > len(data):
            return b"", StatusWord.WRONG_OFFSET
        if self._memory.failing:
            return b"", StatusWord.MEMORY_FAILURE
        data[offset : offset + len(command.data)] = command.data
        self._memory.files[self._file] = data.hex()
        self._simulation.keep_chip(self._memory)
        return b"", StatusWord.OK


class SimulatedReader:
    """Reads the card of an order where the simulation has it: in the machine's path, or laid here from the tray."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def connect(self, order_id: UUID) -> CardConnection:
        """The order's chip. ChipError when no such card lies there, or it has no chip."""
        card = self._simulation.locate(order_id)
        if card is None:
            raise ChipError("connect", None, "The document is not in the output tray: lay it on the reader.")
        if card.uid is None:
            raise ChipError("connect", None, "The card has no chip: take a blank of the right stock.")
        return SimulatedChip(self._simulation, card.uid)
