"""The one reader and writer of data objects (tag, length, value) in a chip's files: ISO/IEC 7816-4, 5.2.2.

Strict: tags of one or two bytes, lengths in their shortest definite form, nothing left over. What is read is a part of
what was given, so that no length field makes anything grow.
"""

from __future__ import annotations

from typing import NamedTuple

from asn1crypto import parser

from printing.errors import PrintingError

MAX_FILE = 0xFFFF + 5
"""Bytes of the largest file read here; of a chip's files only the portrait comes near (Doc 9303-10, 3.6.6)."""

MAX_OBJECTS = 64
"""Data objects side by side in one template: no data group has half as many."""

_LOW, _HIGH = 0x1F, 0x7F  # the bits of the number in a tag of one byte, and in the second byte of two


class LdsError(PrintingError, ValueError):
    """A file that is not what Doc 9303-10 says; `data_group` names it. The message holds nothing personal."""

    def __init__(self, data_group: str, problem: str) -> None:
        self.data_group = data_group
        super().__init__(f"{data_group} {problem}.")


class DataObject(NamedTuple):
    """One data object: its tag as it is written (0x61, 0x5F1F) and its value."""

    tag: int
    value: bytes


def encode(tag: int, *values: bytes) -> bytes:
    """The data object of this tag (one or two bytes) around these values, one after the other."""
    first, number = (tag >> 8, tag & _HIGH) if tag > 0xFF else (tag, tag & _LOW)
    return bytes(parser.emit(first >> 6, first >> 5 & 1, number, b"".join(values)))


def decode(data: bytes, name: str) -> tuple[DataObject, ...]:
    """The data objects in `data`, one beside the other; LdsError names the file `name`."""
    found: list[DataObject] = []
    while data:
        if len(found) == MAX_OBJECTS:
            raise LdsError(name, f"has more than {MAX_OBJECTS} data objects in a template")
        first = _first(data, name)
        if first is None:
            raise LdsError(name, "is not made of complete data objects")
        found.append(first[0])
        data = data[first[1] :]
    return tuple(found)


def value(data: bytes, tag: int, name: str) -> bytes:
    """The value of the one data object in `data`, which must have this tag; LdsError names the file `name`."""
    first = _first(data, name)
    if first is None or first[1] != len(data):
        raise LdsError(name, f"is not one complete data object where tag {tag:02X} is expected")
    if first[0].tag != tag:
        raise LdsError(name, f"has another tag where {tag:02X} is expected")
    return first[0].value


def _first(data: bytes, name: str) -> tuple[DataObject, int] | None:
    """The data object at the start of `data` and its size in bytes, None where there is no complete one."""
    if not isinstance(data, bytes) or len(data) > MAX_FILE:
        return None
    try:
        class_, method, number, header, content, trailer = parser.parse(data)
    except (ValueError, TypeError):
        return None
    if number > _HIGH or parser.emit(class_, method, number, content) != header + content:
        raise LdsError(name, "has a tag or a length that is not in its shortest form")
    leading = class_ << 6 | method << 5
    tag = leading | number if number < _LOW else (leading | _LOW) << 8 | number
    return DataObject(tag, content), len(header) + len(content) + len(trailer)
