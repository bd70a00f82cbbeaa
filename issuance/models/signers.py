"""The certificates under which this office signed: kept as long as what they signed is about."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from issuance.db import Base, Keyed


class SignedUnder(Keyed, Base):
    """Columns of a signer's certificate (DER); `digest` is its SHA-256.

    `signer` is the subject's country and common name ("ROLI"), `reference` the serial number in hex.
    """

    __abstract__ = True
    digest: Mapped[str] = mapped_column(unique=True)
    signer: Mapped[str]
    reference: Mapped[str]
    certificate: Mapped[bytes]

    @property
    def name(self) -> str:
        """Signer and reference: `ROLI 1A2B3`."""
        return f"{self.signer} {self.reference}"
