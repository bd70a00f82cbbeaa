"""skia-python: the PDF backend of Skia; JPEGs pass through it untouched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, BinaryIO

import skia

from tests.bench.pages import Page


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    stream = skia.DynamicMemoryWStream()
    paint = skia.Paint(AntiAlias=True, Color=skia.ColorBLACK)
    with skia.PDF.MakeDocument(stream) as document:
        for page in pages:
            face = page.face
            with document.page(face.width, face.height) as canvas:
                for x, y, size, style, words in page.every_text:
                    canvas.drawString(words, x, face.height - y, _font(face.fonts[style], size), paint)
                for path, (x, y, width, height) in page.pictures:
                    data = skia.Data(path) if isinstance(path, bytes) else skia.Data.MakeFromFileName(path)
                    picture = skia.Image.MakeFromEncoded(data)
                    canvas.drawImageRect(picture, skia.Rect.MakeXYWH(x, face.height - y - height, width, height))
    out.write(stream.detachAsData())


@cache
def _font(path: str, size: float) -> Any:
    font = skia.Font(_typeface(path), size)
    font.setSubpixel(True)  # else letters stand on whole points
    font.setLinearMetrics(True)
    font.setHinting(skia.FontHinting.kNone)
    return font


@cache
def _typeface(path: str) -> Any:
    return skia.Typeface.MakeFromFile(path)
