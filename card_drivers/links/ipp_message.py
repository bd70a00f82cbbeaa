"""IPP messages as bytes and back (RFC 8010 section 3). No I/O.

Attributes are `{name: (Attribute values...)}` per group; a value is a tag with the Python value that fits its syntax:
integer and enum int; boolean bool; texts, names, keywords, URIs, charsets, languages, media types str; octetString and
syntaxes unknown here bytes; dateTime datetime; resolution (cross feed, feed, units); rangeOfInteger (lower, upper);
collections dicts of the same kind; out-of-band values None.

Printers write wrong values: one that does not fit its syntax is kept as its bytes, a text that is no UTF-8 with
replacement characters, and nothing else of the message is lost.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

MAX_DEPTH = 8  # of collections in collections


class IppFormatError(ValueError):
    """The bytes are no IPP message; says where and what is wrong."""


class IppCutOff(IppFormatError):
    """The bytes end before the message does."""


class Group(IntEnum):
    """Delimiter tags (RFC 8010 section 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Value tags (RFC 8010 section 3.5.2)."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_LANGUAGE = 0x35
    NAME_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER = 0x4A
    EXTENSION = 0x7F


OUT_OF_BAND = range(0x10, 0x20)
STRINGS = range(0x40, 0x60)


@dataclass(frozen=True)
class Value:
    """One value with its syntax."""

    tag: int
    value: Any


Attributes = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True)
class IppMessage:
    """A request (`code` is the operation) or a response (`code` is the status), with document data after it."""

    code: int
    request_id: int
    groups: tuple[tuple[int, Attributes], ...] = ()
    data: bytes = b""
    version: tuple[int, int] = field(default=(2, 0))

    def groups_of(self, group: int) -> list[Attributes]:
        """All attribute groups with this delimiter, in order: Get-Jobs answers with one per job."""
        return [attributes for tag, attributes in self.groups if tag == group]


def one(attributes: Attributes, name: str, default: Any = None) -> Any:
    """The first value of an attribute, or `default` when it is missing or out of band."""
    values = attributes.get(name)
    return default if not values or values[0].value is None else values[0].value


def every(attributes: Attributes, name: str) -> list[Any]:
    """All values of an attribute that are not out of band."""
    return [value.value for value in attributes.get(name, ()) if value.value is not None]


def encode(message: IppMessage) -> bytes:
    """The message as bytes. ValueError when a value does not fit its syntax."""
    parts = [struct.pack(">BBHI", *message.version, message.code, message.request_id)]
    for group, attributes in message.groups:
        parts.append(bytes([group]))
        parts += [_encode_attribute(name, values) for name, values in attributes.items()]
    return b"".join([*parts, bytes([Group.END]), message.data])


def _encode_attribute(name: str, values: tuple[Value, ...]) -> bytes:
    names = [name.encode("ascii")] + [b""] * (len(values) - 1)
    return b"".join(_encode_value(name, value) for name, value in zip(names, values, strict=True))


def _encode_value(name: bytes, value: Value) -> bytes:
    if value.tag != Tag.BEGIN_COLLECTION:
        return _item(value.tag, name, _encode_syntax(value))
    if isinstance(value.value, bytes):
        return _item(Tag.BEGIN_COLLECTION, name, b"") + value.value
    parts = [_item(Tag.BEGIN_COLLECTION, name, b"")]
    for member, values in value.value.items():
        parts.append(_item(Tag.MEMBER, b"", member.encode("ascii")))
        parts += [_encode_value(b"", each) for each in values]
    return b"".join([*parts, _item(Tag.END_COLLECTION, b"", b"")])


def _item(tag: int, name: bytes, data: bytes) -> bytes:
    if len(name) > 0x7FFF or len(data) > 0x7FFF:
        raise ValueError(f"an IPP value holds at most 32767 bytes, not {max(len(name), len(data))}")
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(data)) + data


def _encode_syntax(value: Value) -> bytes:
    content = value.value
    if isinstance(content, bytes):
        return content
    if value.tag in OUT_OF_BAND:
        return b""
    if value.tag in STRINGS:
        return str(content).encode()
    match value.tag:
        case Tag.INTEGER | Tag.ENUM:
            return struct.pack(">i", content)
        case Tag.BOOLEAN:
            return bytes([content])
        case Tag.RANGE:
            return struct.pack(">ii", *content)
        case Tag.RESOLUTION:
            return struct.pack(">iib", *content)
        case Tag.DATE_TIME:
            return _encode_date(content)
        case Tag.TEXT_LANGUAGE | Tag.NAME_LANGUAGE:
            return b"".join(struct.pack(">H", len(part)) + part for part in (t.encode() for t in content))
        case _:
            return bytes(content)


def _encode_date(moment: dt.datetime) -> bytes:
    """RFC 2579 DateAndTime, eleven octets."""
    offset = int((moment.utcoffset() or dt.timedelta()).total_seconds()) // 60
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond // 100_000)
    zone = (b"-" if offset < 0 else b"+", abs(offset) // 60, abs(offset) % 60)
    return struct.pack(">HBBBBBBcBB", moment.year, moment.month, moment.day, *clock, *zone)


def decode(data: bytes) -> IppMessage:
    """Read a message. IppFormatError for anything else; never reads past the end nor recurses without bound."""
    reader = _Reader(data)
    major, minor, code, request_id = struct.unpack(">BBHI", reader.take(8))
    groups: list[tuple[int, dict[str, tuple[Value, ...]]]] = []
    name = ""
    while (tag := reader.byte()) != Group.END:
        if tag < 0x10:
            groups.append((tag, {}))
            name = ""
        elif not groups:
            raise IppFormatError(f"attribute before any group at byte {reader.position - 1}")
        else:
            name = _decode_into(reader, tag, name, groups[-1][1])
    return IppMessage(code, request_id, tuple(groups), data[reader.position :], (major, minor))


def is_whole(data: bytes) -> bool:
    """Whether nothing of a message is still to come: an IPP answer ends by itself, whatever carries it says."""
    try:
        decode(data)
    except IppCutOff:
        return False
    except IppFormatError:
        return True
    return True


def _decode_into(reader: _Reader, tag: int, before: str, attributes: dict[str, tuple[Value, ...]]) -> str:
    """One value, and the name of its attribute; without one it is a further value of `before` (RFC 8010 section 3.1.5).

    One that belongs to no attribute, or to a collection that is none, is left out, and an attribute that comes again:
    the first counts, as for CUPS.
    """
    name = _text(reader.field())
    data = reader.field()
    value = Value(tag, _decode_collection(reader) if tag == Tag.BEGIN_COLLECTION else _decode_syntax(tag, data))
    if name and name in attributes:
        return ""
    if name:
        attributes[name] = (value,)
    elif before and tag not in (Tag.MEMBER, Tag.END_COLLECTION):
        attributes[before] += (value,)
    return name or before


def _decode_collection(reader: _Reader) -> dict[str, tuple[Value, ...]] | bytes:
    """Members up to the end of the collection (RFC 8010 section 3.1.6), or its bytes when it is not built so.

    A group or an attribute that begins within it ends it.
    """
    start, depth = reader.position, 1
    items: list[tuple[int, bytes]] = []
    while depth and not reader.at_group_or_name():
        tag = reader.byte()
        reader.field()
        items.append((tag, reader.field()))
        depth += (tag == Tag.BEGIN_COLLECTION) - (tag == Tag.END_COLLECTION)
    try:
        return _members(iter(items), 1)
    except IppFormatError:
        return reader.since(start)


def _members(items: Iterator[tuple[int, bytes]], depth: int) -> dict[str, tuple[Value, ...]]:
    """The members of one collection, with its end taken from `items`. IppFormatError when they are none."""
    if depth > MAX_DEPTH:
        raise IppFormatError(f"more than {MAX_DEPTH} collections in one another")
    members: dict[str, tuple[Value, ...]] = {}
    member = ""
    for tag, data in items:
        if tag == Tag.END_COLLECTION:
            return members
        if tag == Tag.MEMBER:
            member = _text(data)
            members[member] = ()
        elif not member:
            raise IppFormatError("collection value before its member name")
        else:
            value = _members(items, depth + 1) if tag == Tag.BEGIN_COLLECTION else _decode_syntax(tag, data)
            members[member] += (Value(tag, value),)
    raise IppFormatError("collection without an end")


def _decode_syntax(tag: int, data: bytes) -> Any:
    """The value, or its bytes when they do not fit its syntax."""
    if tag in OUT_OF_BAND:
        return None
    if tag in STRINGS:
        return _text(data)
    try:
        return _DECODERS.get(tag, bytes)(data)
    except (struct.error, ValueError):
        return data


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _decode_boolean(data: bytes) -> bool:
    (value,) = struct.unpack(">B", data)
    return bool(value)


def _decode_integer(data: bytes) -> int:
    (value,) = struct.unpack(">i", data)
    return int(value)


def _decode_date(data: bytes) -> dt.datetime:
    year, month, day, hour, minute, second, tenth, sign, zone_hour, zone_minute = struct.unpack(">HBBBBBBcBB", data)
    if sign not in (b"+", b"-"):
        raise ValueError("no direction from UTC")
    offset = dt.timedelta(hours=zone_hour, minutes=zone_minute) * (-1 if sign == b"-" else 1)
    # 60 is a leap second (RFC 2579), which datetime does not know.
    return dt.datetime(year, month, day, hour, minute, min(second, 59), tenth * 100_000, dt.timezone(offset))


def _decode_with_language(data: bytes) -> tuple[str, str]:
    reader = _Reader(data)
    language, text = _text(reader.field()), _text(reader.field())
    if reader.position != len(data):
        raise ValueError("bytes after the text")
    return language, text


_DECODERS: dict[int, Callable[[bytes], Any]] = {
    Tag.INTEGER: _decode_integer,
    Tag.ENUM: _decode_integer,
    Tag.BOOLEAN: _decode_boolean,
    Tag.RANGE: lambda data: struct.unpack(">ii", data),
    Tag.RESOLUTION: lambda data: struct.unpack(">iib", data),
    Tag.DATE_TIME: _decode_date,
    Tag.TEXT_LANGUAGE: _decode_with_language,
    Tag.NAME_LANGUAGE: _decode_with_language,
}


class _Reader:
    """Bytes with a position; reading past the end is an IppFormatError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise IppCutOff(f"{length} bytes announced at byte {self.position}, {len(self._data)} in all")
        part = self._data[self.position : end]
        self.position = end
        return part

    def byte(self) -> int:
        return self.take(1)[0]

    def field(self) -> bytes:
        """A name or value after its two-byte length: signed in the RFC, so 32768 and above are wrong."""
        length = int.from_bytes(self.take(2), "big")
        if length > 0x7FFF:
            raise IppFormatError(f"negative length at byte {self.position - 2}")
        return self.take(length)

    def at_group_or_name(self) -> bool:
        """Whether a delimiter or a value with a name comes next: no part of a collection."""
        ahead = self._data[self.position : self.position + 3]
        return bool(ahead) and (ahead[0] < 0x10 or any(ahead[1:]))

    def since(self, start: int) -> bytes:
        return self._data[start : self.position]
