"""Photographs of passport pages, drawn: turned, aslant, out of focus, in uneven light, as a webcam sees them."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from printing.pages import fonts

WIDTH, HEIGHT = 1600, 1120
PAPER, INK, TABLE = (228, 232, 226), (25, 25, 30), (120, 110, 100)


def page(lines: Sequence[str], cut: str = "OCRB.otf") -> Image.Image:
    """A page with guilloches, a grey face, some print, and these lines at its foot."""
    drawn = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(drawn)
    for x in range(-200, WIDTH, 14):
        pen.line((x, 0, x + 200, HEIGHT), fill=(206, 214, 218))
    pen.ellipse((120, 180, 480, 640), fill=(150, 150, 150))
    text = ImageFont.truetype(str(fonts.latin().path), 34)
    for row, word in enumerate(("PASSPORT", "HADDAD", "KARIM YOUSSEF", "01 FEB 1968", "HOMS", "2030-01-01")):
        pen.text((600, 180 + row * 78), word, font=text, fill=INK)
    pitch = 33.6 * 44 / max([44 if len(lines) < 2 else len(line) for line in lines] or [44])
    zone = ImageFont.truetype(str(fonts.load(cut, fonts.OCR_B).path), round(46 * pitch / 33.6))
    for row, line in enumerate(lines):
        for place, letter in enumerate(line):
            foot = 900 - 78 * (pitch / 33.6 * len(lines) - 2)
            pen.text((60 + place * pitch, foot + row * 78 * pitch / 33.6), letter, font=zone, fill=INK)
    return drawn


def photograph(lines: Sequence[str], seed: int, cut: str = "OCRB.otf") -> bytes:
    """That page as a JPEG of a webcam: each seed another hand, lens and lamp."""
    chance = random.Random(seed)
    seen = page(lines, cut).rotate(chance.uniform(-4, 4), Image.Resampling.BICUBIC, fillcolor=TABLE)
    seen = seen.transform(seen.size, Image.Transform.QUAD, _aslant(chance), Image.Resampling.BICUBIC, fillcolor=TABLE)
    scale = chance.uniform(0.65, 1)
    seen = seen.resize((round(WIDTH * scale), round(HEIGHT * scale)), Image.Resampling.LANCZOS)
    seen = seen.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 1.2)))
    light = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(seen.size)
    light = light.point([round(150 + 0.4 * level) for level in range(256)])
    seen = ImageChops.multiply(seen, Image.merge("RGB", (light, light, light)))
    kept = io.BytesIO()
    seen.save(kept, "JPEG", quality=chance.randint(70, 90))
    return kept.getvalue()


def _aslant(chance: random.Random) -> tuple[float, ...]:
    """Where the corners of the picture were: upper left, lower left, lower right, upper right."""
    corners = ((0, 0), (0, HEIGHT), (WIDTH, HEIGHT), (WIDTH, 0))
    return tuple(at + chance.uniform(-0.02, 0.02) * WIDTH for corner in corners for at in corner)
