"""What was signed for a job, kept once and counted under the certificate of its signer: seals and chips alike.

What is counted is kept: a signature that was made before a crash is in no order and on no document.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

from sqlalchemy import func, select

from issuance.acts import Act, Look
from issuance.models.production import (
    ChipCertificate,
    DocumentChip,
    DocumentSeal,
    PrintJob,
    SealCertificate,
    SignedUnder,
)
from issuance.services.trust import epochs
from printing.pki.signing import SignerCertificate

Certificate = TypeVar("Certificate", bound=SignedUnder)
Kept = TypeVar("Kept", DocumentSeal, DocumentChip)

CERTIFICATES: dict[type, type[SignedUnder]] = {DocumentSeal: SealCertificate, DocumentChip: ChipCertificate}
PURPOSES: dict[type, str] = {DocumentSeal: "seal", DocumentChip: "chip"}
"""What the vault calls each."""


def keep(act: Act, job: PrintJob, kind: type[Kept], certificate: bytes, data: bytes) -> Kept:
    """Store `data`, encrypted, under the next number of its signer's certificate (DER)."""
    signer = locked(act, CERTIFICATES[kind], certificate)
    blob = act.vault.put(act.session, job.document.request_id, PURPOSES[kind], data)
    number = epochs.next_value(act, last_number(act, kind, signer))
    kept = kind(job_id=job.id, signer=signer, number=number, blob_id=blob.id, signed_at=act.clock.now())
    act.session.add(kept)
    act.session.flush()
    return kept


def last_number(look: Look, kind: type[Kept], signer: SignedUnder) -> int:
    """The number of the last that was signed under this certificate, 0 for none."""
    return look.session.scalar(select(func.max(kind.number)).where(kind.signer_id == signer.id)) or 0


def of_job(look: Look, kind: type[Kept], job: PrintJob) -> Kept | None:
    """What is kept for a job; None before it was signed, and for a type without it."""
    return look.session.scalar(select(kind).where(kind.job_id == job.id))


def locked(act: Act, kind: type[Certificate], certificate: bytes) -> Certificate:
    """The row of a certificate (DER), new if need be, locked until the act ends: no number is given twice."""
    digest = hashlib.sha256(certificate).hexdigest()
    found = act.session.scalar(select(kind).where(kind.digest == digest).with_for_update())
    if found is None:
        read = SignerCertificate.of(certificate)
        found = kind(digest=digest, signer=read.signer, reference=f"{read.serial:X}", certificate=certificate)
        act.session.add(found)
        act.session.flush()
    return found
