"""Pictures of pages as PWG raster (PWG 5102.4) and as Apple raster (URF): for printers that take no PDF.

Apple publishes no description of URF; it is written as CUPS reads it. Both have the same compressed lines.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from PIL import Image, ImageOps

Mode = Literal["RGB", "L"]
"""Colour or grey, eight bits each; both sRGB."""
Back = Literal["normal", "flipped", "rotated", "manual-tumble"]
"""How a printer wants the back of a sheet (PWG 5102.4 section 4.3.2, pwg-raster-document-sheet-back)."""

Sides = Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
"""Which edge a sheet is turned over (RFC 8011 section 5.2.8)."""
Transform = tuple[int, int]
"""CrossFeedTransform and FeedTransform: -1 is backwards."""

PLAIN: Transform = (1, 1)
TRANSFORMS: Mapping[tuple[Back, Sides], Transform] = {
    ("flipped", "two-sided-long-edge"): (1, -1),
    ("flipped", "two-sided-short-edge"): (-1, 1),
    ("rotated", "two-sided-long-edge"): (-1, -1),
    ("manual-tumble", "two-sided-short-edge"): (-1, -1),
}
"""Of the back of a sheet; any other is plain."""

MOST_REPEATS = 256  # of a line
MOST_PIXELS = 128  # of one run, or of one row of different pixels
ALL_WHITE = 0xFFFFFF
PWG_SPACES: Mapping[Mode, int] = {"RGB": 19, "L": 18}
URF_SPACES: Mapping[Mode, int] = {"RGB": 1, "L": 0}
PWG_HEADER = struct.Struct(">64s208xI2I56xI8x2I8xI2I4x5I16xI28x8I1312x")
URF_HEADER = struct.Struct(">4B8x3I8x")
URF_SIDES: Mapping[Sides, int] = {"one-sided": 1, "two-sided-short-edge": 2, "two-sided-long-edge": 3}
URF_NORMAL_QUALITY = 4


def pwg(pages: Sequence[Image.Image], resolution: tuple[int, int], sides: Sides, back: Back) -> bytes:
    """All pages, front and back in turn when two-sided; `resolution` in dpi is across and along the feed."""
    parts = [b"RaS2"]
    for number, page in enumerate(pages):
        transform = _transform(number, sides, back)
        parts += [_pwg_header(page, len(pages), resolution, sides, transform), *_lines(_transformed(page, transform))]
    return b"".join(parts)


def urf(pages: Sequence[Image.Image], dpi: int, sides: Sides, back: Back) -> bytes:
    """The same as Apple raster, which has one resolution for both directions."""
    parts = [b"UNIRAST\0", struct.pack(">I", len(pages))]
    for number, page in enumerate(pages):
        kind = (8 * len(page.getbands()), URF_SPACES[_mode(page)], URF_SIDES[sides], URF_NORMAL_QUALITY)
        parts += [URF_HEADER.pack(*kind, *page.size, dpi), *_lines(_transformed(page, _transform(number, sides, back)))]
    return b"".join(parts)


def _transform(number: int, sides: Sides, back: Back) -> Transform:
    return TRANSFORMS.get((back, sides), PLAIN) if number % 2 else PLAIN


def _mode(page: Image.Image) -> Mode:
    return "L" if page.mode == "L" else "RGB"


def _pwg_header(
    page: Image.Image, pages: int, resolution: tuple[int, int], sides: Sides, transform: Transform
) -> bytes:
    """PWG 5102.4 section 4.3, 1796 bytes; what is not here is zero: nothing special is asked for."""
    colours = len(page.getbands())
    points = [round(pixels * 72 / dpi) for pixels, dpi in zip(page.size, resolution, strict=True)]
    return PWG_HEADER.pack(
        b"PwgRaster",
        sides != "one-sided",  # Duplex
        *resolution,
        1,  # NumCopies
        *points,
        sides == "two-sided-short-edge",  # Tumble
        *page.size,
        8,  # BitsPerColor
        8 * colours,
        colours * page.width,
        0,  # ColorOrder: chunky
        PWG_SPACES[_mode(page)],
        colours,
        pages,
        *(value % 2**32 for value in transform),
        *(0, 0, *page.size),  # the box that holds the picture: all of it
        ALL_WHITE,
    )


def _transformed(page: Image.Image, transform: Transform) -> Image.Image:
    across, along = transform
    page = ImageOps.mirror(page) if across < 0 else page
    return ImageOps.flip(page) if along < 0 else page


def _lines(page: Image.Image) -> Iterator[bytes]:
    """The lines, equal ones counted, each with its runs of equal pixels counted (PWG 5102.4 section 4.4)."""
    size = len(page.getbands())
    rows, length = page.tobytes(), size * page.width
    runs = _runs(size)
    for row, equal in itertools.groupby(rows[start : start + length] for start in range(0, len(rows), length)):
        packed = b"".join(_packed(row, runs, size))
        count = sum(1 for _ in equal)
        for first in range(0, count, MOST_REPEATS):
            yield bytes([min(MOST_REPEATS, count - first) - 1]) + packed


def _runs(size: int) -> re.Pattern[bytes]:
    """Either a pixel that comes again at once, and how often, or pixels each of which is followed by another."""
    pixel = b"." * size
    most = b"%d" % (MOST_PIXELS - 1)
    return re.compile(rb"(%b)\1{1,%b}|(?:(%b)(?!\2)){1,%b}" % (pixel, most, pixel, b"%d" % MOST_PIXELS), re.DOTALL)


def _packed(row: bytes, runs: re.Pattern[bytes], size: int) -> Iterator[bytes]:
    for found in runs.finditer(row):
        count = len(found[0]) // size
        if found[1] is not None:
            yield bytes([count - 1]) + found[1]
        elif count == 1:
            yield b"\0" + found[0]
        else:
            yield bytes([257 - count]) + found[0]
