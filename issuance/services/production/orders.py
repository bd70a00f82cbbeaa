"""The order of a job: composed from the frozen content, the same bytes each time, outside any transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from card_drivers.order import AccessKeys, Booklet, ChipPart, Face, Layer, Order
from issuance import document_types
from issuance.acts import Look
from issuance.document_types import DocumentType
from issuance.models.production import PrintJob
from issuance.services.production import chips, documents, seals
from issuance.services.stock import booklets
from printing.content import DocumentContent, Template, mrz_of
from printing.faces.compose import FINE_DPI, Artwork, compose


@dataclass(frozen=True)
class Recipe:
    """Everything an order is composed from; `digests` are those of the first composition, None before it.

    `seal` is the stored seal of the job, `chip` what is stored of its chip; None before they were signed and for a
    type without them. `files` are those of a chip that was made just now, the portrait in them took a while.
    """

    order_id: UUID
    claim_id: UUID | None
    kind: DocumentType
    content: DocumentContent
    digests: dict[str, str] | None
    seal: bytes | None = None
    chip: chips.Secrets | None = None
    files: Mapping[str, bytes] | None = None

    @property
    def lacks_seal(self) -> bool:
        """Whether a seal must be signed before the order can be composed."""
        return self.seal is None and self.kind.template().seal is not None

    @property
    def lacks_chip(self) -> bool:
        """Whether the chip's keys must be made and its files signed before the order can be composed."""
        return self.chip is None and self.kind.chip is not None


def recipe(look: Look, job: PrintJob) -> Recipe:
    """Take what is needed out of the database."""
    return Recipe(
        job.id,
        job.claim_id,
        document_types.get(job.document.document_type),
        documents.frozen_content(look, job.document),
        job.digests,
        seals.of_job(look, job),
        chips.of_job(look, job),
    )


def compose_order(made_of: Recipe, *, for_eyes: bool = True) -> Order:
    """Compose the faces and the chip's files, without the chip's own keys: these come with the leave to make it.

    The claim id is the order's own while it is only being prepared. What is `for_eyes` is in no digest.
    """
    faces = compose(made_of.content, made_of.kind.template(), specimen=False, seal=made_of.seal)
    return Order(
        order_id=made_of.order_id,
        claim_id=made_of.claim_id or made_of.order_id,
        document_type=made_of.kind.code,
        stock=made_of.kind.stock,
        faces=tuple(face_of(artwork, for_eyes=for_eyes) for artwork in faces),
        chip=_chip(made_of),
        booklet=_booklet(made_of),
    )


def face_of(artwork: Artwork, *, for_eyes: bool = True) -> Face:
    """A composed face as it is ordered; with all inks in one page where it is `for_eyes`."""
    return Face(
        name=artwork.face,
        width_mm=artwork.width_mm,
        height_mm=artwork.height_mm,
        bleed_mm=artwork.bleed_mm,
        layers=tuple(_layer(name, pdf) for name, pdf in artwork.layers.items()),
        combined=artwork.combined if for_eyes else b"",
    )


def _layer(name: str, pdf: bytes) -> Layer:
    return Layer.model_validate({"name": name, "pdf": pdf, "least_dpi": FINE_DPI if name == "fine" else 0})


def _chip(made_of: Recipe) -> ChipPart | None:
    if made_of.kind.chip is None or made_of.chip is None:
        return None
    return ChipPart(
        profile=made_of.kind.chip.profile,
        files=dict(made_of.files or chips.files(made_of.content, made_of.kind, made_of.chip)),
        access=access_of(made_of.content, made_of.kind.template()),
    )


def _booklet(made_of: Recipe) -> Booklet | None:
    place = made_of.kind.booklet
    if place is None:
        return None
    number = made_of.content.document_number if booklets.is_bound_to(made_of.kind) else ""
    return Booklet(page=place.page, position=place.position, number=number)


def access_of(content: DocumentContent, template: Template) -> AccessKeys:
    """What opens the finished chip of a document: three fields of its MRZ and its card access number."""
    mrz = mrz_of(content, template)
    if mrz is None:
        raise ValueError(f"{template.document_type} has a chip and no machine readable zone that opens it")
    return AccessKeys(
        document_number=mrz.document_number,
        birth_date=mrz.birth_date,
        expiry_date=mrz.expiry_date,
        can=content.access_number,
    )
