"""Portraits and signatures drawn by rule for fictional persons: plainly a drawing, the same for the same seed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 900, 1200
_SCALE = 2  # drawn larger and reduced, for smooth edges
_FRAME = (168, 214, 1632, 2166)  # of the drawing: the head is then two thirds of the height, as in a real portrait
_SKIN = ("#f3d3bd", "#e6b894", "#d29f79", "#b47c56", "#8f5d3f", "#6d4630")
_HAIR = ("#2a211d", "#3d2b22", "#5b4030", "#26242b", "#7c7a78")
_CLOTH = ("#34526b", "#5a6b4a", "#7a4b4b", "#4c4a63", "#8a6d3b", "#3f6a69")
_SCARF = ("#7d8fa8", "#a5838f", "#6f8f83", "#b59b72", "#857fa3")
_GROUND = "#dfe3e6"
_INK = "#2b2624"


def draw(seed: str, sex: str = "X", *, adult: bool = True) -> bytes:
    """A 900 x 1200 JPEG of a drawn head and shoulders, chosen by the bytes of the seed's digest.

    `sex` (F, M, X) and `adult` only decide which hair, scarf or beard the seed may choose.
    """
    choice = hashlib.sha256(seed.encode("utf-8")).digest()
    canvas = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _GROUND)
    _Pen(ImageDraw.Draw(canvas), choice, sex, adult).person()
    output = io.BytesIO()
    canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, _FRAME).save(output, "JPEG", quality=90)
    return output.getvalue()


@cache
def sign(seed: str) -> bytes:
    """A line that a pen might have drawn, as PNG, chosen by the bytes of the seed's digest."""
    choice = hashlib.sha256(seed.encode("utf-8")).digest()
    points = [(20, 90)]
    for at in range(5 + choice[0] % 5):
        points.append((45 + at * 42, 20 + choice[at + 1] % 50 if at % 2 == 0 else 75 + choice[at + 1] % 45))
    points.append((points[-1][0] + 90, 60 + choice[1] % 40))
    paper = Image.new("L", (points[-1][0] + 20, 130), 255)
    ImageDraw.Draw(paper).line(_rounded(points), fill=0, width=6, joint="curve")
    output = io.BytesIO()
    paper.save(output, "PNG")
    return output.getvalue()


def _rounded(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The line through the points without its corners: each is cut four times (Chaikin)."""
    line = list(points)
    for _ in range(4):
        cut = [line[0]]
        for (x, y), (to_x, to_y) in pairwise(line):
            cut += [(0.75 * x + 0.25 * to_x, 0.75 * y + 0.25 * to_y), (0.25 * x + 0.75 * to_x, 0.25 * y + 0.75 * to_y)]
        line = [*cut, line[-1]]
    return line


class _Pen:
    """Draws one head on 900 x 1200 units, of which the picture shows the part in `_FRAME`."""

    def __init__(self, pen: ImageDraw.ImageDraw, choice: bytes, sex: str, adult: bool) -> None:
        self.pen = pen
        self.skin = _SKIN[choice[0] % len(_SKIN)]
        self.hair = _HAIR[choice[1] % len(_HAIR)]
        self.cloth = _CLOTH[choice[2] % len(_CLOTH)]
        self.scarf = _SCARF[choice[3] % len(_SCARF)] if sex != "M" and choice[3] % 3 == 0 else None
        self.long_hair = sex != "M" and (sex == "F" or choice[4] % 2 == 0)
        self.beard = adult and sex == "M" and choice[5] % 2 == 0
        self.wide = 215 + choice[6] % 30
        self.brow = choice[7] % 14

    def person(self) -> None:
        """From the back to the front."""
        if self.scarf:
            self._oval(450, 560, 330, 400, self.scarf)
        elif self.long_hair:
            self._oval(450, 560, 310, 385, self.hair)
            self._box(145, 560, 755, 880, self.hair, 120)
        self._body()
        self._head()
        self._top()
        for side in (-1, 1):
            self._eye(side)
        self._nose_and_mouth()

    def _body(self) -> None:
        self._box(60, 985, 840, 1400, self.cloth, 190)
        if self.scarf:
            self._oval(450, 960, 300, 190, self.scarf)
            return
        self._box(365, 840, 535, 1060, self._shade(self.skin, 0.86), 70)
        self._polygon([(340, 1000), (450, 1120), (560, 1000), (600, 990), (450, 1190), (300, 990)], "#e9e6df")

    def _head(self) -> None:
        for side in (-1, 1):
            if not self.scarf:
                self._oval(450 + side * self.wide, 600, 38, 62, self._shade(self.skin, 0.9))
        self._oval(450, 575, self.wide, 330, self.skin, outline=self._shade(self.skin, 0.55))
        if self.beard:
            self._chord(450, 610, self.wide - 6, 292, 12, 168, self.hair)
            self._oval(450, 690, self.wide * 0.68, 150, self.skin)

    def _top(self) -> None:
        if self.scarf:
            self._chord(450, 545, self.wide + 55, 345, 190, 350, self.scarf)
        else:
            self._chord(450, 520, self.wide + 16, 300, 198, 342, self.hair)

    def _eye(self, side: int) -> None:
        x = 450 + side * 92
        self._oval(x, 560, 45, 25, "#f2efe9", outline=_INK)
        self._oval(x, 560, 21, 21, "#4a3527")
        self._oval(x, 560, 9, 9, _INK)
        brow = [(x - 58, 504 + (side < 0) * 10), (x, 492 - self.brow), (x + 58, 504 + (side > 0) * 10)]
        self._line(brow, 13, self.hair)

    def _nose_and_mouth(self) -> None:
        shade = self._shade(self.skin, 0.62)
        self._line([(452, 575), (424, 672), (446, 690), (478, 682)], 7, shade)
        self._line([(372, 768), (420, 779), (450, 775), (480, 779), (528, 768)], 11, "#8c4a44")
        self._line([(410, 812), (450, 820), (490, 812)], 6, shade)

    def _oval(self, x: float, y: float, across: float, along: float, fill: str, outline: str | None = None) -> None:
        box = self._scaled((x - across, y - along, x + across, y + along))
        self.pen.ellipse(box, fill=fill, outline=outline, width=6 * _SCALE if outline else 0)

    def _chord(self, x: float, y: float, across: float, along: float, start: int, end: int, fill: str) -> None:
        self.pen.chord(self._scaled((x - across, y - along, x + across, y + along)), start, end, fill=fill)

    def _box(self, left: float, top: float, right: float, bottom: float, fill: str, corner: int) -> None:
        self.pen.rounded_rectangle(self._scaled((left, top, right, bottom)), corner * _SCALE, fill=fill)

    def _polygon(self, points: list[tuple[float, float]], fill: str) -> None:
        self.pen.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=fill)

    def _line(self, points: Sequence[tuple[float, float]], width: int, fill: str) -> None:
        self.pen.line([(x * _SCALE, y * _SCALE) for x, y in points], fill=fill, width=width * _SCALE, joint="curve")

    @staticmethod
    def _scaled(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, top, right, bottom = (side * _SCALE for side in box)
        return left, top, right, bottom

    @staticmethod
    def _shade(colour: str, strength: float) -> str:
        parts = (round(int(colour[at : at + 2], 16) * strength) for at in (1, 3, 5))
        return "#" + "".join(f"{part:02x}" for part in parts)
