"""Drawn fingers: ridges round a whorl, as a scanner of 500 dpi saves them. They are nobody's."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image


@cache
def finger(number: int = 1, *, clear: float = 1.0) -> bytes:
    """The picture (PNG) of one finger, another for each number; `clear` 0 is blank glass, 1 a finger pressed well."""
    y, x = np.mgrid[0:500, 0:400].astype(float)
    aside, above = 180 + 7 * number, 190 + 5 * number
    away = np.hypot(x - aside, (y - above) * 0.8)
    ridges = np.sin(2 * np.pi * away / 9 + 0.4 * np.sin(y / 40 + number))
    tip = np.hypot((x - 200) / 180, (y - 250) / 230) < 1
    grey = 235 - 100 * clear * (1 + ridges) * tip
    return saved(Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)))


def saved(picture: Image.Image, dpi: float | None = 500, kind: str = "PNG") -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    picture.save(out, kind, **({"dpi": (dpi, dpi)} if dpi else {}))
    return out.getvalue()


def huge(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises very many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    dots = struct.pack(">IIB", 19685, 19685, 1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*each) for each in ((b"IHDR", header), (b"pHYs", dots), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )
