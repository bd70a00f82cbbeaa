"""The static ground of a face and the ghost portrait: fine-line guilloche in rainbow colours, drawn by rule.

The ground belongs to the document type and carries nothing of the person; the ghost is the portrait again, in one ink.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter
from reportlab.lib.colors import Color, HexColor, linearlyInterpolatedColor, white

from printing.faces.layout import Background, Box, Face, Layout, Microtext, Rope, Rosette
from printing.pages import picture, text
from printing.pages.canvas import Canvas
from printing.pages.pdf import POINTS_PER_MM, Bitmap, Form, Picture
from printing.pages.pdf import Box as Points

LINE_MM = 0.085  # a dot at 300 dpi: thinner lines come and go on a card printer
LINE_STRENGTH = 0.7  # of a rope; the rest is white, so that texts are read easily on it
SLICES = 12  # steps of the rainbow
ARCS_PER_WAVE, ARCS_PER_PETAL = 6, 4  # keep curves within 0.02 mm of their rule
BODY = 1.5  # how much stronger than the ground the body of a rope or rosette is
SEAM_MM = 0.35  # by which an area reaches under its neighbour
CAPITAL = 0.714  # em, the height of a capital of the text face
_BLANK_EDGE = 0.12
_VIGNETTE = 120  # pixels; a ghost has as many at 300 dpi

Point = tuple[float, float]
Curve = tuple[Callable[[float], Point], float, float, int]
"""A rule that gives the point at a parameter, where it starts and ends, and in how many arcs it is drawn."""


@cache
def background(layout: Layout, face: Face) -> Form:
    """The ground of a face as an immutable form, drawn once per process in the layout's own millimetres."""
    easel, ground = Canvas(*layout.page), layout.backgrounds[face.name]
    across, along = layout.bleed
    area = ground.area or Box(-across, -along, layout.width + 2 * across, layout.height + 2 * along)
    easel.saveState()
    easel.scale(POINTS_PER_MM, -POINTS_PER_MM)
    easel.translate(across, -along - layout.height)
    _guilloche(easel, ground, area)
    for band in ground.bands:
        _fill(easel, band.box, HexColor(band.colour))
    for zone in face.machine_zones(layout):
        _fill(easel, zone, HexColor(ground.plain))
    easel.restoreState()
    for words in ground.microtext:
        _write(easel, words, layout.points(words.box))
    return Form.of(easel.taken())


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


def _guilloche(easel: Canvas, ground: Background, area: Box) -> None:
    """Tint, the bodies and lines of the ropes, and the rosettes over them, whose middle is left plain for the ghost."""
    first, second = (tuple(map(HexColor, inks)) for inks in (ground.inks, ground.second))
    easel.saveState()
    frame = easel.beginPath()
    frame.rect(*area)
    easel.clipPath(frame, stroke=0, fill=0)
    for part in _slices(area, SLICES * 4):
        _fill(easel, part, _paler(_at(first, area, part.x), ground.tint))
    for rope in ground.ropes:
        for part in _slices(area, SLICES):
            _body(easel, rope, part, _paler(_at(first, area, part.x), ground.tint * BODY))
    easel.setLineWidth(LINE_MM)
    easel.setLineJoin(1)
    strands = [strand for rope in ground.ropes for strand in _strands(rope, area)]
    for inks, drawn in ((first, strands[::2]), (second, strands[1::2])):
        _rainbow(easel, drawn, area, [_paler(ink, LINE_STRENGTH) for ink in inks])
    for rosette in ground.rosettes:
        for size, colour in ((1.0, _paler(_at(first, area, rosette.x), ground.tint * BODY)),
                             (rosette.hollow, HexColor(ground.plain))):  # fmt: skip
            easel.setFillColor(colour)
            easel.circle(rosette.x, rosette.y, rosette.radius * size, stroke=0, fill=1)
        for inks, inner in ((first, False), (second, True)):
            _rainbow(easel, list(_petals(rosette, inner)), area, inks)
    easel.restoreState()


def _write(easel: Canvas, words: Microtext, box: Points) -> None:
    """Words over and over, as wide as their box and in capitals of its height; readers hear them once."""
    x, y, width, height = box
    size = height / CAPITAL
    copies = max(1, round(width / (text.shape(words.text + " ").advance * size)))
    line = text.shape(" ".join([words.text] * copies))
    easel.setFillColor(HexColor(words.colour))
    easel.put(text.spoken(words.text, line.letters(x, y, size, width / (line.width * size))))


def _fill(easel: Canvas, box: Box, colour: Color) -> None:
    easel.setFillColor(colour)
    easel.rect(*box, stroke=0, fill=1)


def _slices(area: Box, count: int) -> list[Box]:
    """An area from left to right; each part reaches under the next one, so that no seam shows between them."""
    across = area.width / count
    return [Box(area.x + index * across, area.y, across + SEAM_MM, area.height) for index in range(count)]


def _body(easel: Canvas, rope: Rope, part: Box, colour: Color) -> None:
    """The space between a rope's envelopes, a little stronger than the ground: few lines on it look like many."""
    places = [part.x + part.width * step / 8 for step in range(9)]
    outline = easel.beginPath()
    outline.moveTo(*_on(rope, places[0], 1))
    for side, along in ((1, places), (-1, reversed(places))):
        for x in along:
            outline.lineTo(*_on(rope, x, side))
    easel.setFillColor(colour)
    easel.drawPath(outline, stroke=0, fill=1)


def _on(rope: Rope, x: float, height: float) -> Point:
    """A point of a rope, whose envelopes are at the heights -1 and 1 and breathe along the face."""
    swing = rope.swing * (0.62 + 0.38 * math.cos(2 * math.pi * x / (rope.period * 2.7) + rope.y))
    return x, rope.y + rope.slope * x + swing * height


def _strands(rope: Rope, area: Box) -> Iterator[Curve]:
    """Sine lines shifted against each other between the envelopes."""
    for strand in range(rope.strands):

        def at(x: float, shift: float = 2 * math.pi * strand / rope.strands) -> Point:
            return _on(rope, x, math.sin(2 * math.pi * x / rope.period + shift))

        yield at, area.x, area.x + area.width, math.ceil(area.width / rope.period * ARCS_PER_WAVE)


def _petals(rosette: Rosette, inner: bool) -> Iterator[Curve]:
    """The outer or the inner half of a rosette: closed flowers that meet those of the other half, point to point."""
    half = rosette.radius * (1 - rosette.hollow) / 2
    for strand in range(rosette.strands):

        def at(turn: float, shift: float = 2 * math.pi * strand / rosette.strands) -> Point:
            swing = math.sin(rosette.petals * turn + shift) / 2
            radius = rosette.radius - half * (1.5 + swing if inner else 0.5 - swing)
            return rosette.x + radius * math.cos(turn), rosette.y + radius * math.sin(turn)

        yield at, 0, 2 * math.pi, rosette.petals * ARCS_PER_PETAL


def _rainbow(easel: Canvas, curves: Sequence[Curve], area: Box, inks: Sequence[Color]) -> None:
    """Curves in arcs, those of each vertical slice of the area in its own colour, as rainbow printing blends inks."""
    paths = [(easel.beginPath(), part) for part in _slices(area, SLICES)]
    for at, start, end, arcs in curves:
        step, last = (end - start) / arcs, None
        for one, other in pairwise(start + step * index for index in range(arcs + 1)):
            path, _ = paths[min(max(int((at((one + other) / 2)[0] - area.x) / area.width * SLICES), 0), SLICES - 1)]
            if path is not last:
                path.moveTo(*at(one))
            path.curveTo(*_towards(at, one, step), *_towards(at, other, -step), *at(other))
            last = path
    for path, part in paths:
        easel.setStrokeColor(_at(inks, area, part.x))
        easel.drawPath(path, stroke=1, fill=0)


def _towards(at: Callable[[float], Point], place: float, step: float) -> Point:
    """The control point of an arc that leaves a curve at `place` in its direction."""
    (x, y), (across, along) = at(place), at(place + step / 1000)
    return x + (across - x) * 1000 / 3, y + (along - y) * 1000 / 3


def _at(inks: Sequence[Color], area: Box, x: float) -> Color:
    """The colour at x of inks spread evenly over an area from left to right."""
    place = min(max((x - area.x) / area.width, 0), 1) * (len(inks) - 1)
    index = min(int(place), len(inks) - 2)
    return linearlyInterpolatedColor(inks[index], inks[index + 1], index, index + 1, place)


def _paler(ink: Color, strength: float) -> Color:
    return linearlyInterpolatedColor(white, ink, 0, 1, min(strength, 1))
