"""Installed fonts: found by file name, read by HarfBuzz; their glyphs, measures and characters.

ReportLab refuses OCR-B (it is CFF) and does not shape Arabic or Indic scripts, and one way for every script is simpler
than two. Fonts come from Debian packages and are never shipped; a document has of each what it shows (`embedding`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import uharfbuzz as hb

from printing.errors import FontDamaged, FontMissing
from printing.pages import characters

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
NOTO, OCR_B = "fonts-noto-core", "fonts-ocr-b"

# The Latin face comes first; then one face per script that applicants write their names in.
_SCRIPT_FONTS = (
    "NotoSansArabic-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansGurmukhi-Regular.ttf",
    "NotoSansSinhala-Regular.ttf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoSansGujarati-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf",
    "NotoSansArmenian-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansThaana-Regular.ttf",
    "NotoSansMyanmar-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansSyriac-Regular.ttf",
    "NotoSansNKo-Regular.ttf",
    "NotoSansAdlam-Regular.ttf",
    "NotoSansTifinagh-Regular.ttf",
    "NotoSansHanifiRohingya-Regular.ttf",
    "NotoSansKhmer-Regular.ttf",
    "NotoSansLao-Regular.ttf",
    "NotoSansMalayalam-Regular.ttf",
    "NotoSansTelugu-Regular.ttf",
    "NotoSansKannada-Regular.ttf",
    "NotoSansOriya-Regular.ttf",
    "NotoSerifTibetan-Regular.ttf",
    "NotoSansMongolian-Regular.ttf",
)
_STYLES = {
    "regular": "NotoSans-Regular.ttf",
    "bold": "NotoSans-Bold.ttf",
    "italic": "NotoSans-Italic.ttf",
}


class _PathPen:
    """Collects an outline as PDF path operators in font units; quadratic curves become cubic."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self._at = (0.0, 0.0)

    def _add(self, operator: str, *points: tuple[float, float]) -> None:
        self.operators.append(" ".join(f"{value:.6g}" for point in points for value in point) + " " + operator)
        self._at = points[-1]

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 (the pen protocol's names)
        self._add("m", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add("l", point)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("c", *points)

    def qCurveTo(self, control: tuple[float, float], end: tuple[float, float]) -> None:  # noqa: N802
        first, second = (
            (corner[0] + 2 / 3 * (control[0] - corner[0]), corner[1] + 2 / 3 * (control[1] - corner[1]))
            for corner in (self._at, end)
        )
        self._add("c", first, second, end)

    def closePath(self) -> None:  # noqa: N802
        self.operators.append("h")


Extents = tuple[int, int, int, int]
"""Left, bottom, right, top of a glyph's black, in font units."""
Metrics = tuple[Extents | None, int]
"""A glyph's black, None for a blank, and how far it moves the pen."""


@dataclass(eq=False)
class Font:
    """One font file. What was once asked of a glyph is kept: it is the font's, not a person's.

    `name` is the file's name without its ending, with the number of the face in a collection; `units` are font units
    per em; `metrics` has the glyphs measured so far.
    """

    path: Path
    index: int = 0
    name: str = field(init=False)
    hb: hb.Font = field(init=False, repr=False)
    units: int = field(init=False)
    _outlines: dict[int, str] = field(default_factory=dict, repr=False)
    _nominal: dict[str, int] = field(default_factory=dict, repr=False)
    metrics: dict[int, Metrics] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.name = f"{self.path.stem}-{self.index}" if self.index else self.path.stem
        self.hb = hb.Font(hb.Face(hb.Blob.from_file_path(str(self.path)), self.index))
        self.units = int(self.hb.face.upem)

    @cached_property
    def characters(self) -> dict[int, str]:
        """What glyphs say to readers and searches."""
        return characters.of(self.hb)

    @property
    def capital(self) -> int:
        """How high a capital is, in font units."""
        box, _ = self.measured(self.nominal("H"))
        return box[3] if box else 0

    def nominal(self, character: str) -> int:
        """The glyph of a character by itself, 0 if the font has none that draws it, whatever its table says."""
        if character not in self._nominal:
            glyph = self.hb.get_nominal_glyph(ord(character)) or 0
            self._nominal[character] = glyph if self.draws(glyph) or characters.blank(character) else 0
        return self._nominal[character]

    def draws(self, glyph: int) -> bool:
        """Whether there is any black in a glyph."""
        return bool((self.metrics.get(glyph) or self.measured(glyph))[0])

    def covers(self, character: str) -> bool:
        """Whether the font has a glyph of its own for this character."""
        return bool(self.nominal(character))

    def measured(self, glyph: int) -> Metrics:
        """What there is to know of a glyph's size, in font units; from then on it is among `metrics`."""
        if glyph in self.metrics:
            return self.metrics[glyph]
        found = self.hb.get_glyph_extents(glyph)
        box = None
        if found and found.width:
            left, top = found.x_bearing, found.y_bearing
            box = (left, top + found.height, left + found.width, top)
        self.metrics[glyph] = (box, int(self.hb.get_glyph_h_advance(glyph)))
        return self.metrics[glyph]

    def outline(self, glyph: int) -> str:
        """PDF path operators of a glyph in font units, without the painting operator; empty for a blank."""
        if glyph not in self._outlines:
            pen = _PathPen()
            self.hb.draw_glyph_with_pen(glyph, pen)
            self._outlines[glyph] = "\n".join(pen.operators)
        return self._outlines[glyph]


def _find(file_name: str) -> Path | None:
    return next((path for folder in FOLDERS if folder.is_dir() for path in sorted(folder.rglob(file_name))), None)


@cache
def load(file_name: str, package: str) -> Font:
    """The installed font of that file name; FontMissing names the Debian package otherwise."""
    path = _find(file_name)
    if path is None:
        raise FontMissing(file_name, package)
    if not _whole(path):
        raise FontDamaged(file_name, package)
    return Font(path)


def _whole(path: Path) -> bool:
    """Whether all tables of a font file, or of the first font of a collection, lie within it."""
    data = path.read_bytes()
    try:
        start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
        count = struct.unpack_from(">H", data, start + 4)[0]
        ends = [sum(struct.unpack_from(">2I", data, start + 12 + 16 * at + 8)) for at in range(count)]
        face = hb.Face(data)
        hb.subset(face, hb.SubsetInput())
        return max(ends) <= len(data) and bool(face.table_tags) and face.glyph_count > 0
    except (struct.error, ValueError, RuntimeError):  # ends in its head, tables without names, nothing can be cut
        return False


def named(name: str) -> Font:
    """The font with this `Font.name`, in whichever process it is asked for."""
    if name == ocr_b().name:
        return ocr_b()
    return load(f"{name}.ttf", NOTO)


def ocr_b() -> Font:
    """OCR-B for the machine readable zone (Doc 9303-3, 4.4)."""
    return load("OCRB.otf", OCR_B)


def latin(style: str = "regular") -> Font:
    """The text face: `regular`, `bold` or `italic`."""
    return load(_STYLES[style], NOTO)


def covering(character: str, style: str) -> Font | None:
    """The first installed face that draws this character: the text face, then the script faces."""
    if latin(style).covers(character):
        return latin(style)
    return next((font for font in _script_fonts() if font.covers(character)), None)


@cache
def _script_fonts() -> tuple[Font, ...]:
    return tuple(load(file_name, NOTO) for file_name in _SCRIPT_FONTS)
