"""Bar codes: read back by zxing-cpp from what is printed."""

import numpy as np
import pytest
import zxingcpp

from printing.content import barcode_of
from printing.errors import ContentError, FitError
from printing.faces.compose import compose, rasterise
from printing.pages import pdf, symbols
from tests.faces import TEMPORARY, content

MM = 72 / 25.4


def _read(bars, size, dpi=300):
    drawing = pdf.Drawing(*size, (0, 0, *size), (pdf.Form.of(pdf.rectangles(bars)),))
    return zxingcpp.read_barcodes(np.asarray(rasterise(pdf.render([drawing], "symbol"), dpi).convert("L")))


def test_the_card_s_bar_code_is_read_from_the_300_dpi_picture():
    person = content(document_number="TI0000423")
    back = compose(person, TEMPORARY, specimen=True)[1]
    for page in (back.combined, back.layers["black"]):
        (found,) = zxingcpp.read_barcodes(np.asarray(rasterise(page, 300).convert("L")))
        assert (found.format, found.text) == (zxingcpp.BarcodeFormat.Code128, barcode_of(person))


@pytest.mark.parametrize(
    "text",
    [
        *("TI0000423", "K7WMP3XQH5R", "A", "1234567890", "A1B2-C3 D4", "RP1000099", "AB99", "00990099"),
        *("99P2BBADV43", "995VUAZDFNW", "999999", "9912345678", "99", "9", "99A", "100", "1002", "a99"),
    ],
)
def test_code_128_reads_back(text):
    size = (70 * MM, 14 * MM)
    (found,) = _read(symbols.code128(text, (0, 2 * MM, 70 * MM, 10 * MM)), size)
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.Code128, text)


def test_code_128_keeps_its_quiet_zones_inside_its_box():
    box = (10.0, 10.0, 155.0, 30.0)
    bars = symbols.code128("RP1000017", box)
    module = min(width for _, _, width, _ in bars)
    assert module / symbols.DOT == pytest.approx(round(module / symbols.DOT)), "modules of whole dots"
    assert min(x for x, *_ in bars) >= box[0] + 10 * module - symbols.DOT
    assert max(x + width for x, _, width, _ in bars) <= box[0] + box[2] - 10 * module + symbols.DOT


def test_a_text_too_long_for_its_box_is_refused():
    with pytest.raises(FitError, match="reference: 40 characters"):
        symbols.code128("A" * 40, (0, 0, 100, 20), "reference")


@pytest.mark.parametrize("text", ["", "Ș1", "A\n"])
def test_what_code_128_cannot_say_is_refused(text):
    with pytest.raises(ContentError, match=r"reference: .*ASCII"):
        symbols.code128(text, (0, 0, 100, 20), "reference")


@pytest.mark.parametrize("text", ["https://status.example/", "https://status.example/ro/s?r=K7WMP3XQH5R&" + "x" * 60])
def test_qr_reads_back(text):
    (found,) = _read(symbols.qr(text, (0, 0, 32 * MM, 32 * MM)), (32 * MM, 32 * MM))
    assert (found.format, found.text) == (zxingcpp.BarcodeFormat.QRCode, text)
