"""Text: shaped in its script, measured in its real font, shrunk to fit its box or refused.

A text is split into runs of one direction, script and font (python-bidi, fontTools), each run is shaped by HarfBuzz.
Measures are in em until a size is chosen; boxes are in points with the origin at the lower left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import uharfbuzz as hb
from bidi import algorithm as bidi
from fontTools import unicodedata as scripts

from printing import fonts
from printing.errors import FitError, GlyphError
from printing.fonts import Font
from printing.pdf import Ops

STEP_PT = 0.25
LINE_SPACING = 1.15
CONDENSED = 0.8
"""The narrowest a text is set, as a share of its width: letters stay apart at 5 pt (assumption, looked at in print)."""
_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them; every other format character is refused
_BLANK = (0.0, 0.0, 0.0, 0.0)
_SPACE = 0.26  # em, in the text face
_PLAIN = re.compile("[ -~¡-¬®-ɏ]+")
"""Latin texts of one direction, script and font, already composed: most of them, and quick to set."""


class Glyph(NamedTuple):
    """One glyph of a line: its font, its number, and where its origin stands, in em from the line's start."""

    font: Font
    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped line of text in em: `advance` is its width, `ink` the box of its black (left, bottom, right, top)."""

    text: str
    glyphs: tuple[Glyph, ...]
    advance: float
    ink: tuple[float, float, float, float]

    @property
    def width(self) -> float:
        """The wider of advance and ink, in em."""
        return max(self.advance, self.ink[2]) - min(0.0, self.ink[0])

    def operators(self, x: float, y: float, size: float, condensed: float = 1.0) -> Ops:
        """PDF operators that show the line from x, y (points) on in the current colour; readers find its text."""
        start = x - min(0.0, self.ink[0]) * size * condensed
        shown = []
        for _, group in groupby(self.glyphs, key=_shown_together):
            run = tuple(group)
            font, number, right, rise = run[0]
            at = f"{start + right * size * condensed:.3f} {y + rise * size:.3f}"
            name = fonts.resource(font.name, number)
            shown.append(f"/{name} {size:g} Tf {condensed:g} 0 0 1 {at} Tm[<{_codes(run)}>]TJ")
        used = frozenset((glyph.font.name, glyph.number) for glyph in self.glyphs)
        return Ops(f"/Span<</ActualText<{_utf16(self.text)}>>>BDC BT\n" + "\n".join(shown) + "\nET EMC", used)

    def outlines(self, x: float, y: float, size: float) -> str:
        """PDF operators that stroke the outlines of the letters."""
        start = x - min(0.0, self.ink[0]) * size
        return "\n".join(
            f"q {size / glyph.font.units:.6f} 0 0 {size / glyph.font.units:.6f} "
            f"{start + glyph.x * size:.3f} {y + glyph.y * size:.3f} cm\n{outline}\nS Q"
            for glyph in self.glyphs
            if (outline := glyph.font.outline(glyph.number))
        )


def _shown_together(glyph: Glyph) -> tuple[Font, int, float]:
    """What the glyphs of one string have in common: Type 3 font and height."""
    return glyph.font, glyph.number >> 8, glyph.y


def _codes(run: tuple[Glyph, ...]) -> str:
    """The glyphs of one font as the strings and shifts of `TJ`, shifts in thousandths of an em."""
    pen, codes = run[0].x, []
    for font, number, x, _ in run:
        if shift := round((x - pen) * 1000):
            codes.append(f">{-shift}<")
        codes.append(f"{number & 255:02x}")
        pen += shift / 1000 + font.advance(number) / font.units
    return "".join(codes)


def _utf16(text: str) -> str:
    return "FEFF" + text.encode("utf-16-be").hex()


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines with the size, in points, and the share of their width at which they fit their box."""

    lines: tuple[Line, ...]
    size: float
    condensed: float = 1.0


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    level: int
    font: Font


def shape(text: str, *, style: str = "regular", field: str = "text") -> Line:
    """Shape one line in the text face `style`. GlyphError names the character that cannot be drawn."""
    if _PLAIN.fullmatch(text):
        runs = [_Run(text, 0, fonts.latin(style))]
    else:
        runs = _visual_order(_runs(_composed(text, field), style, field))
    glyphs: list[Glyph] = []
    x = 0.0
    for run in runs:
        shaped, x = _shape_run(run, x, field)
        glyphs += shaped
    return Line(text, tuple(glyphs), x, _ink(glyphs))


def fixed_pitch(text: str, font: Font, pitch: float) -> Line:
    """A line of one font without shaping, a character every `pitch` em."""
    numbers = (font.hb.get_nominal_glyph(ord(character)) for character in text)
    glyphs = tuple(Glyph(font, number, index * pitch, 0.0) for index, number in enumerate(numbers))
    return Line(text, glyphs, pitch * len(text), _BLANK)


@dataclass(frozen=True, slots=True)
class Room:
    """The box of a text in points, its largest and smallest size, and how many lines it may take.

    `drop` is the baseline's height above the box's foot, in em of `size`.
    """

    width: float
    height: float
    size: float
    minimum: float
    lines: int = 1
    drop: float = 0.25


def fit(text: str, room: Room, *, style: str = "regular", field: str = "text") -> Fitted:
    """The text as large as it fits: shrunk, then condensed, then on several lines, again shrunk and condensed.

    A text in languages (` / `) with a line for each is broken between them at once; others break at spaces. FitError
    names field, length and box when nothing of that is enough.
    """
    languages = text.replace(" / ", " /\n").split("\n")
    if 1 < len(languages) <= room.lines:
        found = _set_lines([shape(line, style=style, field=field) for line in languages], room)
    else:
        found = _set_lines([shape(text, style=style, field=field)], room)
        if found is None and room.lines > 1:
            found = _set_paragraph(text, room, style, field)
    if found is None:
        raise FitError(field, len(text), room.width / 72 * 25.4, room.height / 72 * 25.4, room.minimum)
    return found


def _set_lines(lines: list[Line], room: Room) -> Fitted | None:
    """These lines at the largest size that fits, condensed only at the smallest."""
    size = _steps(min(room.size, _tallest(lines, room)))
    if size < room.minimum - 1e-6:
        return None
    width = max(max(line.width for line in lines), 1e-6)
    wanted = room.width / width
    if wanted >= room.minimum:
        return Fitted(tuple(lines), max(min(size, _steps(wanted)), room.minimum))
    condensed = room.width / (width * room.minimum)
    return Fitted(tuple(lines), room.minimum, int(condensed * 100) / 100) if condensed >= CONDENSED else None


def _steps(size: float) -> float:
    """The size rounded down to the next step."""
    return int(size / STEP_PT + 1e-6) * STEP_PT


def _tallest(lines: list[Line], room: Room) -> float:
    """The largest size at which the lines stay within the height of their room."""
    foot = room.drop * room.size
    above = (len(lines) - 1) * LINE_SPACING + lines[0].ink[3]
    below = -lines[-1].ink[1]
    return min((room.height - foot) / above if above > 0 else room.size, foot / below if below > 0 else room.size)


def _set_paragraph(text: str, room: Room, style: str, field: str) -> Fitted | None:
    """The text broken at spaces into as few lines as its largest size allows."""
    texts = text.split(" ")
    words = [shape(word, style=style, field=field) for word in texts if word]
    size = room.size
    while size >= room.minimum - 1e-6:
        for condensed in (1.0,) if size > room.minimum else (1.0, 0.9, CONDENSED):
            broken = _break([word.text for word in words], words, room.width / size / condensed, room.lines)
            shaped = [shape(line, style=style, field=field) for line in broken or ()]
            narrow = shaped and max(line.width for line in shaped) * size * condensed <= room.width
            if narrow and _tallest(shaped, room) >= size:
                return Fitted(tuple(shaped), size, condensed)
        size -= STEP_PT
    return None


def _break(texts: list[str], words: list[Line], width: float, lines: int) -> list[str] | None:
    """Words gathered greedily into at most `lines` lines of `width` em; None when that cannot be."""
    gathered, used = [texts[0]], words[0].width
    for text, word in zip(texts[1:], words[1:], strict=True):
        if used + _SPACE + word.width <= width:
            gathered[-1] += " " + text
            used += _SPACE + word.width
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
    font, units = run.font, run.font.units
    glyphs, y = [], 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        if info.codepoint == 0:
            raise _no_glyph(field, run.text[info.cluster])
        glyphs.append(Glyph(font, info.codepoint, x + position.x_offset / units, y + position.y_offset / units))
        x += position.x_advance / units
        y += position.y_advance / units
    return glyphs, x


def _ink(glyphs: list[Glyph]) -> tuple[float, float, float, float]:
    """The box around the black of all glyphs."""
    boxes = [
        (glyph.x + box[0] / units, glyph.y + box[1] / units, glyph.x + box[2] / units, glyph.y + box[3] / units)
        for glyph in glyphs
        if (units := glyph.font.units) and (box := glyph.font.extents(glyph.number)) != (0, 0, 0, 0)
    ]
    if not boxes:
        return _BLANK
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
