"""What each ink of a face prints: colour, black resin, the fine line, and what only ultraviolet light shows.

Black: every text, the MRZ, bar codes, the seal, the signature - what a machine reads in infrared is black resin.
Colour: the ground, the portrait, the ghost. What is of the person stands in the page's own `Ink`, `Picture` and
`Modules`; a `Form` has nothing personal and is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from printing.content import DocumentContent, PartialDate, Template, mrz_of
from printing.errors import ContentError
from printing.faces import plan, security, static
from printing.faces.layout import CONTENT, Face, Layout, UltravioletPlace
from printing.mrz import Mrz
from printing.pages import pairs, pdf, picture, symbols, text
from printing.pages.pdf import Bitmap, Form, Ink, Mark, Modules, Ops
from printing.seals.profiles import PROFILES

CAPITAL = 0.714  # em, the height of a capital of the text face
DECLARED = "Identitate declarată / Declared identity"  # of an identity without a document with photo (E16)


@dataclass(frozen=True)
class Job:
    """What the parts of one composition share. `seal` is the whole seal, None while a document has none."""

    content: DocumentContent
    template: Template
    layout: Layout
    specimen: bool
    values: Mapping[str, str]
    photo: Bitmap | None
    seal: bytes | None

    @cached_property
    def zone(self) -> Mrz | None:
        """The machine readable zone, made once for print and seal; errors as `mrz_of`."""
        return mrz_of(self.content, self.template)


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
        yield static.no_seal(box) if job.seal is None else seal(job, box)


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
    return _filled(_line(_name_and_number(job)), x, y, width, height / CAPITAL)


def personal(job: Job, face: Face) -> Ops:
    """The texts of this person, the MRZ and the bar code."""
    made = plan.of(job.layout, face, job.template.document_type)
    return made.personal(job.content, job.values, lambda: job.zone)


def seal(job: Job, box: pdf.Box) -> Modules:
    """The DataMatrix of the seal at its profile's size; FitError if its place is too small."""
    profile = PROFILES[job.template.seal or ""]
    assert job.seal is not None
    if job.seal == TO_COME:
        return Modules(TO_COME, profile.modules, box)
    return symbols.data_matrix(job.seal, profile.modules, box, profile.module_mm)


def _name_and_number(job: Job) -> str:
    names = f"{job.content.given_names} {job.content.family_name}".strip()
    return f"{job.content.document_number} {names} ".upper()


def _line(words: str) -> text.Line:
    return pairs.of("regular").line(words) or text.shape(words, field="family_name")


def _filled(line: text.Line, x: float, y: float, width: float, size: float) -> Ops:
    """A line over and over, narrowed so that it fills the width (points); readers hear it once."""
    copies = math.ceil(width / (line.advance * size))
    filled = _repeated(line, copies).letters(x, y, size, width / copies / (line.advance * size))
    return text.spoken(line.text.strip(), filled)


def _repeated(line: text.Line, copies: int) -> text.Line:
    """So many copies behind each other as one line; what is shown at once stays so."""
    if len(line.shown) == 1:
        shown = [part._replace(letters=part.letters * copies) for part in line.shown]
    else:
        shown = [part._replace(x=part.x + at * line.advance) for at in range(copies) for part in line.shown]
    return text.Line(line.text, tuple(shown), line.advance * copies, line.ink)


def _lines(job: Job, place: UltravioletPlace) -> Iterator[Ops]:
    """Line under line, each beginning one word later, so that no column forms."""
    x, y, width, height = job.layout.points(place.box)
    words = _name_and_number(job).split()
    step = place.size * text.LINE_SPACING
    turned = [_line(" ".join(words[start:] + words[:start]) + " ") for start in range(len(words))]
    yield Ops("0 g")
    for index in range(int(height / step)):
        foot = y + height - (index + 1) * step + 0.25 * place.size
        yield _filled(turned[index % len(turned)], x, foot, width, place.size)
