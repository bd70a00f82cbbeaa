"""A font as a PDF has it: the outlines of the glyphs that were shown, their widths and the characters that they say.

A glyph keeps the number that it has in its file, and stands on a page by that number, in two bytes (Identity-H): what a
page shows stays as it is when another page needs more glyphs. ISO 32000-1, 9.7 and 9.10.3.
"""

from __future__ import annotations

import hashlib
import string
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import uharfbuzz as hb

from printing.errors import FontDamaged
from printing.pages.fonts import NOTO, Font

BEST = 9  # zlib's level for what is compressed once
_KEPT = ("glyf", "loca", "CFF ", "head", "hhea", "hmtx", "maxp")
"""The tables of a font that draw; the others choose and place glyphs, which was done before."""
_CUT = (
    hb.SubsetFlags.RETAIN_GIDS
    | hb.SubsetFlags.CFF_IDENTITY_CHARSET
    | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    | hb.SubsetFlags.NO_HINTING
    | hb.SubsetFlags.NOTDEF_OUTLINE
)
_ZONE = string.ascii_uppercase + string.digits + "<"
_OTHERS = string.ascii_lowercase + " !\"'()*+,-./:;=?@\u00a0–—‘’“”„«»·°" + "ĂÂÎȘȚăâîșțÀÇÉÈÊËÏÔÙÛŒàçéèêëïôùûœ"
_SYMBOLIC, _FIXED_PITCH, _ITALIC = 4, 1, 64
_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_LARGE = 10_000  # glyphs: Chinese, Japanese and Korean
_MOST = 100  # characters in one section of a CMap


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a PDF has of a font: its name there, the deflated program and CMap, and the values of its dictionaries."""

    name: str
    cff: bool
    program: bytes
    length: int
    to_unicode: bytes
    widths: str
    described: str


def embedded(font: Font, glyphs: bytes) -> Embedded:
    """The part of a font that draws these glyphs, two bytes each. The same glyphs give the same bytes.

    Of the usual letters a document has all or none, so that most documents have the same part, which is cut once.
    """
    wanted = frozenset(codes(glyphs))
    for usual in _usual(font):
        wanted |= usual if wanted & usual else frozenset()
    return _embedded(font, tuple(sorted(wanted)))


@cache
def _usual(font: Font) -> tuple[frozenset[int], ...]:
    """The glyphs of the machine readable zone, and the others of our languages in Latin letters."""
    zone, others = (frozenset(map(font.nominal, letters)) - {0} for letters in (_ZONE, _OTHERS))
    return others, zone


@lru_cache(maxsize=64)
def _embedded(font: Font, numbers: tuple[int, ...]) -> Embedded:
    cff = "CFF " in font.hb.face.table_tags
    program = _program(font, numbers, cff)
    tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(repr(numbers).encode("ascii")).digest()[:6])
    return Embedded(
        f"{tag}+{font.name}",
        cff,
        zlib.compress(program, BEST),
        len(program),
        zlib.compress(_to_unicode(font, numbers).encode("ascii"), BEST),
        _widths(font, numbers),
        _described(font),
    )


def codes(glyphs: bytes) -> tuple[int, ...]:
    """The numbers of glyphs that stand there in two bytes each."""
    return struct.unpack(f">{len(glyphs) // 2}H", glyphs)


def _program(font: Font, numbers: Sequence[int], cff: bool) -> bytes:
    """A TrueType file of these glyphs, or the CFF table alone, as `FontFile2` and `FontFile3` take them."""
    wanted = hb.SubsetInput()
    wanted.flags = _CUT
    wanted.glyph_set.update(numbers)
    wanted.drop_table_tag_set.update(
        int.from_bytes(tag.encode("ascii")) for tag in font.hb.face.table_tags if tag not in _KEPT
    )
    try:
        cut = hb.subset(_ready(font), wanted)
    except RuntimeError as error:
        raise FontDamaged(font.path.name, NOTO) from error
    program: bytes = (cut.reference_table("CFF ") if cff else cut.blob).data
    return program


@cache
def _ready(font: Font) -> hb.Face:
    """The font prepared for being cut often, four times as fast; a large one would take half a second first."""
    face = font.hb.face
    return hb.subset_preprocess(face) if face.glyph_count < _LARGE else face


def _widths(font: Font, numbers: Sequence[int]) -> str:
    """Widths in thousandths of an em, as runs of neighbours: `first[width width] first[...]`."""
    scale = 1000 / font.units
    return "".join(
        f"{run[0]}[{' '.join(f'{font.measured(number)[1] * scale:.6g}' for number in run)}]" for run in _runs(numbers)
    )


def _runs(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """The numbers in runs without a gap."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield numbers[start:at]
            start = at


def _to_unicode(font: Font, numbers: Sequence[int]) -> str:
    said = [
        f"<{number:04x}> <{character.encode('utf-16-be').hex()}>"
        for number in numbers
        if (character := font.characters.get(number))
    ]
    sections = (said[at : at + _MOST] for at in range(0, len(said), _MOST))
    return _CMAP.format("\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in sections))


def _described(font: Font) -> str:
    """The values of the font's descriptor (ISO 32000-1, 9.8), in thousandths of an em."""
    scale = 1000 / font.units
    box = " ".join(f"{value * scale:.0f}" for value in _read(font, "head", 36, ">4h"))
    ascent, descent = (value * scale for value in _read(font, "hhea", 4, ">2h"))
    angle, fixed = _read(font, "post", 4, ">i4xI")
    weight = _read(font, "OS/2", 4, ">H")[0]
    flags = _SYMBOLIC | (_FIXED_PITCH if fixed else 0) | (_ITALIC if angle else 0)
    return (
        f"/Flags {flags}/FontBBox[{box}]/ItalicAngle {angle / 65536:g}/Ascent {ascent:.0f}/Descent {descent:.0f}"
        f"/CapHeight {font.capital * scale:.0f}/StemV {weight // 5}"
    )


def _read(font: Font, table: str, at: int, form: str) -> tuple[int, ...]:
    """Numbers of a table; zeros where it is too short, as they matter only to who has no outlines."""
    data = font.hb.face.reference_table(table).data.ljust(at + struct.calcsize(form), b"\0")
    return struct.unpack_from(form, data, at)
