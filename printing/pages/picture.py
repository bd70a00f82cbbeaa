"""Pictures as they stand on a page: a JPEG passes through untouched, cropped by its window and never stretched."""

from __future__ import annotations

import io
import struct
import zlib
from typing import NamedTuple

from PIL import Image

from printing.errors import ContentError, PortraitError
from printing.pages.pdf import Bitmap, Box, Picture
from printing.portraits import crops, portrait

LEAST_WIDTH = 350  # pixels; 26 mm at 340 dpi
_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive: what DCTDecode reads (ISO 32000-1, 7.4.8)
_ALONE = (0x01, *range(0xD0, 0xD9))  # markers without a length
_EXIF, _COLOURS = 0xE1, {1: "DeviceGray", 3: "DeviceRGB"}


class _Frame(NamedTuple):
    width: int
    height: int
    components: int


def photograph(data: bytes) -> Bitmap:
    """A portrait to print. PortraitError for what is damaged, too small, too large or no photograph.

    A whole JPEG in grey or RGB passes as it is; anything else is decoded and made one. The scan itself is not decoded
    here: portraits were when they were taken.
    """
    frame = _frame(data)
    if frame is None:
        data = portrait.crop_print(data)
        frame = _frame(data)
        assert frame is not None
    return Bitmap(data, "DCTDecode", frame[:2], _COLOURS[frame.components])


def placed(pixels: tuple[int, int], window: Box) -> tuple[Box, Box]:
    """The box over which a picture is stretched so that it fills the window, and the window: what juts out is cropped.

    From the sides alike, and more from below than from above, where the head is.
    """
    x, y, width, height = window
    scale = max(width / pixels[0], height / pixels[1])
    across, along = pixels[0] * scale, pixels[1] * scale
    right, down = crops.HEAD_UP
    return (x - (across - width) * right, y - (along - height) * (1 - down), across, along), window


def signature(data: bytes, box: Box) -> Picture:
    """The signature's strokes in black, its sides kept in proportion (Doc 9303-3, 3.9.2), without its paper."""
    try:
        grey = portrait.decode(data).convert("L")
    except PortraitError as error:
        raise ContentError("signature", error.message, **error.params) from error
    grey.thumbnail((600, 300))
    strokes = grey.point([255 if level < 128 else 0 for level in range(256)])
    ground = zlib.compress(bytes(3 * grey.width * grey.height))
    bitmap = Bitmap(ground, "FlateDecode", grey.size, "DeviceRGB", zlib.compress(strokes.tobytes()))
    x, y, width, height = box
    scale = min(width / grey.width, height / grey.height)
    across, along = grey.width * scale, grey.height * scale
    whole = (x + (width - across) / 2, y + (height - along) / 2, across, along)
    return Picture(bitmap, whole, whole)


def _frame(data: bytes) -> _Frame | None:
    """The frame of a JPEG that can pass as it is; None for every other picture."""
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9" or len(data) > portrait.MAX_BYTES:
        return None
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _ALONE:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAMES:
            return _usable(data[at + 4 : at + 10])
        if marker == _EXIF and _is_turned(data):
            return None
        at += 2 + length
    return None


def _usable(header: bytes) -> _Frame | None:
    if len(header) < 6:
        return None
    precision, height, width, components = struct.unpack(">BHHB", header)
    large = width < LEAST_WIDTH or height < LEAST_WIDTH or width * height > portrait.MAX_PIXELS
    return None if precision != 8 or components not in _COLOURS or large else _Frame(width, height, components)


def _is_turned(data: bytes) -> bool:
    """Whether EXIF says that the picture lies on its side."""
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as opened:
            return bool(opened.getexif().get(0x0112, 1) != 1)
    except Exception:  # whatever Pillow makes of it, decoding will tell
        return True
