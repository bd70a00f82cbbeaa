"""Seals that were signed, and the certificates of their signers."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed
from issuance.models.signers import SignedUnder


class SealCertificate(SignedUnder):
    """A signer of seals; signer and reference are what a seal's header names."""

    __tablename__ = "seal_certificate"


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
