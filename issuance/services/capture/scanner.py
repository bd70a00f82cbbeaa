"""The port of fingerprint scanners, one method; and the only one there is yet, a simulator.

A scanner's driver to come is another class of this form, chosen by the setting `fingerprint_scanner`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from issuance.errors import InvalidInput
from issuance.settings import Settings

MAX_BYTES = 2_000_000
DPI = 500
"""Dots an inch of a scanner (ISO/IEC 19794-4, setting level 31), within a hundredth."""
LEAST_SIZE, MOST_SIZE = (250, 325), (800, 1000)
"""Width and height in pixels: the smallest window of a scanner, 12.8 x 16.5 mm; and too large for one finger."""

BLOCK = 16
LEAST_CONTRAST, LEAST_DIRECTION = 0.1, 0.5
RIDGES = (0.35, 0.95)
"""Steepness over contrast of a block with ridges 5 to 16 pixels apart; print is coarser, noise has no direction."""
WHOLE = 0.5
"""The share of a picture that a finger pressed well covers."""

Grey = NDArray[np.float64]


@dataclass(frozen=True)
class Captured:
    """What a scanner made of one finger's picture: quality 0 to 100 (more is better), and a template, in its own form.

    Two templates that are equal come of the same picture.
    """

    quality: int
    template: bytes = field(repr=False)


class Scanner(Protocol):
    """A fingerprint scanner."""

    def capture(self, image: bytes) -> Captured:
        """Judge the picture of one flat finger. InvalidInput (`picture`) says what to do about one that is none."""


class Simulator:
    """A scanner that is none. It sees whether a picture has ridges, and knows a picture again, but no finger: its
    template is a digest of the pixels, from which nothing comes back and which matches nobody.
    """

    def capture(self, image: bytes) -> Captured:
        """Quality by how much of the picture has clear ridges one way; the template is 32 bytes."""
        pixels = read(image)
        template = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()
        return Captured(_quality(pixels / 255), template)


SCANNERS: Mapping[str, Callable[[], Scanner]] = {"simulator": Simulator}
"""By the setting `fingerprint_scanner`."""


def scanner_of(settings: Settings) -> Scanner | None:
    """The scanner of this office; None where it has none."""
    return SCANNERS[settings.fingerprint_scanner]() if settings.fingerprint_scanner else None


def read(image: bytes) -> NDArray[np.uint8]:
    """The pixels of a picture as scanners save it. InvalidInput from its header, before any pixel is decoded."""
    if len(image) > MAX_BYTES:
        raise _refused("The file has more than %(limit)s MB, no finger has. Save one finger alone.", limit=2)
    if not image.startswith(b"\x89PNG\r\n\x1a\n"):
        raise _refused("This is no PNG picture. Let the scanner save the finger as PNG, in greys.")
    try:
        with Image.open(io.BytesIO(image), formats=["PNG"]) as picture:
            _check_header(picture)
            picture.load()
            return np.asarray(picture, np.uint8)
    except InvalidInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:  # Pillow's decoders raise whatever a malformed file leads them to
        raise _refused("The picture is damaged or cut off. Take the finger again.") from error


def _check_header(picture: Image.Image) -> None:
    if any(side > most for side, most in zip(picture.size, MOST_SIZE, strict=True)):
        raise _too_large()
    if any(side < least for side, least in zip(picture.size, LEAST_SIZE, strict=True)):
        raise _refused(
            "The picture has %(width)s x %(height)s pixels, less than a finger. Take it again with the whole tip on the"
            " glass, and do not cut it.",
            width=picture.width,
            height=picture.height,
        )
    if picture.mode != "L":
        raise _refused("The picture is not in 8 bit greys, as a scanner saves it. Take the finger again.")
    _check_resolution(picture.info.get("dpi"))


def _check_resolution(said: Any) -> None:
    if said is None:
        raise _refused("The picture does not say its resolution. Set the scanner to save it: 500 dpi.")
    if any(abs(dots - DPI) > DPI / 100 for dots in said):
        raise _refused(
            "The picture has %(dots)s dpi. Set the scanner to 500 dpi and take the finger again.", dots=round(said[0])
        )


def _too_large() -> InvalidInput:
    return _refused(
        "The picture is larger than one finger: at most %(width)s x %(height)s pixels. Take one finger at a time.",
        width=MOST_SIZE[0],
        height=MOST_SIZE[1],
    )


def _refused(sentence: str, **params: int) -> InvalidInput:
    return InvalidInput("picture", sentence, translations=None, **params)


def _quality(pixels: Grey) -> int:
    """How much of what a finger should cover has ridges, in hundredths."""
    down, across = np.gradient(pixels)
    steep, spread = _of_blocks(down**2 + across**2), _of_blocks(pixels**2) - _of_blocks(pixels) ** 2
    contrast = np.sqrt(np.maximum(spread, 0))
    direction = np.hypot(_of_blocks(across**2 - down**2), 2 * _of_blocks(across * down)) / np.maximum(steep, 1e-9)
    pitch = np.sqrt(steep) / np.maximum(contrast, 1e-9)
    clear = (contrast > LEAST_CONTRAST) & (direction > LEAST_DIRECTION) & (pitch > RIDGES[0]) & (pitch < RIDGES[1])
    return round(100 * min(1.0, float(clear.mean()) / WHOLE))


def _of_blocks(values: Any) -> Grey:
    """The mean of each block of pixels; what is over at the edges is left out."""
    high, wide = (side // BLOCK for side in values.shape)
    whole: Grey = values[: high * BLOCK, : wide * BLOCK].reshape(high, BLOCK, wide, BLOCK).mean(axis=(1, 3))
    return whole
