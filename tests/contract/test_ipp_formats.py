"""Card printers that take pictures only: a real `ippeveprinter` that says so, and what reached it as CUPS reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from card_drivers.device import ConfigurationError
from card_drivers.links import raster
from card_drivers.order import Face, Outcome
from tests import composed, measured
from tests.contract import cups_raster
from tests.contract.bench_ipp import driver, make
from tests.contract.ippeve import ippeve
from tests.measured import WITHIN_MM, Fed

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
NEAR = 3.0  # of 255: PDFium sets letters on whole dots, which are others where the page is turned

FACES = composed.faces("RP-R")


def as_fed(shown: Face, size: tuple[int, int], mode: str) -> Image.Image:
    """A face on its card, a quarter to the left."""
    card = raster.Laying((shown.width_mm, shown.height_mm))
    seen = raster.rasterise(raster.lay([(shown.combined, shown, card)]), (1200, 1200))
    return seen.transpose(Image.Transpose.ROTATE_90).resize(size, Image.Resampling.BOX).convert(mode)


def alike(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, in levels of 255."""
    assert (one.mode, one.size) == (other.mode, other.size)
    levels = ImageChops.difference(one, other).convert("L").histogram()
    return sum(level * count for level, count in enumerate(levels)) / sum(levels)


def undone(back: cups_raster.Page, how: str) -> Image.Image:
    """The back as it is read, for a sheet that turns over its short edge (PWG 5102.4 section 4.3.2.2)."""
    picture = ImageOps.mirror(back.picture) if how in ("flipped", "manual-tumble") else back.picture
    return ImageOps.flip(picture) if how == "manual-tumble" else picture


def undone_long(back: cups_raster.Page, how: str) -> Image.Image:
    """The same where it turns over its long edge alone, and so the back comes upside down."""
    picture = ImageOps.mirror(back.picture) if how == "rotated" else back.picture
    picture = ImageOps.flip(picture) if how in ("rotated", "flipped") else picture
    return picture.transpose(Image.Transpose.ROTATE_180)


def assert_in_place(picture: Image.Image, dpi: tuple[int, int]) -> None:
    """The machine readable zone of the back, within 0.2 mm of its layout."""
    side, names = measured.names_of("RP-R")
    off = measured.off_by(picture, Fed(dpi, turn=270), FACES[side], names)
    assert max(map(abs, off)) <= WITHIN_MM, off


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
    with ippeve(tmp_path, says=CARDS_ONLY + said) as eve:
        assert make(driver(eve.uri), composed.order(), tmp_path) is Outcome.DONE
        (document,) = eve.printed()
    first, second = cups_raster.read(document)
    size = (round(53.98 / 25.4 * across), round(85.6 / 25.4 * along))
    assert list(first.header.HWResolution) == [across, along]
    assert alike(first.picture, as_fed(FACES[0], size, mode)) < NEAR
    assert alike(undone(second, back), as_fed(FACES[1], size, mode)) < NEAR
    assert alike(first.picture, as_fed(FACES[1], size, mode)) > 5, "the two faces differ enough to be told apart"
    assert_in_place(undone(second, back), resolution)


@pytest.mark.parametrize("sides", ["short", "long"])
@pytest.mark.parametrize("back", TURNS)
def test_a_card_printer_of_apple_raster_gets_both_faces(tmp_path: Path, back: str, sides: str) -> None:
    said = CARDS_ONLY if sides == "short" else CARDS_ONLY.replace(",two-sided-short-edge", "")
    with ippeve(tmp_path, says=said + APPLE.format(back=TURNS[back])) as eve:
        assert make(driver(eve.uri), composed.order(), tmp_path) is Outcome.DONE
        (document,) = eve.printed()
    assert document.startswith(b"UNIRAST\0")
    first, second = cups_raster.read(document)
    assert alike(first.picture, as_fed(FACES[0], (638, 1011), "RGB")) < NEAR
    read = undone(second, back) if sides == "short" else undone_long(second, back)
    assert alike(read, as_fed(FACES[1], (638, 1011), "RGB")) < NEAR
    assert_in_place(read, (300, 300))


def test_a_printer_that_takes_none_of_our_formats_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with ippeve(tmp_path, says=CARDS_ONLY + "ATTR mimeMediaType document-format-supported image/jpeg\n") as eve:
        with pytest.raises(ConfigurationError, match="use it through a CUPS queue"):
            make(driver(eve.uri), composed.order(), tmp_path)
        assert eve.printed() == []
