"""Drawings as PDF, written straight to a file: ReportLab's objects, our own pages. The same marks give the same bytes.

A drawing is a sequence of marks. A `Form` is what a document type has in common: immutable, compressed once, written
once a file. Everything personal is in the page's own stream and pictures, so nothing of one person can reach another's
page. Letters are glyphs of fonts (`embedding`), of which the end of the file has those that were shown.
"""

from __future__ import annotations

import io
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from reportlab.pdfbase.pdfdoc import DummyDoc, PDFDictionary, PDFString

from printing.pages import fonts
from printing.pages.embedding import BEST, codes, embedded

POINTS_PER_MM = 72 / 25.4
_FIXED = 4  # objects whose numbers are known before they are written
_CATALOGUE, _PAGES, _INFO, _FONTS = range(1, _FIXED + 1)
FIRST = _FIXED + 1
"""The number of the first object that has none of its own."""
HEADER = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_AT_ONCE = 10_000  # lines of the table of objects that are put together at a time
_PLAIN = b"<</Length %d>>stream\n"
DEFLATED = b"<</Length %d/Filter/FlateDecode%b>>stream\n"
_IMAGE = (
    b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%b/BitsPerComponent 8/Filter/%b%b/Length %d>>stream\n"
)
END = b"\nendstream"
_FORM = (
    b"<</Type/XObject/Subtype/Form/BBox[0 0 %.3f %.3f]/Resources<</Font %d 0 R>>/Filter/FlateDecode/Length %d>>stream\n"
)
_GROUP = (
    b"<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Group<</S/Transparency/CS/DeviceGray>>"
    b"/Resources<</XObject<</F %d 0 R>>>>/Length 5>>stream\n/F Do\nendstream"
)
_GHOST = b"<</Type/ExtGState/BM/Luminosity/ca 0.5/SMask<</Type/Mask/S/Luminosity/G %d 0 R>>>>"
_USED, _FREE = b"%010d 00000 n \n", b"0000000000 65535 f \n"

Box = tuple[float, float, float, float]
"""x, y of the lower left corner, width, height, in points."""
Letters = tuple[tuple[str, bytes], ...]
"""Names of fonts (`Font.name`), each with the glyphs that are shown of it: their numbers in two bytes each."""


Shown = Iterable[tuple[str, Iterable[int]]]
"""Such names with the letters that were shown of each."""


class Ops(NamedTuple):
    """PDF operators and the letters they show."""

    code: str
    letters: Letters = ()


def joined(parts: Iterable[Ops]) -> Ops:
    """All parts in their order."""
    every = tuple(parts)
    return Ops("\n".join([part.code for part in every]), tuple([shown for part in every for shown in part.letters]))


def _gathered(letters: Letters) -> Letters:
    """What is shown of each font together."""
    shown: dict[str, bytes] = {}
    for font, glyphs in letters:
        shown[font] = shown.get(font, b"") + glyphs
    return tuple(shown.items())


@dataclass(frozen=True, slots=True)
class Form:
    """What drawings of a type share, compressed once a process and written once a file."""

    compressed: bytes
    letters: Letters

    @classmethod
    def of(cls, ops: Ops) -> Form:
        """Compress the operators of a drawing in page points."""
        each = tuple((font, _glyphs(set(codes(shown)))) for font, shown in _gathered(ops.letters))
        return cls(zlib.compress(ops.code.encode("ascii"), BEST), each)


@dataclass(frozen=True, slots=True)
class Ink:
    """The operators of one page alone: what is personal. They are few: to compress them costs more than it saves."""

    code: bytes
    letters: Letters

    @classmethod
    def of(cls, ops: Ops) -> Ink:
        """Gather them for one page."""
        return cls(ops.code.encode("ascii"), _gathered(ops.letters))


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
            self.add(HEADER)

    def add(self, *parts: bytes) -> int:
        """Write them; the place where they begin."""
        at = self.offset
        for part in parts:
            self._out.write(part)
            self.offset += len(part)
        return at


class Progress(NamedTuple):
    """How far a file is written: its length, the objects' offsets by number, its pages, the letters shown.

    An offset of 0 is of a number that no object has.
    """

    length: int
    offsets: Sequence[int]
    pages: Sequence[int]
    letters: Shown


class Sheets:
    """Makes the objects of pages; where they go is a matter of `_write`. `letters` are those that were shown."""

    def __init__(self) -> None:
        self.letters: dict[str, set[int]] = {}
        self._shared: dict[Form | Bitmap, int] = {}

    def _write(self, *body: bytes, number: int = 0) -> int:
        """Write an object, in one part or several, under its known number, or the next one; its number."""
        raise NotImplementedError

    def _drawn(self, drawing: Drawing) -> int:
        """Write one page; its number."""
        content = _PageContent()
        for mark in drawing.marks:
            match mark:
                case Form():
                    content.operators.append(f"/{content.shows(self._form(mark, drawing))} Do".encode())
                case Ink():
                    self._show(mark.letters)
                    content.operators.append(mark.code)
                case Modules():
                    content.operators.append(_stencil(mark))
                case Picture():
                    content.operators.append(self._placed(mark, content).encode())
        return self._page(drawing, content)

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

    def _page(self, drawing: Drawing, content: _PageContent) -> int:
        stream = self._write(*self._contents(b"\n".join(content.operators)))
        left, foot, right, top = drawing.trim
        page = (
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.3f %.3f]/TrimBox[%.3f %.3f %.3f %.3f]/Contents %d 0 R"
            b"/Resources<</Font %d 0 R/XObject<<%b>>/ExtGState<<%b>>>>>>"
        )
        boxes = (drawing.width, drawing.height, left, foot, right, top)
        names = (_references(content.objects), _references(content.states))
        return self._write(page % (_PAGES, *boxes, stream, _FONTS, *names))

    def _contents(self, code: bytes) -> tuple[bytes, ...]:
        """The operators of one page as a stream."""
        return _PLAIN % len(code), code, END

    def _form(self, form: Form, drawing: Drawing) -> int:
        if form not in self._shared:
            self._show(form.letters)
            head = _FORM % (drawing.width, drawing.height, _FONTS, len(form.compressed))
            self._shared[form] = self._write(head, form.compressed, END)
        return self._shared[form]

    def _bitmap(self, bitmap: Bitmap) -> int:
        mask = b""
        if bitmap.alpha is not None:
            mask = b"/SMask %d 0 R" % self._bitmap(Bitmap(bitmap.alpha, "FlateDecode", bitmap.pixels, "DeviceGray"))
        colours, encoding = bitmap.colours.encode(), bitmap.encoding.encode()
        head = _IMAGE % (*bitmap.pixels, colours, encoding, mask, len(bitmap.data))
        return self._write(head, bitmap.data, END)

    def _ghost_state(self, fade: Bitmap) -> int:
        """How a ghost is painted: with the lightness of the picture only, weakly, and through its fade."""
        if fade not in self._shared:
            group = self._write(_GROUP % self._bitmap(fade))
            self._shared[fade] = self._write(_GHOST % group)
        return self._shared[fade]

    def _show(self, letters: Letters) -> None:
        for font, shown in letters:
            self.letters.setdefault(font, set()).update(codes(shown))


class Pages(Sheets):
    """A PDF that grows page by page. Memory holds no page, only where each object starts (eight bytes)."""

    def __init__(self, out: BinaryIO, title: str, progress: Progress | None = None) -> None:
        super().__init__()
        self._file = _Output(out, progress.length if progress else 0)
        self._title = title
        self._offsets = array("Q", progress.offsets if progress else [0] * FIRST)
        self._pages = array("Q", progress.pages if progress else [])
        self.letters.update({font: set(shown) for font, shown in progress.letters} if progress else {})

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def add(self, drawing: Drawing, place: int | None = None) -> None:
        """Write one page, the next one or in that place (from 0)."""
        self._pages.insert(self.count if place is None else place, self._drawn(drawing))

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
        for start in range(1, len(self._offsets), _AT_ONCE):
            self._file.add(b"".join(_USED % at if at else _FREE for at in self._offsets[start : start + _AT_ONCE]))
        trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        self._file.add(trailer % (len(self._offsets), _CATALOGUE, _INFO, table))

    def _write(self, *body: bytes, number: int = 0) -> int:
        """Write an object, in one part or several, under its known number, or the next one; its number."""
        if not number:
            number = len(self._offsets)
            self._offsets.append(0)
        self._offsets[number] = self._file.add(b"%d 0 obj\n" % number, *body, b"\nendobj\n")
        return number

    def _fonts(self) -> None:
        """Every letter that was shown, of each font as one of Type 0 (ISO 32000-1, 9.7)."""
        numbers = {name: self._font(name, _glyphs(shown)) for name, shown in sorted(self.letters.items())}
        self._write(b"<<%b>>" % _references(numbers), number=_FONTS)

    def _font(self, name: str, glyphs: bytes) -> int:
        part = embedded(fonts.named(name), glyphs)
        kind, file = ("CIDFontType0", 3) if part.cff else ("CIDFontType2", 2)
        entries = b"/Subtype/CIDFontType0C" if part.cff else b"/Length1 %d" % part.length
        program = self._deflated(part.program, entries)
        base = part.name
        descriptor = f"<</Type/FontDescriptor/FontName/{base}{part.described}/FontFile{file} {program} 0 R>>"
        descendant = (
            f"<</Type/Font/Subtype/{kind}/BaseFont/{base}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/FontDescriptor {self._write(descriptor.encode())} 0 R/DW 0/W[{part.widths}]"
            f"{'' if part.cff else '/CIDToGIDMap/Identity'}>>"
        )
        font = (
            f"<</Type/Font/Subtype/Type0/BaseFont/{base}{'-Identity-H' if part.cff else ''}/Encoding/Identity-H"
            f"/DescendantFonts[{self._write(descendant.encode())} 0 R]"
            f"/ToUnicode {self._deflated(part.to_unicode)} 0 R>>"
        )
        return self._write(font.encode())

    def _deflated(self, data: bytes, entries: bytes = b"") -> int:
        return self._write(DEFLATED % (len(data), entries), data, END)


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


def _formatted(entries: Mapping[str, object]) -> bytes:
    data: bytes = PDFDictionary(dict(entries)).format(DummyDoc())
    return data


def _references(numbers: Mapping[str, int]) -> bytes:
    return b"".join(b"/%b %d 0 R" % (name.encode("ascii"), number) for name, number in numbers.items())


def _glyphs(numbers: Iterable[int]) -> bytes:
    """Each once, in ascending order, in two bytes."""
    return b"".join([number.to_bytes(2) for number in sorted(numbers)])


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
