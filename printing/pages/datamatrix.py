"""Square DataMatrix symbols of one Reed-Solomon block, 10 to 48 modules a side, many at once (ISO/IEC 16022, ECC 200).

Seals are bytes: each symbol holds one run of Base 256 and pads. Its check codewords are linear in its data, so each
data byte has its share of them in a table and the shares are added (ADR 0084).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from printing.errors import ContentError

# Data and check codewords by modules a side (ISO/IEC 16022, table 7).
CODEWORDS: Final = {
    10: (3, 5), 12: (5, 7), 14: (8, 10), 16: (12, 12), 18: (18, 14), 20: (22, 18), 22: (30, 20), 24: (36, 24),
    26: (44, 28), 32: (62, 36), 36: (86, 42), 40: (114, 48), 44: (144, 56), 48: (174, 68),
}  # fmt: skip
_FIELD = 0x12D  # the polynomial of the field of 256
_BASE_256, _PAD = 231, 129
_HEAD = 2  # the switch to bytes and their number
_LARGEST_REGION = 24
_ZERO = np.uint8(0)
# Where a codeword has its bits, the highest first, by row and column from its own (annex F); two have their own place.
_CODEWORD = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
_CORNERS = {
    0: ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    -2: ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
}


class _Size(NamedTuple):
    """What symbols of one size share.

    `pads` fill up behind the data. `mask` makes codewords of bytes (annex B.2) and leaves switch and pads what they
    are. `shares` has the check codewords of each byte at each place, eight in a number. `source` says of each module
    which bit of the codewords it shows; the two behind the last are light and dark.
    """

    pads: bytes
    mask: NDArray[np.uint8]
    shares: NDArray[np.uint64]
    places: NDArray[np.intp]
    source: NDArray[np.intp]


def capacity(side: int) -> int:
    """How many bytes a symbol of `side` x `side` modules holds."""
    return CODEWORDS[side][0] - _HEAD


def encode_many(messages: Sequence[bytes], side: int, field: str = "seal") -> list[bytes]:
    """A symbol of `side` x `side` modules for each message: rows from the top, a dark module 1, each row whole bytes.

    ContentError for a message longer than `capacity`, or empty.
    """
    size = _size(side)
    rows = b"".join([_unmasked(message, side, size.pads, field) for message in messages])
    return _symbols(np.frombuffer(rows, np.uint8).reshape(-1, len(size.pads)) + size.mask, side)


def _symbols(words: NDArray[np.uint8], side: int) -> list[bytes]:
    """The symbols of data codewords, one a row."""
    size, (data, checks) = _size(side), CODEWORDS[side]
    shares = np.bitwise_xor.reduce(size.shares.take(words + size.places, axis=0), axis=1)
    modules = np.empty((len(words), 8 * (data + checks) + 2), np.uint8)
    modules[:, : 8 * data] = np.unpackbits(words, axis=1)
    modules[:, 8 * data : -2] = np.unpackbits(shares.view(np.uint8), axis=1, count=8 * checks)
    modules[:, -2:] = 0, 1
    return [symbol.tobytes() for symbol in np.packbits(modules.take(size.source, axis=1), axis=2)]


def does_not_fit(data: bytes, side: int, field: str) -> ContentError:
    """The refusal of these bytes in a symbol of this size."""
    message = "%(size)s bytes do not fit a DataMatrix of %(modules)s x %(modules)s modules."
    return ContentError(field, message, size=len(data), modules=side)


def _unmasked(message: bytes, side: int, pads: bytes, field: str) -> bytes:
    """The data codewords before the mask."""
    if not 0 < len(message) <= capacity(side):
        raise does_not_fit(message, side, field)
    used = _HEAD + len(message)
    first = bytes(((_PAD - _random(used)) % 256,)) if used < len(pads) else b""
    return b"%c%c%b%b%b" % (_BASE_256, len(message), message, first, pads[used + len(first) :])


def _random(place: int, states: int = 255) -> int:
    """What is added to the codeword at this place, from 0 (annex B)."""
    return 149 * (place + 1) % states + 1


@cache
def _size(side: int) -> _Size:
    data, checks = CODEWORDS[side]
    mask = np.array([0, *(_random(place) for place in range(1, data))], np.uint8)
    pads = [(_PAD + _random(place, 253) - 1) % 254 + 1 for place in range(data)]
    places = np.arange(data) * 256
    return _Size((np.array(pads, np.uint8) - mask).tobytes(), mask, _shares(data, checks), places, _source(side))


def _shares(data: int, checks: int) -> NDArray[np.uint64]:
    """The check codewords of every byte (place x byte, as rows): the remainder of its power by the generator."""
    powers = [1]
    for _ in range(254):
        powers.append(powers[-1] << 1 if powers[-1] < 128 else powers[-1] << 1 ^ _FIELD)
    exponents = np.array(powers * 2, np.uint8)
    logarithms = np.zeros(256, np.intp)
    logarithms[powers] = range(255)

    def times(left: NDArray[np.uint8], right: NDArray[np.uint8] | np.uint8) -> NDArray[np.uint8]:
        product = exponents[logarithms[left] + logarithms[right]]
        return np.where((left == 0) | (right == 0), _ZERO, product)

    generator = np.array([1], np.uint8)  # from the highest power
    for root in powers[1 : checks + 1]:
        generator = np.append(generator, _ZERO) ^ np.append(_ZERO, times(generator, np.uint8(root)))
    remainders = [generator[1:]]
    for _ in range(data - 1):
        last = remainders[-1]
        remainders.append(np.append(last[1:], _ZERO) ^ times(last[:1], generator[1:]))
    table = np.zeros((data, 256, -(-checks // 8) * 8), np.uint8)
    every_byte = np.arange(256, dtype=np.uint8)[None, :, None]
    table[:, :, :checks] = times(every_byte, np.array(remainders[::-1])[:, None, :])
    return table.reshape(data * 256, -1).view(np.uint64)


def _source(side: int) -> NDArray[np.intp]:
    """The module patterns: regions with a solid edge left and below, a broken one above and right (section 5.1)."""
    regions = 1 if side - 2 <= _LARGEST_REGION else 2
    inner = side // regions - 2
    light = 8 * sum(CODEWORDS[side])
    bits = np.array(_placed(inner * regions, light)).reshape(regions, inner, regions, inner)
    source = np.full((regions, inner + 2, regions, inner + 2), light)
    source[:, 1:-1, :, 1:-1] = bits
    source[:, 0, :, ::2] = source[:, 1::2, :, -1] = light + 1
    source[:, -1] = source[:, :, :, 0] = light + 1
    return source.reshape(side, side)


def _placed(side: int, light: int) -> list[list[int]]:
    """Which bit each cell of the mapping matrix shows: codewords in the order of their walk (annex F)."""
    cells: dict[tuple[int, int], int] = {}
    for row, column in _walk(side):
        if column == 0 and row - side in _CORNERS:
            corner = [(down % side, across % side) for down, across in _CORNERS[row - side]]
            cells.update(zip(corner, range(len(cells), light), strict=False))
        if 0 <= row < side and 0 <= column < side and (row, column) not in cells:
            own = [_wrapped(row + down, column + across, side) for down, across in _CODEWORD]
            cells.update(zip(own, range(len(cells), light), strict=False))
    for last in (side - 1, side - 2):
        cells.setdefault((last, last), light + 1)
    return [[cells.get((row, column), light) for column in range(side)] for row in range(side)]


def _walk(side: int) -> Iterator[tuple[int, int]]:
    """The places where codewords may lie, by diagonals upwards and downwards, some outside the matrix."""
    row, column, up = 4, 0, True
    while row < side or column < side:
        yield row, column
        row, column = (row - 2, column + 2) if up else (row + 2, column - 2)
        if (row < 0 or column >= side) if up else (row >= side or column < 0):
            row, column, up = (row + 1, column + 3, False) if up else (row + 3, column + 1, True)


def _wrapped(row: int, column: int, side: int) -> tuple[int, int]:
    """The cell itself, or the one at the opposite edge that goes on for one outside."""
    shift = 4 - (side + 4) % 8
    if row < 0:
        row, column = row + side, column + shift
    if column < 0:
        row, column = row + shift, column + side
    return row, column
