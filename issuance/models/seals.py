"""Seals that were signed, and the certificates of their signers."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed


class SealCertificate(Keyed, Base):
    """The certificate (DER) of a signer of this office, kept as long as its seals are about; `digest` is its SHA-256.

    `signer` ("ROLI") and `reference` (the serial number in hex) are what a seal's header names.
    """

    __tablename__ = "seal_certificate"
    digest: Mapped[str] = mapped_column(unique=True)
    signer: Mapped[str]
    reference: Mapped[str]
    certificate: Mapped[bytes]

    @property
    def name(self) -> str:
        """Signer and reference: `ROLI 1A2B3`."""
        return f"{self.signer} {self.reference}"


class DocumentSeal(Keyed, Base):
    """The one seal of a job, encrypted in the vault: it is composed into the order the same each time.

    `number` counts the signatures kept under one certificate, from 1 and without a gap.
    """

    __tablename__ = "document_seal"
    __table_args__ = (UniqueConstraint("certificate_id", "number"),)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), unique=True)
    certificate_id: Mapped[UUID] = mapped_column(ForeignKey("seal_certificate.id"))
    number: Mapped[int]
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("blob.id"))
    signed_at: Mapped[dt.datetime]

    certificate: Mapped[SealCertificate] = relationship(lazy="joined")
