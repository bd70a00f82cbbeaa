"""One-page drawings as PDF through ReportLab: operators, immutable forms, pictures. The same marks give the same bytes.

A drawing is a sequence of marks. Marks are immutable bytes: what a document type has in common is shared between
pages, and nothing of one person's page can leak into another's.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObjectReference, PDFStream
from reportlab.pdfgen.canvas import Canvas

POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Form:
    """Operators, compressed once and placed in any number of drawings."""

    compressed: bytes

    @classmethod
    def of(cls, operators: str) -> Form:
        """Compress the operators of a drawing in page points."""
        return cls(zlib.compress(operators.encode("ascii"), level=3))


@dataclass(frozen=True, slots=True)
class Picture:
    """A bitmap and the box it fills: x, y (lower left), width, height in points. `alpha` is its soft mask."""

    data: bytes
    encoding: str
    pixels: tuple[int, int]
    colours: str
    box: tuple[float, float, float, float]
    alpha: bytes | None = None

    @classmethod
    def jpeg(cls, data: bytes, pixels: tuple[int, int], box: tuple[float, float, float, float]) -> Picture:
        """An RGB JPEG, embedded as it is."""
        return cls(data, "DCTDecode", pixels, "DeviceRGB", box)

    @classmethod
    def tint(cls, colour: tuple[int, int, int], alpha: Image.Image, box: tuple[float, float, float, float]) -> Picture:
        """One colour laid on as strongly as `alpha` (an 8-bit picture) says: ghost image, signature."""
        ground = bytes(colour) * (alpha.width * alpha.height)
        mask = zlib.compress(alpha.tobytes())
        return cls(zlib.compress(ground), "FlateDecode", alpha.size, "DeviceRGB", box, mask)


Mark = Form | Picture


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page in points with its marks in painting order; `trim` is the document's edge within it."""

    width: float
    height: float
    trim: tuple[float, float, float, float]
    marks: tuple[Mark, ...]


def render(drawings: Sequence[Drawing], title: str) -> bytes:
    """The drawings as the pages of one PDF without date or random parts (ReportLab's invariant mode)."""
    output = io.BytesIO()
    canvas = Canvas(output, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("Liman")
    for drawing in drawings:
        canvas.setPageSize((drawing.width, drawing.height))
        canvas.setTrimBox(drawing.trim)
        for mark in drawing.marks:
            _place(canvas, mark, drawing)
        canvas.showPage()
    canvas.save()
    return output.getvalue()


def _place(canvas: Any, mark: Mark, drawing: Drawing) -> None:
    if isinstance(mark, Form):
        canvas.doForm(_form(canvas, mark, drawing))
    else:
        x, y, width, height = mark.box
        canvas.saveState()
        canvas.transform(width, 0, 0, height, x, y)
        canvas.doForm(_picture(canvas, mark))
        canvas.restoreState()


def _form(canvas: Any, form: Form, drawing: Drawing) -> str:
    entries = {"Subtype": PDFName("Form"), "BBox": PDFArray([0, 0, drawing.width, drawing.height])}
    return _object(canvas, entries, form.compressed, "FlateDecode")


def _picture(canvas: Any, picture: Picture) -> str:
    entries = _image_entries(picture.pixels, picture.colours)
    if picture.alpha is not None:
        mask = _object(canvas, _image_entries(picture.pixels, "DeviceGray"), picture.alpha, "FlateDecode")
        entries["SMask"] = PDFObjectReference(canvas._doc.getXObjectName(mask))
    return _object(canvas, entries, picture.data, picture.encoding)


def _image_entries(pixels: tuple[int, int], colours: str) -> dict[str, object]:
    return {
        "Subtype": PDFName("Image"),
        "Width": pixels[0],
        "Height": pixels[1],
        "ColorSpace": PDFName(colours),
        "BitsPerComponent": 8,
    }


def _object(canvas: Any, entries: dict[str, object], data: bytes, encoding: str) -> str:
    """Register a stream of already encoded bytes under the next free name of this PDF."""
    name = f"liman{len(canvas._doc.idToObject)}"
    dictionary = PDFDictionary({"Type": PDFName("XObject"), "Filter": PDFName(encoding), **entries})
    canvas._doc.addForm(name, PDFStream(dictionary, data))
    return name


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Path operators of an open line through the points."""
    first, *rest = (f"{x:.2f} {y:.2f}" for x, y in points)
    return f"{first} m\n" + "\n".join(f"{point} l" for point in rest)


def rectangles(boxes: Iterable[tuple[float, float, float, float]]) -> str:
    """Operators that fill the boxes (x, y, width, height in points) black."""
    return "0 g\n" + "\n".join(f"{x:.4f} {y:.4f} {width:.4f} {height:.4f} re" for x, y, width, height in boxes) + "\nf"
