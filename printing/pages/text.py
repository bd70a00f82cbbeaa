"""Text: shaped in its script, measured in its real font, shrunk to fit its box or refused.

A text is split into runs of one direction, script and font (python-bidi, fontTools), each run is shaped by HarfBuzz.
Measures are in em until a size is chosen; boxes are in points with the origin at the lower left.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple

import uharfbuzz as hb
from bidi import algorithm as bidi
from fontTools import unicodedata as scripts

from printing.errors import FitError, GlyphError
from printing.pages import characters, fonts
from printing.pages.fonts import Font
from printing.pages.pdf import Ops


class _Hex(dict[int, str]):
    """Numbers of glyphs as a page writes them, each made once: they are most of what is written."""

    def __missing__(self, number: int) -> str:
        self[number] = f"{number:04x}"
        return self[number]


STEP_PT = 0.25
LINE_SPACING = 1.15
CONDENSED = 0.8
"""The narrowest a text is set, as a share of its width: letters stay apart at 5 pt (assumption, looked at in print)."""
_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them; every other format character is refused
_BLANK = (0.0, 0.0, 0.0, 0.0)
_HEX = _Hex()
_SPACE = 0.26  # em, in the text face
PLAIN = re.compile("[ -~¡-¬®-ɏ]+")
"""Latin texts of one direction, script and font, already composed: most of them, and quick to set."""


class Shown(NamedTuple):
    """Letters of one font shown at once: their place in em from the line's start, what `TJ` takes, the glyphs in it.

    `font` is a `Font.name`; `codes` are the numbers of the glyphs in two bytes each, as `letters` shows them.
    """

    font: str
    x: float
    y: float
    letters: str
    codes: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped line of text in em: `advance` is its width, `ink` the box of its black (left, bottom, right, top).

    `plain` is whether the characters of its glyphs from left to right are its text: then the fonts say it to a reader.
    """

    text: str
    shown: tuple[Shown, ...]
    advance: float
    ink: tuple[float, float, float, float]
    plain: bool = False

    @property
    def width(self) -> float:
        """The wider of advance and ink, in em."""
        return max(self.advance, self.ink[2]) - min(0.0, self.ink[0])

    def operators(self, x: float, y: float, size: float, condensed: float = 1.0) -> Ops:
        """As `letters`, and readers find the text."""
        shown = self.letters(x, y, size, condensed)
        return shown if self.plain else spoken(self.text, shown)

    def letters(self, x: float, y: float, size: float, condensed: float = 1.0) -> Ops:
        """PDF operators that show the line from x, y (points) on in the current colour."""
        across = size * condensed
        start = x - min(0.0, self.ink[0]) * across
        shown = [
            f"/{font} {size:g} Tf {condensed:g} 0 0 1 {start + right * across:.3f} {y + rise * size:.3f} Tm[{some}]TJ"
            for font, right, rise, some, _ in self.shown
        ]
        return Ops("BT\n" + "\n".join(shown) + "\nET", tuple([(part.font, part.codes) for part in self.shown]))


def spoken(text: str, shown: Ops) -> Ops:
    """What is shown, with the text that it says to readers and searches (ISO 32000-1, 14.9.4)."""
    said = text.encode("utf-16-be").hex()
    return Ops(f"/Span<</ActualText<FEFF{said}>>>BDC {shown.code} EMC", shown.letters)


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
    setting = _Setting()
    for run in _ordered_runs(text, style, field):
        setting.add(run, field)
    return setting.line(text)


def outlines(text: str, x: float, y: float, size: float, *, style: str = "regular") -> str:
    """PDF operators that stroke the outlines of a text's letters."""
    drawn, pen = [], x
    for run in _ordered_runs(text, style, "text"):
        scale = size / run.font.units
        for number, right, rise, advance in _shaped(run, "text"):
            if outline := run.font.outline(number):
                place = f"{pen + right * scale:.3f} {y + rise * scale:.3f}"
                drawn.append(f"q {scale:.6f} 0 0 {scale:.6f} {place} cm\n{outline}\nS Q")
            pen += advance * scale
    return "\n".join(drawn)


def fixed_pitch(text: str, font: Font, pitch: float, field: str = "mrz") -> Line:
    """A line of OCR-B without shaping, a character every `pitch` em, which is the font's own."""
    cells = _cells(font)
    if lost := next((character for character in text if character not in cells), ""):
        raise _no_glyph(field, lost, fonts.OCR_B)
    letters = "".join([cells[character] for character in text])
    shown = Shown(font.name, 0.0, 0.0, f"<{letters}>", bytes.fromhex(letters))
    return Line(text, (shown,), pitch * len(text), _BLANK, plain=True)


@cache
def _cells(font: Font) -> dict[str, str]:
    """How a font shows each character that it draws, for those that its glyphs say."""
    return {said: f"{glyph:04x}" for glyph, said in font.characters.items() if font.covers(said)}


class _Setting:
    """Sets the glyphs of a line one after another, in em."""

    def __init__(self) -> None:
        self._shown: list[Shown] = []
        self._pen = 0.0
        self._boxes: list[tuple[float, float, float, float]] = []
        self._said: list[str] = []
        self._directions: set[int] = set()

    def add(self, run: _Run, field: str) -> None:
        """Set a run after what is there; a string ends where the height changes."""
        font, units, start, glyphs = run.font, run.font.units, self._pen, _shaped(run, field)
        if not glyphs:
            return
        left = bottom = math.inf
        right = top = -math.inf
        rise, pen, at, first = glyphs[0][2], 0, glyphs[0][1], glyphs[0][1]
        codes: list[str] = []
        letters: list[str] = []
        said: list[str] = []
        says = font.characters
        for number, over, up, advance in glyphs:
            x = pen + over
            if up != rise:
                self._show(font, start + first / units, rise, letters, codes)
                rise, first, at, codes, letters = up, x, x, [], []
            if x != at:
                letters.append(f">{round((at - x) * 1000 / units)}<")
            code = _HEX[number]
            letters.append(code)
            codes.append(code)
            said.append(_moved(says.get(number, ""), up) if over or up else says.get(number, ""))
            box, width = font.metrics.get(number) or font.measured(number)
            if box:
                left = x + box[0] if x + box[0] < left else left
                right = x + box[2] if x + box[2] > right else right
                bottom = up + box[1] if up + box[1] < bottom else bottom
                top = up + box[3] if up + box[3] > top else top
            at = x + width
            pen += advance
        self._show(font, start + first / units, rise, letters, codes)
        self._says(said, run.level % 2)
        self._pen = start + pen / units
        if right > left:
            self._boxes.append((start + left / units, bottom / units, start + right / units, top / units))

    def line(self, text: str) -> Line:
        """Everything that was set."""
        said = "".join(reversed(self._said) if 1 in self._directions else self._said)
        plain = said == text and len(self._directions) == 1
        return Line(text, tuple(self._shown), self._pen, _around(self._boxes), plain)

    def _says(self, said: list[str], rtl: int) -> None:
        """Keep what the glyphs of a run say, in the order in which it is read."""
        self._said.append(unicodedata.normalize("NFKC", "".join(reversed(said))) if rtl else "".join(said))
        self._directions.add(rtl)

    def _show(self, font: Font, x: float, rise: int, letters: list[str], codes: list[str]) -> None:
        shown = Shown(font.name, x, rise / font.units, f"<{''.join(letters)}>", bytes.fromhex("".join(codes)))
        self._shown.append(shown)


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
    languages = text.replace(" / ", " /\n").split("\n") if room.lines > 1 else ()
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
    size = steps(min(room.size, _tallest(lines, room)))
    if size < room.minimum - 1e-6:
        return None
    width = max(max(line.width for line in lines), 1e-6)
    wanted = room.width / width
    if wanted >= room.minimum:
        return Fitted(tuple(lines), max(min(size, steps(wanted)), room.minimum))
    condensed = room.width / (width * room.minimum)
    return Fitted(tuple(lines), room.minimum, int(condensed * 100) / 100) if condensed >= CONDENSED else None


def steps(size: float) -> float:
    """A size rounded down to the next step."""
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


def _no_glyph(field: str, character: str, package: str = fonts.NOTO) -> GlyphError:
    message = (
        "%(character)s cannot be printed: it is in none of the fonts that documents use (Debian package %(package)s). "
        "Replace it."
    )
    if unicodedata.name(character, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL")):
        message = (
            "%(character)s cannot be printed: documents use the fonts of the Debian package %(package)s, and only "
            "fonts-noto-cjk has it. Enter the Latin spelling only."
        )
    return GlyphError(field, character, message, package=package)


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


def _ordered_runs(text: str, style: str, field: str) -> list[_Run]:
    """The runs of a text from left to right."""
    if PLAIN.fullmatch(text):
        return [_Run(text, 0, fonts.latin(style))]
    return _visual_order(_runs(_composed(text, field), style, field))


def _shaped(run: _Run, field: str) -> list[tuple[int, int, int, int]]:
    """Glyph number, offset to the right, offset up and advance of each glyph, in font units from left to right."""
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    hb.shape(run.font.hb, buffer)
    infos, font = buffer.glyph_infos, run.font
    numbers = [info.codepoint for info in infos]
    known, measured = font.metrics, font.measured
    blanks = [number for number in numbers if not (known.get(number) or measured(number))[0]]
    suspect = 0 in numbers or len(blanks) != run.text.count(" ")
    if suspect and (lost := _lost(run, [(info.codepoint, info.cluster) for info in infos])):
        raise _no_glyph(field, lost)
    places = [place.position for place in buffer.glyph_positions]
    return [(number, over, up, right) for number, (over, up, right, _) in zip(numbers, places, strict=True)]


def _moved(said: str, up: int) -> str:
    """What a moved glyph says: nothing where it went to another letter, as a reader would look for it there."""
    return "" if up or unicodedata.category(said[:1] or " ")[0] == "M" else said


def _lost(run: _Run, glyphs: list[tuple[int, int]]) -> str:
    """The first character of a run of which nothing is to be seen, though it should; glyphs come with its place."""
    draws = run.font.draws
    for glyph, place in glyphs:
        if not glyph or not draws(glyph):
            beside = any(other and at == place and draws(other) for other, at in glyphs)
            if not glyph or not (characters.blank(run.text[place]) or beside):
                return run.text[place]
    return ""


def _around(boxes: list[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    if len(boxes) < 2:
        return boxes[0] if boxes else _BLANK
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
