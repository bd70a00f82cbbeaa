"""Faces become pixels and pages of the right number, place and colour, as their medium is fed."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from card_drivers.device import ConfigurationError
from card_drivers.links import raster
from card_drivers.links.raster import Laying, Turn
from card_drivers.order import Face, Ink, Layer

TRIM, PAGE = (80.0, 50.0), (84.0, 54.0)
WHOLE, TRIMMED = Laying(PAGE), Laying(TRIM)
RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
DPI = (254, 254)  # ten dots a millimetre


def drawn(*boxes: tuple[float, float, float, float], colour: str = "black", size: tuple[float, float] = PAGE) -> bytes:
    """A page with filled boxes, in millimetres from the upper left corner of the trimmed face."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(size[0] * mm, size[1] * mm), invariant=1)
    canvas.setFillColor(colour)
    for x, y, width, height in boxes:
        canvas.rect((x + 2) * mm, (size[1] - 2 - y - height) * mm, width * mm, height * mm, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def face(combined: bytes = b"", size: tuple[float, float] = TRIM, **inks: tuple[bytes, int]) -> Face:
    """A face with two millimetres of bleed, each ink with its page and the least resolution that carries it."""
    names: list[Ink] = ["colour", "black", "fine", "uv"]
    layers = tuple(Layer(name=name, pdf=inks[name][0], least_dpi=inks[name][1]) for name in names if name in inks)
    return Face(
        name="front", width_mm=size[0], height_mm=size[1], bleed_mm=(2, 2), layers=layers, combined=combined or drawn()
    )


GROUND = face(colour=(drawn((-2, -2, 84, 54), colour="red"), 0))
"""A ground that fills the face with its bleed."""
CORNER = face(colour=(drawn((0, 0, 10, 5)), 0))
"""A box of 10 x 5 mm in the upper left corner of the trimmed face."""


def printed(of: Face, how: Laying, dpi: raster.Dpi = DPI) -> Image.Image:
    return raster.layers(of, how, dpi)["colour"]


@pytest.mark.parametrize(("how", "corner"), [(WHOLE, (20, 20)), (TRIMMED, (0, 0)), (Laying((90, 60)), (50, 50))])
def test_a_face_lies_in_the_middle_of_what_is_printed(how: Laying, corner: tuple[int, int]) -> None:
    """With its bleed, trimmed exactly, or on an area that is larger than both."""
    picture = printed(CORNER, how)
    assert (picture.mode, picture.size) == ("RGB", (how.area_mm[0] * 10, how.area_mm[1] * 10))
    x, y = corner
    inside, outside = [(x, y), (x + 99, y + 49)], [(x + 101, y + 49), (x + 99, y + 51)]
    assert [picture.getpixel(place) for place in inside + outside] == [BLACK, BLACK, WHITE, WHITE]


def test_the_bleed_is_printed_to_the_edge_or_cut() -> None:
    for how in (WHOLE, TRIMMED):
        picture = printed(GROUND, how)
        right, foot = picture.width - 1, picture.height - 1
        assert {picture.getpixel(place) for place in ((0, 0), (right, 0), (0, foot), (right, foot))} == {RED}


@pytest.mark.parametrize(
    ("turn", "mirrored", "corner"),
    [
        (0, False, "upper left"),
        (90, False, "upper right"),
        (180, False, "lower right"),
        (270, False, "lower left"),
        (0, True, "upper right"),
        (90, True, "upper left"),
    ],
)
def test_a_face_is_turned_clockwise_and_then_mirrored(turn: Turn, mirrored: bool, corner: str) -> None:
    how = Laying(TRIM, turn, mirrored)
    picture = printed(CORNER, how)
    upright = turn in (90, 270)
    assert picture.size == ((500, 800) if upright else (800, 500)) == tuple(side * 10 for side in how.fed_mm)
    across, down = (50, 100) if upright else (100, 50)
    left = 0 if "left" in corner else picture.width - across
    top = 0 if "upper" in corner else picture.height - down
    black = picture.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert black == pytest.approx((left, top, left + across, top + down), abs=1)


@pytest.mark.parametrize(
    ("dpi", "size"), [((300, 300), (945, 591)), ((300, 600), (945, 1181)), ((1200, 1200), (3780, 2362))]
)
def test_the_resolution_is_the_devices(dpi: raster.Dpi, size: tuple[int, int]) -> None:
    assert printed(GROUND, TRIMMED, dpi).size == size


def test_the_fine_line_is_black_where_it_can_be_carried() -> None:
    both = face(black=(drawn((0, 0, 10, 5)), 0), fine=(drawn((20, 0, 10, 5)), 600))
    for dpi, fine in (((300, 300), 255), ((300, 600), 255), ((600, 600), 0)):
        inks = raster.layers(both, TRIMMED, dpi)
        assert list(inks) == ["black"]
        across, down = dpi
        assert [inks["black"].getpixel((int(x / 25.4 * across), int(2 / 25.4 * down))) for x in (5, 25)] == [0, fine]


def test_a_face_of_which_nothing_can_be_printed_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        raster.layers(face(fine=(drawn(), 600)), TRIMMED, (300, 300))


def test_the_black_panel_has_no_grey() -> None:
    panel = raster.black_panel(Image.linear_gradient("L").convert("RGB"))
    assert panel.mode == "1"
    assert [panel.getpixel((0, row)) for row in (0, 127, 128, 255)] == [0, 0, 255, 255]


def test_black_lies_over_colour() -> None:
    colour = Image.new("RGB", (4, 1), "blue")
    black = Image.new("1", (4, 1), 1)
    black.putpixel((2, 0), 0)
    merged = raster.overlay(colour, black)
    assert [merged.getpixel((x, 0)) for x in range(4)] == [(0, 0, 255), (0, 0, 255), (0, 0, 0), (0, 0, 255)]
    assert colour.getpixel((2, 0)) == (0, 0, 255)


def test_faces_become_one_document_in_order() -> None:
    laid = raster.lay([(drawn(), CORNER, TRIMMED), (drawn((0, 0, 10, 5)), CORNER, Laying(PAGE, 90))])
    document = pdfium.PdfDocument(io.BytesIO(laid))
    sizes = [tuple(round(side / 72 * 25.4, 1) for side in found.get_size()) for found in document]
    document.close()
    assert sizes == [TRIM, (54.0, 84.0)]


@pytest.mark.parametrize("size", [(80.6, 50.0), (80.0, 49.4), (50.0, 80.0)])
def test_a_page_of_another_size_is_refused(size: tuple[float, float]) -> None:
    with pytest.raises(ConfigurationError, match=r"A page of 84\.00 x 54\.00 mm was sent for a face of"):
        raster.lay([(drawn(), face(size=size), TRIMMED)])
