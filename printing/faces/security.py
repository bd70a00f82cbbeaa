"""The static ground of a face and the ghost portrait: fine-line guilloche in rainbow colours, drawn by rule.

The ground belongs to the document type and carries nothing of the person; the ghost is the portrait again, in one ink.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

from printing.faces.layout import Box, Face, Layout, Rope, Rosette
from printing.pages import picture
from printing.pages.pdf import POINTS_PER_MM, Bitmap, Form, Ops, Picture, polyline
from printing.pages.pdf import Box as Points

LINE_MM = 0.07
LINE_STRENGTH = 0.75  # the rest is white, so that 5 pt captions stay readable on the lines
SLICES = 16  # steps of the rainbow
STEPS_PER_WAVE = 24  # keeps the lines within 0.05 mm of the curve
STEPS_PER_PETAL = 36
BODY = 1.5  # how much stronger than the ground a rope's body is
SEAM_MM = 0.35  # by which an area reaches under its neighbour
_BLANK_EDGE = 0.12
_VIGNETTE = 48  # pixels; it is stretched, and nobody sees its steps

Point = tuple[float, float]
Rgb = tuple[float, float, float]


@cache
def background(layout: Layout, face: Face) -> Form:
    """The ground of a face as an immutable form, drawn once per process."""
    return Form.of(Ops("\n".join(_ground(layout, face))))


def ghost(portrait: Bitmap, box: Points) -> Picture:
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
    """Tint, bands, the bodies of the ropes, the fine lines, and plain colour where machines read."""
    ground = layout.backgrounds[face.name]
    inks = [_rgb(ink) for ink in ground.inks]
    area = ground.area or Box(-layout.bleed[0], -layout.bleed[1], *(side / POINTS_PER_MM for side in layout.page))
    yield f"q {_rectangle(layout, area)} W n"
    yield from _tint(layout, area, inks, ground.tint)
    for rope in ground.ropes:
        yield from _body(layout, area, rope, inks, ground.tint * BODY)
    yield f"0 J 2 j {LINE_MM * POINTS_PER_MM:.3f} w"
    lines = [line for rope in ground.ropes for line in _rope(rope, area)]
    lines += [line for rosette in ground.rosettes for line in _rosette(rosette)]
    yield from _rainbow(layout, area, lines, [_paler(ink, LINE_STRENGTH) for ink in inks])
    yield "Q q"
    yield from (_filled(layout, band.box, _rgb(band.colour)) for band in ground.bands)
    yield from (_filled(layout, zone, _rgb(ground.plain)) for zone in face.machine_zones(layout))
    yield "Q"


def _rectangle(layout: Layout, box: Box) -> str:
    x, y, width, height = layout.points(box)
    return f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re"


def _filled(layout: Layout, box: Box, colour: Rgb) -> str:
    red, green, blue = colour
    return f"{red:.3f} {green:.3f} {blue:.3f} rg {_rectangle(layout, box)} f"


def _tint(layout: Layout, area: Box, inks: list[Rgb], strength: float) -> Iterator[str]:
    """A pale gradient; each step reaches under the next one, so that no seam shows between them."""
    steps = SLICES * 3
    across = area.width / steps
    for step in range(steps):
        box = Box(area.x + step * across, area.y, across + SEAM_MM, area.height)
        yield _filled(layout, box, _paler(_mix(inks, (step + 0.5) / steps), strength))


def _body(layout: Layout, area: Box, rope: Rope, inks: list[Rgb], strength: float) -> Iterator[str]:
    """The space between a rope's envelopes, a little stronger than the ground: few lines on it look like many."""
    across = area.width / SLICES
    for step in range(SLICES):
        red, green, blue = _paler(_mix(inks, (step + 0.5) / SLICES), strength)
        start = area.x + step * across
        places = [start + (across + SEAM_MM) * part / 8 for part in range(9)]
        above = [(x, _middle(rope, x) - _envelope(rope, x)) for x in places]
        below = [(x, _middle(rope, x) + _envelope(rope, x)) for x in reversed(places)]
        outline = polyline(_on_page(layout, point) for point in above + below)
        yield f"{red:.3f} {green:.3f} {blue:.3f} rg\n{outline} f"


def _middle(rope: Rope, x: float) -> float:
    return rope.y + rope.slope * x


def _envelope(rope: Rope, x: float) -> float:
    """Half the height of a rope, which breathes along the face."""
    return rope.swing * (0.62 + 0.38 * math.cos(2 * math.pi * x / (rope.period * 2.7) + rope.y))


def _rope(rope: Rope, area: Box) -> Iterator[list[Point]]:
    """Sine lines shifted against each other between the envelopes."""
    stride = rope.period / STEPS_PER_WAVE
    for strand in range(rope.strands):
        shift = 2 * math.pi * strand / rope.strands
        places = (area.x + step * stride for step in range(math.ceil(area.width / stride) + 1))
        yield [
            (x, _middle(rope, x) + _envelope(rope, x) * math.sin(2 * math.pi * x / rope.period + shift)) for x in places
        ]


def _rosette(rosette: Rosette) -> Iterator[list[Point]]:
    """Closed flowers of one centre, each turned a little against the next."""
    count = rosette.petals * STEPS_PER_PETAL
    for strand in range(rosette.strands):
        shift = 2 * math.pi * strand / rosette.strands
        line = []
        for step in range(count + 1):
            turn = 2 * math.pi * step / count
            radius = rosette.radius * (0.66 + 0.34 * math.sin(rosette.petals * turn + shift))
            line.append((rosette.x + radius * math.cos(turn), rosette.y + radius * math.sin(turn)))
        yield line


def _rainbow(layout: Layout, area: Box, lines: list[list[Point]], inks: list[Rgb]) -> Iterator[str]:
    """The lines cut into vertical slices, each slice in its own colour, as rainbow printing blends inks."""
    slices: list[list[list[Point]]] = [[] for _ in range(SLICES)]
    for line in lines:
        for part, index in _sliced(line, area):
            slices[index].append(part)
    for index, parts in enumerate(slices):
        red, green, blue = _mix(inks, (index + 0.5) / SLICES)
        yield f"{red:.3f} {green:.3f} {blue:.3f} RG"
        yield from (polyline(_on_page(layout, point) for point in part) + "\nS" for part in parts)


def _sliced(line: list[Point], area: Box) -> Iterator[tuple[list[Point], int]]:
    """Pieces of a line with the slice each lies in; neighbours share their point, so the line has no gap."""
    piece, current = [line[0]], _slice(line[0], area)
    for point in line[1:]:
        piece.append(point)
        if (index := _slice(point, area)) != current:
            yield piece, current
            piece, current = [point], index
    if len(piece) > 1:
        yield piece, current


def _slice(point: Point, area: Box) -> int:
    return min(SLICES - 1, max(0, int((point[0] - area.x) / area.width * SLICES)))


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
