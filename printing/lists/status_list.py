"""A status list by IETF Token Status List, section 4: so many bits a number, the lowest bits of a byte first, zlib.

Our lists have two bits. A list holds a million numbers: it is named by all of a document's number but its last six
digits (`RP1` of RP1000423), and these are the place in it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import IntEnum

BITS = 2
SIZE = 1_000_000
"""How many numbers one list holds, whether they were issued or not: nothing is ever looked up beyond its end."""

DIGITS = 6
_LARGEST = 1 << 22
"""Bytes that a list of anybody may unpack to: two million numbers of sixteen bits would not be one."""


class Status(IntEnum):
    """What a list says of a number. The last one is application-specific: no such document was ever handed over."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2
    NEVER_ISSUED = 3


class ListError(ValueError):
    """What cannot be read as a status list; the message says why."""


@dataclass(frozen=True)
class StatusList:
    """An unpacked list: `bits` a number, `data` their bytes."""

    bits: int
    data: bytes

    @classmethod
    def of(cls, bits: int, packed: bytes) -> StatusList:
        """Unpack one. ListError."""
        if bits not in (1, 2, 4, 8):
            raise ListError(f"{bits} bits a number: there are lists of 1, 2, 4 and 8")
        return cls(bits, bytes(unpack(packed)))

    def __len__(self) -> int:
        return len(self.data) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """What stands at a place: one byte is looked at. IndexError beyond the end."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        each = 8 // self.bits
        return self.data[index // each] >> index % each * self.bits & (1 << self.bits) - 1


def place(number: str) -> tuple[str, int] | None:
    """The list of a document's number, and its place in it; None for a number that ends in no six digits."""
    name, digits = number[:-DIGITS], number[-DIGITS:]
    if not name.isascii() or not name.isalnum() or not digits.isascii() or not digits.isdigit():
        return None
    return name, int(digits)


def new() -> bytearray:
    """The bytes of a list in which nothing was ever issued."""
    return bytearray(b"\xff") * (SIZE * BITS // 8)


def put(data: bytearray, index: int, status: Status) -> None:
    """Write what a number is into the bytes of a list of ours."""
    shift = index % 4 * BITS
    data[index // 4] = data[index // 4] & ~(3 << shift) & 0xFF | status << shift


def pack(data: bytes | bytearray, level: int = 9) -> bytes:
    """By zlib: as it is signed, at its highest level, or faster at a lower one."""
    return zlib.compress(data, level)


def unpack(packed: bytes) -> bytearray:
    """What `pack` packed. ListError for what is damaged or too large."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, _LARGEST)
    except zlib.error as error:
        raise ListError("its numbers cannot be unpacked") from error
    if not stream.eof or stream.unused_data:
        raise ListError("its numbers are cut off, too many, or followed by something")
    return bytearray(data)
