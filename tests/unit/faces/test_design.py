"""What a document designer asks of every face: contrast, one scale of type, a grid, captions apart from values, and a
ground whose lines and words survive printing. Measured on the pixels where pixels decide.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image

from issuance import document_types
from printing.content import DocumentContent, Template
from printing.faces import fields, inks, security
from printing.faces.compose import Artwork, compose, rasterise
from printing.faces.layout import Box, Face, Layout, Value
from printing.pages import fonts, pdf, text
from printing.pages.pdf import Drawing, Form, Ops
from tests.faces import content, portrait

CONTRAST = 4.5  # WCAG 2.2, 1.4.3
SCALE = {4.5, 5.5, 6.5, 8, 10, 12.5, 16, 20}  # each about a quarter larger than the one before
GRID = {"residence_permit front": 3.1, "residence_permit back": 6.4, "temporary_identity front": 5.6,
        "temporary_identity back": 5.6, "temporary_protection front": 3.1, "temporary_protection back": 5.6,
        "travel_document_blue data_page": 6.2, "travel_document_grey data_page": 6.2,
        "return_title sheet": 5.85}  # fmt: skip
"""Millimetres between baselines, in halves where a value has two lines."""
NEAR = 3  # dots at 300 dpi, a quarter of a millimetre
DPI = 300
WORST = {"family_name": "ÂȘĂÎȚÅ ĢJ", "given_names": "ŽÇÊÂ ȘȚĂ", "birth_place": "Ğyöngyös", "address": "Ştrâg 5, Âj"}


class Made(NamedTuple):
    """A face of a document type, with a holder whose portrait is as dark as they come."""

    name: str
    template: Template
    artwork: Artwork

    @property
    def layout(self) -> Layout:
        return self.artwork.job.layout

    @property
    def face(self) -> Face:
        return self.artwork.side


@cache
def _made() -> tuple[Made, ...]:
    forms = [kind.template(also=also) for kind in document_types.load().values()
             for also in (False, True)[: 2 if kind.also_form else 1]]  # fmt: skip
    return tuple(
        Made(f"{template.layout} {artwork.face}", template, artwork)
        for template in {form.layout: form for form in forms}.values()
        for artwork in compose(_holder(), template, specimen=False, seal=bytes(100) if template.seal else None)
    )


def _holder() -> DocumentContent:
    return content(**WORST, reference="K7WMP3XQH5R", portrait=portrait("dark", "M"), other_nationalities=("AFG", "PAK"))


def _luminance(made: Made, whole: Image.Image, box: Box) -> NDArray[np.float64]:
    """Relative luminance of every dot of a box on a picture of the face (WCAG 2.2)."""
    dots_a_mm = whole.width / (made.layout.width + 2 * made.layout.bleed[0])
    left, top = (shift + side for shift, side in zip(made.layout.bleed, box[:2], strict=True))
    edges = (left, top, left + box.width, top + box.height)
    part = np.asarray(whole.crop(tuple(max(0, round(side * dots_a_mm)) for side in edges)), np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("made", _made(), ids=lambda made: made.name)
def test_letters_stand_out_from_the_darkest_of_their_ground(made: Made) -> None:
    letters, ground = (rasterise(made.artwork.layers[ink], DPI) for ink in ("black", "colour"))
    for how in (*made.face.values, *made.face.labels):
        dark, pale = (float(_luminance(made, layer, how.box).min()) for layer in (letters, ground))
        ratio = (pale + 0.05) / (dark + 0.05)
        assert dark > 0.9 or ratio >= CONTRAST, (how, round(ratio, 1))


@pytest.mark.parametrize("made", _made(), ids=lambda made: made.name)
def test_captions_are_nearer_to_nothing_than_a_quarter_of_a_millimetre(made: Made) -> None:
    """Whatever accents and tails the letters above and below them have."""
    values = inks.values(_holder(), made.template) | {
        f"text.{name}": said for name, said in made.template.texts.items()
    }
    shown = [(value, said) for value in made.face.values
             if (said := fields.content_of(value, values, made.template.document_type))]  # fmt: skip
    captions = _dots(made, [fields.caption(made.layout, value) for value, _ in shown if value.caption])
    others = _dots(made, [ops for value, said in shown for ops in _alone(made.layout, value, said)])
    near = np.argwhere(captions & _grown(others))
    assert not len(near), f"at {near[0][::-1] / DPI * 25.4} mm"


def _alone(shipped: Layout, value: Value, said: str) -> list[Ops]:
    return list(fields.typeset(shipped, value, said, value.value, bool(value.caption)))


def _dots(made: Made, drawn: list[Ops]) -> NDArray[np.bool_]:
    marks = (Form.of(pdf.joined((Ops("0 g"), *drawn))),)
    page = pdf.render([Drawing(*made.layout.page, made.layout.trim, marks)], "part")
    return np.asarray(rasterise(page, DPI).convert("L")) < 128


def _grown(dots: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Each dot with those near it."""
    grown = dots.copy()
    for down in range(-NEAR, NEAR + 1):
        for right in range(-NEAR, NEAR + 1):
            grown |= np.roll(dots, (down, right), (0, 1))
    return grown


@pytest.mark.parametrize("made", _made(), ids=lambda made: made.name)
def test_there_is_one_scale_of_type(made: Made) -> None:
    sizes = {how.size for how in (*made.face.values, *made.face.labels)} | {made.layout.caption_size}
    assert sizes <= SCALE
    assert {how.minimum for how in (*made.face.values, *made.face.labels)} <= SCALE | {6.0}, "6 is the standard's own"


@pytest.mark.parametrize("made", [made for made in _made() if made.name in GRID], ids=lambda made: made.name)
def test_values_stand_on_a_grid(made: Made) -> None:
    step = GRID[made.name]
    feet = [value.box.y + value.box.height - value.drop * value.size * 25.4 / 72
            for value in made.face.values if value.caption and value.lines == 1 and not value.upper
            and value.value != "native_name"]  # fmt: skip
    first = min(feet)
    off = {round(foot, 2): round((foot - first + step / 2) % step - step / 2, 2) for foot in feet}
    assert max(map(abs, off.values())) <= 0.15, off


def test_figures_are_of_one_width() -> None:
    """Dates and numbers stand under each other without the font's `tnum`: its figures are tabular as they are."""
    for style in ("regular", "bold"):
        assert len({text.shape(figure, style=style).advance for figure in "0123456789"}) == 1
    assert len({fonts.ocr_b().measured(fonts.ocr_b().nominal(figure))[1] for figure in "0123456789"}) == 1


@pytest.mark.parametrize("made", _made(), ids=lambda made: made.name)
def test_microtext_is_words_under_a_glass_and_a_line_to_the_eye(made: Made) -> None:
    ground = made.layout.backgrounds[made.face.name]
    assert ground.microtext
    page = made.artwork.layers["colour"]
    with pypdfium2.PdfDocument(page) as document:
        read = " ".join(document[0].get_textpage().get_text_range().split())
    colours = rasterise(page, 600)
    for words in ground.microtext:
        assert words.text in read
        assert 0.28 <= words.box.height <= 0.4, "seven dots at 600 dpi, and no more than a line at arm's length"
        line = _luminance(made, colours, words.box)
        assert (np.median(line) + 0.05) / (line.min() + 0.05) >= 2, "too pale to be read"
        assert (line < np.median(line) * 0.7).any(axis=0).mean() > 0.4, "no row of letters"


@pytest.mark.parametrize("made", _made(), ids=lambda made: made.name)
def test_lines_of_the_ground_are_a_dot_wide_and_darker_than_it(made: Made) -> None:
    assert security.LINE_MM >= 25.4 / DPI - 0.001
    ground = made.layout.backgrounds[made.face.name]
    lines_alone = ground.model_copy(update={"microtext": (), "bands": ()})
    bare = made.layout.model_copy(update={"backgrounds": {made.face.name: lines_alone}})
    form = security.background.__wrapped__(bare, made.face)
    page = pdf.render([Drawing(*bare.page, bare.trim, (form,))], "ground")
    area = _luminance(made, rasterise(page, DPI), ground.area or Box(0, 0, bare.width, bare.height))
    lines = area < np.median(area) * 0.87
    assert 0.01 <= lines.mean() <= 0.2


@pytest.mark.parametrize("made", [made for made in _made() if made.face.ghost], ids=lambda made: made.name)
def test_a_ghost_stands_in_the_middle_of_its_rosette(made: Made) -> None:
    ghost = made.face.ghost
    assert ghost
    x, y = ghost.x + ghost.width / 2, ghost.y + ghost.height / 2
    rosettes = made.layout.backgrounds[made.face.name].rosettes
    (frame,) = [rosette for rosette in rosettes if abs(rosette.x - x) < 0.1 and abs(rosette.y - y) < 0.1]
    assert ghost.width / 2 <= frame.radius <= ghost.height
