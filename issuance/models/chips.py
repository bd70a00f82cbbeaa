"""Security objects that were signed, the chips' own keys while they are needed, and the document signers."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.models.signers import SignedOnce, SignedUnder


class ChipCertificate(SignedUnder):
    """The certificate of a document signer."""

    __tablename__ = "chip_signer"


class DocumentChip(SignedOnce):
    """What was signed and made for the chip of a job.

    `blob_id` is the encrypted `services.production.chips.Secrets`, None as soon as the job has ended: nobody needs the
    chip's keys after that.
    """

    __tablename__ = "document_chip"
    __table_args__ = (UniqueConstraint("signer_id", "number"),)
    WITNESSED = ("job_id", "signer_id", "number")
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("chip_signer.id"))
    blob_id: Mapped[UUID | None] = mapped_column("secrets_id", ForeignKey("blob.id"), index=True)

    signer: Mapped[ChipCertificate] = relationship(lazy="joined")
