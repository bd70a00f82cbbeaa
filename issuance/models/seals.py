"""Seals that were signed, and the certificates of their signers."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.models.signers import SignedOnce, SignedUnder


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
