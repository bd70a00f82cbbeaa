"""What stands on a picture: the bytes of a seal, or the number in a bar code."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from printing.readers import symbols

MOST_PIXELS = 60_000_000
_WIDE = 1600  # a photograph is made smaller than twice this before it is read


class NoPicture(ValueError):
    """Bytes that are no picture."""


def read(data: bytes) -> bytes | str | None:
    """The bytes of the seal, else the text of the bar code, None when neither is seen. NoPicture."""
    return symbols.read(_grey(data))


def _grey(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "TIFF"]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise NoPicture("it has too many pixels")
                picture.draft("L", (_WIDE, _WIDE))
                picture.load()
                return ImageOps.exif_transpose(picture).convert("L")
    except NoPicture:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a malformed file leads them to
        raise NoPicture("it cannot be read") from error
