"""Every refusal of printing is an English sentence with places, so that it can be said in another language."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from printing.content import mrz_of
from printing.errors import ContentError, FitError, FontMissing, GlyphError, LayoutError, PortraitError, PrintingError
from printing.faces import layout
from printing.mrz import Mrz, MrzError
from printing.mrz.transliteration import TransliterationError, to_mrz
from printing.pages import text
from printing.pages.symbols import code128
from printing.portraits.portrait import read_portrait
from tests.faces import RESIDENCE_PERMIT, content


def _small() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (60, 80)).save(output, "JPEG")
    return output.getvalue()


def _missing_font() -> None:
    raise FontMissing("OCRX.otf", "fonts-ocr-b")


RAISED = [
    (lambda: text.fit("W" * 200, text.Room(120, 12, 9, 5), field="family_name"), FitError, "family_name"),
    (lambda: text.shape("A\U0001e290", field="native_name"), GlyphError, "native_name"),
    (lambda: text.shape("A\u202e", field="native_name"), GlyphError, "native_name"),
    (lambda: code128("Ș", (0, 0, 100, 20), "reference"), ContentError, "reference"),
    (lambda: layout.load("nothing"), LayoutError, None),
    (_missing_font, FontMissing, None),
    (lambda: read_portrait(_small()), PortraitError, None),
    (lambda: to_mrz("Rahman শ"), TransliterationError, None),
    (lambda: mrz_of(content(family_name="রহমান"), RESIDENCE_PERMIT), TransliterationError, "family_name"),
    (lambda: mrz_of(content(given_names="রহমান"), RESIDENCE_PERMIT), TransliterationError, "given_names"),
    (lambda: mrz_of(content(family_name="-"), RESIDENCE_PERMIT), MrzError, "family_name"),
    (lambda: mrz_of(content(personal_number="1" * 16), RESIDENCE_PERMIT), MrzError, "personal_number"),
    (lambda: Mrz.parse(["I<"]), MrzError, "lines"),
]


@pytest.mark.parametrize(("act", "kind", "field"), RAISED)
def test_a_refusal_has_a_sentence_with_places_and_its_field(act, kind, field):
    with pytest.raises(PrintingError) as caught:
        act()
    error = caught.value
    assert type(error) is kind
    assert error.field == field
    assert error.message % error.params, "every place has its value"
    assert str(field) not in error.message % error.params, "a page has a label for it"
    for value in error.params.values():
        assert str(value) not in error.message.split(), "values stand in places"


def test_on_a_terminal_the_field_stands_first():
    with pytest.raises(FitError) as caught:
        text.fit("W" * 72, text.Room(120, 12, 9, 5), field="family_name")
    assert str(caught.value) == (
        "family_name: 72 characters do not fit the box of 42.3 x 4.2 mm at 5 pt, the smallest size allowed: "
        "enter a shorter form that the holder agrees to."
    )


def test_a_character_nobody_sees_is_named_by_its_code():
    with pytest.raises(GlyphError) as caught:
        text.shape("A\u202e", field="note")
    assert str(caught.value).startswith("note: U+202E cannot be printed")
