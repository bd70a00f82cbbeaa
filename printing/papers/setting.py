"""The sheet of a paper: its format and type, and how its texts look in one or two languages side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from printing.pages import pdf
from printing.pages.pdf import Ops
from printing.papers.data import Words
from printing.papers.lines import Setting, is_right_to_left, isolated
from printing.papers.wording import RIGHT_TO_LEFT, Texts, Wording, filled, places

BLACK, GREY, ACCENT, HAIRLINE = "0 g", "0.38 g", "0.09 0.36 0.38 rg", "0.82 g"
ACCENTED, HAIR = (0.09, 0.36, 0.38), (0.82, 0.82, 0.82)  # of rules of tables
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
    """How the texts of a column look, in points, and in which column of the page they are `read`.

    `indent` is kept free at the side where its lines begin; a `mark`, bullet or number, stands in it. `far` sets the
    lines against the other side.
    """

    how: Setting
    leading: float
    colour: str = BLACK
    language: str = ""
    indent: float = 0.0
    mark: str = ""
    far: bool = False
    read: int = 0


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

    def column(self, size: float, language: str = "", style: str = "regular", colour: str = BLACK) -> Column:
        """How the sheet's texts in a language look; in none, what is of its own, such as a number."""
        return Column(self.setting(language, size, style), self.leading(size), colour, language)

    def columns(self, size: float, style: str = "regular", colour: str = BLACK) -> list[Column]:
        """The columns of running text, one a language."""
        columns = (self.column(size, language, style, colour) for language in self.languages)
        return [replace(column, read=at) for at, column in enumerate(columns)]

    def said(self, texts: Texts, language: str) -> str:
        """A sentence of the paper with its values, each kept in its own direction."""
        return filled(texts[language], {name: isolated(self.value(name, language)) for name in places(texts[language])})

    def value(self, name: str, language: str) -> str:
        """A value as it stands in a text of that language."""
        found = self.values[name]
        return found.of(language) if isinstance(found, Words) else str(found)


def turned(column: Column, words: str) -> Column:
    """The column in the direction of a text of its own, such as a name."""
    return replace(column, how=replace(column.how, rtl=is_right_to_left(words)), language="")
