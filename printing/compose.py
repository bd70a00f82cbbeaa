"""From content and layout to printable faces: one small PDF per ink, and one of all inks together.

Black layer: every text, the MRZ, bar codes, the signature - what a machine reads in infrared is black resin.
Colour layer: the ground, the portrait, the ghost. The page is the face with its bleed: an ID-1 card of 85.60 x 53.98 mm
is a page of 86.02 x 54.86 mm, which a printer's 300 dpi turns into 1016 x 648 dots.
"""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import pypdfium2
from PIL import Image

from printing import fonts, layout, pdf, portrait, security, symbols, text
from printing.content import DocumentContent, PartialDate, Template, barcode_of, mrz_of
from printing.errors import ContentError, LayoutError, PortraitError
from printing.layout import CONTENT, Face, Layout, MrzPlace, Type, Value
from printing.pdf import POINTS_PER_MM, Drawing, Form, Mark, Picture

# OCR-B size 1: ten characters to the inch (Doc 9303-3, 4.4). The font's glyphs are 0.723 em wide.
OCR_B_PITCH = 7.2
OCR_B_SIZE = OCR_B_PITCH / 0.723
OCR_B_BEARING = 0.113  # em, left of the black of most letters
OCR_B_MIDDLE = 0.35  # em, the centre line of capitals above their baseline
DECLARED = "Identitate declarată / Declared identity"
CAPTION_HEIGHT = 1.25  # em
GHOST_INK = "#3f4a6b"
_PDFIUM = threading.Lock()  # PDFium may be called by one thread at a time only


@dataclass(frozen=True)
class Artwork:
    """One composed face. `layers` are one-page PDFs by ink ("colour", "black"), `combined` is all inks in one.

    Sizes in millimetres are those of the PDF page: the face with its bleed.
    """

    face: str
    width_mm: float
    height_mm: float
    layers: Mapping[str, bytes]
    combined: bytes
    drawing: Drawing = field(repr=False, compare=False)


@dataclass(frozen=True)
class _Job:
    """What the parts of one composition share."""

    content: DocumentContent
    template: Template
    layout: Layout
    specimen: bool
    values: Mapping[str, str]
    photo: bytes | None


def compose(content: DocumentContent, template: Template, *, specimen: bool) -> tuple[Artwork, ...]:
    """The faces of a document, in the layout's order. The same input gives the same bytes.

    CompositionError (FitError, GlyphError, FontMissing, ContentError) or MrzError names what cannot be printed.
    """
    chosen = layout.load(template.layout)
    job = _Job(content, template, chosen, specimen, values(content, template), _photo(content, specimen))
    return tuple(_artwork(job, face) for face in chosen.faces)


def document_pdf(artworks: Sequence[Artwork]) -> bytes:
    """All faces with all inks as the pages of one PDF."""
    return pdf.render([artwork.drawing for artwork in artworks], "Document")


def face_png(artwork: Artwork, dpi: int = 300) -> bytes:
    """A face with all inks as PNG; an ID-1 card at 300 dpi has 1016 x 648 pixels."""
    output = io.BytesIO()
    rasterise(artwork.combined, dpi).save(output, "PNG", compress_level=1)  # fine lines hardly compress: be quick
    return output.getvalue()


def rasterise(page: bytes, dpi: int) -> Image.Image:
    """The first page of a PDF as an RGB picture."""
    with _PDFIUM, pypdfium2.PdfDocument(page) as document:
        bitmap = document[0].render(scale=dpi / 72)
        picture: Image.Image = bitmap.to_pil().convert("RGB")
    return picture


def values(content: DocumentContent, template: Template) -> dict[str, str]:
    """Every value a layout may name, as it is printed. Dates are DD MM YYYY (Doc 9303-3, 3.8)."""
    if not content.family_name:
        raise ContentError("family_name", "is empty; the name of a person with one name only goes here.")
    return (
        {name: getattr(content, name) for name in CONTENT}
        | {f"text.{name}": words for name, words in template.texts.items()}
        | {
            "birth_date": PartialDate.parse(content.birth_date).visual,
            "issue_date": content.issue_date.strftime("%d %m %Y"),
            "expiry_date": content.expiry_date.strftime("%d %m %Y") if content.expiry_date else "",
            "document_code": template.mrz_code,
            "declared_identity": template.texts.get("declared", DECLARED) if content.declared_identity else "",
        }
    )


def _photo(content: DocumentContent, specimen: bool) -> bytes | None:
    if content.portrait:
        return portrait.crop_print(content.portrait)
    if not specimen:
        raise ContentError("portrait", "is missing; a document is not made without the holder's portrait.")
    return None


def _artwork(job: _Job, face: Face) -> Artwork:
    colour, black = tuple(_colour(job, face)), tuple(_black(job, face))
    title = f"{job.layout.name} {face.name}"

    def drawing(marks: tuple[Mark, ...]) -> Drawing:
        return Drawing(*job.layout.page, job.layout.trim, marks)

    both = drawing(colour + black)
    return Artwork(
        face=face.name,
        width_mm=round(job.layout.page[0] / POINTS_PER_MM, 3),
        height_mm=round(job.layout.page[1] / POINTS_PER_MM, 3),
        layers={
            "colour": pdf.render([drawing(colour)], f"{title} colour"),
            "black": pdf.render([drawing(black)], f"{title} black"),
        },
        combined=pdf.render([both], title),
        drawing=both,
    )


def _colour(job: _Job, face: Face) -> Iterator[Mark]:
    yield security.background(job.layout, face)
    if face.portrait:
        box = job.layout.points(face.portrait)
        yield _portrait(job.photo, box) if job.photo else Form.of(_silhouette(box))
    if face.ghost and job.photo:
        yield security.ghost(job.photo, GHOST_INK, job.layout.points(face.ghost))


def _black(job: _Job, face: Face) -> Iterator[Mark]:
    yield _fixed_texts(job.layout, face)
    yield Form.of("0 g\n" + "\n".join(_personal(job, face)))
    if face.signature and job.content.signature:
        yield _signature(job.content.signature, job.layout.points(face.signature))
    if job.specimen:
        yield _specimen(job.layout, face)


def _personal(job: _Job, face: Face) -> Iterator[str]:
    """What is read of this person, by eye and by machine."""
    yield from (_value(job, value) for value in face.values)
    if face.mrz:
        yield _mrz(job, face.mrz)
    if face.access_number:
        yield _ocr_b(job.layout, job.content.access_number, face.access_number.left, face.access_number.foot)
    if face.code128:
        yield pdf.rectangles(symbols.code128(barcode_of(job.content), job.layout.points(face.code128)))


def _value(job: _Job, value: Value) -> str:
    """One field's value, below its caption's place; an empty optional field draws nothing at all."""
    content = _content(job, value)
    if not content:
        return ""
    drawn = _typeset(job.layout, value, content, value.value, bool(value.caption))
    return f"{_caption(job.layout, value)}\n{drawn}" if value.caption and value.optional else drawn


def _content(job: _Job, value: Value) -> str:
    if value.value not in job.values and not value.optional:
        raise ContentError(value.value, "the document type %(type)s has no such text.", type=job.template.document_type)
    content = job.values.get(value.value, "")
    if value.part is not None:
        content = (content.split(" / ") + [""] * value.part)[value.part]
    return content.upper() if value.upper else content


def _typeset(layout: Layout, how: Type, content: str, name: str, captioned: bool = False) -> str:
    x, y, width, height = layout.points(how.box)
    height -= CAPTION_HEIGHT * layout.caption_size if captioned else 0
    fitted = text.fit(
        content, width, height, size=how.size, minimum=how.minimum, lines=how.lines, style=how.style, field=name,
        drop=how.drop,
    )  # fmt: skip
    foot = y + how.drop * how.size
    drawn = []
    for index, line in enumerate(reversed(fitted.lines)):
        spare = width - line.width * fitted.size
        start = x + spare * {"left": 0, "centre": 0.5, "right": 1}[how.align]
        drawn.append(line.operators(start, foot + index * text.LINE_SPACING * fitted.size, fitted.size))
    return "\n".join(drawn)


@cache
def _fixed_texts(layout: Layout, face: Face) -> Form:
    """Labels and captions of a face. Nothing of a person is in it, so it is kept."""
    drawn = [_typeset(layout, label, label.text, f"label {label.text!r}") for label in face.labels]
    drawn += [_caption(layout, value) for value in face.values if value.caption and not value.optional]
    if face.chip_symbol:
        drawn.append(_chip_symbol(layout.points(face.chip_symbol)))
    return Form.of("0 g\n" + "\n".join(drawn))


def _chip_symbol(box: tuple[float, float, float, float]) -> str:
    """The sign of a document with a contactless chip (Doc 9303-9, 2.3), in a box of proportion 9 : 5.25."""
    x, y, width, height = box
    return (
        f"q {width / 9:.4f} 0 0 {height / 5.25:.4f} {x:.3f} {y:.3f} cm 0.62 w 0.31 0.31 8.38 4.63 re S\n"
        "0 2.31 3 0.63 re 6 2.31 3 0.63 re f 5.9 2.625 m 5.9 3.4 5.27 4.02 4.5 4.02 c 3.73 4.02 3.1 3.4 3.1 2.625 c "
        "3.1 1.85 3.73 1.23 4.5 1.23 c 5.27 1.23 5.9 1.85 5.9 2.625 c s Q"
    )


def _caption(layout: Layout, value: Value) -> str:
    """The caption in its languages, the second and third in italics after an oblique (Doc 9303-3, 3.3)."""
    x, y, width, height = layout.points(value.box)
    size = layout.caption_size
    parts = [
        text.shape(words if index == 0 else "/ " + words, style="regular" if index == 0 else "italic", field="caption")
        for index, words in enumerate(value.caption)
    ]
    gap = 0.25
    whole = sum(part.width for part in parts) + gap * (len(parts) - 1)
    if whole * size > width + 0.01:
        caption = repr(" / ".join(value.caption))
        raise LayoutError(
            "Layout %(name)s: the caption %(caption)s is too long for its box.", name=layout.name, caption=caption
        )
    at = x + (width - whole * size) * {"left": 0, "centre": 0.5, "right": 1}[value.align]
    drawn = []
    for part in parts:
        drawn.append(part.operators(at, y + height - 0.95 * size, size))
        at += (part.width + gap) * size
    return "\n".join(drawn)


def _mrz(job: _Job, place: MrzPlace) -> str:
    zone = mrz_of(job.content, job.template)
    if zone is None:
        raise LayoutError(
            "Layout %(name)s has an MRZ, but %(type)s declares none.",
            name=job.layout.name,
            type=job.template.document_type,
        )
    lines = zone.to_lines()
    return "\n".join(
        _ocr_b(job.layout, line, place.left, place.foot + (len(lines) - 1 - index) * place.spacing)
        for index, line in enumerate(lines)
    )


def _ocr_b(layout: Layout, line: str, left: float, foot: float) -> str:
    """A line of OCR-B size 1, its first character's black at `left`, its centre line `foot` above the edge (mm)."""
    font = fonts.ocr_b()
    scale = OCR_B_SIZE / font.units
    x = (layout.bleed[0] + left) * POINTS_PER_MM - OCR_B_BEARING * OCR_B_SIZE
    y = (layout.bleed[1] + foot) * POINTS_PER_MM - OCR_B_MIDDLE * OCR_B_SIZE
    return "\n".join(
        f"q {scale:.6f} 0 0 {scale:.6f} {x + index * OCR_B_PITCH:.3f} {y:.3f} cm\n"
        f"{font.outline(font.hb.get_nominal_glyph(ord(character)))}\nf Q"
        for index, character in enumerate(line)
    )


def _portrait(photo: bytes, box: tuple[float, float, float, float]) -> Picture:
    with Image.open(io.BytesIO(photo)) as picture:
        return Picture.jpeg(photo, picture.size, box)


def _silhouette(box: tuple[float, float, float, float]) -> str:
    """The place of a portrait in a specimen without one: a grey head and shoulders, in unit coordinates."""
    x, y, width, height = box
    return (
        f"q {width:.3f} 0 0 {height:.3f} {x:.3f} {y:.3f} cm 0.87 0.89 0.91 rg 0 0 1 1 re f 0.72 0.75 0.78 rg\n"
        "0.28 0.6 m 0.28 0.95 0.72 0.95 0.72 0.6 c 0.72 0.3 0.28 0.3 0.28 0.6 c f\n"
        "0.06 0 m 0.06 0.25 0.25 0.32 0.5 0.32 c 0.75 0.32 0.94 0.25 0.94 0 c f Q"
    )


def _signature(data: bytes, box: tuple[float, float, float, float]) -> Picture:
    """The signature's strokes in black, its sides kept in proportion (Doc 9303-3, 3.9.2), without its paper."""
    try:
        grey = portrait.decode(data).convert("L")
    except PortraitError as error:
        raise ContentError("signature", error.message, **error.params) from error
    grey.thumbnail((600, 300))
    strokes = grey.point([255 if level < 128 else 0 for level in range(256)])
    x, y, width, height = box
    scale = min(width / grey.width, height / grey.height)
    across, along = grey.width * scale, grey.height * scale
    return Picture.tint((0, 0, 0), strokes, (x + (width - across) / 2, y + (height - along) / 2, across, along))


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
        f"q {layout.clip_to_eye(face)} 0.35 G {0.5 * unit:.2f} w 1 j\n"
        f"{cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {width / 2:.2f} {(height + foot) / 2:.2f} cm\n"
        f"{word.operators(-word.width * size / 2, -0.36 * size, size, 'S')}\nQ"
    )
