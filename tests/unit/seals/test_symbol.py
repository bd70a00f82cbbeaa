"""The DataMatrix of a seal: its size and its modules, as another program reads them."""

import hashlib

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from printing.errors import ContentError, FitError
from printing.faces.compose import rasterise
from printing.pages import pdf, symbols
from printing.seals.profiles import PROFILES
from tests import seals

MM = 72 / 25.4
PAGE = (530 * symbols.DOT - 0.004, 420 * symbols.DOT - 0.004)
BOX = (15 * MM, 8 * MM, 18 * MM, 18 * MM)


def picture(symbol, dpi=300):
    drawing = pdf.Drawing(*PAGE, (0, 0, *PAGE), (symbol,))
    return rasterise(pdf.render([drawing], "seal"), dpi).convert("L")


def read(image):
    return [(found.format, found.bytes) for found in zxingcpp.read_barcodes(np.asarray(image))]


def drawn(profile, data, box=BOX):
    chosen = PROFILES[profile]
    return symbols.data_matrix(data, chosen.modules, box, chosen.module_mm)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_seal_of_every_profile_is_read_at_its_size(profile):
    data = seals.sealed(profile)
    (found,) = zxingcpp.read_barcodes(np.asarray(picture(drawn(profile, data))))
    assert (found.bytes, found.symbology_identifier) == (data, "]d1"), "]d4 would have a character set in front"
    assert found.extra["Version"] == "{0}x{0}".format(PROFILES[profile].modules)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_symbol_holds_what_the_profile_says(profile):
    capacity = PROFILES[profile].capacity
    data = hashlib.shake_256(b"any bytes").digest(capacity)
    assert read(picture(drawn(profile, data))) == [(zxingcpp.BarcodeFormat.DataMatrix, data)]
    with pytest.raises(ContentError, match=f"seal: {capacity + 1} bytes do not fit"):
        drawn(profile, data + b"\xff")


def test_a_picture_without_a_seal_reads_as_none():
    assert symbols.read_data_matrix(Image.new("RGB", (300, 200), "white")) is None
    qr = picture(symbols.qr("https://status.example/", BOX))
    assert symbols.read_data_matrix(qr) is None, "another symbol is no seal"


def test_modules_are_whole_dots_within_a_quiet_zone():
    x, y, width, height = (
        at + inset * symbols.INSET for at, inset in zip(drawn("FD/02", seals.sealed()).box, (-1, -1, 2, 2), strict=True)
    )
    step = width / 48
    assert width == height
    assert step / symbols.DOT == pytest.approx(4), "0.3387 mm"
    assert all(at / symbols.DOT == pytest.approx(round(at / symbols.DOT)) for at in (x, y))
    assert x - BOX[0] >= step <= y - BOX[1]
    assert BOX[0] + BOX[2] - x - width >= step <= BOX[1] + BOX[3] - y - height


def test_the_symbol_is_printed_module_by_module_and_not_mirrored():
    """Few readers read a mirrored symbol, as zxing-cpp does: the solid edges are left and below (ISO/IEC 16022)."""
    for dpi in (300, 600, 1200):
        pixels = np.asarray(picture(drawn("FD/02", seals.sealed()), dpi)) < 128
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        symbol = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        side = 48 * 4 * dpi // 300
        assert symbol.shape == (side, side), "no module is wider than another"
        assert symbol[:, 0].all()
        assert symbol[-1].all()
        modules = symbol.reshape(48, side // 48, 48, side // 48)
        assert (modules.all(axis=(1, 3)) == modules.any(axis=(1, 3))).all(), "no module is cut"


def test_a_larger_box_has_larger_modules():
    assert drawn("FD/02", seals.sealed(), (8 * MM, 5 * MM, 26 * MM, 22 * MM)).box[
        2
    ] / 48 / symbols.DOT == pytest.approx(5, abs=0.01)


def test_a_box_for_smaller_modules_than_the_profile_allows_is_refused():
    smallest = 50 * 4 * symbols.DOT
    assert drawn("FD/02", seals.sealed(), (0, 0, smallest, smallest))
    with pytest.raises(FitError, match="seal: 144"):
        drawn("FD/02", seals.sealed(), (0, 0, smallest - 0.01, smallest))
