"""Layers become pixels of the right number, place and colour."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image

from card_drivers.device import ConfigurationError
from card_drivers.links import raster
from tests.unit.station.orders import CARD, page


def test_a_card_at_300_dpi() -> None:
    picture = raster.rasterise(page(text="X"), *CARD, 300)
    assert picture.size == (1012, 638)
    assert picture.mode == "RGB"
    # The bar of 20 x 10 mm at the lower left corner: 236 x 118 pixels.
    assert picture.getpixel((235, 637)) == (0, 0, 0)
    assert picture.getpixel((237, 637)) == (255, 255, 255)
    assert picture.getpixel((0, 638 - 118)) == (0, 0, 0)
    assert picture.getpixel((0, 638 - 120)) == (255, 255, 255)


@pytest.mark.parametrize(("dpi", "size"), [(150, (506, 319)), (600, (2023, 1276))])
def test_the_resolution_is_the_devices(dpi: int, size: tuple[int, int]) -> None:
    assert raster.rasterise(page(), *CARD, dpi).size == size


def test_bleed_keeps_the_scale_and_fills_the_edges() -> None:
    picture = Image.new("RGB", (1012, 638), "red")
    picture.putpixel((100, 100), (0, 255, 0))
    area = raster.with_bleed(picture, (1016, 648))
    assert area.size == (1016, 648)
    assert area.getpixel((102, 105)) == (0, 255, 0)
    assert {area.getpixel(corner) for corner in ((0, 0), (1015, 0), (0, 647), (1015, 647))} == {(255, 0, 0)}


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
    merged = raster.merge([(page(), *CARD), (page((125, 88)), 125, 88)])
    document = pdfium.PdfDocument(io.BytesIO(merged))
    sizes = [tuple(round(side / 72 * 25.4, 1) for side in found.get_size()) for found in document]
    document.close()
    assert sizes == [(85.6, 54.0), (125.0, 88.0)]


@pytest.mark.parametrize(("width", "height"), [(86.2, 53.98), (85.6, 53.4), (53.98, 85.6)])
def test_a_page_of_another_size_is_refused(width: float, height: float) -> None:
    with pytest.raises(ConfigurationError, match=r"A page of 85\.60 x 53\.98 mm was sent for a face of"):
        raster.rasterise(page(), width, height, 300)
