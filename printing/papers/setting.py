"""The sheet of a paper: its format and type, and running text in one or two languages side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from printing.pages import pdf
from printing.pages.pdf import Ops
from printing.papers.data import Words
from printing.papers.flow import Slab
from printing.papers.lines import SetLine, Setting, is_right_to_left, isolated, one_line, paragraph
from printing.papers.wording import RIGHT_TO_LEFT, Texts, Wording, filled, places

BLACK, GREY, ACCENT, HAIRLINE = "0 g", "0.38 g", "0.09 0.36 0.38 rg", "0.82 g"
GUTTER = 20.0
_TALL = {"ar": 1.16, "ur": 1.16, "bn": 1.08}
"""How much larger a script is set, to look as large as Latin letters beside it."""
BASELINE = 0.73  # of the leading, below the top of a line


@dataclass(frozen=True, slots=True)
class Format:
    """Sizes of a sheet and of its type, in points."""

    width: float
    height: float
    margin: float
    body: float
    title: float
    heading: float
    caption: float
    value: float

    @property
    def measure(self) -> float:
        """The width between the margins."""
        return self.width - 2 * self.margin


FORMATS = {
    "A4": Format(595.28, 841.89, 56.7, 9.5, 17.0, 11.0, 8.0, 10.0),
    "A5": Format(419.53, 595.28, 34.0, 8.0, 14.0, 9.0, 7.0, 9.0),
    "slip": Format(226.77, 425.2, 14.0, 7.5, 12.0, 8.5, 6.0, 8.5),
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a text stands (points from the left edge) and how it looks.

    `indent` is kept free at the side where its lines begin; a `mark`, bullet or number, stands in it. `far` sets the
    lines against the other side.
    """

    x: float
    width: float
    how: Setting
    colour: str = BLACK
    language: str = ""
    indent: float = 0.0
    mark: str = ""
    far: bool = False

    def lines(self, words: str, field: str) -> list[SetLine]:
        """The text broken to the column."""
        return paragraph(words, self.how, self.width - self.indent, field)

    def shown(self, line: SetLine, y: float, first: bool = False) -> Ops:
        """A line of the column, its baseline at y; before the first line its mark."""
        right = self.how.rtl != self.far
        start = self.x + (self.width - self.indent - line.width if right else self.indent)
        start -= self.indent if right and self.far else 0
        parts = [Ops(self.colour)]
        if first and self.mark:
            mark = one_line(self.mark, self.how)
            parts.append(mark.operators(self.x + (self.width - mark.width if self.how.rtl else 0), y))
        return spoken(pdf.joined([*parts, line.operators(start, y)]), self.language)


def spoken(ops: Ops, language: str) -> Ops:
    """The operators marked with their language, for a voice that reads them."""
    return Ops(f"/Span<</Lang({language})>>BDC\n{ops.code}\nEMC", ops.letters) if language else ops


def filled_box(box: pdf.Box, colour: str) -> Ops:
    """A filled rectangle; lines are thin ones."""
    x, y, width, height = box
    return Ops(f"{colour} {x:.3f} {y:.3f} {width:.3f} {height:.3f} re f")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the blocks of one paper are set with. `language` stands beside Romanian; "ro" is Romanian alone."""

    words: Wording
    format: Format
    language: str
    values: Mapping[str, object]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the columns."""
        return ("ro",) if self.language == "ro" else ("ro", self.language)

    def leading(self, size: float) -> float:
        """From baseline to baseline, the same in both columns so that their lines stand level."""
        return size * (1.6 if self.language in _TALL else 1.42)

    def setting(self, language: str, size: float, style: str = "regular") -> Setting:
        """Type of a size that looks the same in every script; no other script than ours has bold and italic letters."""
        styled = "regular" if language in _TALL else style
        return Setting(size * _TALL.get(language, 1.0), styled, language in RIGHT_TO_LEFT)

    def columns(self, size: float, style: str = "regular", colour: str = BLACK) -> list[Column]:
        """The columns of running text, one a language."""
        across, margin = self.format.measure, self.format.margin
        width = across if len(self.languages) == 1 else (across - GUTTER) / 2
        return [
            Column(margin + at * (width + GUTTER), width, self.setting(language, size, style), colour, language)
            for at, language in enumerate(self.languages)
        ]

    def said(self, texts: Texts, language: str) -> str:
        """A sentence of the paper with its values, each kept in its own direction."""
        return filled(texts[language], {name: isolated(self.value(name, language)) for name in places(texts[language])})

    def value(self, name: str, language: str) -> str:
        """A value as it stands in a text of that language."""
        found = self.values[name]
        return found.of(language) if isinstance(found, Words) else str(found)

    def pair(self, cells: Sequence[tuple[Column, str]], size: float, field: str, keep: bool = False) -> Iterator[Slab]:
        """Texts side by side, line by line; two lines at least stay together at either end."""
        leading = self.leading(size)
        sets = [column.lines(words, field) for column, words in cells]
        rows = list(zip_longest(*sets))
        for at, row in enumerate(rows):
            shown = tuple(
                column.shown(line, -BASELINE * leading, first=at == 0) if line else Ops("")
                for (column, _), line in zip(cells, row, strict=True)
            )
            held = keep or at == 0 or at == len(rows) - 2
            yield Slab(leading, shown, keep=held and (keep or at < len(rows) - 1))

    def stack(self, cells: Sequence[tuple[Column, str]], size: float, field: str, y: float) -> tuple[float, list[Ops]]:
        """Texts one under another in their columns from y down; how far they reach, and what they draw."""
        leading, shown = self.leading(size), list[Ops]()
        for column, words in cells:
            for at, line in enumerate(column.lines(words, field)):
                y -= leading
                shown.append(column.shown(line, y + (1 - BASELINE) * leading, first=at == 0))
        return y, shown


def turned(column: Column, words: str) -> Column:
    """The column in the direction of a text of its own, such as a name."""
    return replace(column, how=replace(column.how, rtl=is_right_to_left(words)), language="")
