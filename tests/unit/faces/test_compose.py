"""Faces as printed: sizes, layers, determinism, what is kept apart from what."""

import io
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from printing.content import Template
from printing.errors import ContentError, FitError, FontMissing, GlyphError
from printing.faces import layout
from printing.faces.compose import Artwork, compose, document_pdf, face_png, rasterise
from printing.pages import fonts
from tests.faces import BLUE, GREY, RESIDENCE_PERMIT, TEMPLATES, TEMPORARY, changed_box, content, pixels, portrait


def _faces(template, specimen=False, **changes) -> dict[str, Artwork]:
    return {artwork.face: artwork for artwork in compose(content(**changes), template, specimen=specimen)}


@pytest.mark.parametrize("template", [RESIDENCE_PERMIT, TEMPORARY])
def test_a_card_is_two_faces_of_1016_by_648_dots(template):
    artworks = compose(content(), template, specimen=False)
    assert [artwork.face for artwork in artworks] == ["front", "back"]
    for artwork in artworks:
        assert set(artwork.layers) >= {"colour", "black"}
        for page in (artwork.combined, *artwork.layers.values()):
            assert pixels(page).shape == (648, 1016)
        assert (artwork.width_mm, artwork.height_mm, artwork.bleed_mm) == (85.6, 53.98, (0.21, 0.44))
        assert Image.open(io.BytesIO(face_png(artwork))).size == (1016, 648)


@pytest.mark.parametrize("template", [BLUE, GREY])
def test_a_booklet_is_one_data_page_of_125_by_88_mm(template):
    (page,) = compose(content(), template, specimen=False)
    assert (page.face, page.width_mm, page.height_mm) == ("data_page", 125, 88)
    document = pypdfium2.PdfDocument(page.combined)
    assert document[0].get_size() == pytest.approx((125 / 25.4 * 72, 88 / 25.4 * 72), abs=0.01)
    document.close()


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_same_content_gives_the_same_bytes(template):
    first, second = (compose(content(), template, specimen=True) for _ in range(2))
    assert first == second
    assert document_pdf(first) == document_pdf(second)


def test_no_date_of_making_is_in_a_pdf():
    front = _faces(RESIDENCE_PERMIT)["front"]
    assert not re.search(rb"D:\d{8}", front.combined)


def test_the_colour_layer_knows_only_the_portrait():
    one, other = _faces(TEMPORARY), _faces(TEMPORARY, family_name="Hossain", document_number="TI7777777", sex="M")
    for face in ("front", "back"):
        assert one[face].layers["colour"] == other[face].layers["colour"]
        assert one[face].layers["black"] != other[face].layers["black"]


def test_the_black_layer_knows_nothing_of_the_portrait_and_is_pure_black():
    one, other = _faces(BLUE)["data_page"], _faces(BLUE, portrait=portrait("another", "M"))["data_page"]
    assert one.layers["black"] == other.layers["black"]
    assert one.layers["colour"] != other.layers["colour"]
    picture = np.asarray(rasterise(one.layers["black"], 300), dtype=np.int16)
    assert (picture.max(axis=2) - picture.min(axis=2)).max() <= 2, "a grey or colour is not black resin"


def test_the_layers_printed_over_each_other_are_the_face():
    for artwork in _faces(RESIDENCE_PERMIT).values():
        seen = [pixels(page) for ink, page in artwork.layers.items() if ink != "uv"]
        both = pixels(artwork.combined)
        assert np.abs(np.minimum.reduce(seen) - both).mean() < 1.5
        assert (np.abs(np.minimum.reduce(seen) - both) > 100).mean() < 0.001


def test_specimen_is_across_each_face_but_in_no_machine_zone():
    for template in TEMPLATES.values():
        plain, marked = _faces(template), _faces(template, specimen=True)
        shipped = layout.load(template.layout)
        for face in shipped.faces:
            one, other = pixels(plain[face.name].layers["black"]), pixels(marked[face.name].layers["black"])
            left, top, right, bottom = changed_box(one, other)
            assert right - left > one.shape[1] * 0.7
            assert bottom - top > one.shape[0] * 0.4
            for zone in face.machine_zones(shipped):
                x, y, width, height = (round((side + shift) / 25.4 * 300) for side, shift in
                                       zip(zone, (*shipped.bleed, 0, 0), strict=True))  # fmt: skip
                x, y = max(x, 0) + 2, max(y, 0) + 2
                area = np.s_[y : y + height - 4, x : x + width - 4]
                assert (one[area] == other[area]).all(), (template.document_type, face.name)


def test_declared_identity_is_said_only_when_it_applies():
    said, unsaid = (
        pixels(_faces(TEMPORARY, declared_identity=declared)["front"].layers["black"]) for declared in (True, False)
    )
    place = next(
        value.box
        for face in layout.load("temporary_identity").faces
        for value in face.values
        if value.value == "declared_identity"
    )
    left, top, right, bottom = changed_box(said, unsaid)
    assert (left / 300 * 25.4, top / 300 * 25.4) >= (place.x, place.y)
    assert (right / 300 * 25.4 - place.x, bottom / 300 * 25.4 - place.y) <= (place.width + 0.3, place.height + 0.5)


def test_the_temporary_document_does_not_look_like_the_uniform_card():
    """Reg. (EC) 1030/2002 Art 1: it must not be taken for the uniform format."""
    one, other = (_faces(template)["front"] for template in (RESIDENCE_PERMIT, TEMPORARY))
    first, second = (np.asarray(rasterise(face.layers["colour"], 72), float).mean(axis=(0, 1)) for face in (one, other))
    assert first[0] - first[1] > 3, "the permit is rose and violet"
    assert second[1] - second[2] > 3, "the temporary document is green and ochre"


def test_pages_of_a_batch_never_share_data():
    people = [
        {"family_name": "Begum", "portrait": portrait("a", "F"), "document_number": "RP0000001"},
        {"family_name": "Khan", "portrait": portrait("b", "M"), "document_number": "RP0000002", "signature": None},
        {"family_name": "Perera", "portrait": portrait("c", "F"), "document_number": "RP0000003"},
    ]
    alone = [compose(content(**person), RESIDENCE_PERMIT, specimen=False) for person in people]
    together = document_pdf([artwork for artworks in alone for artwork in artworks])
    with pypdfium2.PdfDocument(together) as document:
        for index, artwork in enumerate(artwork for artworks in alone for artwork in artworks):
            page = np.asarray(document[index].render(scale=150 / 72).to_pil().convert("L"), dtype=np.int16)
            assert (page == pixels(artwork.combined, 150)).all(), f"page {index} is not that of its person"
    again = compose(content(**people[0]), RESIDENCE_PERMIT, specimen=False)
    assert again == alone[0]


def test_threads_of_a_server_rasterise_side_by_side():
    """PDFium is not safe for threads, and a server answers several clerks at once: without our lock this crashes."""
    pages = [_faces(RESIDENCE_PERMIT, family_name=name)["front"].combined for name in "ABCD"]
    alone = [rasterise(page, 72).tobytes() for page in pages]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda page: rasterise(page, 72).tobytes(), pages * 16))
    assert together == alone * 16


def test_a_portrait_is_never_stretched():
    """A circle in the picture stays a circle on the card."""
    picture = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(picture).ellipse((250, 300, 650, 700), fill="black")
    data = io.BytesIO()
    picture.save(data, "JPEG")
    front = pixels(_faces(RESIDENCE_PERMIT, portrait=data.getvalue())["front"].layers["colour"])
    rows, columns = np.nonzero(front < 60)
    assert (rows.max() - rows.min()) == pytest.approx(columns.max() - columns.min(), abs=2)


def test_a_document_without_portrait_is_only_a_specimen():
    with pytest.raises(ContentError, match="portrait: is missing"):
        compose(content(portrait=None), RESIDENCE_PERMIT, specimen=False)
    assert compose(content(portrait=None), RESIDENCE_PERMIT, specimen=True)


def test_an_empty_optional_field_leaves_no_caption():
    without = pixels(_faces(RESIDENCE_PERMIT, native_name="")["back"].layers["black"])
    box = next(value.box for value in layout.load("residence_permit").faces[1].values if value.value == "native_name")
    x, y, width, height = (round(side / 25.4 * 300) for side in box)
    assert (without[y + 8 : y + height - 4, x : x + width] == 255).all()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"family_name": "W" * 200}, FitError, "family_name: 200 characters"),
        ({"given_names": "Layla \U0001e290"}, GlyphError, r"given_names: .*U\+1E290"),
        ({"birth_place": "Ha\u202elab"}, GlyphError, "birth_place"),
        ({"family_name": ""}, ContentError, "family_name: is empty"),
        ({"signature": b"%PDF-1.4"}, ContentError, "signature: The file is a PDF"),
    ],
)
def test_what_cannot_be_printed_names_its_field(changes, error, said):
    with pytest.raises(error, match=said):
        compose(content(**changes), RESIDENCE_PERMIT, specimen=False)


def test_words_the_type_does_not_have_are_named():
    bare = Template("RP-R", "residence_permit", "TD1", "AR", {"title": "A / B"})
    with pytest.raises(ContentError, match=r"text\.category: the document type RP-R has no such text"):
        compose(content(), bare, specimen=False)


def test_without_the_ocr_font_the_error_names_its_package(monkeypatch, tmp_path):
    fonts.load.cache_clear()
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    try:
        with pytest.raises(FontMissing, match="fonts-ocr-b"):
            fonts.ocr_b()
    finally:
        fonts.load.cache_clear()
