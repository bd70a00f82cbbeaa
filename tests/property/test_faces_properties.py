"""Names of any kind: printed wholly inside their own boxes, or refused; files of any kind: a portrait or a reason."""

import contextlib
import io
import string
from functools import cache

import numpy as np
import pytest
import zxingcpp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from printing.errors import CompositionError, FitError, PortraitError
from printing.faces import layout
from printing.faces.compose import compose, rasterise
from printing.mrz import MrzError
from printing.mrz.transliteration import TransliterationError
from printing.pages import pdf, symbols
from printing.pages import text as texts
from printing.portraits.photo_quality import examine
from printing.portraits.portrait import crop_print, read_portrait
from tests.faces import BLUE, RESIDENCE_PERMIT, TEMPORARY, content, pixels, portrait

DPI = 150
LATIN = string.ascii_letters + "ăâîșțĂÂÎȘȚéèüößñÑçğışŞİøåÅÉ'-. "
ARABIC = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيىةأإآؤئ \u0650\u064e\u064f\u0651"
BENGALI = "অআইঈউকখগঘচছজটঠডঢণতথদধনপফবভমযরলশষসহািীুূেৈোৌ্ঃং "
names = st.one_of(st.text(LATIN, min_size=1, max_size=12), st.text(LATIN, min_size=28, max_size=42))
native = st.sampled_from([ARABIC, BENGALI, LATIN]).flatmap(lambda letters: st.text(letters, max_size=30)).map(str.strip)
FIELDS = ("family_name", "given_names", "native_name", "birth_place")


@pytest.mark.parametrize("template", [RESIDENCE_PERMIT, TEMPORARY, BLUE], ids=lambda template: template.layout)
@settings(max_examples=15, deadline=None)
@given(family=names, given=names, own=native, place=names)
def test_names_never_leave_their_boxes(template, family, given, own, place):
    assume(any(letter.isalpha() for letter in family.strip()))
    person = content(
        family_name=family, given_names=given, native_name=own, birth_place=place, portrait=None, signature=None
    )
    try:
        artworks = compose(person, template, specimen=True)
    except (CompositionError, MrzError, TransliterationError):
        return  # refused as a whole, never cut
    shipped = layout.load(template.layout)
    for face, artwork, empty in zip(shipped.faces, artworks, _nameless(template.layout), strict=True):
        different = np.abs(pixels(artwork.layers["black"], DPI) - empty) > 24
        for box in [value.box for value in face.values if value.value in FIELDS] + list(face.machine_zones(shipped)):
            x, y = box.x + shipped.bleed[0], box.y + shipped.bleed[1]
            left, top, right, bottom = (side / 25.4 * DPI for side in (x, y, x + box.width, y + box.height))
            different[max(0, int(top) - 1) : int(bottom) + 2, max(0, int(left) - 1) : int(right) + 2] = False
        assert not different.any(), np.argwhere(different)[:5]


@cache
def _nameless(layout_name):
    """The black layers without names: what stands outside the boxes of names anyway."""
    template = next(template for template in (RESIDENCE_PERMIT, TEMPORARY, BLUE) if template.layout == layout_name)
    nobody = content(family_name="A", given_names="", native_name="", birth_place="", portrait=None, signature=None)
    return [pixels(artwork.layers["black"], DPI) for artwork in compose(nobody, template, specimen=True)]


@settings(max_examples=60, deadline=None)
@given(words=st.text(LATIN, min_size=1, max_size=60), width=st.floats(20, 300), lines=st.integers(1, 3))
def test_fitted_text_is_whole_and_inside(words, width, lines):
    room = texts.Room(width, 16.0 * lines, 9.0, 5.0, lines)
    narrowest = room.minimum * texts.CONDENSED
    try:
        fitted = texts.fit(words, room)
    except FitError:
        assert texts.shape(words).width * narrowest > width, "it would have fitted on one line"
        return
    assert room.minimum <= fitted.size <= room.size
    assert texts.CONDENSED <= fitted.condensed <= 1
    assert fitted.condensed == 1 or fitted.size == room.minimum, "shrunk before it is condensed"
    assert len(fitted.lines) <= lines
    assert all(line.width * fitted.size * fitted.condensed <= width + 1e-6 for line in fitted.lines)
    assert len(fitted.lines) == 1 or texts.shape(words).width * narrowest > width, "condensed before it is broken"
    assert " ".join(line.text for line in fitted.lines).split() == words.split()


@settings(max_examples=40, deadline=None)
@given(st.text(string.ascii_letters + string.digits + string.punctuation + " ", min_size=1, max_size=20))
def test_code_128_reads_back_whatever_ascii(text):
    size = (400.0, 40.0)
    form = pdf.Form.of(pdf.rectangles(symbols.code128(text, (0, 5, 400, 30))))
    page = pdf.render([pdf.Drawing(*size, (0, 0, *size), (form,))], "symbol")
    (found,) = zxingcpp.read_barcodes(np.asarray(rasterise(page, 300).convert("L")), zxingcpp.BarcodeFormat.Code128)
    assert found.text == text


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_damaged_picture_is_read_or_refused_with_advice(data):
    whole = data.draw(st.sampled_from(_pictures()))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(damaged)))
    with contextlib.suppress(PortraitError):
        master = read_portrait(bytes(damaged[:cut] if data.draw(st.booleans()) else damaged)).master
        assert crop_print(master, examine(master).crop)


@cache
def _pictures():
    small = Image.open(io.BytesIO(portrait())).resize((450, 600))
    pictures = []
    for kind, options in (("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {})):
        output = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 3
        small.save(output, kind, exif=exif, **options)
        pictures.append(output.getvalue())
    return pictures


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"]))
def test_random_bytes_are_refused(tail, head):
    with pytest.raises(PortraitError, match=r"[.]$"):
        read_portrait(head + tail)
