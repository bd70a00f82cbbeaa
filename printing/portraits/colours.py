"""Colours: whatever a picture is in becomes sRGB, since what describes its colours is removed from it."""

from __future__ import annotations

import io
from enum import IntEnum

import numpy as np
from PIL import Image, ImageCms

from printing.errors import PortraitError


class Space(IntEnum):
    """The colours a picture came in, by the numbers of TR-03121-3 Volume 4, 7.5; 0 where they could only be guessed."""

    UNKNOWN = 0
    RGB = 1
    GREY = 3


_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16")
_PROFILED = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK"}
"""Pillow's mode of the pixels that a profile speaks of, by the colour space in its header (ICC.1, 7.2.6)."""

_COLOUR_SPACE, _ADOBE_RGB = 0xA001, 2  # EXIF: says it for cameras that embed no profile


def check_mode(mode: str) -> None:
    """PortraitError for pixels of a kind that no camera makes."""
    if mode not in _MODES:
        message = "The picture is in %(mode)s colours, made for print or science. Save it as an RGB JPEG."
        raise PortraitError(message, mode=mode)


def srgb(picture: Image.Image) -> tuple[Image.Image, Space]:
    """A decoded picture as sRGB on white paper, and what its colours were; `UNKNOWN` where they may be off.

    They are converted by the picture's own profile. One that is broken or of other colours than the picture is ignored.
    """
    profile, mode = picture.info.get("icc_profile"), picture.mode
    flat = picture if mode == "CMYK" else _eight_bits(picture) if mode == "I;16" else on_white(picture)
    grey = mode in ("1", "L", "LA", "I;16")
    space = Space.GREY if grey else Space.RGB
    if not profile:
        guessed = mode == "CMYK" or picture.getexif().get_ifd(0x8769).get(_COLOUR_SPACE) == _ADOBE_RGB
        return flat.convert("RGB"), Space.UNKNOWN if guessed else space
    converted = _converted(flat.convert("L") if grey else flat, profile)
    return (converted, space) if converted else (flat.convert("RGB"), Space.UNKNOWN)


def on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB; what is transparent becomes white paper."""
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    return Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))


def _converted(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB by this profile; None when the profile does not speak of such a picture."""
    if _PROFILED.get(profile[16:20]) != picture.mode:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # whatever is wrong in a profile
        return None
