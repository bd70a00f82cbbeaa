"""What each ink of a face prints: colour, black resin, the fine line, and what only ultraviolet light shows.

Black: every text, the MRZ, bar codes, the seal, the signature - what a machine reads in infrared is black resin.
Colour: the ground, the portrait, the ghost. What is of the person stands in the page's own `Ink`, `Picture` and
`Modules`; a `Form` has nothing personal and is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from printing.content import DocumentContent, PartialDate, Template, barcode_of, mrz_of
from printing.errors import ContentError, LayoutError
from printing.faces import fields, security, static
from printing.faces.layout import CONTENT, Face, Layout, MrzPlace, UltravioletPlace, Value
from printing.pages import fonts, pdf, picture, symbols, text
from printing.pages.pdf import POINTS_PER_MM, Bitmap, Form, Ink, Mark, Modules, Ops
from printing.seals.profiles import PROFILES

# OCR-B size 1: ten characters to the inch (Doc 9303-3, 4.4). The font's glyphs are 0.723 em wide.
OCR_B_PITCH = 7.2
OCR_B_SIZE = OCR_B_PITCH / 0.723
OCR_B_BEARING = 0.113  # em, left of the black of most letters
OCR_B_MIDDLE = 0.35  # em, the centre line of capitals above their baseline
CAPITAL = 0.714  # em, the height of a capital of the text face
DECLARED = "Identitate declarată / Declared identity"  # of an identity without a document with photo (E16)
ALIKE = frozenset(
    ("sex", "nationality", "issuing_state", "document_code", "place_of_issue", "authority", "issue_date", "expiry_date",
     "declared_identity", "nationalities")
)  # fmt: skip
"""Values that many documents have alike and that point to nobody: they are set once and remembered."""


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
        yield pdf.Picture(job.photo, *picture.placed(job.photo.pixels, box)) if job.photo else static.silhouette(box)
    if face.ghost and job.photo:
        yield security.ghost(job.photo, job.layout.points(face.ghost))


def black(job: Job, face: Face, read: Iterable[Mark] = ()) -> Iterator[Mark]:
    """Everything that is read, by eye or machine. `read` is what `read_marks` makes, if it was made elsewhere."""
    yield static.fixed(job.layout, face, job.template)
    yield from read or read_marks(job, face)
    if face.signature and job.content.signature:
        yield picture.signature(job.content.signature, job.layout.points(face.signature))
    if job.specimen:
        yield static.specimen(job.layout, face)


def read_marks(job: Job, face: Face) -> Iterator[Ink | Modules | Form]:
    """What is read of this person: texts, zone and symbols."""
    yield Ink.of(personal(job, face))
    if face.seal:
        box = job.layout.points(face.seal)
        yield seal(job, box) if job.seal else static.no_seal(box)


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
    return symbols.data_matrix(job.seal, profile.modules, box, profile.module_mm)


def _value(job: Job, value: Value) -> Ops:
    content = fields.content_of(value, job.values, job.template.document_type)
    setting = _set_alike if value.value in ALIKE else fields.set_value
    return setting(job.layout, value, content)


_set_alike = lru_cache(maxsize=1024)(fields.set_value)


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
