"""Drawings as PDF, written straight to a file: ReportLab's objects, our own pages. The same marks give the same bytes.

A drawing is a sequence of marks. A `Form` is what a document type has in common: immutable, compressed once, written
once a file. Everything personal is in the page's own stream and pictures, so nothing of one person can reach another's
page. Letters are Type 3 glyphs: outlines that were drawn once, in one way for every font and script.
"""

from __future__ import annotations

import io
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, NamedTuple

from reportlab.pdfbase.pdfdoc import DummyDoc, PDFArray, PDFDictionary, PDFName, PDFObject, PDFString

from printing.pages import fonts

POINTS_PER_MM = 72 / 25.4
BEST = 9  # zlib's level for what is compressed once
_FIXED = 4  # objects whose numbers are known before they are written
_CATALOGUE, _PAGES, _INFO, _FONTS = range(1, _FIXED + 1)
_PLAIN = b"<</Length %d>>stream\n"
_DEFLATED = b"<</Length %d/Filter/FlateDecode>>stream\n"
_IMAGE = (
    b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%b/BitsPerComponent 8/Filter/%b%b/Length %d>>stream\n"
)
_END = b"\nendstream"

Box = tuple[float, float, float, float]
"""x, y of the lower left corner, width, height, in points."""
Letters = tuple[tuple[str, bytes], ...]
"""Names of Type 3 fonts (`fonts.resource`), each with the codes that are shown of it."""


class Ops(NamedTuple):
    """PDF operators and the letters they show."""

    code: str
    letters: Letters = ()


def joined(parts: Iterable[Ops]) -> Ops:
    """All parts in their order."""
    every = tuple(parts)
    return Ops("\n".join([part.code for part in every]), tuple([shown for part in every for shown in part.letters]))


@dataclass(frozen=True, slots=True)
class Form:
    """What drawings of a type share, compressed once a process and written once a file."""

    compressed: bytes
    letters: Letters

    @classmethod
    def of(cls, ops: Ops) -> Form:
        """Compress the operators of a drawing in page points."""
        return cls(zlib.compress(ops.code.encode("ascii"), BEST), ops.letters)


@dataclass(frozen=True, slots=True)
class Ink:
    """The operators of one page alone: what is personal. They are few: to compress them costs more than it saves."""

    code: bytes
    letters: Letters

    @classmethod
    def of(cls, ops: Ops) -> Ink:
        """Gather them for one page."""
        shown: dict[str, bytes] = {}
        for font, codes in ops.letters:
            shown[font] = shown.get(font, b"") + codes
        return cls(ops.code.encode("ascii"), tuple(shown.items()))


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Encoded pixels: JPEG as it came, or deflated ones; `alpha` is a deflated soft mask of the same size."""

    data: bytes
    encoding: str
    pixels: tuple[int, int]
    colours: str
    alpha: bytes | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A bitmap stretched over `box`, of which only `window` is shown (the same as `box` unless it is cropped).

    `fade`, a grey bitmap stretched over the window, makes a ghost of it: pale where that is light, absent where dark,
    and of the picture's lightness only.
    """

    bitmap: Bitmap
    box: Box
    window: Box
    fade: Bitmap | None = None


@dataclass(frozen=True, slots=True)
class Modules:
    """A symbol of dark and light squares as one stencil: `rows` of packed bits, a dark module as 1, from the top."""

    rows: bytes
    side: int
    box: Box


Mark = Form | Ink | Picture | Modules


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page in points with its marks in painting order; `trim` is the document's edge: left, bottom, right, top."""

    width: float
    height: float
    trim: Box
    marks: tuple[Mark, ...]


def render(drawings: Iterable[Drawing], title: str) -> bytes:
    """The drawings as the pages of one PDF."""
    output = io.BytesIO()
    pages = Pages(output, title)
    for drawing in drawings:
        pages.add(drawing)
    pages.close()
    return output.getvalue()


class _Output:
    """Writes on in `out` and counts where it is."""

    def __init__(self, out: BinaryIO, at: int) -> None:
        self._out, self.offset = out, at
        if not at:
            self.add(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def add(self, *parts: bytes) -> int:
        """Write them; the place where they begin."""
        at = self.offset
        for part in parts:
            self._out.write(part)
            self.offset += len(part)
        return at


class Progress(NamedTuple):
    """How far a file is written: its length, the objects' offsets by number, its pages, the letters shown."""

    length: int
    offsets: Sequence[int]
    pages: Sequence[int]
    letters: Mapping[str, bytes]


class Pages:
    """A PDF that grows page by page. Memory holds no page, only where each object starts (eight bytes)."""

    def __init__(self, out: BinaryIO, title: str, progress: Progress | None = None) -> None:
        self._file = _Output(out, progress.length if progress else 0)
        self._title = title
        self._offsets = array("Q", progress.offsets if progress else [0] * (_FIXED + 1))
        self._pages = array("Q", progress.pages if progress else [])
        self._letters = {font: set(codes) for font, codes in progress.letters.items()} if progress else {}
        self._shared: dict[object, int] = {}

    @property
    def progress(self) -> Progress:
        """What is needed to go on writing this file later."""
        letters = {font: bytes(sorted(codes)) for font, codes in self._letters.items()}
        return Progress(self._file.offset, self._offsets, self._pages, letters)

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def add(self, drawing: Drawing, place: int | None = None) -> None:
        """Write one page, the next one or in that place (from 0)."""
        content = _PageContent()
        for mark in drawing.marks:
            match mark:
                case Form():
                    content.operators.append(f"/{content.shows(self._form(mark, drawing))} Do".encode())
                case Ink():
                    self._shows(mark.letters)
                    content.operators.append(mark.code)
                case Modules():
                    content.operators.append(_stencil(mark))
                case Picture():
                    content.operators.append(self._placed(mark, content).encode())
        self._pages.insert(self.count if place is None else place, self._page(drawing, content))

    def _placed(self, mark: Picture, content: _PageContent) -> str:
        """Show the window of a picture; its soft mask covers the unit square, so the window is made that first."""
        number = content.bitmaps.get(id(mark.bitmap)) or self._bitmap(mark.bitmap)
        content.bitmaps[id(mark.bitmap)] = number
        if mark.fade:
            content.states["Ghost"] = self._ghost_state(mark.fade)
        x, y, width, height = mark.window
        left, foot, across, along = mark.box
        return (
            f"q {width:.4f} 0 0 {height:.4f} {x:.4f} {y:.4f} cm {'/Ghost gs ' if mark.fade else ''}0 0 1 1 re W n "
            f"{across / width:.5f} 0 0 {along / height:.5f} {(left - x) / width:.5f} {(foot - y) / height:.5f} cm "
            f"/{content.shows(number)} Do Q"
        )

    def close(self) -> None:
        """Write what all pages share, the table of objects and the trailer."""
        self._fonts()
        kids = b" ".join(b"%d 0 R" % number for number in self._pages)
        self._write(b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(self._pages), kids), number=_PAGES)
        self._write(b"<</Type/Catalog/Pages %d 0 R/Lang(ro)>>" % _PAGES, number=_CATALOGUE)
        info = {
            "Title": PDFString(self._title),
            "Author": PDFString("Liman"),
            "Producer": PDFString("Liman, ReportLab"),
        }
        self._write(_formatted(info), number=_INFO)
        table = self._file.add(b"xref\n0 %d\n0000000000 65535 f \n" % len(self._offsets))
        self._file.add(b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets[1:]))
        trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        self._file.add(trailer % (len(self._offsets), _CATALOGUE, _INFO, table))

    def _write(self, *body: bytes, number: int = 0) -> int:
        """Write an object, in one part or several, under its known number, or the next one; its number."""
        if not number:
            number = len(self._offsets)
            self._offsets.append(0)
        self._offsets[number] = self._file.add(b"%d 0 obj\n" % number, *body, b"\nendobj\n")
        return number

    def _stream(self, entries: Mapping[str, object], data: bytes) -> int:
        return self._write(_stream(entries, data))

    def _page(self, drawing: Drawing, content: _PageContent) -> int:
        code = b"\n".join(content.operators)
        stream = self._write(_PLAIN % len(code), code, _END)
        left, foot, right, top = drawing.trim
        page = (
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.3f %.3f]/TrimBox[%.3f %.3f %.3f %.3f]/Contents %d 0 R"
            b"/Resources<</Font %d 0 R/XObject<<%b>>/ExtGState<<%b>>>>>>"
        )
        boxes = (drawing.width, drawing.height, left, foot, right, top)
        names = (_references(content.objects), _references(content.states))
        return self._write(page % (_PAGES, *boxes, stream, _FONTS, *names))

    def _form(self, form: Form, drawing: Drawing) -> int:
        if form not in self._shared:
            self._shows(form.letters)
            entries = {
                "Type": PDFName("XObject"),
                "Subtype": PDFName("Form"),
                "BBox": PDFArray([0, 0, drawing.width, drawing.height]),
                "Filter": PDFName("FlateDecode"),
                "Resources": PDFDictionary({"Font": _Reference(_FONTS)}),
            }
            self._shared[form] = self._stream(entries, form.compressed)
        return self._shared[form]

    def _bitmap(self, bitmap: Bitmap) -> int:
        mask = b""
        if bitmap.alpha is not None:
            mask = b"/SMask %d 0 R" % self._bitmap(Bitmap(bitmap.alpha, "FlateDecode", bitmap.pixels, "DeviceGray"))
        colours, encoding = bitmap.colours.encode(), bitmap.encoding.encode()
        head = _IMAGE % (*bitmap.pixels, colours, encoding, mask, len(bitmap.data))
        return self._write(head, bitmap.data, _END)

    def _ghost_state(self, fade: Bitmap) -> int:
        """How a ghost is painted: with the lightness of the picture only, weakly, and through its fade."""
        if fade not in self._shared:
            group = {
                "Type": PDFName("XObject"),
                "Subtype": PDFName("Form"),
                "BBox": PDFArray([0, 0, 1, 1]),
                "Group": PDFDictionary({"S": PDFName("Transparency"), "CS": PDFName("DeviceGray")}),
                "Resources": PDFDictionary({"XObject": PDFDictionary({"F": _Reference(self._bitmap(fade))})}),
            }
            mask = {"Type": PDFName("Mask"), "S": PDFName("Luminosity"), "G": _Reference(self._stream(group, b"/F Do"))}
            state = {"Type": PDFName("ExtGState"), "BM": PDFName("Luminosity"), "ca": 0.5, "SMask": PDFDictionary(mask)}
            self._shared[fade] = self._write(_formatted(state))
        return self._shared[fade]

    def _shows(self, letters: Letters) -> None:
        for font, codes in letters:
            self._letters.setdefault(font, set()).update(codes)

    def _fonts(self) -> None:
        """Every letter that was shown, as Type 3 fonts."""
        numbers = {name: self._font(name, sorted(codes)) for name, codes in sorted(self._letters.items())}
        self._write(b"<<%b>>" % _references(numbers), number=_FONTS)

    def _font(self, name: str, codes: Sequence[int]) -> int:
        font, first = fonts.of_resource(name)
        procedures = {f"g{code}": self._write(_procedure(font, first + code)) for code in codes}
        widths = {code: font.measured(first + code)[1] for code in codes}
        scale = 1 / font.units
        return self._write(
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[%.9f 0 0 %.9f 0 0]/CharProcs<<%b>>"
            b"/Encoding<</Type/Encoding/Differences[%b]>>/FirstChar %d/LastChar %d/Widths[%b]/Resources<<>>>>"
            % (
                scale, scale, _references(procedures), b" ".join(b"%d/g%d" % (code, code) for code in codes),
                codes[0], codes[-1],
                b" ".join(b"%d" % widths.get(code, 0) for code in range(codes[0], codes[-1] + 1)),
            )
        )  # fmt: skip


class _PageContent:
    """What one page shows: its operators in order, and the objects that they name."""

    def __init__(self) -> None:
        self.operators: list[bytes] = []
        self.objects: dict[str, int] = {}
        self.states: dict[str, int] = {}
        self.bitmaps: dict[int, int] = {}

    def shows(self, number: int) -> str:
        """The name under which the page shows an object."""
        self.objects[f"X{number}"] = number
        return f"X{number}"


class _Reference(PDFObject):
    """A reference to a written object, as ReportLab formats its values."""

    def __init__(self, number: int) -> None:
        self._number = number

    def format(self, document: object) -> bytes:
        return b"%d 0 R" % self._number


def _formatted(entries: Mapping[str, object]) -> bytes:
    data: bytes = PDFDictionary(dict(entries)).format(DummyDoc())
    return data


def _stream(entries: Mapping[str, object], data: bytes) -> bytes:
    return b"%b\nstream\n%b\nendstream" % (_formatted({**entries, "Length": len(data)}), data)


def _references(numbers: Mapping[str, int]) -> bytes:
    return b"".join(b"/%b %d 0 R" % (name.encode("ascii"), number) for name, number in numbers.items())


@cache
def _procedure(font: fonts.Font, glyph: int) -> bytes:
    """A glyph's outline as the stream of a Type 3 font, in font units, in the colour of the text (`d1`)."""
    box, advance = font.measured(glyph)
    code = f"{advance} 0 {' '.join(map(str, box or (0, 0, 0, 0)))} d1\n{font.outline(glyph)}\nf"
    data = zlib.compress(code.encode("ascii"), BEST)
    return _DEFLATED % len(data) + data + _END


def _stencil(modules: Modules) -> bytes:
    """An inline image of one bit a module, painted black where it is dark (ISO 32000-1, 8.9.6.2)."""
    x, y, width, height = modules.box
    place = b"q %.4f 0 0 %.4f %.4f %.4f cm 0 g" % (width, height, x, y)
    return place + b" BI /W %d /H %d /IM true /D[1 0] ID %b\nEI Q" % (modules.side, modules.side, modules.rows)


def rectangles(boxes: Iterable[Box]) -> Ops:
    """Operators that fill the boxes black."""
    return Ops(
        "0 g\n" + "\n".join(f"{x:.4f} {y:.4f} {width:.4f} {height:.4f} re" for x, y, width, height in boxes) + "\nf"
    )
