"""Text: which letters stand where, what cannot be printed, what does not fit (scripts: `test_scripts`)."""

import pytest

from printing.errors import FitError, FontMissing, GlyphError
from printing.pages import fonts
from printing.pages import text as texts
from printing.pages.embedding import codes


def test_mixed_directions_are_put_in_visual_order():
    line = texts.shape("A ليلى 12")
    order = [(part.font, glyph) for part in line.shown for glyph in codes(part.codes)]
    latin, arabic = fonts.latin(), fonts.covering("ل", "regular")
    # In a left-to-right text the digits after an Arabic word belong to its run and stand left of it.
    assert order[0] == (latin.name, latin.nominal("A"))
    assert order[2:4] == [(arabic.name, arabic.nominal("1")), (arabic.name, arabic.nominal("2"))]
    assert [part.x for part in line.shown] == sorted(part.x for part in line.shown)


@pytest.mark.parametrize("character", ["\u202e", "\u200f", "\t", "\x00", "\u2028", "\ufeff", "\u00ad"])
def test_invisible_characters_are_refused_with_their_field(character):
    with pytest.raises(GlyphError, match=rf"family_name: .*U\+{ord(character):04X}.*remove") as caught:
        texts.shape(f"A{character}B", field="family_name")
    assert caught.value.field == "family_name"


def test_a_decomposed_letter_is_the_composed_one():
    assert texts.shape("S\u0326tefan").shown == texts.shape("Ștefan").shown


def test_text_shrinks_only_as_far_as_needed():
    room = texts.Room(120, 12, 9, 5)
    assert texts.fit("Layla", room).size == 9
    smaller = texts.fit("Faadumo Nuur Cali Warsame Jaamac", room)
    assert 5 <= smaller.size < 9
    line = texts.shape("Faadumo Nuur Cali Warsame Jaamac")
    assert line.width * smaller.size <= 120 < line.width * (smaller.size + texts.STEP_PT)


def test_text_too_long_is_refused_never_cut():
    with pytest.raises(FitError, match=r"family_name: 200 characters .* 42.3 x 4.2 mm at 5 pt") as caught:
        texts.fit("W" * 200, texts.Room(120, 12, 9, 5), field="family_name")
    assert caught.value.length == 200


def test_lines_break_between_languages_first_and_keep_every_word():
    fitted = texts.fit("SOLICITANT DE AZIL / ASYLUM SEEKER", texts.Room(100, 24, 8, 5, lines=2))
    assert fitted.lines[0] == texts.shape("SOLICITANT DE AZIL /")
    assert fitted.lines[1] == texts.shape("ASYLUM SEEKER")
    words = "one two three four eight six"
    wrapped = texts.fit(words, texts.Room(40, 40, 8, 5, lines=3)).lines
    assert len(wrapped) > 1
    assert sum(len(codes(part.codes)) for line in wrapped for part in line.shown) == len(words) - len(wrapped) + 1


def test_a_missing_font_names_its_debian_package(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    with pytest.raises(FontMissing, match=r"OCRX\.otf is not installed: install the Debian package fonts-ocr-b"):
        fonts.load("OCRX.otf", fonts.OCR_B)
