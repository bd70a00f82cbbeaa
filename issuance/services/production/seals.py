"""Seals of documents: signed with no transaction open, kept once for each job, counted for each certificate."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from issuance import document_types
from issuance.acts import Act, Look
from issuance.clock import Clock
from issuance.keys import SealSigner, SignerUnavailable
from issuance.models.production import DocumentSeal, PrintJob, SealCertificate
from issuance.services.production import documents, signers
from printing.content import DocumentContent, Template
from printing.seals import seal
from printing.seals.document_seal import encode_document, printed_fields
from printing.seals.encoding import SealError


@dataclass(frozen=True)
class Signed:
    """A whole seal and the certificate (DER) of its signer."""

    seal: bytes
    certificate: bytes


def sign(content: DocumentContent, template: Template, signer: SealSigner, clock: Clock) -> Signed:
    """Encode and sign the seal of a document. SignerUnavailable; SealError for content that no seal can say."""
    signer.check_code(template.mrz_code)
    try:
        encoded = encode_document(
            content,
            template,
            signer=signer.identifier,
            certificate_serial=signer.serial,
            signature_date=clock.today(),
        )
        data = seal.sign(encoded, signer, template.seal or "")
        return Signed(data, signer.certificate)
    except SealError as error:
        if error.part not in ("certificate_serial", "seal"):
            raise
        raise SignerUnavailable(
            "The certificate of the seal signer %(signer)s has the serial number %(serial)s, too long for the seal of "
            "%(type)s: have one issued with at most three hexadecimal digits.",
            signer=signer.identifier,
            serial=signer.reference,
            type=template.document_type,
        ) from error


def keep(act: Act, job: PrintJob, signed: Signed) -> DocumentSeal:
    """Store the seal of a job, encrypted, under the next number of its certificate."""
    return signers.keep(act, job, DocumentSeal, signed.certificate, signed.seal)


def of_job(look: Look, job: PrintJob) -> bytes | None:
    """The seal of a job; None before it was signed or for a type without a seal."""
    kept = signers.of_job(look, DocumentSeal, job)
    return look.vault.get(look.session, kept.blob_id) if kept else None


def certificates(look: Look) -> list[SealCertificate]:
    """Every certificate under which a seal of this register was signed, oldest first."""
    return list(look.session.scalars(select(SealCertificate).order_by(SealCertificate.id)))


def is_genuine(look: Look, job: PrintJob) -> bool:
    """Whether the seal kept for a job verifies by its signer's certificate and says what the record says."""
    kept = signers.of_job(look, DocumentSeal, job)
    if kept is None:
        return False
    content = documents.frozen_content(look, job.document)
    fields = printed_fields(content, document_types.get(job.document.document_type).template())
    try:
        certificates = [kept.signer.certificate]
        checked = seal.verify(look.vault.get(look.session, kept.blob_id), certificates, fields, at=look.clock.now())
    except SealError:
        return False
    return checked.verdict is seal.Verdict.VALID
