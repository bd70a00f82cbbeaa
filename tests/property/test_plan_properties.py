"""A face by its plan, letter for letter the same as by shaping and fitting each text: ten thousand people, all layouts.

What the plan is compared with is the long way itself, which it takes for every text that is not plain or does not fit.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from issuance import document_types
from printing.content import DocumentContent, Template, barcode_of, mrz_of
from printing.errors import PrintingError
from printing.faces import fields, inks, layout
from printing.faces.plan import OCR_B_BEARING, OCR_B_MIDDLE, OCR_B_PITCH, OCR_B_SIZE
from printing.pages import fonts, pairs, pdf, symbols, text
from printing.pages.pdf import POINTS_PER_MM, Ops
from tests.faces import content
from tests.property.test_layouts_properties import LATIN, SCRIPTS

PEOPLE = 10_000
TEMPLATES = [
    kind.template(also=also)
    for kind in document_types.load().values()
    for also in (False, True)[: 2 if kind.also_form else 1]
]
STYLES = ("regular", "bold", "italic")
CAPITALS = string.ascii_uppercase + "ĂÂÎȘȚÉŁŃØ'-. "
KERNED = "AVWTYLPFKRavwtyrfijlJjQqß.,-'/ "
ALL_LATIN = "".join(character for code in range(0x20, 0x250) if text.PLAIN.fullmatch(character := chr(code)))
ALPHABETS = (LATIN, LATIN, CAPITALS, KERNED, ALL_LATIN, *SCRIPTS.values(), "Ƀǅǆ\u0301\u0327a ", "Thị Hạnh Bình ")
LENGTHS = (1, 2, 5, 9, 14, 14, 20, 30, 45, 80, 200)
NAMES = ("family_name", "given_names", "native_name", "birth_place", "place_of_issue", "authority", "address",
         "personal_number")  # fmt: skip
DAYS = ("1992-01-XX", "XXXX-XX-XX", "1971-XX-XX", "2000-02-29", "XXXX-12-31", "2019-11-11")


def test_ten_thousand_people_have_the_same_operators_on_every_layout() -> None:
    chance = random.Random(87)
    outcomes = [_compare(_person(chance), template) for template in islice(cycle(TEMPLATES), PEOPLE)]
    assert min(outcomes.count(True), outcomes.count(False)) > PEOPLE // 20, "both that are set and that are refused"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.layout + template.document_type)
@settings(max_examples=25)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(st.sampled_from(ALL_LATIN + LATIN * 9 + KERNED * 9)), min_size=1)
)
def test_latin_texts_have_the_same_operators(template: Template, texts: dict[str, str]) -> None:
    _compare(content(portrait=None, signature=None, **texts), template)


@pytest.mark.parametrize("align", ["left", "centre", "right"])
@pytest.mark.parametrize("words", ["Kowalska", "jÁTAV", "Ğaq, J.", "1990 01 01", "Ja / Ja"])
def test_at_the_edge_of_its_room_a_text_is_set_as_by_fitting(words: str, align: str) -> None:
    """Rooms that are a few thousandths of an em too narrow or too low for the full size, and as much too large."""
    line, size = text.shape(words), 9
    for spare in (thousandth / 1000 for thousandth in range(-4, 5)):
        for wide, high, drop in (
            (line.width + spare, 2, 0.5),
            (20, line.ink[3] + 0.5 + spare, 0.5),
            (20, 2, -line.ink[1] + spare),
        ):
            box = [10, 10, wide * size / POINTS_PER_MM, high * size / POINTS_PER_MM]
            value = {"value": "family_name", "box": box, "size": size, "minimum": 5, "align": align, "lines": 2}
            _compare_on(_alone(value | {"drop": drop}), content(family_name=words, portrait=None, signature=None))


@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=300)
@example(words="T.")  # in italics the first letter reaches over the second
@example(words="Jaffna")
@given(words=st.sampled_from(ALPHABETS).flatmap(lambda alphabet: st.text(alphabet, min_size=1, max_size=40)))
def test_a_line_of_pairs_is_the_line_that_is_shaped(style: str, words: str) -> None:
    line = pairs.of(style).line(words)
    if line is not None:
        shaped = text.shape(words, style=style)
        assert (line.text, line.shown, line.advance, line.plain) == (words, shaped.shown, shaped.advance, shaped.plain)
        assert (line.width, min(0, line.ink[0])) == (shaped.width, min(0, shaped.ink[0]))


@pytest.mark.parametrize("style", STYLES)
def test_most_latin_letters_are_set_by_pairs(style: str) -> None:
    table = pairs.of(style)
    names = string.ascii_letters + "ăâîșțĂÂÎȘȚéèüöñçğışŞİåÅ"
    apart = [one + other for one in names for other in names if table[one + other] is pairs.APART]
    assert set(apart) <= {"ff", "fi", "fl"}


def _person(chance: random.Random) -> DocumentContent:
    """Somebody with a few texts of any kind and length; the others are short, or empty where they may be."""
    odd = chance.sample(NAMES, chance.choice((0, 1, 1, 2)))
    texts: dict[str, Any] = {name: _text(chance) if name in odd else _usual(chance, name) for name in NAMES}
    return content(
        **texts,
        document_number="".join(chance.choices(string.ascii_uppercase + string.digits, k=chance.choice((8, 9, 9, 15)))),
        birth_date=chance.choice(DAYS),
        sex=chance.choice("FMX"),
        nationality=chance.choice(("SYR", "UKR", "D", "XXA", "SOM")),
        other_nationalities=chance.choice(((), (), ("RUS",), ("ERI", "AFG", "IRN"))),
        issue_date=chance.choice(("2026-11-02", "2026-01-30")),
        expiry_date=chance.choice(("2029-11-01", "2026-12-31", "2031-02-07", None)),
        reference=chance.choice(("", "K7WMP3XQH5R")),
        access_number=chance.choice(("", "482915", "000000")),
        declared_identity=chance.random() < 0.5,
        portrait=None,
        signature=None,
    )


def _usual(chance: random.Random, name: str) -> str:
    optional = name not in ("family_name", "place_of_issue")
    word = "".join(chance.choices(LATIN[:-4], k=chance.randint(1, 9))).title()
    return "" if optional and chance.random() < 0.3 else word


def _text(chance: random.Random) -> str:
    words = "".join(chance.choices(chance.choice(ALPHABETS), k=chance.choice(LENGTHS)))
    return words[:90].replace(" ", " / ", 2) if chance.random() < 0.1 else words


def _alone(value: dict[str, Any]) -> layout.Layout:
    """A layout that has one value only."""
    face = layout.Face.model_validate({"name": "page", "values": [value]})
    return layout.load(TEMPLATES[0].layout).model_copy(update={"faces": (face,)})


def _compare(person: DocumentContent, template: Template) -> bool:
    """Both ways refuse alike, or give the same; whether they gave something."""
    return _compare_on(layout.load(template.layout), person, template)


def _compare_on(chosen: layout.Layout, person: DocumentContent, template: Template = TEMPLATES[0]) -> bool:
    try:
        job = inks.Job(person, template, chosen, False, inks.values(person, template), None, None)
    except PrintingError:
        return False
    made = [(_outcome(inks.personal, job, face), _outcome(_long_way, job, face)) for face in chosen.faces]
    for planned, shaped in made:
        assert planned == shaped
    return all(isinstance(planned, Ops) for planned, _ in made)


def _outcome(way: Any, job: inks.Job, face: layout.Face) -> object:
    try:
        return way(job, face)
    except PrintingError as error:
        return type(error), error.field, str(error)


def _long_way(job: inks.Job, face: layout.Face) -> Ops:
    return pdf.joined((Ops("0 g"), *_shaped_texts(job, face), *_machine_parts(job, face)))


def _shaped_texts(job: inks.Job, face: layout.Face) -> Iterator[Ops]:
    for value in face.values:
        if not value.of_the_type:
            said = fields.content_of(value, job.values, job.template.document_type)
            yield fields.set_value(job.layout, value, said)


def _machine_parts(job: inks.Job, face: layout.Face) -> Iterator[Ops]:
    if face.mrz:
        zone = mrz_of(job.content, job.template)
        assert zone is not None
        lines = zone.to_lines()
        for below, line in zip(reversed(range(len(lines))), lines, strict=True):
            yield _ocr_b(job, line, face.mrz.left, face.mrz.foot + below * face.mrz.spacing)
    if face.access_number:
        yield _ocr_b(job, job.content.access_number, face.access_number.left, face.access_number.foot)
    if face.code128:
        yield pdf.rectangles(symbols.code128(barcode_of(job.content), job.layout.points(face.code128)))


def _ocr_b(job: inks.Job, line: str, left: float, foot: float) -> Ops:
    x = (job.layout.bleed[0] + left) * POINTS_PER_MM - OCR_B_BEARING * OCR_B_SIZE
    y = (job.layout.bleed[1] + foot) * POINTS_PER_MM - OCR_B_MIDDLE * OCR_B_SIZE
    return text.fixed_pitch(line, fonts.ocr_b(), OCR_B_PITCH / OCR_B_SIZE).operators(x, y, OCR_B_SIZE)
