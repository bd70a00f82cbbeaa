"""Latin letters by pairs: what HarfBuzz says of two neighbours is asked once and kept, as it is the font's own.

A line is the sum of its pairs, with an `EDGE` before its first letter and after its last one. Pairs that are not just
letters side by side - they join, change, move up or reach over each other - are `APART`, too wide for any room: such a
line is for `text.shape`, which shapes it as a whole. What is made of pairs equals what that makes.
"""

from __future__ import annotations

from functools import cache
from operator import add
from typing import NamedTuple

import uharfbuzz as hb

from printing.pages import fonts
from printing.pages.fonts import Font
from printing.pages.text import PLAIN, Line, Shown

EDGE = "\n"
_FAR = 1 << 40


class Pair(NamedTuple):
    """What the second letter adds to the first: its part of `TJ`, its glyph, its distance, and the height of its black.

    In font units. An edge's distance is what the black needs there: left of the first letter's origin, or from the last
    letter's origin to the end of the line. A blank is neither high nor low.
    """

    letters: str
    code: str
    move: int
    top: int = -_FAR
    bottom: int = _FAR


APART = Pair("", "", _FAR)


class _Letter(NamedTuple):
    """A glyph, its width, and the box of its black; a blank is neither high nor low."""

    glyph: int
    width: int
    left: int = 0
    bottom: int = _FAR
    right: int = 0
    top: int = -_FAR

    @property
    def code(self) -> str:
        """As a page shows it."""
        return f"{self.glyph:04x}"

    @property
    def end(self) -> int:
        """How far to the right it needs room when nothing follows."""
        return max(self.width, self.right)


class Set(NamedTuple):
    """A line of pairs in font units: what `TJ` takes, its glyphs, the distances that make its width, and its height."""

    letters: str
    codes: bytes
    moves: tuple[int, ...]
    top: int
    bottom: int


class Pairs(dict[str, Pair]):
    """The pairs of a font that were met so far."""

    def __init__(self, font: Font) -> None:
        super().__init__()
        self._font = font

    def __missing__(self, pair: str) -> Pair:
        self[pair] = found = self._found(*pair)
        return found

    def set(self, text: str) -> Set:
        """A text of letters that `text.shape` sets in this font alone, from left to right."""
        met = map(self.__getitem__, map(add, EDGE + text, text + EDGE))
        letters, codes, moves, tops, bottoms = zip(*met, strict=True)
        return Set("".join(letters), bytes.fromhex("".join(codes)), moves, max(tops), min(bottoms))

    def line(self, words: str) -> Line | None:
        """A line as `text.shape` sets it; None for what is not set by pairs. Its ink is as wide as the line."""
        if not PLAIN.fullmatch(words):
            return None
        made, font = self.set(words), self._font
        first, *moves, last = made.moves
        wide = sum(moves) + last
        if first + wide >= _FAR:
            return None
        advance = sum(moves) + font.measured(font.nominal(words[-1]))[1]
        shown = Shown(font.name, 0.0, 0.0, made.letters, made.codes)
        ink = (-first / font.units, made.bottom / font.units, wide / font.units, made.top / font.units)
        return Line(words, (shown,), advance / font.units, ink, plain=True)

    def _found(self, first: str, second: str) -> Pair:
        one, two = self._letter(first), self._letter(second)
        if one is None or two is None:
            return APART
        if first == EDGE:
            return Pair(f"<{two.code}", two.code, max(0, -two.left), two.top, two.bottom)
        if second == EDGE:
            return Pair(">", "", one.end)
        return self._between(one, two, first + second)

    def _between(self, one: _Letter, two: _Letter, text: str) -> Pair:
        """Two letters side by side; what is left of the first or right of the last is the edges' business alone."""
        shaped = self._shaped(text)
        move = shaped[0][3]
        if shaped != [(one.glyph, 0, 0, move), (two.glyph, 0, 0, two.width)]:
            return APART
        if move < 0 or move + two.left < 0 or move + two.end < one.end:
            return APART
        shift = f">{round((one.width - move) * 1000 / self._font.units)}<" if move != one.width else ""
        return Pair(shift + two.code, two.code, move, two.top, two.bottom)

    def _letter(self, letter: str) -> _Letter | None:
        """A letter that is one glyph at its own place, seen unless it is a space, and read as that letter; else None.

        An edge is a blank without width.
        """
        if letter == EDGE:
            return _Letter(0, 0)
        glyph = self._font.nominal(letter)
        box, width = self._font.measured(glyph)
        is_read = self._font.characters.get(glyph) == letter and bool(box) is (letter != " ")
        is_alone = is_read and self._shaped(letter) == [(glyph, 0, 0, width)]
        return _Letter(glyph, width, *(box or ())) if is_alone else None

    def _shaped(self, text: str) -> list[tuple[int, int, int, int]]:
        """Number, offset to the right, offset up and advance of each glyph."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self._font.hb, buffer)
        places = [place.position[:3] for place in buffer.glyph_positions]
        return [(info.codepoint, *place) for info, place in zip(buffer.glyph_infos, places, strict=True)]


@cache
def of(style: str) -> Pairs:
    """The pairs of the text face in a style."""
    return Pairs(fonts.latin(style))
