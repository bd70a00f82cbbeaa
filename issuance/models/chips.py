"""Security objects that were signed, the chips' own keys while they are needed, and the document signers."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed
from issuance.models.signers import SignedUnder


class ChipSigner(SignedUnder):
    """A document signer."""

    __tablename__ = "chip_signer"


class DocumentChip(Keyed, Base):
    """What was signed and made for the chip of a job: the same goes into its order each time.

    `number` counts the security objects kept under one certificate, from 1 and without a gap. `secrets_id` is the
    encrypted `services.chips.Secrets`, None as soon as the job has ended: nobody needs the chip's keys after that.
    """

    __tablename__ = "document_chip"
    __table_args__ = (UniqueConstraint("signer_id", "number"),)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("print_job.id"), unique=True)
    signer_id: Mapped[UUID] = mapped_column(ForeignKey("chip_signer.id"))
    number: Mapped[int]
    secrets_id: Mapped[UUID | None] = mapped_column(ForeignKey("blob.id"))
    signed_at: Mapped[dt.datetime]

    signer: Mapped[ChipSigner] = relationship(lazy="joined")
