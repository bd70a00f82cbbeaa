"""Text as outlines: shaped in its script, measured in its real font, shrunk to fit its box or refused.

A text is split into runs of one direction, script and font (python-bidi, fontTools), each run is shaped by HarfBuzz.
Measures are in em until a size is chosen; boxes are in points with the origin at the lower left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import uharfbuzz as hb
from bidi import algorithm as bidi
from fontTools import unicodedata as scripts

from printing import fonts
from printing.errors import FitError, GlyphError
from printing.fonts import Font

STEP_PT = 0.25
LINE_SPACING = 1.15
_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them; every other format character is refused
_BLANK = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a line: its font, its number, and where its origin stands, in em from the line's start."""

    font: Font
    number: int
    x: float
    y: float

    def ink(self) -> tuple[float, float, float, float] | None:
        """Left, bottom, right, top of the black, in em; None for a blank."""
        extents = self.font.hb.get_glyph_extents(self.number)
        if extents is None or not extents.width:
            return None
        left, top = self.x + extents.x_bearing / self.font.units, self.y + extents.y_bearing / self.font.units
        return left, top + extents.height / self.font.units, left + extents.width / self.font.units, top


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped line of text in em: `advance` is its width, `ink` the box of its black (left, bottom, right, top)."""

    glyphs: tuple[Glyph, ...]
    advance: float
    ink: tuple[float, float, float, float]

    @property
    def width(self) -> float:
        """The wider of advance and ink, in em."""
        return max(self.advance, self.ink[2]) - min(0.0, self.ink[0])

    def operators(self, x: float, y: float, size: float, paint: str = "f") -> str:
        """PDF operators that draw the line with its start at x, y (points) in the current colour."""
        start = x - min(0.0, self.ink[0]) * size
        return "\n".join(
            f"q {size / glyph.font.units:.6f} 0 0 {size / glyph.font.units:.6f} "
            f"{start + glyph.x * size:.3f} {y + glyph.y * size:.3f} cm\n{outline}\n{paint} Q"
            for glyph in self.glyphs
            if (outline := glyph.font.outline(glyph.number))
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines with the size, in points, at which they fit their box."""

    lines: tuple[Line, ...]
    size: float


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    level: int
    font: Font


def shape(text: str, *, style: str = "regular", field: str = "text") -> Line:
    """Shape one line in the text face `style`. GlyphError names the character that cannot be drawn."""
    glyphs: list[Glyph] = []
    x = 0.0
    for run in _visual_order(_runs(_composed(text, field), style, field)):
        shaped, x = _shape_run(run, x, field)
        glyphs += shaped
    boxes = [box for glyph in glyphs if (box := glyph.ink())]
    return Line(tuple(glyphs), x, _around(boxes) if boxes else _BLANK)


def fit(
    text: str,
    width: float,
    height: float,
    *,
    size: float,
    minimum: float,
    lines: int = 1,
    style: str = "regular",
    field: str = "text",
    drop: float = 0.25,
) -> Fitted:
    """The largest size from `size` down to `minimum` (points) at which the text fits width x height (points).

    Up to `lines` lines, broken between languages (` / `) or else at spaces. `drop` is the baseline's height above the
    box's foot, in em of `size`. FitError names field, length and box when even the minimum is too large.
    """
    words = [shape(word, style=style, field=field) for word in text.split(" ")]
    languages = text.replace(" / ", " /\n").split("\n")
    current = size
    while current >= minimum - 1e-6:
        broken = languages if 1 < len(languages) <= lines else _break(text.split(" "), words, width / current, lines)
        shaped = tuple(shape(line, style=style, field=field) for line in broken or ())
        if shaped and _fits(shaped, width, height, current, drop * size):
            return Fitted(shaped, current)
        current -= STEP_PT
    raise FitError(field, len(text), width / 72 * 25.4, height / 72 * 25.4, minimum)


def _fits(lines: tuple[Line, ...], width: float, height: float, size: float, drop: float) -> bool:
    above = drop + (len(lines) - 1) * LINE_SPACING * size + lines[0].ink[3] * size
    below = drop + lines[-1].ink[1] * size
    return max(line.width for line in lines) * size <= width and above <= height and below >= 0


def _break(texts: list[str], words: list[Line], width: float, lines: int) -> list[str] | None:
    """Words gathered greedily into at most `lines` lines of `width` em; None when that cannot be."""
    gap, gathered, used = 0.26, [texts[0]], words[0].width
    for text, word in zip(texts[1:], words[1:], strict=True):
        if lines == 1 or used + gap + word.width <= width:
            gathered[-1] += " " + text
            used += gap + word.width
        else:
            gathered.append(text)
            used = word.width
    return gathered if len(gathered) <= lines else None


def _runs(text: str, style: str, field: str) -> list[_Run]:
    """Neighbouring characters of one level, script and font."""
    faces = list(_faces(text, style, field))  # first: what no font has is refused, also what no level is defined for
    described = list(zip(text, _levels(text), _scripts(text), faces, strict=True))
    return [
        _Run("".join(part[0] for part in group), level, face)
        for (level, _, face), parts in groupby(described, key=lambda part: part[1:])
        if (group := list(parts))
    ]


def _levels(text: str) -> list[int]:
    """The embedding level of each character (Unicode bidirectional algorithm); joiners take their neighbour's."""
    storage = bidi.get_empty_storage()
    storage["base_level"] = bidi.get_base_level(text)
    storage["base_dir"] = "LR"[storage["base_level"]]
    bidi.get_embedding_levels("".join(c for c in text if c not in _JOINERS), storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    resolved = iter(storage["chars"])
    levels: list[int] = []
    for character in text:
        joined = levels[-1] if levels else storage["base_level"]
        levels.append(joined if character in _JOINERS else next(resolved)["level"])
    return levels


def _scripts(text: str) -> Iterator[str]:
    """The script of each character; common ones (space, digits, marks) take that of the text before them."""
    own = [scripts.script(character) for character in text]
    current = next((script for script in own if script not in ("Zyyy", "Zinh")), "Latn")
    for script in own:
        current = current if script in ("Zyyy", "Zinh") else script
        yield current


def _faces(text: str, style: str, field: str) -> Iterator[Font]:
    """The font of each character: that of the text before it for spaces and marks, when it has them."""
    current: Font | None = None
    for character in text:
        follows = scripts.script(character) in ("Zyyy", "Zinh")
        if not (current and follows and (current.covers(character) or character in _JOINERS)):
            current = fonts.covering(character, style)
        if current is None:
            raise _no_glyph(field, character)
        yield current


def _composed(text: str, field: str) -> str:
    """The text in NFC; controls, direction marks and other invisible characters are refused."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and character not in _JOINERS:
            message = "%(character)s cannot be printed: it is an invisible control or direction mark; remove it."
            raise GlyphError(field, character, message)
    return unicodedata.normalize("NFC", text)


def _no_glyph(field: str, character: str) -> GlyphError:
    message = (
        "%(character)s cannot be printed: it is in none of the fonts that documents use (Debian package %(package)s). "
        "Replace it."
    )
    if unicodedata.name(character, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL")):
        message = (
            "%(character)s cannot be printed: documents use the fonts of the Debian package %(package)s, and only "
            "fonts-noto-cjk has it. Enter the Latin spelling only."
        )
    return GlyphError(field, character, message, package=fonts.NOTO)


def _visual_order(runs: list[_Run]) -> list[_Run]:
    """Rule L2: from the highest level down, every sequence of runs at that level or above is reversed."""
    ordered = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        ordered = [
            run
            for high, group in groupby(ordered, key=lambda run, level=level: run.level >= level)  # type: ignore[misc]
            for run in (reversed(list(group)) if high else group)
        ]
    return ordered


def _shape_run(run: _Run, x: float, field: str) -> tuple[list[Glyph], float]:
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    hb.shape(run.font.hb, buffer)
    glyphs, y, units = [], 0.0, run.font.units
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        if info.codepoint == 0:
            raise _no_glyph(field, run.text[info.cluster])
        glyphs.append(Glyph(run.font, info.codepoint, x + position.x_offset / units, y + position.y_offset / units))
        x += position.x_advance / units
        y += position.y_advance / units
    return glyphs, x


def _around(boxes: list[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
