"""Card printers that take pictures only: a real `ippeveprinter` that says so, and what reached it as CUPS reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from card_drivers.device import ConfigurationError
from card_drivers.links import raster
from card_drivers.order import Face, Outcome
from tests.contract import cups_raster
from tests.contract.bench_ipp import driver, make
from tests.contract.ippeve import ippeve
from tests.unit.station.orders import CARD, face, make_order, page

pytestmark = pytest.mark.contract

SIZE = "{ MEMBER integer x-dimension 5398 MEMBER integer y-dimension 8560 }"
CARDS_ONLY = f"""
ATTR keyword media-default custom_card_53.98x85.6mm
ATTR keyword media-supported custom_card_53.98x85.6mm
ATTR keyword media-ready custom_card_53.98x85.6mm
ATTR collection media-size-supported {SIZE}
ATTR collection media-col-default {{ MEMBER collection media-size {SIZE} }}
ATTR collection media-col-database {{ MEMBER collection media-size {SIZE} }}
ATTR collection media-col-ready {{ MEMBER collection media-size {SIZE} }}
ATTR keyword sides-default one-sided
ATTR keyword sides-supported one-sided,two-sided-long-edge,two-sided-short-edge
"""
PWG = """
ATTR mimeMediaType document-format-supported image/pwg-raster,image/urf
ATTR keyword pwg-raster-document-type-supported {kind}
ATTR resolution pwg-raster-document-resolution-supported {resolution}
ATTR keyword pwg-raster-document-sheet-back {back}
"""
APPLE = """
ATTR mimeMediaType document-format-supported image/urf
ATTR keyword urf-supported V1.4,W8,SRGB24,{back},RS300
"""
TURNS = {"normal": "DM1", "flipped": "DM2", "rotated": "DM3", "manual-tumble": "DM4"}


def faces() -> tuple[Face, Face]:
    """Each of another colour, with a black bar at the lower left corner: no two sides of it are alike."""
    front = face("front")
    return front, front.model_copy(update={"name": "back", "combined": page(CARD, "pink", "SPECIMEN")})


def as_fed(shown: Face, size: tuple[int, int], mode: str) -> Image.Image:
    """A face as it comes out of pdfium by the code of the other printers, a quarter to the left."""
    seen = raster.rasterise(shown.combined, shown.width_mm, shown.height_mm, 1200)
    return seen.transpose(Image.Transpose.ROTATE_90).resize(size, Image.Resampling.BOX).convert(mode)


def alike(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, in levels of 255."""
    assert (one.mode, one.size) == (other.mode, other.size)
    levels = ImageChops.difference(one, other).convert("L").histogram()
    return sum(level * count for level, count in enumerate(levels)) / sum(levels)


def undone(back: cups_raster.Page, how: str) -> Image.Image:
    """The back as it is read, for a sheet that turns over its long edge (PWG 5102.4 section 4.3.2.2)."""
    picture = ImageOps.mirror(back.picture) if how == "rotated" else back.picture
    return ImageOps.flip(picture) if how in ("rotated", "flipped") else picture


@pytest.mark.parametrize("back", TURNS)
@pytest.mark.parametrize(
    ("kind", "resolution", "mode"),
    [("srgb_8", (300, 300), "RGB"), ("sgray_8", (300, 300), "L"), ("srgb_8", (300, 600), "RGB")],
)
def test_a_card_printer_of_pwg_raster_gets_both_faces(
    tmp_path: Path, back: str, kind: str, resolution: tuple[int, int], mode: str
) -> None:
    across, along = resolution
    said = PWG.format(kind=kind, resolution=f"{across}x{along}dpi", back=back)
    shown = faces()
    with ippeve(tmp_path, says=CARDS_ONLY + said) as eve:
        assert make(driver(eve.uri), make_order(chip=None, faces=shown), tmp_path) is Outcome.DONE
        (document,) = eve.printed()
    first, second = cups_raster.read(document)
    size = (round(53.98 / 25.4 * across), round(85.6 / 25.4 * along))
    assert list(first.header.HWResolution) == [across, along]
    assert alike(first.picture, as_fed(shown[0], size, mode)) < 1
    assert alike(undone(second, back), as_fed(shown[1], size, mode)) < 1
    assert alike(first.picture, as_fed(shown[1], size, mode)) > 5, "the two faces differ enough to be told apart"


@pytest.mark.parametrize("back", TURNS)
def test_a_card_printer_of_apple_raster_gets_both_faces(tmp_path: Path, back: str) -> None:
    shown = faces()
    with ippeve(tmp_path, says=CARDS_ONLY + APPLE.format(back=TURNS[back])) as eve:
        assert make(driver(eve.uri), make_order(chip=None, faces=shown), tmp_path) is Outcome.DONE
        (document,) = eve.printed()
    assert document.startswith(b"UNIRAST\0")
    first, second = cups_raster.read(document)
    assert alike(first.picture, as_fed(shown[0], (638, 1011), "RGB")) < 1
    assert alike(undone(second, back), as_fed(shown[1], (638, 1011), "RGB")) < 1


def test_a_printer_that_takes_none_of_our_formats_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with ippeve(tmp_path, says=CARDS_ONLY + "ATTR mimeMediaType document-format-supported image/jpeg\n") as eve:
        with pytest.raises(ConfigurationError, match="use it through a CUPS queue"):
            make(driver(eve.uri), make_order(chip=None), tmp_path)
        assert eve.printed() == []
