"""BER-TLV data objects (ISO 7816-4 section 5.2.2) with definite lengths and tags of one or two bytes.

Not asn1crypto's parser: that takes indefinite lengths, needs the whole object to tell its length, and refuses tags such
as 5F01, which the logical data structure has.
"""

from __future__ import annotations

from collections.abc import Sequence

from asn1crypto import core

from card_drivers.troubles import Troubled

HEAD = 6  # bytes that hold any tag and length we accept
LONGEST = 0xFFFF


class TlvError(Troubled, ValueError):
    """The bytes are no data objects: cut off, of indefinite length or with a tag of three bytes."""


def encode(tag: int, value: bytes) -> bytes:
    """One data object; `tag` as it is written, such as 0x87 or 0x7F49."""
    size = len(value)
    width = 0 if size < 0x80 else (size.bit_length() + 7) // 8
    length = bytes([0x80 | width]) + size.to_bytes(width, "big") if width else bytes([size])
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value


def parse(data: bytes) -> list[tuple[int, bytes]]:
    """The data objects that `data` consists of, in their order. TlvError when it is anything else.

    Zero bytes between them mean nothing (ISO 7816-4 section 5.2.2.1): files are filled up with them.
    """
    found = []
    position = 0
    while position < len(data):
        if data[position] == 0:
            position += 1
            continue
        size, head = measure(data[position : position + HEAD])
        if position + size > len(data):
            raise TlvError("tlv-cut-off")
        width = 2 if data[position] & 0x1F == 0x1F else 1
        tag = int.from_bytes(data[position : position + width], "big")
        found.append((tag, data[position + head : position + size]))
        position += size
    return found


def measure(head: bytes) -> tuple[int, int]:
    """From the first bytes of a data object: its whole length and the length of its tag and length fields."""
    position = 2 if head[:1] and head[0] & 0x1F == 0x1F else 1
    if len(head) <= position or (position == 2 and head[1] & 0x80):
        raise TlvError("tlv-tag")
    length = head[position]
    if length < 0x80:
        return position + 1 + length, position + 1
    width = length & 0x7F
    if not 1 <= width <= 3 or len(head) < position + 1 + width:
        raise TlvError("tlv-length")
    length = int.from_bytes(head[position + 1 : position + 1 + width], "big")
    if length > LONGEST:
        raise TlvError("tlv-too-long")
    return position + 1 + width + length, position + 1 + width


def find(objects: Sequence[tuple[int, bytes]], tag: int) -> bytes | None:
    """The value of the first data object with this tag, None without one."""
    return next((value for found, value in objects if found == tag), None)


def require(data: bytes, *path: int) -> bytes:
    """The value at `path` of nested data objects. TlvError when it is not there."""
    for tag in path:
        value = find(parse(data), tag)
        if value is None:
            raise TlvError("tlv-missing", tag=f"{tag:02X}")
        data = value
    return data


def security_infos(data: bytes) -> list[tuple[str, bytes, bytes]]:
    """SecurityInfos (Doc 9303-11 section 9.2): object identifier, required data and optional data (DER, "" if none).

    TlvError when `data` is not such a set.
    """
    infos = []
    for tag, info in parse(require(data, 0x31)):
        if tag != 0x30:
            raise TlvError("tlv-info-no-sequence")
        (first, identifier), (second, value), *rest = [*parse(info), (0, b""), (0, b"")]
        if first != 0x06:
            raise TlvError("tlv-info-no-identifier")
        optional = encode(*rest[0]) if rest[0][0] else b""
        infos.append((oid(identifier), encode(second, value), optional))
    return infos


def oid(value: bytes) -> str:
    """The dotted form of an object identifier's value bytes."""
    try:
        return str(core.ObjectIdentifier(contents=value).dotted)
    except (ValueError, IndexError) as error:
        raise TlvError("tlv-identifier") from error
