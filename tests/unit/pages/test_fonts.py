"""Font files that are cut, empty or lie: refused by name, with what to do; nothing blank on a document."""

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable

from printing.errors import FontDamaged, FontMissing, GlyphError
from printing.pages import fonts, text
from printing.pages.embedding import embedded
from printing.pages.fonts import Font

LATIN, OCR = "NotoSans-Regular.ttf", "OCRB.otf"
BEYOND = 0xFFF0
Put = Callable[[str, bytes], None]


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Put]:
    """Install a font file in front of the one that is there."""
    caches = (fonts.load, fonts._script_fonts)
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path, *fonts.FOLDERS))
    yield lambda name, data: bytes_of(tmp_path / name, data)
    for cache in caches:
        cache.cache_clear()


def bytes_of(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def whole(name: str) -> bytes:
    return next(path for folder in fonts.FOLDERS for path in sorted(folder.rglob(name))).read_bytes()


def lying(name: str, **told: str | int) -> bytes:
    """The font with a table of characters that names another glyph, by name or number, for these."""
    font = TTFont(io.BytesIO(whole(name)))
    glyphs: dict[int, int] = {code: font.getGlyphID(glyph) for code, glyph in font.getBestCmap().items()}
    for character, glyph in told.items():
        glyphs[ord(character)] = font.getGlyphID(glyph) if isinstance(glyph, str) else glyph
    groups = b"".join(struct.pack(">3L", code, code, glyph) for code, glyph in sorted(glyphs.items()))
    table = DefaultTable("cmap")
    table.data = struct.pack(">4HL", 0, 1, 3, 10, 12)
    table.data += struct.pack(">2H3L", 12, 0, 16 + len(groups), 0, len(glyphs)) + groups
    font["cmap"] = table
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


@pytest.mark.parametrize("glyph", ["space", BEYOND])
@pytest.mark.parametrize("character", ["q", "Ж"])
def test_a_character_whose_glyph_is_blank_or_beyond_the_font_is_refused_by_its_field(
    put: Put, character: str, glyph: str | int
) -> None:
    put(LATIN, lying(LATIN, **{character: glyph}))
    with pytest.raises(GlyphError, match=f"family_name: .*U\\+{ord(character):04X}.*fonts-noto-core") as caught:
        text.shape(f"A{character}b", field="family_name")
    assert caught.value.field == "family_name"
    assert text.shape("A b").plain


def test_a_script_that_the_text_face_only_claims_is_set_in_the_one_that_has_it(put: Put) -> None:
    put(LATIN, lying(LATIN, ল="space", ი=BEYOND))
    assert [part.font for part in text.shape("ল").shown] == ["NotoSansBengali-Regular"]
    assert [part.font for part in text.shape("ი").shown] == ["NotoSansGeorgian-Regular"]


def test_a_zone_is_not_printed_with_a_font_that_lacks_its_letters(put: Put) -> None:
    put(OCR, lying(OCR, K="space"))
    assert text.fixed_pitch("P<ROU", fonts.ocr_b(), 0.72).plain
    for character in ("K", "中"):
        with pytest.raises(GlyphError, match=f"mrz: .*U\\+{ord(character):04X}.*fonts-ocr-b"):
            text.fixed_pitch(f"P<{character}", fonts.ocr_b(), 0.72)


def test_spaces_and_joiners_may_be_blank() -> None:
    for words in ("A\u00a0b", "a\u2009b", "می‌خواهم", "ක්‍ර"):
        assert text.shape(words).shown


@pytest.mark.parametrize("part", [0, 3, 11, 12, 300, 0.5, 0.999])
@pytest.mark.parametrize(("name", "package"), [(LATIN, fonts.NOTO), (OCR, fonts.OCR_B)])
def test_a_font_file_that_is_cut_is_refused_and_its_package_named(
    put: Put, name: str, package: str, part: float
) -> None:
    data = whole(name)
    put(name, data[: int(part * len(data)) if isinstance(part, float) else part])
    with pytest.raises(FontDamaged, match=f"The font file {name} is damaged: install .* {package} again") as caught:
        fonts.load(name, package)
    assert isinstance(caught.value, FontMissing), "who waits for a missing font is told of a damaged one"


@pytest.mark.parametrize("data", [b"%PDF-1.4\n" + b"x" * 500, b"\0" * 500, b"ttcf" + b"\xff" * 40, b"OTTO\xff\xff\0"])
def test_what_is_no_font_is_refused(put: Put, data: bytes) -> None:
    put(LATIN, data)
    with pytest.raises(FontDamaged):
        fonts.latin()


@pytest.mark.parametrize("table", [b"GSUB", b"cmap", b"OS/2"])
def test_a_font_with_a_table_of_no_name_is_refused(put: Put, table: bytes) -> None:
    put(LATIN, whole(LATIN).replace(table, b"\xa5" + table[1:], 1))
    with pytest.raises(FontDamaged):
        fonts.latin()


@pytest.mark.parametrize("table", [b"hhea", b"head", b"maxp", b"loca"])
def test_a_font_without_a_table_that_draws_is_refused(put: Put, table: bytes) -> None:
    put(LATIN, whole(LATIN).replace(table, b"none", 1))
    with pytest.raises((FontDamaged, GlyphError)):
        text.shape("Layla")


@pytest.mark.parametrize("table", [b"post", b"OS/2"])
def test_a_font_without_the_tables_that_describe_it_is_set_all_the_same(put: Put, table: bytes) -> None:
    put(LATIN, whole(LATIN).replace(table, b"none", 1))
    assert embedded(fonts.latin(), text.shape("Layla").shown[0].codes).program


def test_letters_from_right_to_left_are_known_in_every_shape() -> None:
    font = fonts.covering("ل", "regular")
    assert font
    for word in ("ليل", "ګګګ", "ئاڵان"):
        assert "".join(reversed([font.characters[glyph] for glyph in shown(word)])) == word


def shown(words: str) -> list[int]:
    return [
        int.from_bytes(part.codes[at : at + 2])
        for part in text.shape(words).shown
        for at in range(0, len(part.codes), 2)
    ]


def test_a_face_of_a_collection_has_a_name_of_its_own() -> None:
    path = fonts.latin().path
    assert (Font(path).name, Font(path, 0).name) == ("NotoSans-Regular", "NotoSans-Regular")
