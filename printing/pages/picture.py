"""Pictures as they stand on a page: a JPEG passes through untouched, cropped by its window and never stretched."""

from __future__ import annotations

import contextlib
import io
import zlib

from PIL import Image

from printing.errors import ContentError, PortraitError
from printing.pages.pdf import Bitmap, Box, Picture
from printing.portraits import crops, jpeg, portrait
from printing.portraits.jpeg import Frame, Jpeg

LEAST_WIDTH = 350  # pixels; 26 mm at 340 dpi
_COLOURS = {1: "DeviceGray", 3: "DeviceRGB"}


def photograph(data: bytes) -> Bitmap:
    """A portrait to print. PortraitError for what is damaged, too small, too large or no photograph.

    A whole JPEG in grey or sRGB passes as it is, without what describes it; anything else is decoded and made one. The
    scan itself is not decoded here: portraits were when they were taken.
    """
    passing = _as_it_is(data) or _as_it_is(portrait.crop_print(data))
    assert passing is not None
    data, frame = passing
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


def _as_it_is(data: bytes) -> tuple[bytes, Frame] | None:
    """A JPEG that can be printed without decoding it, freed of what describes it; None for every other picture."""
    if not data.startswith(jpeg.START) or len(data) > portrait.MAX_BYTES:
        return None
    if frame := jpeg.plain_frame(data):
        return (data, frame) if _is_usable(frame) else None
    with contextlib.suppress(PortraitError):  # decoding says what is wrong
        read = jpeg.read(data)
        if _is_usable(read.frame) and not read.profile and not _is_turned(read):
            return read.bare, read.frame
    return None


def _is_usable(frame: Frame) -> bool:
    fits = min(frame.width, frame.height) >= LEAST_WIDTH and frame.width * frame.height <= portrait.MAX_PIXELS
    return fits and frame.components in _COLOURS


def _is_turned(read: Jpeg) -> bool:
    """Whether EXIF says that the picture lies on its side."""
    try:
        with Image.open(io.BytesIO(read.described), formats=["JPEG"]) as opened:
            return bool(opened.getexif().get(0x0112, 1) != 1)
    except Exception:  # whatever Pillow makes of it, decoding will tell
        return True
