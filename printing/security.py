"""The static ground of a face and the ghost portrait: fine-line guilloche in rainbow colours, drawn by rule.

The ground belongs to the document type and carries nothing of the person; the ghost is the portrait again, in one ink.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

from printing import picture
from printing.layout import Band, Face, Layout, Rope, Rosette
from printing.pdf import POINTS_PER_MM, Bitmap, Box, Form, Ops, Picture, polyline

LINE_MM = 0.07
LINE_STRENGTH = 0.75  # the rest is white, so that 5 pt captions stay readable on the lines
SLICES = 16  # steps of the rainbow
STEPS_PER_WAVE = 30  # keeps the lines within 0.03 mm of the curve
_BLANK_EDGE = 0.12
_VIGNETTE = 48  # pixels; it is stretched, and nobody sees its steps

Point = tuple[float, float]
Rgb = tuple[float, float, float]


@cache
def background(layout: Layout, face: Face) -> Form:
    """The ground of a face as an immutable form, drawn once per process."""
    return Form.of(Ops("\n".join(_ground(layout, face))))


def ghost(portrait: Bitmap, box: Box) -> Picture:
    """The portrait once more, small, pale and without a frame, in a box in points. No pixel is decoded for it."""
    return Picture(portrait, *picture.placed(portrait.pixels, box), fade=_vignette())


@cache
def _vignette() -> Bitmap:
    """White in the middle, fading to black at the edge, so that the ghost has no frame."""
    mask = Image.new("L", (_VIGNETTE, _VIGNETTE))
    edge = _VIGNETTE * _BLANK_EDGE
    ImageDraw.Draw(mask).ellipse((edge, edge, _VIGNETTE - edge, _VIGNETTE - edge), fill=255)
    faded = mask.filter(ImageFilter.GaussianBlur(edge * 0.7))
    return Bitmap(zlib.compress(faded.tobytes()), "FlateDecode", mask.size, "DeviceGray")


def _ground(layout: Layout, face: Face) -> Iterator[str]:
    ground = layout.backgrounds[face.name]
    inks = [_rgb(ink) for ink in ground.inks]
    yield "q 1 J 1 j"
    yield from _tint(layout, inks, ground.tint)
    yield from (_band(layout, band) for band in ground.bands)
    yield f"{layout.clip_to_eye(face)} {LINE_MM * POINTS_PER_MM:.3f} w"
    lines = [line for rope in ground.ropes for line in _rope(rope, layout.width)]
    lines += [line for rosette in ground.rosettes for line in _rosette(rosette)]
    yield from _rainbow(layout, lines, [_paler(ink, LINE_STRENGTH) for ink in inks])
    yield "Q"


def _tint(layout: Layout, inks: list[Rgb], strength: float) -> Iterator[str]:
    """A pale gradient; each step reaches under the next one, so that no seam shows between them."""
    width, height = layout.page
    steps = SLICES * 3
    for step in range(steps):
        red, green, blue = _paler(_mix(inks, (step + 0.5) / steps), strength)
        start, across = width * step / steps, width / steps + 1
        yield f"{red:.3f} {green:.3f} {blue:.3f} rg {start:.2f} 0 {across:.2f} {height:.2f} re f"


def _band(layout: Layout, band: Band) -> str:
    red, green, blue = _rgb(band.colour)
    x, y, width, height = layout.points(band.box)
    return f"{red:.3f} {green:.3f} {blue:.3f} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f"


def _rope(rope: Rope, width: float) -> Iterator[list[Point]]:
    """Sine lines shifted against each other between two envelopes that breathe along the face."""
    stride = rope.period / STEPS_PER_WAVE
    for strand in range(rope.strands):
        shift = 2 * math.pi * strand / rope.strands
        line = []
        for step in range(math.ceil((width + 2) / stride) + 1):
            x = -1 + step * stride
            envelope = rope.swing * (0.62 + 0.38 * math.cos(2 * math.pi * x / (rope.period * 2.7) + rope.y))
            line.append((x, rope.y + rope.slope * x + envelope * math.sin(2 * math.pi * x / rope.period + shift)))
        yield line


def _rosette(rosette: Rosette) -> Iterator[list[Point]]:
    """Closed flowers of one centre, each turned a little against the next."""
    count = rosette.petals * 24
    for strand in range(rosette.strands):
        shift = 2 * math.pi * strand / rosette.strands
        line = []
        for step in range(count + 1):
            turn = 2 * math.pi * step / count
            radius = rosette.radius * (0.66 + 0.34 * math.sin(rosette.petals * turn + shift))
            line.append((rosette.x + radius * math.cos(turn), rosette.y + radius * math.sin(turn)))
        yield line


def _rainbow(layout: Layout, lines: list[list[Point]], inks: list[Rgb]) -> Iterator[str]:
    """The lines cut into vertical slices, each slice in its own colour, as rainbow printing blends inks."""
    slices: list[list[list[Point]]] = [[] for _ in range(SLICES)]
    for line in lines:
        for part, index in _sliced(line, layout.width):
            slices[index].append(part)
    for index, parts in enumerate(slices):
        red, green, blue = _mix(inks, (index + 0.5) / SLICES)
        yield f"{red:.3f} {green:.3f} {blue:.3f} RG"
        yield from (polyline(_on_page(layout, point) for point in part) + "\nS" for part in parts)


def _sliced(line: list[Point], width: float) -> Iterator[tuple[list[Point], int]]:
    """Pieces of a line with the slice each lies in; neighbours share their point, so the line has no gap."""
    piece, current = [line[0]], _slice(line[0], width)
    for point in line[1:]:
        piece.append(point)
        if (index := _slice(point, width)) != current:
            yield piece, current
            piece, current = [point], index
    if len(piece) > 1:
        yield piece, current


def _slice(point: Point, width: float) -> int:
    return min(SLICES - 1, max(0, int(point[0] / width * SLICES)))


def _on_page(layout: Layout, point: Point) -> Point:
    return (
        (layout.bleed[0] + point[0]) * POINTS_PER_MM,
        (layout.bleed[1] + layout.height - point[1]) * POINTS_PER_MM,
    )


def _mix(inks: list[Rgb], position: float) -> Rgb:
    """The colour at `position` (0..1) between inks spread evenly from left to right."""
    if len(inks) == 1:
        return inks[0]
    place = position * (len(inks) - 1)
    index = min(int(place), len(inks) - 2)
    share = place - index
    red, green, blue = (a + (b - a) * share for a, b in zip(inks[index], inks[index + 1], strict=True))
    return red, green, blue


def _paler(colour: Rgb, strength: float) -> Rgb:
    red, green, blue = (1 - strength * (1 - part) for part in colour)
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
