"""Text as outlines: against Pillow with Raqm (FreeType, its own bidi) as the other program, script by script."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, features

from printing.errors import FitError, FontMissing, GlyphError
from printing.faces.compose import rasterise
from printing.pages import fonts, pdf
from printing.pages import text as texts
from printing.pages.embedding import codes

SIZE = 48  # points
FINE = 3  # pixels a point: PDFium sets letters on whole pixels
SAMPLES = {
    "Latin": "Țurcanu-Șerban Ñandú",
    "Cyrillic": "Шевченко Оксана Петрівна",
    "Arabic": "ليلى المصري",
    "Persian": "مهدی رضایی",
    "Urdu": "محمد ضیاء الرحمٰن",
    "Pashto": "ګل خان احمدزی",
    "Bengali": "মোঃ শফিকুর রহমান",
    "Devanagari": "राम बहादुर श्रेष्ठ",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Sinhala": "දිලිනි නිර්මලා පෙරේරා",
    "Ethiopic": "ሰላም ተክለ",
    "Syriac": "ܡܪܝܡ",
    "NKo": "ߒߞߏ",
    "Adlam": "𞤀𞤤𞤭",
    "Tifinagh": "ⴰⵎⴰ",
    "Hanifi Rohingya": "𐴌𐴗𐴥",
    "Khmer": "សុខ",
    "Lao": "ສົມໄຊ",
    "Malayalam": "മോഹൻ",
    "Telugu": "వెంకట",
    "Kannada": "ಸಿದ್ದ",
    "Odia": "ଓଡ଼ିଆ",
    "Tibetan": "བསྟན",
    "Mongolian": "ᠪᠠᠭᠠ",
    "joiner": "می‌خواهم",
}


def _ink(picture: Image.Image) -> Image.Image:
    box = Image.eval(picture, lambda level: 255 - level).getbbox()
    assert box
    return picture.crop(box)


def _ours(line: texts.Line) -> Image.Image:
    form = pdf.Ink.of(line.operators(20, 60, SIZE))
    drawing = pdf.Drawing(1000, 160, (0, 0, 1000, 160), (form,))
    return _ink(rasterise(pdf.render([drawing], "text"), 72 * FINE).convert("L"))


def _theirs(sample: str, font: fonts.Font) -> Image.Image:
    picture = Image.new("L", (1000 * FINE, 160 * FINE), 255)
    face = ImageFont.truetype(str(font.path), SIZE * FINE, layout_engine=ImageFont.Layout.RAQM)
    ImageDraw.Draw(picture).text((20 * FINE, 40 * FINE), sample, font=face, fill=0)
    return _ink(picture)


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow was built without Raqm, the other program of this test")
@pytest.mark.parametrize("script", SAMPLES)
def test_every_script_looks_as_another_shaper_draws_it(script):
    line = texts.shape(SAMPLES[script])
    ours, theirs = _ours(line), _theirs(SAMPLES[script], fonts.named(line.shown[0].font))
    assert abs(ours.width - theirs.width) <= 4  # Pillow rounds advances to whole pixels
    assert abs(ours.height - theirs.height) <= 2
    difference = np.abs(np.asarray(ours.resize(theirs.size), float) - np.asarray(theirs, float)).mean()
    assert difference < 8, "the glyphs differ or stand elsewhere"
    mirrored = np.abs(np.asarray(ours.resize(theirs.size), float)[:, ::-1] - np.asarray(theirs, float)).mean()
    assert difference < mirrored / 1.5


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


@pytest.mark.parametrize(("character", "package"), [("中", "fonts-noto-cjk"), ("🙂", "fonts-noto-core")])
def test_a_character_without_glyph_names_itself_and_the_fonts(character, package):
    with pytest.raises(GlyphError, match=f"U\\+{ord(character):04X}.*{package}"):
        texts.shape(f"A{character}", field="native_name")


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
