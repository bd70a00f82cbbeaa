"""As much of CBOR (RFC 8949) as a signed status list needs: whole numbers, bytes, texts, lists, maps and tags.

Written in the deterministic form; read strictly: one value, no floats, nothing of indefinite length, nothing left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG = range(7)
_DEEPEST = 8


class CborError(ValueError):
    """Bytes that are no CBOR of ours; the message says where."""


@dataclass(frozen=True)
class Tagged:
    """A value with its tag."""

    tag: int
    value: Any


def encode(value: object) -> bytes:
    """A value in CBOR. TypeError for a kind that is not needed here."""
    match value:
        case bool():
            raise TypeError("no truth values are needed here")
        case int():
            return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case bytes():
            return _head(_BYTES, len(value)) + value
        case str():
            return _head(_TEXT, len(value.encode())) + value.encode()
        case list() | tuple():
            return _head(_LIST, len(value)) + b"".join(map(encode, value))
        case Mapping():
            pairs = sorted((encode(key), encode(each)) for key, each in value.items())
            return _head(_MAP, len(pairs)) + b"".join(key + each for key, each in pairs)
        case Tagged():
            return _head(_TAG, value.tag) + encode(value.value)
    raise TypeError(f"a {type(value).__name__} is not written in CBOR here")


def decode(data: bytes) -> Any:
    """The one value that `data` is. CborError."""
    reader = _Reader(data)
    value = reader.value()
    if reader.position != len(data):
        raise CborError(f"{len(data) - reader.position} bytes are left over")
    return value


def _head(kind: int, number: int) -> bytes:
    for size, code in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 24:
            return bytes((kind << 5 | number,))
        if number < 1 << 8 * size:
            return bytes((kind << 5 | code,)) + number.to_bytes(size, "big")
    raise TypeError("a number of more than 64 bits")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.position = data, 0

    def value(self, deep: int = 0) -> Any:
        if deep > _DEEPEST:
            raise CborError("it is nested too deeply")
        kind, number = self._head()
        if kind == _UNSIGNED:
            return number
        if kind == _NEGATIVE:
            return -1 - number
        if kind in (_BYTES, _TEXT):
            return self._string(kind, number)
        if kind == _TAG:
            return Tagged(number, self.value(deep + 1))
        if number > len(self._data):
            raise CborError(f"at byte {self.position} more values are announced than there are bytes")
        if kind == _LIST:
            return [self.value(deep + 1) for _ in range(number)]
        return self._map(number, deep)

    def _map(self, number: int, deep: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for _ in range(number):
            key = self.value(deep + 1)
            if not isinstance(key, int | str) or key in found:
                raise CborError(f"at byte {self.position} a key is neither number nor text, or is there twice")
            found[key] = self.value(deep + 1)
        return found

    def _string(self, kind: int, size: int) -> bytes | str:
        taken = self._take(size)
        try:
            return taken if kind == _BYTES else taken.decode("utf-8")
        except UnicodeDecodeError as error:
            raise CborError(f"at byte {self.position} a text is not in UTF-8") from error

    def _head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        kind, code = first >> 5, first & 31
        if kind > _TAG or code > 27:
            raise CborError(f"at byte {self.position} stands a kind that no status list has")
        number = code if code < 24 else int.from_bytes(self._take(1 << code - 24), "big")
        return kind, number

    def _take(self, size: int) -> bytes:
        taken = self._data[self.position : self.position + size]
        if len(taken) < size:
            raise CborError("it ends in the middle of a value")
        self.position += size
        return taken
