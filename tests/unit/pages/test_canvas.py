"""ReportLab's canvas beside our own pages: what it draws is shown where it says, with our letters."""

import pypdfium2
import pytest

from printing.pages import text
from printing.pages.canvas import Canvas
from printing.pages.pdf import Drawing, Form, Ops, render

WIDTH, HEIGHT = 200.0, 100.0


def pages(*taken: Ops) -> pypdfium2.PdfDocument:
    edge = (0.0, 0.0, WIDTH, HEIGHT)
    return pypdfium2.PdfDocument(render([Drawing(WIDTH, HEIGHT, edge, (Form.of(ops),)) for ops in taken], "t"))


def test_what_is_drawn_and_shown_stands_where_it_says() -> None:
    easel = Canvas(WIDTH, HEIGHT)
    easel.setFillColorRGB(1, 0, 0)
    easel.rect(100, 50, 40, 20, stroke=0, fill=1)
    easel.setFillGray(0)
    easel.show(text.shape("Ștefan محمد"), 10, 10, 12)
    with pages(easel.taken()) as document:
        picture = document[0].render(scale=1).to_pil().convert("RGB")
        words = document[0].get_textpage().get_text_range()
    assert picture.getpixel((120, HEIGHT - 60)) == (255, 0, 0)
    assert picture.getpixel((150, HEIGHT - 60)) == (255, 255, 255)
    assert words.startswith("Ștefan")


def test_what_was_taken_is_not_taken_again() -> None:
    easel = Canvas(WIDTH, HEIGHT)
    easel.show(text.shape("first"), 10, 10, 12)
    easel.taken()
    easel.show(text.shape("second"), 10, 10, 12)
    with pages(easel.taken()) as document:
        assert document[0].get_textpage().get_text_range() == "second"
    assert easel.taken() == Ops("")


@pytest.mark.parametrize("colour", [0.0, 0.5])
def test_a_state_is_restored(colour: float) -> None:
    easel = Canvas(WIDTH, HEIGHT)
    easel.setFillGray(colour)
    easel.saveState()
    easel.translate(50, 0)
    easel.setFillGray(1)
    easel.restoreState()
    easel.rect(0, 0, 10, 10, stroke=0, fill=1)
    with pages(easel.taken()) as document:
        picture = document[0].render(scale=1).to_pil().convert("L")
    assert picture.getpixel((5, HEIGHT - 5)) == pytest.approx(colour * 255, abs=1)
