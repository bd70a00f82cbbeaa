"""The one reader and writer of data objects (tag, length, value) in a chip's files: ISO/IEC 7816-4, 5.2.2.

Strict: tags of one or two bytes, lengths in their shortest definite form, nothing left over. What is read is a part of
what was given, so that no length field makes anything grow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from asn1crypto import parser

from printing.errors import PrintingError

MAX_FILE = 0xFFFF + 5
"""Bytes of the largest file read here; of a chip's files only the portrait comes near (Doc 9303-10, 3.6.6)."""

MAX_OBJECTS = 64
"""Data objects side by side in one template: no data group has half as many."""

Note = Callable[[str], None]
"""Takes a sentence about what is odd in a file and can be read all the same."""

_LOW = 0x1F  # the bits of a tag's first byte that announce a second one when all are set
_STAND_IN = b"\x04"  # a tag for ASN.1, which forbids card tags such as 5F0E as not their shortest form


class LdsError(PrintingError, ValueError):
    """A file that is not what Doc 9303-10 says; `data_group` names it. The message holds nothing personal."""

    def __init__(self, data_group: str, problem: str) -> None:
        self.data_group = data_group
        super().__init__(f"{data_group} {problem}.")


def unnoted(sentence: str) -> None:
    """A `Note` for whom oddities are nothing to tell."""


class DataObject(NamedTuple):
    """One data object: its tag as it is written (0x61, 0x5F1F) and its value."""

    tag: int
    value: bytes


def encode(tag: int, *values: bytes) -> bytes:
    """The data object of this tag (one or two bytes) around these values, one after the other."""
    return tag.to_bytes(2 if tag > 0xFF else 1) + _sized(b"".join(values))


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
    if not isinstance(data, bytes) or not 0 < len(data) <= MAX_FILE:
        return None
    size = 2 if data[0] & _LOW == _LOW else 1
    if size == 2 and data[1:2] >= b"\x80":  # the tag goes on
        return None
    try:
        _, _, _, header, content, _ = parser.parse(_STAND_IN + data[size:])
    except ValueError:
        return None
    if header + content != _STAND_IN + _sized(content):
        raise LdsError(name, "has a length that is not in its shortest form")
    return DataObject(int.from_bytes(data[:size]), content), size - 1 + len(header) + len(content)


def _sized(content: bytes) -> bytes:
    """Length and value."""
    return bytes(parser.emit(0, 0, _STAND_IN[0], content)[1:])
