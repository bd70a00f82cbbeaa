"""What each ink of a face prints: colour, black resin, the fine line, and what only ultraviolet light shows.

Black: every text, the MRZ, bar codes, the seal, the signature - what a machine reads in infrared is black resin.
Colour: the ground, the portrait, the ghost. What is of the person stands in the page's own `Ink`, `Picture` and
`Modules`; a `Form` has nothing personal and is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from printing.content import DocumentContent, PartialDate, Template, barcode_of, mrz_of
from printing.errors import ContentError, LayoutError
from printing.faces import security
from printing.faces.layout import CONTENT, Face, Layout, MrzPlace, Type, UltravioletPlace, Value
from printing.pages import fonts, pdf, picture, symbols, text
from printing.pages.pdf import POINTS_PER_MM, Bitmap, Form, Ink, Mark, Modules, Ops
from printing.seals.profiles import PROFILES

# OCR-B size 1: ten characters to the inch (Doc 9303-3, 4.4). The font's glyphs are 0.723 em wide.
OCR_B_PITCH = 7.2
OCR_B_SIZE = OCR_B_PITCH / 0.723
OCR_B_BEARING = 0.113  # em, left of the black of most letters
OCR_B_MIDDLE = 0.35  # em, the centre line of capitals above their baseline
CAPTION_HEIGHT = 1.25  # em
CAPTION_GAP = 0.25  # em
CAPITAL = 0.714  # em, the height of a capital of the text face
DECLARED = "Identitate declarată / Declared identity"  # of an identity without a document with photo (E16)
ALIKE = frozenset(
    ("sex", "nationality", "issuing_state", "document_code", "place_of_issue", "authority", "issue_date", "expiry_date",
     "declared_identity", "nationalities")
)  # fmt: skip
"""Values that many documents have alike and that point to nobody: they are set once and remembered."""
_SIDES = {"left": 0.0, "centre": 0.5, "right": 1.0}


@dataclass(frozen=True, slots=True)
class Job:
    """What the parts of one composition share. `seal` is the whole seal, None while a document has none."""

    content: DocumentContent
    template: Template
    layout: Layout
    specimen: bool
    values: Mapping[str, str]
    photo: Bitmap | None
    seal: bytes | None


TO_COME = b""
"""The seal of a document that is sealed when everything else is composed: its symbol has room, and no rows yet."""


def values(content: DocumentContent, template: Template) -> dict[str, str]:
    """Every value a layout may name, as it is printed. Dates are DD MM YYYY (Doc 9303-3, 3.8)."""
    if not content.family_name:
        raise ContentError("family_name", "is empty; the name of a person with one name only goes here.")
    printed = {name: getattr(content, name) for name in CONTENT}
    return printed | {
        "birth_date": PartialDate.parse(content.birth_date).visual,
        "issue_date": _day(content.issue_date),
        "expiry_date": _day(content.expiry_date) if content.expiry_date else "",
        "nationalities": " / ".join((content.nationality, *content.other_nationalities)),
        "document_code": template.mrz_code,
        "declared_identity": template.texts.get("declared", DECLARED) if content.declared_identity else "",
    }


def _day(day: object) -> str:
    return f"{day:%d %m %Y}"


def colour(job: Job, face: Face) -> Iterator[Mark]:
    """Ground, portrait and ghost; without the ground on a blank that brings its own."""
    if not job.template.preprinted:
        yield security.background(job.layout, face)
    if face.portrait:
        box = job.layout.points(face.portrait)
        yield pdf.Picture(job.photo, *picture.placed(job.photo.pixels, box)) if job.photo else _silhouette(box)
    if face.ghost and job.photo:
        yield security.ghost(job.photo, job.layout.points(face.ghost))


def black(job: Job, face: Face, read: Iterable[Mark] = ()) -> Iterator[Mark]:
    """Everything that is read, by eye or machine. `read` is what `read_marks` makes, if it was made elsewhere."""
    yield fixed(job, face)
    yield from read or read_marks(job, face)
    if face.signature and job.content.signature:
        yield picture.signature(job.content.signature, job.layout.points(face.signature))
    if job.specimen:
        yield _specimen(job.layout, face)


def read_marks(job: Job, face: Face) -> Iterator[Ink | Modules | Form]:
    """What is read of this person: texts, zone and symbols."""
    yield Ink.of(personal(job, face))
    if face.seal:
        box = job.layout.points(face.seal)
        yield _no_seal(box) if job.seal is None else seal(job, box)


def fine(job: Job, face: Face) -> Iterator[Mark]:
    """Name and number in letters too small for a copier, for devices of 600 dpi or more."""
    if face.fine_line:
        yield Ink.of(fine_line(job, job.layout.points(face.fine_line)))


def ultraviolet(job: Job, face: Face) -> Iterator[Mark]:
    """Name and number all over a box, in the ink that daylight does not show."""
    if face.ultraviolet:
        yield Ink.of(pdf.joined(_lines(job, face.ultraviolet)))


def fine_line(job: Job, box: pdf.Box) -> Ops:
    """Number and name from one end of the box to the other, in capitals of its height."""
    x, y, width, height = box
    return _filled(_name_and_number(job), x, y, width, height / CAPITAL)


def personal(job: Job, face: Face) -> Ops:
    """The texts of this person, the MRZ and the bar code."""
    return pdf.joined((Ops("0 g"), *_personal(job, face)))


def _personal(job: Job, face: Face) -> Iterator[Ops]:
    for value in face.values:
        if not value.of_the_type:
            yield _value(job, value)
    if face.mrz:
        yield from _mrz(job, face.mrz)
    if face.access_number:
        yield _ocr_b(job.layout, job.content.access_number, face.access_number.left, face.access_number.foot)
    if face.code128:
        yield pdf.rectangles(symbols.code128(barcode_of(job.content), job.layout.points(face.code128)))


def seal(job: Job, box: pdf.Box) -> Modules:
    """The DataMatrix of the seal at its profile's size; FitError if its place is too small."""
    profile = PROFILES[job.template.seal or ""]
    assert job.seal is not None
    if job.seal == TO_COME:
        return Modules(TO_COME, profile.modules, box)
    return symbols.data_matrix(job.seal, profile.modules, box, profile.module_mm)


def _value(job: Job, value: Value) -> Ops:
    content = _content(value, job.values, job.template.document_type)
    setting = _set_alike if value.value in ALIKE else _set_value
    return setting(job.layout, value, content)


def _set_value(layout: Layout, value: Value, content: str) -> Ops:
    """One field's value, below its caption's place; an empty optional field draws nothing at all."""
    if not content:
        return Ops("")
    caption = (_caption(layout, value),) if value.caption and value.optional else ()
    return pdf.joined((*caption, *_typeset(layout, value, content, value.value, bool(value.caption))))


_set_alike = lru_cache(maxsize=1024)(_set_value)


def _content(value: Value, values: Mapping[str, str], document_type: str) -> str:
    if value.value not in values and not value.optional:
        raise ContentError(value.value, "the document type %(type)s has no such text.", type=document_type)
    content = values.get(value.value, "")
    if value.part is not None:
        content = (content.split(" / ") + [""] * value.part)[value.part]
    return content.upper() if value.upper else content


@cache
def _room(layout: Layout, how: Type, captioned: bool) -> tuple[float, float, text.Room]:
    x, y, width, height = layout.points(how.box)
    height -= CAPTION_HEIGHT * layout.caption_size if captioned else 0
    return x, y, text.Room(width, height, how.size, how.minimum, how.lines, how.drop)


def _typeset(layout: Layout, how: Type, content: str, name: str, captioned: bool = False) -> Iterator[Ops]:
    x, y, room = _room(layout, how, captioned)
    fitted = text.fit(content, room, style=how.style, field=name)
    for below, line in zip(reversed(range(len(fitted.lines))), fitted.lines, strict=True):
        start = x + (room.width - line.width * fitted.size * fitted.condensed) * _SIDES[how.align]
        foot = y + how.drop * how.size + below * text.LINE_SPACING * fitted.size
        yield line.operators(start, foot, fitted.size, fitted.condensed)


def fixed(job: Job, face: Face) -> Form:
    """Labels, captions and the type's own words. Nothing of a person is in it, so it is kept."""
    return _fixed(job.layout, face, job.template.document_type, tuple(job.template.texts.items()))


@cache
def _fixed(layout: Layout, face: Face, document_type: str, words: tuple[tuple[str, str], ...]) -> Form:
    drawn = [ops for label in face.labels for ops in _typeset(layout, label, label.text, f"label {label.text!r}")]
    drawn += [_caption(layout, value) for value in face.values if value.caption and not value.optional]
    texts = {f"text.{name}": said for name, said in words}
    for value in face.values:
        if value.of_the_type:
            drawn.append(_set_value(layout, value, _content(value, texts, document_type)))
    if face.chip_symbol:
        drawn.append(_chip_symbol(layout.points(face.chip_symbol)))
    return Form.of(pdf.joined((Ops("0 g"), *drawn)))


def _chip_symbol(box: pdf.Box) -> Ops:
    """The sign of a document with a contactless chip (Doc 9303-9, 2.3), in a box of proportion 9 : 5.25."""
    x, y, width, height = box
    return Ops(
        f"q {width / 9:.4f} 0 0 {height / 5.25:.4f} {x:.3f} {y:.3f} cm 0.62 w 0.31 0.31 8.38 4.63 re S\n"
        "0 2.31 3 0.63 re 6 2.31 3 0.63 re f 5.9 2.625 m 5.9 3.4 5.27 4.02 4.5 4.02 c 3.73 4.02 3.1 3.4 3.1 2.625 c "
        "3.1 1.85 3.73 1.23 4.5 1.23 c 5.27 1.23 5.9 1.85 5.9 2.625 c s Q"
    )


@cache
def _caption(layout: Layout, value: Value) -> Ops:
    """The caption in its languages, the second and third in italics after an oblique (Doc 9303-3, 3.3)."""
    x, y, width, height = layout.points(value.box)
    size = layout.caption_size
    parts = [
        text.shape(words if index == 0 else "/ " + words, style="regular" if index == 0 else "italic", field="caption")
        for index, words in enumerate(value.caption)
    ]
    whole = sum(part.width for part in parts) + CAPTION_GAP * (len(parts) - 1)
    if whole * size > width + 0.01:
        caption = repr(" / ".join(value.caption))
        raise LayoutError(
            "Layout %(name)s: the caption %(caption)s is too long for its box.", name=layout.name, caption=caption
        )
    at = x + (width - whole * size) * _SIDES[value.align]
    drawn = []
    for part in parts:
        drawn.append(part.operators(at, y + height - 0.95 * size, size))
        at += (part.width + CAPTION_GAP) * size
    return pdf.joined(drawn)


def _mrz(job: Job, place: MrzPlace) -> Iterator[Ops]:
    zone = mrz_of(job.content, job.template)
    if zone is None:
        message = "Layout %(name)s has an MRZ, but %(type)s declares none."
        raise LayoutError(message, name=job.layout.name, type=job.template.document_type)
    lines = zone.to_lines()
    for below, line in zip(reversed(range(len(lines))), lines, strict=True):
        yield _ocr_b(job.layout, line, place.left, place.foot + below * place.spacing)


def _ocr_b(layout: Layout, line: str, left: float, foot: float) -> Ops:
    """A line of OCR-B size 1, its first character's black at `left`, its centre line `foot` above the edge (mm)."""
    x = (layout.bleed[0] + left) * POINTS_PER_MM - OCR_B_BEARING * OCR_B_SIZE
    y = (layout.bleed[1] + foot) * POINTS_PER_MM - OCR_B_MIDDLE * OCR_B_SIZE
    return text.fixed_pitch(line, fonts.ocr_b(), OCR_B_PITCH / OCR_B_SIZE).operators(x, y, OCR_B_SIZE)


def _name_and_number(job: Job) -> str:
    names = f"{job.content.given_names} {job.content.family_name}".strip()
    return f"{job.content.document_number} {names} ".upper()


def _filled(words: str, x: float, y: float, width: float, size: float) -> Ops:
    """Words over and over on one line, narrowed so that they fill the width (points); readers hear them once."""
    line = text.shape(words, field="family_name")
    copies = math.ceil(width / (line.advance * size))
    step = width / copies
    once = line.letters(x, y, size, step / (line.advance * size))
    again = f"1 0 0 1 {step:.3f} 0 cm {once.code}\n" * (copies - 1)
    return text.spoken(words.strip(), Ops(f"q {once.code}\n{again}Q", once.letters))


def _lines(job: Job, place: UltravioletPlace) -> Iterator[Ops]:
    """Line under line, each beginning one word later, so that no column forms."""
    x, y, width, height = job.layout.points(place.box)
    words = _name_and_number(job).split()
    step = place.size * text.LINE_SPACING
    turned = [" ".join(words[start:] + words[:start]) + " " for start in range(len(words))]
    yield Ops("0 g")
    for index in range(int(height / step)):
        foot = y + height - (index + 1) * step + 0.25 * place.size
        yield _filled(turned[index % len(turned)], x, foot, width, place.size)


@cache
def _silhouette(box: pdf.Box) -> Form:
    """The place of a portrait in a specimen without one: a grey head and shoulders, in unit coordinates."""
    x, y, width, height = box
    return Form.of(
        Ops(
            f"q {width:.3f} 0 0 {height:.3f} {x:.3f} {y:.3f} cm 0.87 0.89 0.91 rg 0 0 1 1 re f 0.72 0.75 0.78 rg\n"
            "0.28 0.6 m 0.28 0.95 0.72 0.95 0.72 0.6 c 0.72 0.3 0.28 0.3 0.28 0.6 c f\n"
            "0.06 0 m 0.06 0.25 0.25 0.32 0.5 0.32 c 0.75 0.32 0.94 0.25 0.94 0 c f Q"
        )
    )


@cache
def _no_seal(box: pdf.Box) -> Form:
    """The place of the seal on what carries none: a crossed frame that no reader takes for a symbol."""
    x, y, width, height = box
    return Form.of(
        Ops(
            f"q 0.6 G 0.5 w {x + 2:.2f} {y + 2:.2f} {width - 4:.2f} {height - 4:.2f} re S {x + 2:.2f} {y + 2:.2f} m "
            f"{x + width - 2:.2f} {y + height - 2:.2f} l S {x + 2:.2f} {y + height - 2:.2f} m "
            f"{x + width - 2:.2f} {y + 2:.2f} l S Q"
        )
    )


@cache
def _specimen(layout: Layout, face: Face) -> Form:
    """The word SPECIMEN in outline along the diagonal, left out where machines read."""
    width, height = layout.page
    foot = (face.mrz.height + layout.bleed[1]) * POINTS_PER_MM if face.mrz else 0
    word = text.shape("SPECIMEN", style="bold")
    angle = math.atan2(height - foot, width) * 0.85
    size = 0.8 * math.hypot(width, height - foot) / word.width
    cos, sin = math.cos(angle), math.sin(angle)
    unit = fonts.latin("bold").units / size
    return Form.of(
        Ops(
            f"q {layout.clip_to_eye(face)} 0.35 G {0.5 * unit:.2f} w 1 j\n"
            f"{cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {width / 2:.2f} {(height + foot) / 2:.2f} cm\n"
            f"{text.outlines('SPECIMEN', -word.width * size / 2, -0.36 * size, size, style='bold')}\nQ"
        )
    )
