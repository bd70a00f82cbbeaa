"""How a visible digital seal writes strings, dates and lengths (Doc 9303-13, 2.3, 2.4 and 2.6), in both directions.

C40 packs three characters into two bytes. It knows A-Z, 0-9 and space; the filler `<` is written as space and every
space is read as `<`. Section 2.6 b, which gives an encoding at least as many bytes as characters, contradicts its own
algorithm and examples; the algorithm holds.
"""

from __future__ import annotations

import datetime as dt
import struct
from functools import lru_cache
from typing import NoReturn

_FIRST = 3  # C40 value of the first of these; 0 (shift 1) is padding, 1 and 2 (shift 2, 3) are never used
_CHARACTERS = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {character: value for value, character in enumerate(_CHARACTERS, _FIRST)} | {" ": _FIRST}
_UNLATCH = 0xFE


class SealError(ValueError):
    """A seal that cannot be made, or bytes that are no seal.

    `part` names what is wrong, as in Doc 9303-13 (`signer`, `issue_date`, `message 2`, a field's name); `position` is
    its byte, counted from 0 as in the standard, None where nothing was read. `found` can be personal: do not log it.
    """

    def __init__(self, part: str, expected: str, found: str, *, position: int | None = None) -> None:
        self.part, self.expected, self.found, self.position = part, expected, found, position
        place = part.replace("_", " ") if position is None else f"byte {position} ({part.replace('_', ' ')})"
        super().__init__(f"Seal, {place}: expected {expected}, found {found}.")


def encode_c40(text: str, part: str) -> bytes:
    """The C40 bytes of a string; SealError names `part` and the first character that C40 has not (2.6.1, 2.6.3)."""
    if not _VALUES.keys() >= set(text):
        wrong = next(character for character in text if character not in _VALUES)
        raise SealError(part, "A-Z, 0-9, space or <", repr(wrong))
    whole = len(text) - len(text) % 3
    values = [_VALUES[character] for character in text]
    triples = zip(values[:whole:3], values[1:whole:3], values[2:whole:3], strict=True)
    pairs = [1600 * first + 40 * second + third + 1 for first, second, third in triples]
    return struct.pack(f">{len(pairs)}H", *pairs) + _rest(text[whole:])


def _rest(characters: str) -> bytes:
    """Two bytes for the two characters that remain, or for the one: in DataMatrix's ASCII encodation."""
    if len(characters) == 1:
        return bytes((_UNLATCH, ord(characters.replace("<", " ")) + 1))
    return struct.pack(">H", 1600 * _VALUES[characters[0]] + 40 * _VALUES[characters[1]] + 1) if characters else b""


@lru_cache(maxsize=4096)
def _characters(pair: bytes, last: bool) -> str:
    """The characters of two bytes, empty for what is no C40; only the last pair may hold fewer than three."""
    if pair[0] == _UNLATCH:
        text = chr(max(pair[1] - 1, 0)) if last else ""
        return text.replace(" ", "<") if text in _CHARACTERS[1:] or text == " " else ""
    number = int.from_bytes(pair, "big") - 1
    values = [number // 1600, number // 40 % 40, number % 40]
    if last and values[2] == 0:
        del values[2]
    return "".join(_CHARACTERS[value - _FIRST] for value in values) if all(3 <= v < 40 for v in values) else ""


def c40_size(characters: int) -> int:
    """How many bytes so many characters take."""
    return (characters + 2) // 3 * 2


def encode_date(day: dt.date) -> bytes:
    """Three bytes: MMDDYYYY as a number (2.3.1)."""
    return int(f"{day.month:02}{day.day:02}{day.year:04}").to_bytes(3, "big")


def encode_length(length: int) -> bytes:
    """A length as X.690 writes it in DER."""
    if length < 0x80:
        return bytes((length,))
    size = (length.bit_length() + 7) // 8
    return bytes((0x80 | size,)) + length.to_bytes(size, "big")


class Reader:
    """The bytes of a seal, taken from the front. Whatever is not as the standard writes it is a SealError."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data, self._offset = data, position
        self.position = position

    @property
    def at_end(self) -> bool:
        """True when nothing is left."""
        return self.position - self._offset >= len(self._data)

    def take(self, size: int, part: str) -> bytes:
        """The next `size` bytes."""
        start = self.position - self._offset
        taken = self._data[start : start + size]
        if len(taken) < size:
            self.fail(part, f"{size} bytes", f"the end of the data after {len(taken)}")
        self.position += size
        return taken

    def byte(self, part: str) -> int:
        """The next byte."""
        return self.take(1, part)[0]

    def length(self, part: str) -> int:
        """A DER length of one to five bytes, in its shortest form."""
        first = self.byte(part)
        if first < 0x80:
            return first
        if not 1 <= (size := first & 0x7F) <= 4:
            self.fail(part, "a DER length of one to five bytes", f"0x{first:02x}", back=1)
        length = int.from_bytes(self.take(size, part), "big")
        if encode_length(length) != bytes((first,)) + length.to_bytes(size, "big"):
            self.fail(part, "a DER length in its shortest form", f"{length} in {size + 1} bytes", back=size + 1)
        return length

    def date(self, part: str) -> dt.date:
        """A date of three bytes."""
        digits = f"{int.from_bytes(self.take(3, part), 'big'):08}"
        try:
            return dt.date(int(digits[4:]), int(digits[:2]), int(digits[2:4]))
        except ValueError:
            self.fail(part, "a date MMDDYYYY", digits, back=3)

    def c40(self, size: int, part: str) -> str:
        """The characters of `size` bytes of C40, fillers for spaces."""
        if size % 2:
            self.fail(part, "an even number of bytes in C40", str(size))
        end = self.position + size
        return "".join(self._pair(part, last=at == end) for at in range(self.position + 2, end + 2, 2))

    def _pair(self, part: str, *, last: bool) -> str:
        pair = self.take(2, part)
        return _characters(pair, last) or self.fail(part, "characters in C40", f"0x{pair.hex()}", back=2)

    def fail(self, part: str, expected: str, found: str, *, back: int = 0) -> NoReturn:
        """Raise the SealError of this place, or of `back` bytes before it."""
        raise SealError(part, expected, found, position=self.position - back)
