"""pycairo: Cairo's PDF surface; the JPEG is handed through as MIME data, so that its pixels are never decoded."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

import cairo

from tests.bench.pages import Box, Page

PORTRAIT = (600, 800)
_EMPTY = bytearray(4 * PORTRAIT[0] * PORTRAIT[1])
_EXACT = cairo.FontOptions()
_EXACT.set_hint_metrics(cairo.HINT_METRICS_OFF)  # else letters stand on whole points
_EXACT.set_hint_style(cairo.HINT_STYLE_NONE)
_FAMILIES = {"ocr_b": "OCR B"}


def write(pages: Sequence[Page], out: BinaryIO) -> None:
    """The pages as one PDF."""
    # Its own OCR-B: Cairo 1.16 embeds the outlines of Debian's, which are CFF, so that PDFium cannot read them.
    os.environ["FONTCONFIG_FILE"] = str(Path(pages[0].face.fonts["ocr_b"]).with_name("fonts.conf"))
    surface = cairo.PDFSurface(out, pages[0].face.width, pages[0].face.height)
    context = cairo.Context(surface)
    context.set_font_options(_EXACT)
    kept = []
    for page in pages:
        surface.set_size(page.face.width, page.face.height)
        for x, y, size, style, words in page.every_text:
            context.set_font_face(_face(style))
            context.set_font_size(size)
            context.move_to(x, page.face.height - y)
            context.show_text(words)
        for path, box in page.pictures:
            image = _image(path)
            kept.append(image)
            _place(context, page.face.height, image, box)
        context.show_page()
    surface.finish()


@cache
def _face(style: str) -> cairo.ToyFontFace:
    slant = cairo.FONT_SLANT_ITALIC if style == "italic" else cairo.FONT_SLANT_NORMAL
    weight = cairo.FONT_WEIGHT_BOLD if style == "bold" else cairo.FONT_WEIGHT_NORMAL
    return cairo.ToyFontFace(_FAMILIES.get(style, "Noto Sans"), slant, weight)


def _image(path: str | bytes) -> cairo.ImageSurface:
    """A picture; it must outlive the PDF surface, or pycairo 1.29 frees its JPEG twice. All share the empty pixels."""
    if isinstance(path, bytes):
        return cairo.ImageSurface.create_from_png(io.BytesIO(path))
    if path.endswith(".png"):
        return cairo.ImageSurface.create_from_png(path)
    image = cairo.ImageSurface.create_for_data(_EMPTY, cairo.FORMAT_RGB24, *PORTRAIT)
    image.set_mime_data(cairo.MIME_TYPE_JPEG, Path(path).read_bytes())
    return image


def _place(context: cairo.Context[cairo.PDFSurface], top: float, image: cairo.ImageSurface, box: Box) -> None:
    x, y, width, height = box
    context.save()
    context.translate(x, top - y - height)
    context.scale(width / image.get_width(), height / image.get_height())
    context.set_source_surface(image)
    context.get_source().set_filter(cairo.FILTER_NEAREST)
    context.paint()
    context.restore()
