"""The papers: readable by people and phones in every language, over as many pages as they need, with no more data."""

import dataclasses
import datetime as dt
import re
import unicodedata

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from printing.errors import ContentError, FitError, GlyphError, LayoutError
from printing.faces.compose import rasterise
from printing.pages.pdf import Ops
from printing.pages.text import shape
from printing.papers import (
    Approval,
    Count,
    CoverSheet,
    HandOver,
    Receipt,
    Words,
    compose,
    cover_sheet,
    languages,
    specimens,
)
from printing.papers.flow import Slab, space, stacked
from printing.papers.lines import Setting, isolated, one_line
from printing.papers.setting import FORMATS
from printing.papers.specimens import _papers
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


SYMBOLS = {
    "codes": lambda reference, address: {("Code128", reference), ("QRCode", address)},
    "slip": lambda _, code: {("QRCode", code)},
    "bars": lambda *codes: {("Code128", code) for code in codes},
}


@pytest.mark.parametrize("paper", [*_papers()], ids=lambda paper: paper.file)
def test_every_symbol_on_paper_reads_back(paper):
    """Symbols and nothing but them, in the language that takes the most room and in the one read from the right."""
    blocks = [block for block in wording(paper.file).blocks if block.kind in SYMBOLS]
    expected = {
        symbol
        for block in blocks
        for symbol in SYMBOLS[block.kind](*(getattr(paper, name, "") for name in block.names))
    }
    for language in {languages(type(paper))[0], languages(type(paper))[-1]}:
        with pypdfium2.PdfDocument(SPECIMENS[f"{paper.file}-{language}"]) as document:
            pictures = [page.render(scale=300 / 72).to_pil().convert("L") for page in document]
        read = {(item.format.name, item.text) for picture in pictures for item in zxingcpp.read_barcodes(picture)}
        assert read == expected


def test_a_kiosk_is_named_where_there_is_one():
    assert "machine" not in text_of(compose(RECEIPT).pdf())
    text = text_of(compose(dataclasses.replace(RECEIPT, kiosk=True)).pdf())
    assert "hold the code under the reader of the machine in the waiting room" in text


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


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_stands_in_the_margins(language):
    long = dataclasses.replace(RECEIPT, centre_name="Centrul Regional de Proceduri și Cazare Timișoara " * 3)
    ink = np.asarray(rasterise(compose(long, language).pdf(), 72).convert("L")) < 128
    columns = np.flatnonzero(ink.any(axis=0))
    margin = FORMATS["A5"].margin
    assert margin - 2 <= columns.min()
    assert columns.max() <= ink.shape[1] - margin + 2


def test_a_value_keeps_its_direction_in_a_sentence_from_right_to_left():
    how = Setting(10, rtl=True)
    line = one_line(f"\u0631\u0642\u0645 {isolated('7777-ABCD (2)')} \u0647\u0646\u0627", how)
    placed = {piece.text: x for x, piece in line.pieces}
    assert placed["\u0647\u0646\u0627"] < placed["7777-ABCD (2)"] < placed["\u0631\u0642\u0645"]
    assert [piece.text for _, piece in line.pieces] == ["\u0631\u0642\u0645", "7777-ABCD (2)", "\u0647\u0646\u0627"]


def test_a_bracket_from_right_to_left_is_mirrored_and_still_found_as_typed():
    line = one_line("(UNHCR) \u0646\u0639\u0645", Setting(10, rtl=True))
    right, left = line.pieces[0][1], line.pieces[2][1]
    assert (right.text, left.text) == ("(", ")")
    for piece, drawn in ((right, ")"), (left, "(")):
        assert piece.letters(0, 0, 10) == shape(drawn).letters(0, 0, 10)


def test_a_page_that_goes_on_repeats_the_head_of_its_table():
    for page in pages_of(SPECIMENS["destruction-en"]):
        assert page.count("Numărul Number Motivul Reason") == 1


def test_a_heading_is_not_the_last_of_its_page():
    heading, body = Slab(20, (Ops("1"),), keep=True), Slab(20, (Ops("2"),))
    pages = stacked([body, body, space(5), heading, space(5), body], 89, 0, "test")
    assert [[slab.columns[0].code for _, slab in page if slab.columns] for page in pages] == [["2", "2"], ["1", "2"]]


def test_what_is_higher_than_a_page_is_refused():
    with pytest.raises(FitError, match="test"):
        stacked([Slab(100, (Ops(""),))], 90, 0, "test")


def test_a_sentence_that_lacks_a_language_or_a_place_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("printing.papers.wording.FOLDER", tmp_path)
    (tmp_path / "captions.toml").write_text("[captions]\n")
    start = 'format = "A4"\nlanguages = ["ro", "en"]\ntitle.ro = "A"\ntitle.en = "A"\n[[blocks]]\nkind = "text"\n'
    for name, block in (("lacks", 'ro = "Da"\n'), ("uneven", 'ro = "Da %(x)s"\nen = "Yes"\n')):
        (tmp_path / f"{name}.toml").write_text(start + block)
        with pytest.raises(LayoutError, match=f"{name}: text .*: en"):
            wording(name)
    (tmp_path / "odd.toml").write_text(start.replace('"text"', '"picture"'))
    with pytest.raises(LayoutError, match="unknown"):
        wording("odd")


def test_an_unknown_code_is_refused_by_its_field():
    given = HandOver("K7WMP3XQH5R", "A B", RECEIPT.document, "RP1", RECEIPT.lodged_on, "smile", "C D", "E", "")  # type: ignore[arg-type]
    with pytest.raises(ContentError, match=r"identity: smile .*portrait"):
        compose(given)


def test_the_title_of_the_file_says_nothing_of_the_case():
    with pypdfium2.PdfDocument(compose(RECEIPT, "fr").pdf()) as document:
        assert document.get_metadata_dict()["Title"] == "Confirmarea cererii / Reçu de votre demande"


def test_receipt_and_approval_notice_have_no_place_for_a_name():
    for paper in (Receipt, Approval):
        assert not {"holder", "person", "name", "birth_date", "nationality"} & {
            f.name for f in dataclasses.fields(paper)
        }


def test_the_notice_of_rights_names_its_version_and_holds_the_texts_it_was_given():
    text = text_of(SPECIMENS["rights-en"])
    assert "2026-11-30" in text
    assert "You may travel." in text


def test_a_language_the_paper_does_not_have_is_refused():
    assert languages(CoverSheet) == ("ro", "en")
    with pytest.raises(ContentError, match="ro, en"):
        compose(COVER, "ar")
