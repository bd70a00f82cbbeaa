"""What becomes of a printed document in a pocket, and of its picture in a hand: each damage with its own chance."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

Spot = tuple[int, int, int, int]
"""Left, top, right, bottom of the symbol, in pixels."""
Damage = Callable[[Image.Image, Spot, random.Random], Image.Image]
PAPER, TEA = 235, 150


def printed(card: Image.Image) -> Image.Image:
    """A grey picture of 300 dpi as ink on a card: dots that spread by half of one; and the noise of a scanner."""
    ink = card.convert("L").filter(ImageFilter.GaussianBlur(0.8)).resize((card.width * 2, card.height * 2))
    grey = ink.filter(ImageFilter.MinFilter(3)).resize(card.size, Image.Resampling.BOX)
    return _noisy(grey, 8, random.Random(1)).point([min(each, PAPER) for each in range(256)])


def _noisy(picture: Image.Image, spread: float, chance: random.Random) -> Image.Image:
    """As a sensor sees it: every pixel a little lighter or darker, the same ones each time."""
    noise = np.random.default_rng(chance.randrange(1 << 32)).normal(0, spread, (picture.height, picture.width))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def creased(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """Folded once across the symbol: the ink is gone along a line of half a module."""
    left, top, right, bottom = spot
    y = chance.randint(top + (bottom - top) // 4, bottom - (bottom - top) // 4)
    ImageDraw.Draw(card).line((left - 20, y, right + 20, y + chance.randint(-8, 8)), PAPER, 2)
    return card


def scratched(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """By keys."""
    left, top, right, bottom = spot
    for _ in range(3):
        x = chance.randint(left, right)
        ImageDraw.Draw(card).line((x, top, x + chance.randint(-40, 40), bottom), PAPER, 1)
    return card


def stained(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """With tea: a spot over half of it, in which dark stays darker than light."""
    left, top, right, bottom = spot
    stain = Image.new("L", card.size, 255)
    x, y, radius = chance.randint(left, right), chance.randint(top, bottom), (right - left) // 2
    ImageDraw.Draw(stain).ellipse((x - radius, y - radius, x + radius, y + radius), TEA)
    return ImageChops.multiply(card, stain.filter(ImageFilter.GaussianBlur(4)))


def worn(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """A corner of the ink rubbed off, a sixteenth of it, not the one that the dashed edges share."""
    left, top, right, bottom = spot
    part = (right - left) // 5
    x, y = chance.randint(left + part, right - 2 * part), chance.randint(top + part, bottom - 2 * part)
    ImageDraw.Draw(card).rectangle((x, y, x + part, y + part), PAPER)
    return card


def faded(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """In the sun."""
    return ImageEnhance.Brightness(ImageEnhance.Contrast(card).enhance(chance.uniform(0.3, 0.45))).enhance(1.2)


def aslant(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """Held askew before a telephone."""
    width, height = card.size
    corners = [
        at + chance.uniform(-0.05, 0.05) * width
        for corner in ((0, 0), (0, height), (width, height), (width, 0))
        for at in corner
    ]
    seen = card.transform(card.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=90)
    return seen.rotate(chance.uniform(0, 360), Image.Resampling.BICUBIC, expand=True, fillcolor=90)


def dark(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """At night, by a lamp from one side."""
    light = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(card.size)
    lit = ImageChops.multiply(card, light.point([round(60 + each * 0.35) for each in range(256)]))
    return _noisy(lit, 8, chance)


def blurred(card: Image.Image, spot: Spot, chance: random.Random) -> Image.Image:
    """Out of focus, and saved small."""
    return card.filter(ImageFilter.GaussianBlur(chance.uniform(0.8, 1.2)))


DAMAGES: tuple[Damage, ...] = (creased, scratched, stained, worn, faded, aslant, dark, blurred)


def torn(card: Image.Image, spot: Spot, share: float) -> Image.Image:
    """Of the symbol this share is gone, from the right."""
    left, top, right, bottom = spot
    ImageDraw.Draw(card).rectangle((right - round((right - left) * share), top, right, bottom), PAPER)
    return card
