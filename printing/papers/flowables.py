"""What stands on a paper, for ReportLab's Platypus, which places it, splits it over pages and keeps it together.

A page is read column after column, so that a voice and a search find each language whole: what stands beside something
is said to the canvas with the column in which it is read.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from reportlab.platypus import BaseDocTemplate, Flowable, Frame, KeepTogether, PageTemplate, Table
from reportlab.platypus.doctemplate import FrameBreak, LayoutError, NullActionFlowable

from printing.errors import FitError
from printing.pages import pdf
from printing.pages.canvas import Canvas
from printing.pages.pdf import POINTS_PER_MM, Ops
from printing.papers.lines import SetLine, one_line, paragraph, sentence
from printing.papers.setting import ACCENT, BASELINE, GUTTER, Column, Format, filled_box, spoken

_PLAIN = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
_BAR, _FOOT = 2.0, 26.0  # points
_HEAD = 0.72  # of the margin, above the first line
_ROUNDING = 1e-6  # points: heights are added up
_ALL = 0xFFFFFF  # a height that no frame has


class Easel(Canvas):
    """Where Platypus draws: the pages that are complete, each to be read column after column."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__(width, height)
        self.pages: list[Ops] = []
        self._said: tuple[list[Ops], ...] = ([], [])

    def say(self, drawn: Ops, column: int = 0) -> None:
        """Add what is drawn in its place on the page, and read in a column of it."""
        self._said[column].append(drawn)

    def showPage(self) -> None:
        """Keep the page that is complete."""
        self.pages.append(pdf.joined([self.taken(), *(drawn for column in self._said for drawn in column)]))
        self._said = ([], [])

    def save(self) -> None:
        """Write nothing: the pages are taken."""

    def setFont(self, *_: object, **__: object) -> None:
        """Choose none: tables ask for one, but every cell of theirs is a text of ours."""


class Part(Flowable):
    """What is drawn at its place on the page; no canvas is moved there and back."""

    def drawOn(self, canvas: Any, x: float, y: float, _sW: float = 0) -> None:
        """Find the place."""
        self.show(canvas, *canvas.absolutePosition(x, y))

    def show(self, easel: Easel, x: float, y: float) -> None:
        """Draw it, its lower left corner there."""
        raise NotImplementedError


class Drawn(Part):
    """A box of a known size and what is drawn in it, such as a bar code."""

    def __init__(
        self, width: float, height: float, draw: Callable[[pdf.Box], Ops], before: float = 0, after: float = 0
    ) -> None:
        super().__init__()
        self.width, self.height, self._draw = width, height, draw
        self.spaceBefore, self.spaceAfter = before, after

    def show(self, easel: Easel, x: float, y: float) -> None:
        """Draw it."""
        easel.say(self._draw((x, y, self.width, self.height)))


class Text(Part):
    """A text in one column, broken to the width that it is first given; `own` are words of the paper, nobody's data."""

    def __init__(self, column: Column, words: str, field: str, own: bool = False) -> None:
        super().__init__()
        self.column, self._words, self._field, self._own = column, words, field, own
        self.lines: list[SetLine] | None = None
        self._begins = True

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        """As high as its lines. FitError for a word longer than its line, GlyphError for what no font has."""
        if self.lines is None:
            broken = sentence if self._own else paragraph
            self.lines = broken(self._words, self.column.how, width - self.column.indent, self._field)
        self.width, self.height = width, len(self.lines) * self.column.leading
        return self.width, self.height

    def part(self, start: int, end: int | None) -> Text:
        """Some of its lines."""
        part = copy.copy(self)
        part.lines, part._begins = (self.lines or [])[start:end], start == 0
        return part

    def show(self, easel: Easel, x: float, y: float) -> None:
        """Show its lines, marked with their language for a voice."""
        column, y = self.column, y + self.height - BASELINE * self.column.leading
        how, parts, begin = column.how, [Ops(column.colour)], x + (0 if column.how.rtl else column.indent)
        if self._begins and column.mark:
            mark = one_line(column.mark, how)
            parts.append(mark.operators(x + (self.width - mark.width if how.rtl else 0), y))
        for line in self.lines or ():
            over = self.width - column.indent - line.width if how.rtl != column.far else 0
            parts.append(line.operators(begin + over, y))
            y -= column.leading
        if self.lines:
            easel.say(spoken(pdf.joined(parts), column.language), column.read)


class Beside(Part):
    """Texts side by side, line by line; at a page's end two lines at least stay together on either side."""

    def __init__(
        self, *texts: Text, shares: Sequence[float] = (), before: float = 0, after: float = 0, keep: bool = False
    ) -> None:
        super().__init__()
        self.texts, self._shares = texts, shares
        self.spaceBefore, self.spaceAfter, self.keepWithNext = before, after, keep

    def _places(self, width: float) -> list[tuple[float, float]]:
        """The left edge and the width of each: by its share, else equal ones and a gutter between them."""
        if self._shares:
            return [(width * sum(self._shares[:at]), width * share) for at, share in enumerate(self._shares)]
        each = (width + GUTTER) / len(self.texts)
        return [(at * each, each - GUTTER) for at in range(len(self.texts))]

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """As high as the highest."""
        sizes = [text.wrap(each, height) for text, (_, each) in zip(self.texts, self._places(width), strict=True)]
        self.width, self.height = width, max(high for _, high in sizes)
        return self.width, self.height

    def split(self, _: float, height: float, /) -> list[Flowable]:
        """What has room, and the rest."""
        leading = self.texts[0].column.leading
        lines = min(int((height + _ROUNDING) / leading), round(self.height / leading) - 2)
        return [
            type(self)(*(text.part(start, end) for text in self.texts), shares=self._shares, after=self.spaceAfter)
            for start, end in ((0, lines), (lines, None))
            if lines > 1
        ]

    def show(self, easel: Easel, x: float, y: float) -> None:
        """Show them, their first lines level."""
        for text, (left, _) in zip(self.texts, self._places(self.width), strict=True):
            text.show(easel, x + left, y + self.height - text.height)


class Quoted(Beside):
    """A text that somebody wrote, a bar in its indent."""

    def show(self, easel: Easel, x: float, y: float) -> None:
        """Draw the bar and show the text."""
        over = self.width - _BAR if self.texts[0].column.how.rtl else 0
        easel.say(filled_box((x + over, y - 0.2, _BAR, self.height + 0.4), ACCENT))
        super().show(easel, x, y)


class Kept(KeepTogether):
    """What stays on one page; of a text or table at its end, as much as has room there."""

    _content: list[Flowable]
    _frame: Frame

    def wrap(self, width: float, _: float) -> tuple[float, float]:
        """Higher than any page, so that Platypus asks for its parts."""
        return width, _ALL

    def split(self, width: float, height: float, /) -> list[Flowable]:
        """Its parts for this page, or for the next one."""
        *held, last = self._content
        for part, after in zip(held, self._content[1:], strict=True):
            height -= part.wrapOn(self.canv, width, _ALL)[1] + part.getSpaceAfter() + after.getSpaceBefore()
        fits = last.wrapOn(self.canv, width, _ALL)[1] <= height + _ROUNDING
        if parts := [last] if fits else last.splitOn(self.canv, width, height):
            return [*held, *parts]
        return [NullActionFlowable() if self._frame._atTop else FrameBreak(), *self._content]  # type: ignore[attr-defined]


def grid(rows: Sequence[Sequence[object]], widths: Sequence[float], *style: tuple[object, ...], **more: float) -> Table:
    """A table of flowables; an empty cell is `()`. `style` is Platypus' commands, `more` its other arguments."""
    commands = [*_PLAIN, ("VALIGN", (0, 0), (-1, -1), "TOP"), *style]
    return Table([[*row] for row in rows], [*widths], style=commands, hAlign="LEFT", **more)  # type: ignore[arg-type]


def flowed(story: list[Flowable], form: Format, name: str) -> list[Ops]:
    """What stands on each page; FitError naming the paper for what is higher than one."""
    foot = form.margin * 0.5 + _FOOT
    height, easel = form.height - form.margin * _HEAD - foot, Easel(form.width, form.height)
    frame = Frame(form.margin, foot, form.measure, height, 0, 0, 0, 0, overlapAttachedSpace=0)
    template = BaseDocTemplate("", pagesize=(form.width, form.height), keepTogetherClass=Kept)
    template.addPageTemplates(PageTemplate(frames=[frame]))
    try:
        template.build(story, canvasmaker=lambda *_, **__: easel)
    except LayoutError:
        raise FitError(name, 1, form.measure / POINTS_PER_MM, height / POINTS_PER_MM, 0) from None
    return easel.pages
