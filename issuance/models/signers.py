"""The certificates under which this office signed, and what it signed: kept as long as what they are about."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed


class SignedUnder(Keyed, Base):
    """Columns of a signer's certificate (DER); `digest` is its SHA-256.

    `signer` is the subject's country and common name ("ROLI"), `reference` the serial number in hex.
    """

    __abstract__ = True
    WITNESSED = ("digest", "signer", "reference", "certificate")
    digest: Mapped[str] = mapped_column(unique=True)
    signer: Mapped[str]
    reference: Mapped[str]
    certificate: Mapped[bytes]

    @property
    def name(self) -> str:
        """Signer and reference: `ROLI 1A2B3`."""
        return f"{self.signer} {self.reference}"


class SignedOnce(Keyed, Base):
    """What was signed for a job: it goes into its order the same each time.

    `number` counts what is kept under one certificate, from 1 and with no gap but those of restores.
    """

    __abstract__ = True
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), unique=True)
    number: Mapped[int]
    signed_at: Mapped[dt.datetime]


class SealCertificate(SignedUnder):
    """The certificate of a bar code signer; signer and reference are what a seal's header names."""

    __tablename__ = "seal_certificate"


class DocumentSeal(SignedOnce):
    """The one seal of a job, encrypted in the vault."""

    __tablename__ = "document_seal"
    __table_args__ = (UniqueConstraint("certificate_id", "number"),)
    WITNESSED = ("job_id", "signer_id", "number", "blob_id")
    signer_id: Mapped[UUID] = mapped_column("certificate_id", ForeignKey("seal_certificate.id"))
    blob_id: Mapped[UUID] = mapped_column("seal_id", ForeignKey("blob.id"), index=True)

    signer: Mapped[SealCertificate] = relationship(lazy="joined")


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
