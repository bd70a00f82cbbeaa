"""The papers: readable by people and phones in every language, over as many pages as they need, with no more data."""

import dataclasses
import datetime as dt
import re
import unicodedata

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from printing.compose import rasterise
from printing.errors import ContentError, FitError, GlyphError
from printing.papers import Count, CoverSheet, Receipt, Words, compose, cover_sheet, languages, specimens
from printing.papers.wording import wording

RECEIPT = Receipt(
    reference="K7WMP3XQH5R",
    status_url="https://liman.example/status",
    document=Words("Permis de ședere (refugiat)", "Residence permit (refugee)"),
    lodged_on=dt.date(2026, 11, 2),
    due_on=dt.date(2026, 12, 2),
    due_article=Words("Legea 122/2006, art. 20 alin. (6)", "Law 122/2006, Art 20(6)"),
    centre_name="Centrul Regional Timișoara",
    centre_address="Str. Armoniei 33 & 35, <Timișoara>",
    initials="L. A.",
    missing=(Words("Dovada reședinței", "Proof of residence"),),
)
SPECIMENS = specimens()
NUMBERS = tuple(f"RP{number:07}" for number in range(1_000_000, 1_001_234))
COVER = CoverSheet(
    batch="L-2026-0117",
    made_on=dt.date(2026, 11, 16),
    made_by="Ionescu Maria",
    stock="card-chip",
    counts=(Count(RECEIPT.document, len(NUMBERS)),),
    numbers=NUMBERS,
    centre_name="Centrul Regional Timișoara",
    centre_address="",
)


def pages_of(data):
    """The text of each page as a reader finds it, white space as one space."""
    with pypdfium2.PdfDocument(data) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def text_of(data):
    return " ".join(pages_of(data))


def letters(text):
    """The letters alone, as a reader may put spaces and brackets elsewhere between directions."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] in "LM")


def test_everything_is_said_in_searchable_text():
    text = text_of(compose(RECEIPT).pdf())
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
        "1 / 1",
    ):
        assert words in text, words


def test_code_and_qr_read_back():
    picture = np.asarray(rasterise(compose(RECEIPT, "ar").pdf(), 300).convert("L"))
    found = {item.format: item.text for item in zxingcpp.read_barcodes(picture)}
    assert found == {
        zxingcpp.BarcodeFormat.Code128: RECEIPT.reference,
        zxingcpp.BarcodeFormat.QRCode: RECEIPT.status_url,
    }


def test_a_request_without_deadline_says_none():
    text = text_of(compose(dataclasses.replace(RECEIPT, due_on=None, missing=())).pdf())
    assert "Due by" not in text
    assert "Still missing" not in text


@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_a_paper_says_all_its_sentences_in_reading_order(name):
    """Every sentence of the file that the specimen shows, in every language, whole and in logical order."""
    file, language = name.rsplit("-", 1)
    data = SPECIMENS[name]
    words, found = wording(file), letters(text_of(data))
    for block in words.blocks:
        if block.texts and not block.unless:
            for tongue in {"ro", language}:
                for part in re.split(r"%\(\w+\)s", block.texts[tongue]):
                    assert letters(part) in found, part
    assert all("SPECIMEN" in page for page in pages_of(data))


def test_a_long_list_runs_over_pages_and_has_every_number_once():
    sheet = cover_sheet(COVER)
    pages = pages_of(sheet.pdf())
    assert len(pages) == len(sheet.drawings) > 3
    assert tuple(re.findall(r"RP\d{7}", " ".join(pages))) == NUMBERS
    assert all(f"{at} / {len(pages)}" in page and COVER.batch in page for at, page in enumerate(pages, start=1))


def test_the_same_paper_has_the_same_bytes():
    first = compose(RECEIPT, "bn").pdf()
    compose(dataclasses.replace(RECEIPT, reference="ZZZZZZZZZZZ"), "ur").pdf()
    assert compose(RECEIPT, "bn").pdf() == first


def test_what_does_not_fit_goes_to_the_next_page():
    missing = tuple(Words(f"Dovada {at}", f"Proof {at}") for at in range(60))
    pages = pages_of(compose(dataclasses.replace(RECEIPT, missing=missing)).pdf())
    assert len(pages) > 1
    assert re.findall(r"Proof (\d+)", " ".join(pages)) == [str(at) for at in range(60)]


def test_a_word_longer_than_its_line_is_refused():
    with pytest.raises(FitError, match="made_by"):
        compose(dataclasses.replace(COVER, made_by="W" * 200))


@pytest.mark.parametrize("text", ["中心", "A\u202eB", "A\u2068B"])
def test_what_no_face_can_draw_is_named(text):
    with pytest.raises(GlyphError, match="centre_name"):
        compose(dataclasses.replace(RECEIPT, centre_name=text))


def test_a_language_the_paper_does_not_have_is_refused():
    assert languages(CoverSheet) == ("ro", "en")
    with pytest.raises(ContentError, match="ro, en"):
        compose(COVER, "ar")
