"""The document of a job in a format that the printer takes: PDF, else its pages as pictures.

Pictures stand as the sheet is fed, its short side first: a face wider than high is turned a quarter to the left, front
and back alike, as a printer turns a PDF (RFC 8011 section 5.2.10, landscape).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
from PIL import Image

from card_drivers.device import ConfigurationError
from card_drivers.links import page_raster, raster
from card_drivers.links.ipp_answers import plain
from card_drivers.links.ipp_message import Attributes, every, one
from card_drivers.links.page_raster import Back, Mode, Sides

PDF, PWG, URF = "application/pdf", "image/pwg-raster", "image/urf"
DOCUMENT_ATTRIBUTES = (
    "document-format-supported",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-sheet-back",
    "pwg-raster-document-type-supported",
    "printer-resolution-default",
    "urf-supported",
)
FINEST_DPI = 600  # of a printer that has several and says none is its own: A4 in colour has 100 MB then
MOST_DPI = 1200  # A4 has 420 MB then; what says more is a wrong value, or no printer of documents
DOTS_PER_INCH = 3  # the unit of a resolution (RFC 8011 section 5.1.16)
PWG_MODES: dict[str, Mode] = {"srgb_8": "RGB", "sgray_8": "L"}
"""The colours of pwg-raster-document-type-supported that are written here, the better first."""
URF_MODES: dict[str, Mode] = {"SRGB24": "RGB", "W8": "L"}
URF_BACKS: dict[str, Back] = {"DM1": "normal", "DM2": "flipped", "DM3": "rotated", "DM4": "manual-tumble"}
BACKS: tuple[Back, ...] = ("normal", "flipped", "rotated", "manual-tumble")

Resolution = tuple[int, int]
"""Dots an inch across and along the feed."""


@dataclass(frozen=True)
class Document:
    """What is sent, and its media type."""

    format: str
    data: bytes


@dataclass(frozen=True)
class Pictures:
    """How a printer wants pages as pictures."""

    mode: Mode
    resolution: Resolution
    back: Back


def document(pdf: bytes, sides: Sides, printer: Attributes) -> Document:
    """`pdf` as `printer` takes it. ConfigurationError when it takes none of our formats; nothing was consumed."""
    taken = [str(plain(name)).lower() for name in every(printer, "document-format-supported")]
    if PDF in taken or not taken:
        return Document(PDF, pdf)
    how = _of_pwg(printer) if PWG in taken else None
    if how is not None:
        return Document(PWG, page_raster.pwg(pages(pdf, how), how.resolution, sides, how.back))
    how = _of_urf(printer) if URF in taken else None
    if how is not None:
        return Document(URF, page_raster.urf(pages(pdf, how), how.resolution[0], sides, how.back))
    raise ConfigurationError("printer-no-format", formats=", ".join(taken))


def pages(pdf: bytes, how: Pictures) -> list[Image.Image]:
    """Every page as a picture that stands as the sheet is fed."""
    opened = pdfium.PdfDocument(pdf)
    try:
        lie = [page.get_width() > page.get_height() for page in opened]
    finally:
        opened.close()
    return [_picture(pdf, number, how, lies=lies).convert(how.mode) for number, lies in enumerate(lie)]


def _picture(pdf: bytes, number: int, how: Pictures, *, lies: bool) -> Image.Image:
    """White where nothing is printed, in whole pixels."""
    picture = raster.rasterise(pdf, how.resolution[::-1] if lies else how.resolution, number)
    return picture.transpose(Image.Transpose.ROTATE_90) if lies else picture


def _of_pwg(printer: Attributes) -> Pictures | None:
    """PWG 5102.4 section 7; None when no colours or resolution of it can be written here."""
    kinds = {str(plain(kind)) for kind in every(printer, "pwg-raster-document-type-supported")} or {"srgb_8"}
    mode = next((mode for name, mode in PWG_MODES.items() if name in kinds), None)
    resolution = _finest(every(printer, "pwg-raster-document-resolution-supported"), printer)
    wanted = plain(one(printer, "pwg-raster-document-sheet-back"))
    back = next((back for back in BACKS if back == wanted), BACKS[0])
    return Pictures(mode, resolution, back) if mode and resolution else None


def _of_urf(printer: Attributes) -> Pictures | None:
    """The same of `urf-supported`: words as SRGB24, W8, RS300-600, DM1."""
    words = [str(plain(word)) for word in every(printer, "urf-supported")]
    mode = next((mode for name, mode in URF_MODES.items() if name in words), None)
    dots = [int(dpi) for word in words if word.startswith("RS") for dpi in word[2:].split("-") if dpi.isdecimal()]
    resolution = _finest([(dpi, dpi, DOTS_PER_INCH) for dpi in dots], printer)
    back = next((back for word, back in URF_BACKS.items() if word in words), BACKS[0])
    return Pictures(mode, resolution, back) if mode and resolution else None


def _finest(listed: Sequence[Any], printer: Attributes) -> Resolution | None:
    """The printer's own resolution when it is listed, else the finest that is not too fine, else the coarsest."""
    found = sorted(_in_dpi(listed))
    own = list(_in_dpi([one(printer, "printer-resolution-default")]))
    reasonable = [each for each in found if max(each) <= FINEST_DPI]
    return next((each for each in [*own, *reversed(reasonable), *found] if each in found), None)


def _in_dpi(resolutions: Sequence[Any]) -> Iterator[Resolution]:
    """Those in dots an inch that a page can be drawn in; printers write wrong values."""
    for each in resolutions:
        in_dots = isinstance(each, tuple) and len(each) == 3 and each[2] == DOTS_PER_INCH
        if in_dots and min(each[:2]) > 0 and max(each[:2]) <= MOST_DPI:
            yield each[:2]
