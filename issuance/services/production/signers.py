"""The rows of certificates under which something was signed."""

from __future__ import annotations

import hashlib
from typing import TypeVar

from sqlalchemy import select

from issuance.acts import Act
from issuance.models.signers import SignedUnder
from printing.pki.signing import SignerCertificate

Row = TypeVar("Row", bound=SignedUnder)


def locked(act: Act, kind: type[Row], certificate: bytes) -> Row:
    """The row of a certificate (DER), new if need be, locked until the transaction ends: no number is given twice."""
    digest = hashlib.sha256(certificate).hexdigest()
    found = act.session.scalar(select(kind).where(kind.digest == digest).with_for_update())
    if found is None:
        read = SignerCertificate.of(certificate)
        found = kind(digest=digest, signer=read.signer, reference=f"{read.serial:X}", certificate=certificate)
        act.session.add(found)
        act.session.flush()
    return found
