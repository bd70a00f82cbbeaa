"""Installed fonts: found by file name, read by HarfBuzz; their glyphs, measures and characters.

ReportLab refuses OCR-B (it is CFF) and does not shape Arabic or Indic scripts, and one way for every script is simpler
than two. Fonts come from Debian packages and are never shipped; a document has of each what it shows (`embedding`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path

import uharfbuzz as hb

from printing.errors import FontDamaged, FontMissing
from printing.pages import characters, scripts

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
NOTO, CJK, OCR_B = scripts.CORE, scripts.CJK, "fonts-ocr-b"
_ENDINGS = (".ttf", ".otf", ".ttc")

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


@cache
def _installed(folders: tuple[Path, ...]) -> dict[str, Path]:
    """The font files by name without ending; of several with one name the first folder's, which packages fill."""
    files = (path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*")))
    found: dict[str, Path] = {}
    for path in files:
        if path.suffix in _ENDINGS:
            found.setdefault(path.stem, path)
    return found


@cache
def load(file_name: str, package: str, index: int = 0) -> Font:
    """The installed font of that file name, or that one of a collection; FontMissing names the Debian package."""
    path = _installed(FOLDERS).get(Path(file_name).stem)
    if path is None or path.name != file_name:
        raise FontMissing(file_name, package)
    if not _whole(path, index):
        raise FontDamaged(file_name, package)
    return Font(path, index)


def _whole(path: Path, index: int) -> bool:
    """Whether all tables of a font file, or of that font of a collection, lie within it."""
    data = path.read_bytes()
    try:
        start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
        count = struct.unpack_from(">H", data, start + 4)[0]
        ends = [sum(struct.unpack_from(">2I", data, start + 12 + 16 * at + 8)) for at in range(count)]
        face = hb.Face(data, index)
        hb.subset(face, hb.SubsetInput())
        return max(ends) <= len(data) and bool(face.table_tags) and face.glyph_count > 0
    except (struct.error, ValueError, RuntimeError):  # ends in its head, tables without names, nothing can be cut
        return False


def named(name: str) -> Font:
    """The font with this `Font.name`, in whichever process it is asked for."""
    if name == ocr_b().name:
        return ocr_b()
    stem, _, index = name.rpartition("-")
    return _noto(stem, int(index)) if index.isdigit() else _noto(name)


def _noto(stem: str, index: int = 0) -> Font:
    path = _installed(FOLDERS).get(stem)
    package = CJK if stem == scripts.CJK_FONT else NOTO
    return load(path.name if path else f"{stem}.ttf", package, index)


def ocr_b() -> Font:
    """OCR-B for the machine readable zone (Doc 9303-3, 4.4)."""
    return load("OCRB.otf", OCR_B)


def latin(style: str = "regular") -> Font:
    """The text face: `regular`, `bold` or `italic`."""
    return load(_STYLES[style], NOTO)


def covering(character: str, style: str, region: str = "SC") -> Font | None:
    """The first installed face that draws this character: the text face, then those of its script, then any other.

    `region` says how Han characters are drawn (`scripts.region`).
    """
    if latin(style).covers(character):
        return latin(style)
    found = _of_script(FOLDERS, character, region)
    return _noto(*found) if found else None


@lru_cache(maxsize=8192)
def _of_script(folders: tuple[Path, ...], character: str, region: str) -> tuple[str, int] | None:
    """The file without its ending, and the place in a collection."""
    for stem in scripts.order(_installed(folders), character):
        place = scripts.FACES[region] if stem == scripts.CJK_FONT else 0
        if _claims(_installed(folders)[stem], place, character) and _noto(stem, place).covers(character):
            return stem, place
    return None


def _claims(path: Path, index: int, character: str) -> bool:
    """Whether the table of a font file names a glyph for a character: to look is much quicker than to load it."""
    face = hb.Face(hb.Blob.from_file_path(str(path)), index)
    return bool(hb.Font(face).get_nominal_glyph(ord(character)))


def lacking(character: str) -> str | None:
    """The Debian package to install for a character that nothing draws: None when it is there."""
    package = scripts.package(character)
    return package if package == CJK and scripts.CJK_FONT not in _installed(FOLDERS) else None
