"""Names of any length and script on every layout: refused by name, or whole, inside their boxes and apart.

The placed letters are read back from the operators that go into the PDF, and measured with fontTools: the composer asks
HarfBuzz.
"""

from __future__ import annotations

import io
import re
import string
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from issuance import document_types
from printing.content import DocumentContent, Template
from printing.errors import ContentError, FitError, GlyphError
from printing.faces import inks, layout
from printing.mrz import MrzError
from printing.mrz.transliteration import TransliterationError
from printing.pages.fonts import named
from printing.pages.pdf import Form, Ink
from tests.faces import content

TEMPLATES = [
    kind.template(also=also)
    for kind in document_types.load().values()
    for also in (False, True)[: 2 if kind.also_form else 1]
]
REFUSALS = (FitError, GlyphError, ContentError, TransliterationError, MrzError)
LATIN = string.ascii_letters + "ăâîșțĂÂÎȘȚéèüößñÑçğışŞİøåÅÉ'-. "
SCRIPTS = {
    "Arabic": "ابپتثجچحخدرزسشعغفقکگلمنوهیيىةأإآؤئټډړږښګڼۍ \u0650\u064e\u064f\u0651\u200c",
    "Cyrillic": "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯабвгґдеєжзиіїйклмнопрст ",
    "Bengali": "অআইঈউকখগঘচছজটঠডঢণতথদধনপফবভমযরলশষসহািীুূেৈোৌ্ঃং ",
    "Devanagari": "अआइईउकखगघचछजटठडणतथदधनपफबभमयरलवशसहािीुूेैोौ्ंः ",
    "Gurmukhi": "ਅਆਇਈਕਖਗਘਚਛਜਟਡਣਤਥਦਨਪਫਬਭਮਯਰਲਵਸਹਾਿੀੁੂੇੈੋੌ੍ਂ ",
    "Sinhala": "අආඇඉඊඋකගචජටඩණතදනපබමයරලවශසහළාැිීුූෙේොෝ්ං \u200d",
    "Ethiopic": "ሀለመሰረሸቀበተነአከወዘየደገጠጸፈፐሁሉሙሱሩ ",
    "marks": "\u0301\u0308\u0327\u0650\u09be\u0940a ",
    "none has": "中文あ",
}
names = st.one_of(
    st.text(LATIN, min_size=1, max_size=14),
    st.text(LATIN, min_size=24, max_size=48),
    st.text(LATIN, min_size=100, max_size=200),
).map(str.strip)
native = st.sampled_from(sorted(SCRIPTS)).flatmap(lambda script: st.text(SCRIPTS[script], max_size=60)).map(str.strip)
any_name = st.one_of(names, names, native)
places = st.text(LATIN, max_size=40).map(str.strip)
SPAN = re.compile(r"(?:/Span<</ActualText<FEFF([0-9a-f]*)>>>BDC )?BT\n(.*?)\nET", re.S)
SHOWN = re.compile(r"/(\S+) (\S+) Tf (\S+) 0 0 1 (\S+) (\S+) Tm\[(.*)\]TJ")
SHIFT = re.compile(r"<([0-9a-f]*)>|(-?\d+)")
HAIR = 0.03  # points, a hundredth of a millimetre: what rounding of numbers in the file may move


class Placed(NamedTuple):
    """A line as the file has it: what a reader extracts, and the box of its black in points."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.layout + template.document_type)
@settings(max_examples=15)
@given(family=any_name, given=any_name, own=native, place=places, address=places, declared=st.booleans())
def test_names_are_refused_or_stand_whole_in_boxes_of_their_own(
    template: Template, family: str, given: str, own: str, place: str, address: str, declared: bool
) -> None:
    person = content(
        family_name=family, given_names=given, native_name=own, birth_place=place, address=address,
        reference="K7WMP3XQH5R", declared_identity=declared, portrait=None, signature=None,
    )  # fmt: skip
    _refused_naming_a_field_or_well_set(person, template)


def test_every_layout_says_no_to_what_is_far_too_long_and_names_the_field() -> None:
    for template in TEMPLATES:
        shipped = layout.load(template.layout)
        fields = {value.value for face in shipped.faces for value in face.values} & set(layout.CONTENT)
        for field in sorted(fields - {"sex", "nationality", "issuing_state", "document_number"}):
            with pytest.raises(FitError, match=f"{field}: 200 characters do not fit") as caught:
                _compose(content(**{field: "W" * 200}), template)
            assert caught.value.field == field


def test_names_of_combining_marks_alone_are_refused_or_drawn_within_their_box() -> None:
    for marks in ("\u0301" * 12, "\u064b" * 30, "\u09be\u09c7", "\u0301\u0327 \u0308"):
        for template in TEMPLATES:
            for field in ("family_name", "native_name"):
                refusal = _refused_naming_a_field_or_well_set(content(**{field: marks}), template)
                assert refusal in (None, field)


def test_a_document_without_a_field_that_must_be_there_is_refused() -> None:
    for template in TEMPLATES:
        bare = Template(template.document_type, template.layout, template.mrz_layout, template.mrz_code)
        with pytest.raises(ContentError, match="has no such text"):
            _compose(content(), bare)
        with pytest.raises(ContentError, match="family_name: is empty"):
            _compose(content(family_name=" "), template)


def _refused_naming_a_field_or_well_set(person: DocumentContent, template: Template) -> str | None:
    """The field that a refusal names; None when every face was set and all of it stands where it may."""
    refusal: Exception | None = None
    for face in layout.load(template.layout).faces:
        try:
            _stand_apart(_placed_values(person, template, face))
        except REFUSALS as error:
            refusal = error
    assert refusal is None or str(refusal).endswith("."), refusal
    field = getattr(refusal, "field", None)
    assert (refusal is None) == (field is None), "the clerk must know which field"
    return field


def _stand_apart(placed: dict[str, list[Placed]]) -> None:
    every = [(name, line) for name, lines in placed.items() for line in lines]
    for at, (name, one) in enumerate(every):
        for other_name, other in every[:at]:
            across = min(one.right, other.right) - max(one.left, other.left)
            along = min(one.top, other.top) - max(one.bottom, other.bottom)
            assert min(across, along) <= HAIR or name == other_name, (name, other_name)


def _placed_values(person: DocumentContent, template: Template, face: layout.Face) -> dict[str, list[Placed]]:
    """The lines of each value of a face and of its labels; none is lost and each is in its own box."""
    job = _job(person, template)
    inks.personal(job, face)  # the zone and the symbols may refuse, too
    bare = face.model_copy(
        update=dict.fromkeys(("mrz", "access_number", "code128", "seal", "chip_symbol", "signature")) | {"values": ()}
    )
    found = {"labels": _lines(job, bare)}
    for at, value in enumerate(face.values):
        alone = bare.model_copy(update={"values": (value,), "labels": (), "name": f"{face.name}_{at}"})
        lines = _lines(job, alone)
        expected = _expected(job, value)
        said = " ".join(line.text for line in lines)
        assert expected in said if value.caption else expected == said
        x, y, width, height = job.layout.points(value.box)
        for line in lines:
            assert line.left >= x - HAIR
            assert line.right <= x + width + HAIR
            assert line.bottom >= y - HAIR
            assert line.top <= y + height + HAIR
        found[f"{at} {value.value}"] = lines
    return found


def _expected(job: inks.Job, value: layout.Value) -> str:
    texts = {f"text.{name}": words for name, words in job.template.texts.items()}
    text = (texts | dict(job.values)).get(value.value, "")
    if value.part is not None:
        text = text.split(" / ")[value.part]
    return " ".join((text.upper() if value.upper else text).split(" "))


def _compose(person: DocumentContent, template: Template) -> None:
    job = _job(person, template)
    for face in job.layout.faces:
        list(inks.black(job, face))


def _job(person: DocumentContent, template: Template) -> inks.Job:
    return inks.Job(
        person, template, layout.load(template.layout), False, inks.values(person, template), photo=None, seal=None
    )


def _lines(job: inks.Job, face: layout.Face) -> list[Placed]:
    """The lines of text that the black ink of a face has, in the order of the file."""
    marks = (mark for mark in inks.black(job, face) if isinstance(mark, Form | Ink))
    codes = (mark.code if isinstance(mark, Ink) else zlib.decompress(mark.compressed) for mark in marks)
    code = "\n".join(part.decode() for part in codes)
    return [_line(bytes.fromhex(said).decode("utf-16-be"), shown) for said, shown in SPAN.findall(code)]


def _line(said: str, shown: str) -> Placed:
    """The text is what is said of the line, or else what its letters say by themselves, in reading order."""
    boxes, characters = [], ""
    for font, size, condensed, x, y, letters in SHOWN.findall(shown):
        boxes += _boxes(font, float(size), float(condensed), float(x), float(y), letters)
        characters += "".join(named(font).characters.get(glyph, "") for glyph in _glyphs(letters))
    if characters and unicodedata.bidirectional(characters[-1]) in ("R", "AL"):
        characters = unicodedata.normalize("NFKC", characters[::-1])
    text = said or characters
    if not boxes:
        return Placed(text, 0, 0, 0, 0) if not text.strip() else Placed(text, 1e9, 1e9, -1e9, -1e9)
    left, bottom, right, top = zip(*boxes, strict=True)
    return Placed(text, min(left), min(bottom), max(right), max(top))


def _boxes(
    font: str, size: float, condensed: float, x: float, y: float, letters: str
) -> Iterator[tuple[float, float, float, float]]:
    """The black of each glyph that `TJ` shows from x, y on."""
    units, advances, bounds = _font(font)
    across, along, pen = size * condensed / units, size / units, 0.0
    for codes, shift in SHIFT.findall(letters):
        pen -= float(shift) / 1000 * units if shift else 0
        for glyph in _glyphs(f"<{codes}>"):
            if box := bounds(glyph):
                yield x + (pen + box[0]) * across, y + box[1] * along, x + (pen + box[2]) * across, y + box[3] * along
            pen += advances[glyph]


def _glyphs(letters: str) -> list[int]:
    """The numbers of the glyphs that `TJ` shows, four digits each."""
    return [int(code, 16) for codes in re.findall("<([0-9a-f]*)>", letters) for code in re.findall("....", codes)]


class _Read(NamedTuple):
    """A font as fontTools reads it: advances by the number of the glyph."""

    units: int
    advances: list[int]
    bounds: Callable[[int], Any]


@cache
def _font(name: str) -> _Read:
    font = TTFont(io.BytesIO(named(name).path.read_bytes()))
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()

    @cache
    def bounds(number: int) -> Any:
        pen = BoundsPen(glyphs)
        glyphs[order[number]].draw(pen)
        return pen.bounds

    return _Read(font["head"].unitsPerEm, [font["hmtx"][glyph][0] for glyph in order], bounds)
