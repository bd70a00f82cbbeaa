"""The certificates under which this office signed, and what it signed: kept as long as what they are about."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

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
