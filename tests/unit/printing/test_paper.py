"""The receipt: readable by people, by phones and by the scanner at the desk."""

import dataclasses
import datetime as dt

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from printing.compose import rasterise
from printing.errors import FitError, GlyphError
from printing.paper import Receipt, receipt

RECEIPT = Receipt(
    reference="K7WMP3XQH5R",
    status_url="https://liman.example/status",
    document_ro="Permis de ședere (refugiat)",
    document_en="Residence permit (refugee)",
    lodged_on=dt.date(2026, 11, 2),
    due_on=dt.date(2026, 12, 2),
    due_article_ro="Legea 122/2006, art. 20 alin. (6)",
    due_article_en="Law 122/2006, Art 20(6)",
    centre_name="Centrul Regional Timișoara",
    centre_address="Str. Armoniei 33 & 35, <Timișoara>",
    initials="L. A.",
    missing=(("Dovada reședinței", "Proof of residence"),),
)


def _text(data):
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == 1
        return " ".join(document[0].get_textpage().get_text_bounded().split())


def test_everything_is_said_in_searchable_text():
    text = _text(receipt(RECEIPT))
    for words in (
        "K7WM-P3XQ-H5R",
        "https://liman.example/status",
        "Permis de ședere (refugiat)",
        "Residence permit (refugee)",
        "02.11.2026",
        "02.12.2026",
        "art. 20 alin. (6)",
        "Art 20(6)",
        "Str. Armoniei 33 & 35, <Timișoara>",
        "Dovada reședinței",
        "Proof of residence",
        "L. A.",
    ):
        assert words in text, words


def test_code_and_qr_read_back():
    picture = np.asarray(rasterise(receipt(RECEIPT), 300).convert("L"))
    found = {item.format: item.text for item in zxingcpp.read_barcodes(picture)}
    assert found == {
        zxingcpp.BarcodeFormat.Code128: RECEIPT.reference,
        zxingcpp.BarcodeFormat.QRCode: RECEIPT.status_url,
    }


def test_a_request_without_deadline_says_none():
    text = _text(receipt(dataclasses.replace(RECEIPT, due_on=None, missing=())))
    assert "Due by" not in text
    assert "Still missing" not in text


def test_the_same_receipt_has_the_same_bytes():
    first = receipt(RECEIPT)
    receipt(dataclasses.replace(RECEIPT, reference="ZZZZZZZZZZZ"))
    assert receipt(RECEIPT) == first


def test_too_much_for_the_page_is_refused():
    with pytest.raises(FitError):
        receipt(dataclasses.replace(RECEIPT, missing=(("Dovadă " * 30, "Proof " * 30),) * 20))


@pytest.mark.parametrize("text", ["中心", "A\u202eB", "A\nB"])
def test_what_the_face_cannot_draw_is_named(text):
    with pytest.raises(GlyphError, match="centre_name"):
        receipt(dataclasses.replace(RECEIPT, centre_name=text))
