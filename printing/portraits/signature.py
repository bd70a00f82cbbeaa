"""Signatures: what was drawn on a pad, or scanned or photographed from paper, becomes black ink on white.

The paper's own light and colour are taken out first, so that a photograph with a shadow over it is no grey page.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from printing.errors import PortraitError
from printing.portraits.portrait import decode

MAX_BYTES = 5_000_000
MAX_SIZE = (1200, 600)
_LOOKED_AT = (2400, 2400)  # an A4 page then still has 8 dots a millimetre
_CELLS = 50  # along the longer side: the paper's light is measured in each
_LEAST_INK = 0.25  # darker than its paper by this share
_LEAST_LENGTH = 0.05  # of the longer side; what is shorter is a dot
_MOST_INK = 0.4  # of the picture
_MARGIN = 2  # pixels of white around the ink
_PNG, _ANIMATED, _PIXELS = b"\x89PNG\r\n\x1a\n", b"acTL", b"IDAT"

Darkness = NDArray[np.float32]


def read_signature(data: bytes) -> bytes:
    """The signature as a grey PNG of at most 1200 x 600 pixels, black on white, cut to its ink, without metadata.

    PortraitError for what is no still PNG or JPEG of at most 5 MB and 40 megapixels, is blank, one dot, or mostly dark.
    """
    ink = _ink(_paper(data))
    left, top, right, bottom = _box(ink)
    picture = Image.fromarray(255 - (ink[top:bottom, left:right] * 255).astype(np.uint8))
    picture.thumbnail(MAX_SIZE)
    output = io.BytesIO()
    picture.save(output, "PNG")
    return output.getvalue()


def _paper(data: bytes) -> Image.Image:
    """The whole picture in grey, what is transparent as white paper; its size is checked before a pixel is decoded."""
    if len(data) > MAX_BYTES:
        raise PortraitError("The picture of the signature is larger than 5 MB. Scan it smaller.")
    if data.startswith(_PNG) and _ANIMATED in data.partition(_PIXELS)[0]:
        raise PortraitError("This picture moves. Sign on the pad, or photograph the signed paper once.")
    try:
        grey = decode(data).convert("L")
    except PortraitError as error:
        raise PortraitError(
            "This is no PNG or JPEG picture of at most 40 megapixels. Sign on the pad, or scan the paper again."
        ) from error
    grey.thumbnail(_LOOKED_AT)
    return grey


def _ink(grey: Image.Image) -> Darkness:
    """How much ink is at every pixel, 0 to 1: half of it where it is half as dark as the ink mostly is."""
    darkness = _darkness(grey)
    inked = darkness[darkness > _LEAST_INK]
    if not inked.size:
        raise PortraitError("The picture of the signature is blank. Let the person sign again.")
    full = float(np.median(inked))
    ink: Darkness = np.clip((darkness - 0.35 * full) / (0.3 * full), 0, 1)
    if (ink > 0.5).mean() > _MOST_INK:
        raise PortraitError(
            "Too much of this picture is dark for a signature on white paper. "
            "Photograph the signature alone, in even light."
        )
    return ink


def _darkness(grey: Image.Image) -> Darkness:
    """By which share of its paper's light every pixel is darker than the paper around it."""
    step = max(1, max(grey.size) // _CELLS)
    cells = (-(-grey.width // step), -(-grey.height // step))
    light = grey.resize(cells, Image.Resampling.BOX).filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.BoxBlur(2))
    paper = np.maximum(np.asarray(light.resize(grey.size, Image.Resampling.BILINEAR), np.float32), 1)
    return np.clip(1 - np.asarray(grey, np.float32) / paper, 0, 1)


def _box(ink: Darkness) -> tuple[int, int, int, int]:
    """Where the ink is, dust left out: left, top, right, bottom."""
    mask = Image.fromarray(((ink > 0.5) * 255).astype(np.uint8))
    grain = max(1, max(mask.size) // 400)
    found = mask.reduce(grain).point([0] * 64 + [255] * 192).getbbox()
    longest = max(found[2] - found[0], found[3] - found[1]) * grain if found else 0
    if not found or longest < _LEAST_LENGTH * max(mask.size):
        raise PortraitError("There is only a dot. Let the person sign, or make the mark that the person uses.")
    left, top, right, bottom = (side * grain for side in found)
    return (
        max(0, left - _MARGIN),
        max(0, top - _MARGIN),
        min(mask.width, right + _MARGIN),
        min(mask.height, bottom + _MARGIN),
    )
