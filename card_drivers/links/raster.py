"""PDF layers to pixels at a device's resolution, and the faces of an order into one PDF."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pypdfium2 as pdfium
from PIL import Image

from card_drivers.device import ConfigurationError
from card_drivers.order import Face

MM_PER_INCH = 25.4
MAX_SIDE_MM = 450.0  # a little over A3: larger is no document
TOLERANCE_MM = 0.5
BLACK_BELOW = 128  # of 255


def rasterise(pdf: bytes, width_mm: float, height_mm: float, dpi: int) -> Image.Image:
    """The only page of `pdf` as RGB on white, rounded up to whole pixels of `dpi`.

    ConfigurationError when it is no one-page PDF of that size (within 0.5 mm): nothing was consumed yet.
    """
    with _opened(pdf, width_mm, height_mm) as document:
        picture: Image.Image = document[0].render(scale=dpi / 72, rev_byteorder=True).to_pil().convert("RGB")
        return picture


def layers(face: Face, dpi: int, area: tuple[int, int] | None) -> dict[str, Image.Image]:
    """What a device of `dpi` prints of a face, by layer name: black as on or off, all with bleed to `area` in pixels.

    ConfigurationError as `rasterise`, or when nothing of the face is left.
    """
    pictures: dict[str, Image.Image] = {}
    for layer in face.layers:
        if layer.least_dpi > dpi:
            continue
        picture = rasterise(layer.pdf, face.width_mm, face.height_mm, dpi)
        picture = with_bleed(picture, area) if area else picture
        pictures[layer.name] = black_panel(picture) if layer.name == "black" else picture
    if not pictures:
        raise ConfigurationError("face-empty", face=face.name)
    return pictures


def merge(faces: Sequence[tuple[bytes, float, float]]) -> bytes:
    """One-page PDFs, each with its width and height in mm, as one PDF in order. Errors as `rasterise`."""
    merged = pdfium.PdfDocument.new()
    try:
        for pdf, width_mm, height_mm in faces:
            with _opened(pdf, width_mm, height_mm) as document:
                merged.import_pages(document)
        buffer = io.BytesIO()
        merged.save(buffer)
        return buffer.getvalue()
    finally:
        merged.close()


def black_panel(picture: Image.Image) -> Image.Image:
    """The resin panel has no grey: every pixel on or off (mode 1, 0 is black)."""
    return picture.convert("L").point(lambda value: 255 if value >= BLACK_BELOW else 0, "1")


def with_bleed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`picture` centred at its own size on the device's larger area; under it, stretched, what fills the bleed."""
    area = picture.resize(size, Image.Resampling.NEAREST)
    area.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return area


def overlay(colour: Image.Image, black: Image.Image) -> Image.Image:
    """What the eye sees: the black panel printed over the colour panels."""
    merged = colour.copy()
    merged.paste((0, 0, 0), (0, 0), black.convert("L").point(lambda value: 255 - value))
    return merged


@contextmanager
def _opened(pdf: bytes, width_mm: float, height_mm: float) -> Iterator[pdfium.PdfDocument]:
    """A PDF of exactly one page of that size, closed at the end."""
    try:
        document = pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError as error:
        raise ConfigurationError("layer-no-pdf", said=str(error)) from error
    try:
        if len(document) != 1:
            raise ConfigurationError("layer-pages", pages=len(document))
        _require_size(document[0].get_size(), (width_mm, height_mm))
        yield document
    except pdfium.PdfiumError as error:
        raise ConfigurationError("layer-undrawable", said=str(error)) from error
    finally:
        document.close()


def _require_size(points: tuple[float, float], face_mm: tuple[float, float]) -> None:
    if not all(0 < side <= MAX_SIDE_MM for side in face_mm):
        raise ConfigurationError("face-size", face=_size(face_mm))
    page_mm = [side / 72 * MM_PER_INCH for side in points]
    if not all(math.isclose(a, b, abs_tol=TOLERANCE_MM) for a, b in zip(page_mm, face_mm, strict=True)):
        raise ConfigurationError("page-size", page=_size(page_mm, ".2f"), face=_size(face_mm))


def _size(sides: Sequence[float], form: str = "") -> str:
    return " x ".join(format(side, form) for side in sides)
