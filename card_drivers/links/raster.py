"""Faces laid on a device's medium: as pages of one PDF, or as pixels at its resolution.

A face is trimmed exactly, or keeps bleed that the machine cuts off; it is turned and mirrored as the medium is fed.
PDF and pixels come from the same page, so that both stand at the same place.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pypdfium2 as pdfium
from PIL import Image, ImageChops

from card_drivers.device import ConfigurationError
from card_drivers.order import SIZE_TOLERANCE_MM, Face

MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
MAX_SIDE_MM = 450.0  # a little over A3: larger is no document
BLACK_BELOW = 128  # of 255

Turn = Literal[0, 90, 180, 270]
Dpi = tuple[int, int]
"""Dots an inch across and down, as the device is fed."""

SQUARES: dict[Turn, tuple[int, int]] = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}
"""Cosine and sine of a turn, exact."""


@dataclass(frozen=True)
class Laying:
    """How a face lies on its medium: `area_mm` is what is printed, as it is held to be read, the face in its middle.

    `turn` in degrees clockwise; then it is `mirrored`, left for right, as it lies there.
    """

    area_mm: tuple[float, float]
    turn: Turn = 0
    mirrored: bool = False

    @property
    def fed_mm(self) -> tuple[float, float]:
        """Width and height of the area as the medium is fed."""
        width, height = self.area_mm
        return (height, width) if self.turn in (90, 270) else (width, height)

    def matrix(self, page: tuple[float, float]) -> pdfium.PdfMatrix:
        """From a page of this size to the area as it is fed, both in points: their middles meet."""
        (cosine, sine), flip = SQUARES[self.turn], -1 if self.mirrored else 1
        width, height = (side * POINTS_PER_MM for side in self.fed_mm)
        centred = pdfium.PdfMatrix(1, 0, 0, 1, -page[0] / 2, -page[1] / 2)
        turned = pdfium.PdfMatrix(flip * cosine, -sine, flip * sine, cosine, width / 2, height / 2)
        return centred.multiply(turned)


def lay(sides: Sequence[tuple[bytes, Face, Laying]]) -> bytes:
    """One PDF with a page for each side: the page of a face as it lies on its medium.

    ConfigurationError when one is no PDF of one page of the face's size with its bleed (within 0.5 mm): nothing was
    consumed yet.
    """
    laid = pdfium.PdfDocument.new()
    try:
        for pdf, face, how in sides:
            with _opened(pdf, face) as document:
                _move(document[0], how)
                laid.import_pages(document)
        buffer = io.BytesIO()
        laid.save(buffer)
        return buffer.getvalue()
    finally:
        laid.close()


def layers(face: Face, how: Laying, dpi: Dpi) -> dict[str, Image.Image]:
    """What a device of `dpi` prints of a face, by ink: black as on or off, the fine line in it where `dpi` carries it.

    ConfigurationError as `lay`, or when nothing of the face is left.
    """
    carried = [layer for layer in face.layers if layer.least_dpi <= min(dpi)]
    if not carried:
        raise ConfigurationError("face-empty", face=face.name)
    pictures: dict[str, Image.Image] = {}
    for layer in carried:
        ink = "black" if layer.name == "fine" else layer.name
        picture = rasterise(lay([(layer.pdf, face, how)]), dpi)
        picture = black_panel(picture) if ink == "black" else picture
        pictures[ink] = ImageChops.logical_and(pictures[ink], picture) if ink in pictures else picture
    return pictures


def rasterise(pdf: bytes, dpi: Dpi, page: int = 0) -> Image.Image:
    """A page as RGB on white, in whole pixels of `dpi`."""
    document = pdfium.PdfDocument(pdf)
    try:
        sides = document[page].get_size()
        width, height = (round(side / 72 * dots) for side, dots in zip(sides, dpi, strict=True))
        bitmap = pdfium.PdfBitmap.new_native(width, height, pdfium.raw.FPDFBitmap_BGR)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        pdfium.raw.FPDF_RenderPageBitmap(bitmap, document[page], 0, 0, width, height, 0, 0)
        picture: Image.Image = bitmap.to_pil().convert("RGB")
        return picture
    finally:
        document.close()


def check(face: Face) -> None:
    """ConfigurationError as `lay`, for every page of a face."""
    for pdf in (face.combined, *(layer.pdf for layer in face.layers)):
        with _opened(pdf, face):
            pass


def black_panel(picture: Image.Image) -> Image.Image:
    """The resin panel has no grey: every pixel on or off (mode 1, 0 is black)."""
    return picture.convert("L").point(lambda value: 255 if value >= BLACK_BELOW else 0, "1")


def overlay(colour: Image.Image, black: Image.Image) -> Image.Image:
    """What the eye sees: the black panel printed over the colour panels."""
    merged = colour.copy()
    merged.paste((0, 0, 0), (0, 0), black.convert("L").point(lambda value: 255 - value))
    return merged


def _move(page: pdfium.PdfPage, how: Laying) -> None:
    """Change a page into the one of its medium; what lies beyond the area is cut."""
    width, height = (side * POINTS_PER_MM for side in how.fed_mm)
    matrix = how.matrix(page.get_size()).to_raw()
    pdfium.raw.FPDFPage_TransFormWithClip(page, matrix, pdfium.raw.FS_RECTF(0, height, width, 0))
    for box in (page.set_mediabox, page.set_cropbox, page.set_bleedbox, page.set_trimbox):
        box(0, 0, width, height)


@contextmanager
def _opened(pdf: bytes, face: Face) -> Iterator[pdfium.PdfDocument]:
    """A PDF of exactly one page of the face's size with its bleed, closed at the end."""
    try:
        document = pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError as error:
        raise ConfigurationError("layer-no-pdf", said=str(error)) from error
    try:
        if len(document) != 1:
            raise ConfigurationError("layer-pages", pages=len(document))
        _require_size(document[0].get_size(), face.page_mm)
        yield document
    except pdfium.PdfiumError as error:
        raise ConfigurationError("layer-undrawable", said=str(error)) from error
    finally:
        document.close()


def _require_size(points: tuple[float, float], face_mm: tuple[float, float]) -> None:
    if not all(0 < side <= MAX_SIDE_MM for side in face_mm):
        raise ConfigurationError("face-size", face=_size(face_mm))
    page_mm = [side / POINTS_PER_MM for side in points]
    if not all(math.isclose(a, b, abs_tol=SIZE_TOLERANCE_MM) for a, b in zip(page_mm, face_mm, strict=True)):
        raise ConfigurationError("page-size", page=_size(page_mm, ".2f"), face=_size(face_mm))


def _size(sides: Sequence[float], form: str = "g") -> str:
    return " x ".join(format(side, form) for side in sides)
