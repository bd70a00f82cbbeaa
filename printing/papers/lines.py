"""Lines of running text in any script: directions resolved by paragraph, broken at spaces, set run by run.

`printing.pages.text` shapes one run. Here a paragraph keeps the direction of its language (Unicode bidirectional
algorithm), and a value put into it is isolated: `isolated("K7WM-P3XQ")` stays left to right in an Arabic sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise

from bidi import algorithm as bidi
from bidi.mirror import MIRRORED

from printing.errors import FitError
from printing.pages import text
from printing.pages.pdf import Ops, joined
from printing.pages.text import Line

OPEN, CLOSE = "\u2068", "\u2069"  # first strong isolate and its end
_ISOLATE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_OBJECT = "\ufffc"  # stands for an isolate while the paragraph around it is resolved
_JOINERS = "\u200c\u200d"
_SPACE = 0.26  # em, in every face that papers use
_STRONG_RIGHT = ("R", "AL")
_HEBREW = "\u0590"  # the first character that reads from right to left
_NARROW = 0.3  # em, a character of what might fit on one line


@dataclass(frozen=True, slots=True)
class Setting:
    """How a text is set: points from baseline to baseline are the caller's; size in points, style of the text face."""

    size: float
    style: str = "regular"
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line ready to be shown: its pieces in reading order with their places, and its width, all in points."""

    pieces: tuple[tuple[float, Line], ...]
    width: float
    size: float

    def operators(self, x: float, y: float) -> Ops:
        """PDF operators that show the line from x, y on (points) in the current colour."""
        return joined(line.operators(x + at, y, self.size) for at, line in self.pieces)


def isolated(value: str) -> str:
    """A value that keeps its own direction in whatever sentence it is put."""
    return f"{OPEN}{value}{CLOSE}"


def is_right_to_left(words: str) -> bool:
    """Whether the first strong character reads from right to left."""
    strong = (unicodedata.bidirectional(character) for character in words)
    return next((kind for kind in strong if kind in ("L", *_STRONG_RIGHT)), "L") != "L"


def one_line(words: str, how: Setting, field: str = "text") -> SetLine:
    """The text on one line, however long. GlyphError names `field` and the character that cannot be printed."""
    return paragraph(words, how, float("inf"), field)[0]


def paragraph(words: str, how: Setting, width: float, field: str = "text") -> list[SetLine]:
    """The text broken at spaces into lines of at most `width` points; an empty text is one empty line.

    FitError for a word longer than the line, GlyphError for a character that no font has.
    """
    words = unicodedata.normalize("NFC", words)
    plain = _ISOLATE.sub(r"\1", words)
    if not how.rtl and max(plain, default="") < _HEBREW and len(plain) * _NARROW * how.size < width:
        whole = _set(plain, [0] * len(plain), how, field)
        if whole.width <= width:
            return [whole]
    broken = _broken(plain, how, width, field)  # first: it refuses the characters for which no level is defined
    levels = _levels(words, how.rtl)
    return [_set(plain[start:end], levels[start:end], how, field) for start, end in broken]


@lru_cache(maxsize=4096)
def sentence(words: str, how: Setting, width: float, field: str) -> list[SetLine]:
    """As `paragraph`, for a paper's own words, set once a process. Nothing of a person may be in them."""
    return paragraph(words, how, width, field)


def _levels(words: str, rtl: bool) -> list[int]:
    """The embedding level of each character of the text without its isolates' marks."""
    outer, levels = iter(_resolved(_ISOLATE.sub(_OBJECT, words), int(rtl))), list[int]()
    for index, part in enumerate(_ISOLATE.split(words)):
        if index % 2:
            next(outer)
            levels += [level + 2 * rtl for level in _resolved(part, int(is_right_to_left(part)))]
        else:
            levels += [next(outer) for _ in part]
    return levels


def _resolved(words: str, base: int) -> list[int]:
    """The level of each character in a paragraph of base level 0 or 1; joiners take their neighbour's."""
    if not base and max(words, default="") < _HEBREW:
        return [0] * len(words)
    storage = bidi.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    bidi.get_embedding_levels("".join(c for c in words if c not in _JOINERS), storage)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    resolved, levels = iter(storage["chars"]), list[int]()
    for character in words:
        before = levels[-1] if levels else base
        levels.append(before if character in _JOINERS else next(resolved)["level"])
    return levels


def _broken(plain: str, how: Setting, width: float, field: str) -> list[tuple[int, int]]:
    """Start and end of each line's text."""
    ends, start, end, used = list[tuple[int, int]](), 0, 0, 0.0
    for found in re.finditer("[^ ]+", plain):
        word = text.shape(found[0], style=how.style, field=field).advance * how.size
        if word > width:
            raise FitError(field, len(found[0]), width / 72 * 25.4, how.size / 72 * 25.4, how.size)
        space = (found.start() - end) * _SPACE * how.size
        if end and used + space + word > width:
            ends.append((start, end))
            start, space, used = found.start(), 0.0, 0.0
        used, end = used + space + word, found.end()
    return [*ends, (start, end)]


def _set(words: str, levels: Sequence[int], how: Setting, field: str) -> SetLine:
    """The line with its runs in visual order, then listed as they are read."""
    x, placed = 0.0, list[tuple[int, float, Line]]()
    for start, end in _visual(list(_pieces(words, levels)), levels):
        line = _shaped(words[start:end], levels[start] % 2 == 1, how.style, field)
        placed.append((start, x, line))
        x += line.advance * how.size
    pieces = tuple((at, line) for _, at, line in sorted(placed, key=lambda piece: piece[0]) if line.text.strip())
    return SetLine(pieces, x, how.size)


def _pieces(words: str, levels: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and end of what is shaped at once: a run of one level; of a run from right to left, each word.

    A reader puts words from right to left together by their places; given whole lines, PDFium turns them round.
    """
    keys = [
        (level, level % 2 == 1 and (character == " ", unicodedata.category(character)[0] == "P"))
        for character, level in zip(words, levels, strict=True)
    ]
    cuts = [0, *(at for at in range(1, len(keys)) if keys[at] != keys[at - 1]), len(keys)]
    yield from pairwise(cuts)


def _visual(pieces: list[tuple[int, int]], levels: Sequence[int]) -> list[tuple[int, int]]:
    """Rule L2: from the highest level down, every sequence of pieces at that level or above is reversed."""
    pieces = [piece for piece in pieces if piece[0] < piece[1]]
    for level in range(max((levels[start] for start, _ in pieces), default=0), 0, -1):
        grouped = groupby(pieces, key=lambda piece, level=level: levels[piece[0]] >= level)  # type: ignore[misc]
        pieces = [piece for high, group in grouped for piece in (reversed(list(group)) if high else group)]
    return pieces


def _shaped(words: str, rightwards: bool, style: str, field: str) -> Line:
    """One piece. Brackets and the like between directions are mirrored here: alone they show no direction."""
    if rightwards and not any(unicodedata.bidirectional(character) in _STRONG_RIGHT for character in words):
        mirrored = "".join(MIRRORED.get(character, character) for character in reversed(words))
        return replace(text.shape(mirrored, style=style, field=field), text=words)
    return text.shape(words, style=style, field=field)
