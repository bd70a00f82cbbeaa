"""From content and layout to printable faces: one small PDF per ink, and one of all inks together.

The page is the face with its bleed: an ID-1 card of 85.60 x 53.98 mm is a page of 86.02 x 54.86 mm, which a printer's
300 dpi turns into 1016 x 648 dots. What each ink prints is in `inks`.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pypdfium2
from PIL import Image

from printing.content import DocumentContent, Template
from printing.errors import ContentError, LayoutError
from printing.faces import inks, layout
from printing.faces.layout import Face
from printing.pages import pdf, picture
from printing.pages.pdf import Drawing, Mark

FINE_DPI = 600
"""The least resolution at which the fine line is letters and not dots."""
_PDFIUM = threading.Lock()  # PDFium may be called by one thread at a time only


@dataclass(frozen=True)
class Artwork:
    """One composed face. `layers` are one-page PDFs by ink, `combined` is all inks that the eye sees in one.

    The inks are "colour" and "black", "fine" for devices of 600 dpi or more, and "uv"; those that print nothing are
    left out. `marks` are those of the inks that the eye sees.
    """

    face: str
    marks: Mapping[str, tuple[Mark, ...]]
    job: inks.Job = field(repr=False)
    side: Face = field(repr=False)

    @property
    def width_mm(self) -> float:
        """Width of the trimmed face."""
        return self.job.layout.width

    @property
    def height_mm(self) -> float:
        """Height of the trimmed face."""
        return self.job.layout.height

    @property
    def bleed_mm(self) -> tuple[float, float]:
        """What every page has around the trimmed face: left and right, top and bottom."""
        return self.job.layout.bleed

    @cached_property
    def layers(self) -> Mapping[str, bytes]:
        """One PDF for each ink."""
        inked = {**self.marks, "uv": tuple(inks.ultraviolet(self.job, self.side))}
        return {ink: pdf.render([self._page(marks)], f"{self.title} {ink}") for ink, marks in inked.items() if marks}

    @property
    def title(self) -> str:
        """Layout and face."""
        return f"{self.job.layout.name} {self.face}"

    @property
    def drawing(self) -> Drawing:
        """Every ink that the eye sees, in the order of printing."""
        return self._page(tuple(mark for marks in self.marks.values() for mark in marks))

    @cached_property
    def combined(self) -> bytes:
        """The face as one PDF."""
        return pdf.render([self.drawing], self.title)

    def _page(self, marks: tuple[Mark, ...]) -> Drawing:
        return Drawing(*self.job.layout.page, self.job.layout.trim, marks)


def compose(
    content: DocumentContent, template: Template, *, specimen: bool, seal: bytes | None = None
) -> tuple[Artwork, ...]:
    """The faces of a document, in the layout's order. The same input gives the same bytes.

    `seal` is its whole visible digital seal; a specimen carries none. CompositionError (FitError, GlyphError,
    FontMissing, ContentError) or MrzError names what cannot be printed.
    """
    return artworks(job(content, template, specimen=specimen, seal=seal))


def artworks(made_of: inks.Job) -> tuple[Artwork, ...]:
    """The faces of what `job` made ready; errors as `compose`."""
    return tuple(_artwork(made_of, face) for face in made_of.layout.faces)


def job(
    content: DocumentContent,
    template: Template,
    *,
    specimen: bool,
    seal: bytes | None = None,
    values: Mapping[str, str] | None = None,
) -> inks.Job:
    """What a composition needs; ContentError without a portrait or a seal that the document must have.

    `values` are those of `inks.values`, by default taken from the content.
    """
    if content.portrait is None and not specimen:
        raise ContentError("portrait", "is missing; a document is not made without the holder's portrait.")
    if (seal is None) != (specimen or template.seal is None):
        raise ContentError("seal", "belongs on every document whose type has one, and on no specimen.")
    chosen = layout.load(template.layout)
    if template.seal and not any(face.seal for face in chosen.faces):
        raise LayoutError("Layout %(name)s has no place for the seal of %(type)s.", name=chosen.name,
                          type=template.document_type)  # fmt: skip
    photo = picture.photograph(content.portrait) if content.portrait else None
    printed = inks.values(content, template) if values is None else values
    return inks.Job(content, template, chosen, specimen, printed, photo, seal)


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
        picture: Image.Image = document[0].render(scale=dpi / 72, rev_byteorder=True).to_pil().convert("RGB")
    return picture


def _artwork(made_of: inks.Job, face: Face) -> Artwork:
    return Artwork(
        face=face.name,
        marks={
            "colour": tuple(inks.colour(made_of, face)),
            "black": tuple(inks.black(made_of, face)),
            "fine": tuple(inks.fine(made_of, face)),
        },
        job=made_of,
        side=face,
    )
