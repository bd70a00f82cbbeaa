"""What Platypus does with our flowables: pages, splits, what is kept together, tables, and the order of reading."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pypdfium2
import pytest
from reportlab.platypus import Flowable

from printing.errors import FitError, GlyphError
from printing.pages.pdf import Box, Drawing, Form, Ops, render
from printing.pages.text import shape
from printing.papers.flowables import Beside, Drawn, Text, flowed, grid
from printing.papers.lines import Setting
from printing.papers.setting import FORMATS, Column

FORM = FORMATS["slip"]
ROOM = FORM.height - 0.72 * FORM.margin - 0.5 * FORM.margin - 26
LEADING = ROOM / 10.5  # ten lines a page
LEFT, RIGHT = Column(Setting(6), LEADING), Column(Setting(6), LEADING, read=1)


def text(name: str, lines: int, column: Column = LEFT) -> Text:
    """A text of so many lines, each as wide as what two languages side by side have room for."""
    return Text(column, " ".join(f"{name}{at}{'m' * 10}" for at in range(lines)), "text")


def beside(name: str, lines: int, keep: bool = False) -> Beside:
    return Beside(text(name, lines), text(name.upper(), lines, RIGHT), keep=keep)


def box(height: float, name: str = "box") -> Drawn:
    return Drawn(10, height, lambda place: shape(name).operators(place[0], place[1], 6))


def read(story: Iterable[Flowable]) -> list[list[str]]:
    """The words of each page in the order in which they are read, without what makes them wide."""
    pages, edge = flowed([*story], FORM, "paper"), (0.0, 0.0, FORM.width, FORM.height)
    data = render([Drawing(FORM.width, FORM.height, edge, (Form.of(page),)) for page in pages], "paper")
    with pypdfium2.PdfDocument(data) as document:
        return [page.get_textpage().get_text_range().replace("m" * 10, "").split() for page in document]


def names(name: str, first: int, end: int) -> list[str]:
    return [f"{name}{at}" for at in range(first, end)]


def test_a_page_is_read_column_after_column() -> None:
    assert read([beside("a", 2), beside("b", 1)]) == [["a0", "a1", "b0", "A0", "A1", "B0"]]


@pytest.mark.parametrize(("before", "there"), [(5, 5), (7, 3), (8, 2), (9, 0)])
def test_a_text_goes_on_with_two_lines_at_least_before_the_break(before: int, there: int) -> None:
    first, second = read([beside("a", before), beside("b", 9)])
    assert first == [*names("a", 0, before), *names("b", 0, there), *names("A", 0, before), *names("B", 0, there)]
    assert second == [*names("b", there, 9), *names("B", there, 9)]


@pytest.mark.parametrize(("lines", "there"), [(6, 4), (7, 5), (3, 0)])
def test_a_text_goes_on_with_two_lines_at_least_after_the_break(lines: int, there: int) -> None:
    _, second = read([beside("a", 5 if lines > 3 else 8), beside("b", lines)])
    assert second == [*names("b", there, lines), *names("B", there, lines)]


def test_the_shorter_language_ends_where_it_ends() -> None:
    first, second = read([beside("a", 5), Beside(text("b", 8), text("B", 3, RIGHT))])
    assert first[-3:] == names("B", 0, 3)
    assert second == names("b", 5, 8)


def test_a_text_of_three_pages_has_every_line_once() -> None:
    assert [word for page in read([beside("b", 25)]) for word in page if word[0] == "b"] == names("b", 0, 25)


@pytest.mark.parametrize(("before", "there"), [(6, 3), (7, 2), (8, 0)])
def test_a_heading_stands_on_the_page_of_the_first_lines_below_it(before: int, there: int) -> None:
    first, second = read([beside("a", before), beside("h", 1, keep=True), beside("b", 9)])
    assert ("h0" in first, "h0" in second) == (there > 0, there == 0)
    assert [word for word in second if word[0] == "b"] == names("b", there, 9)


def test_a_text_stays_whole_with_the_places_to_sign_after_it() -> None:
    first, second = read([beside("a", 4), beside("b", 5, keep=True), box(2 * LEADING, "signed")])
    assert first == [*names("a", 0, 4), *names("A", 0, 4)]
    assert second == [*names("b", 0, 5), "signed", *names("B", 0, 5)]


def test_what_is_kept_and_higher_than_a_page_goes_on_as_it_can() -> None:
    assert len(read([beside("a", 4), beside("b", 15, keep=True), box(2 * LEADING)])) == 3


def test_no_white_begins_a_page() -> None:
    places: list[Box] = []
    late = Drawn(10, LEADING, lambda place: places.append(place) or Ops(""), before=2 * LEADING)  # type: ignore[func-returns-value]
    flowed([beside("a", 10), late], FORM, "paper")
    assert places[0][1] + LEADING == pytest.approx(FORM.height - 0.72 * FORM.margin)


def test_a_table_repeats_its_head_and_breaks_no_row() -> None:
    rows = [[text("h", 1), text("k", 1)], *([text(f"r{row}.", 3), ()] for row in range(5))]
    first, second = read([grid(rows, (FORM.measure / 2, FORM.measure / 2), repeatRows=1)])
    assert first == ["h0", "k0", *(f"r{row}.{line}" for row in range(3) for line in range(3))]
    assert second == ["h0", "k0", *(f"r{row}.{line}" for row in (3, 4) for line in range(3))]


def test_what_is_drawn_stands_where_platypus_put_it_also_in_a_table() -> None:
    places: list[Box] = []
    square = Drawn(8, 8, lambda place: places.append(place) or Ops(""))  # type: ignore[func-returns-value]
    flowed([beside("a", 1), grid([[(), square]], (50, 8), ("TOPPADDING", (0, 0), (-1, -1), 3))], FORM, "paper")
    top = FORM.height - 0.72 * FORM.margin - LEADING
    assert places == [pytest.approx((FORM.margin + 50, top - 11, 8, 8))]


def test_no_letters_of_reportlab_are_asked_for() -> None:
    rule = ("LINEBELOW", (0, 0), (-1, -1), 1, (0, 0, 0))
    (page,) = flowed([grid([[text("a", 1), ()]], (FORM.measure, 0), rule)], FORM, "paper")
    assert set(re.findall(r"/(\S+) \S+ Tf", page.code)) == {font for font, _ in page.letters}


@pytest.mark.parametrize(
    "story",
    [
        [box(ROOM + 1)],
        [beside("a", 1), box(ROOM + 1)],
        [beside("a", 1, keep=True), box(ROOM + 1)],
        [grid([[box(ROOM + 1)]], (50,))],
        [grid([[text("h", 1)], [box(ROOM)]], (100,), repeatRows=1)],
    ],
)
def test_what_is_higher_than_a_page_is_refused(story: list[Flowable]) -> None:
    with pytest.raises(FitError, match="paper"):
        flowed(story, FORM, "paper")


def test_a_refusal_of_a_text_comes_through_as_it_is() -> None:
    for story in ([Beside(Text(LEFT, "\u2068", "holder"))], [grid([[Text(LEFT, "\u2068", "holder")]], (50,))]):
        with pytest.raises(GlyphError, match="holder"):
            flowed([*story], FORM, "paper")
    with pytest.raises(FitError, match="holder"):
        flowed([beside("a", 1, keep=True), Beside(Text(LEFT, "W" * 100, "holder"))], FORM, "paper")
