"""Fonts in a PDF, read by fontTools: what was shown has its outline, width and character, under its own number."""

import io
import re
import zlib

import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import DecomposingRecordingPen, RecordingPen
from fontTools.ttLib import TTFont

from printing.pages import fonts, pdf, text
from printing.pages.embedding import Embedded, codes, embedded
from printing.pages.fonts import Font

WORDS = "Țurcanu Layla 1992 – Жук"


def glyphs_of(font: Font, words: str) -> bytes:
    return b"".join(font.nominal(character).to_bytes(2) for character in words)


def drawn(glyphs, name: str) -> list:
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return pen.value


def test_a_true_type_subset_keeps_number_outline_and_width_of_each_glyph():
    font = fonts.latin()
    part = embedded(font, glyphs_of(font, WORDS))
    cut, source = TTFont(io.BytesIO(zlib.decompress(part.program))), TTFont(font.path)
    assert len(zlib.decompress(part.program)) == part.length < font.path.stat().st_size / 8
    assert sorted(cut.keys()) == ["GlyphOrder", "glyf", "head", "hhea", "hmtx", "loca", "maxp"]
    old, new = source.getGlyphSet(), cut.getGlyphSet()
    for number in codes(glyphs_of(font, WORDS)):
        here, there = cut.getGlyphOrder()[number], source.getGlyphOrder()[number]
        assert drawn(new, here) == drawn(old, there)
        assert cut["hmtx"][here] == source["hmtx"][there]
    assert widths(part) == {number: source["hmtx"][source.getGlyphOrder()[number]][0] for number in widths(part)}


def test_a_cff_subset_keeps_number_and_outline_of_each_glyph():
    font, zone = fonts.ocr_b(), "P<ROU0123456789"
    part = embedded(font, glyphs_of(font, zone))
    assert part.cff
    table = CFFFontSet()
    table.decompile(io.BytesIO(zlib.decompress(part.program)), None)
    cut, source = table[table.fontNames[0]], TTFont(font.path)
    order, old = cut.charset, source.getGlyphSet()
    for number in codes(glyphs_of(font, zone)):
        pen = RecordingPen()
        cut.CharStrings[order[number]].draw(pen)
        expected = RecordingPen()
        old[source.getGlyphOrder()[number]].draw(expected)
        assert pen.value == expected.value
        assert widths(part)[number] * font.units / 1000 == old[source.getGlyphOrder()[number]].width


def widths(part: Embedded) -> dict[int, float]:
    found = {}
    for first, run in re.findall(r"(\d+)\[([^\]]*)\]", part.widths):
        found |= {int(first) + at: float(width) for at, width in enumerate(run.split())}
    return found


def said(part: Embedded) -> dict[int, str]:
    pairs = re.findall(rb"<(\w{4})> <(\w+)>\n", zlib.decompress(part.to_unicode))
    return {int(glyph, 16): bytes.fromhex(words.decode()).decode("utf-16-be") for glyph, words in pairs}


@pytest.mark.parametrize("script", ["Layla Țurcanu", "ليلى", "𞤀𞤤𞤭", "Ἀχιλλεύς"])
def test_what_letters_say_is_in_the_file(script):
    for part in text.shape(script).shown:
        font = fonts.named(part.font)
        characters = said(embedded(font, part.codes))
        assert {characters[glyph] for glyph in codes(part.codes)} == {
            font.characters[glyph] for glyph in codes(part.codes)
        }
        assert "\0" not in characters.values()


def test_the_same_letters_give_the_same_font_in_any_order():
    font = fonts.latin()
    one, other = (embedded(font, glyphs_of(font, words)) for words in (WORDS, WORDS[::-1] + WORDS))
    assert one == other
    assert embedded(font, glyphs_of(font, WORDS + "Щ")).name != one.name


def test_the_usual_letters_are_cut_once():
    font = fonts.latin()
    assert embedded(font, glyphs_of(font, "Layla")) is embedded(
        font, glyphs_of(font, "Ștefan Jürgens".replace("ü", "u"))
    )
    zone = embedded(fonts.ocr_b(), glyphs_of(fonts.ocr_b(), "A"))
    assert zone is embedded(fonts.ocr_b(), glyphs_of(fonts.ocr_b(), "P<ROU9"))
    assert len(widths(zone)) == 37, "letters, digits and the filler"


def test_a_page_does_not_change_when_another_shows_more_letters():
    def page(*words: str) -> bytes:
        inks = [pdf.Ink.of(text.shape(some).operators(10, 10, 8)) for some in words]
        return pdf.render([pdf.Drawing(100, 30, (0, 0, 100, 30), (ink,)) for ink in inks], "letters")

    alone, among = page("Layla"), page("Layla", "Жук Ωmega ليلى")
    stream = re.search(rb"stream\n(BT.*?ET)\nendstream", alone, re.S)
    assert stream
    assert stream[1] in among
    assert alone == page("Layla")


def test_only_text_that_letters_do_not_say_is_said_beside_them():
    for words, plain in (
        ("Layla Țurcanu", True), ("AVATAR To", True), ("Жук", True), ("ليلى", True), ("office", False),
        ("ষ্ঠি", False), ("A ليلى", False), ("S\u0326", False), ("مُ", False), ("می‌خواهم", False),
    ):  # fmt: skip
        line = text.shape(words)
        assert line.plain is plain, words
        assert ("ActualText" in line.operators(0, 0, 8).code) is not plain
