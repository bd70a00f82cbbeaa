"""Chips of documents while they are made: their own keys, their files, the signature over them.

Signed with no transaction open, kept once for each job so that its order composes the same each time, counted for each
certificate. The chip's private keys are destroyed when the job ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete

from issuance.acts import Act, Look
from issuance.document_types import DocumentType
from issuance.keys import DocumentSigner
from issuance.models.production import DocumentChip, PrintJob
from issuance.models.vault import Blob
from issuance.services.production import signers
from printing.chip import sod
from printing.chip.content import data_groups
from printing.chip.facial_image import Encoding
from printing.content import DocumentContent

KEYS: Mapping[str, Literal["active", "chip"]] = {"DG15": "active", "DG14": "chip"}
"""Which data group holds which public key: active authentication, chip authentication (Doc 9303-11, 6.1 and 6.2)."""


class Secrets(BaseModel):
    """What a chip's files are made of besides the frozen content: security object, private keys (PKCS#8 DER)."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    facial_encoding: Encoding
    keys: dict[Literal["active", "chip"], bytes] = Field(repr=False)
    sod: bytes = Field(default=b"", repr=False)


@dataclass(frozen=True)
class Made:
    """A chip's secrets with the signed security object, the certificate (DER) of its signer, and the `files`."""

    secrets: Secrets
    certificate: bytes
    files: Mapping[str, bytes]


def make(content: DocumentContent, kind: DocumentType, signer: DocumentSigner, encoding: Encoding) -> Made:
    """New keys for a chip, its files, and the security object over them. SignerUnavailable; PrintingError."""
    signer.check_code(kind.template().mrz_code)
    keys = {key: _new_key() for group, key in KEYS.items() if kind.chip and group in kind.chip.data_groups}
    unsigned = Secrets(facial_encoding=encoding, keys=keys)
    groups = _unsigned_files(content, kind, unsigned)
    signed = sod.sign(groups, signer, signer.certificate)
    return Made(unsigned.model_copy(update={"sod": signed}), signer.certificate, groups | {"SOD": signed})


def files(content: DocumentContent, kind: DocumentType, secrets: Secrets) -> dict[str, bytes]:
    """Every elementary file of a chip, by name: the same each time."""
    return _unsigned_files(content, kind, secrets) | {"SOD": secrets.sod}


def check(content: DocumentContent, kind: DocumentType) -> None:
    """Make once what the chip's keys have no part in; PrintingError when no chip can say this content.

    Of a draft, which has no portrait yet, all but the portrait.
    """
    if kind.chip:
        names = [name for name in kind.chip.data_groups if name not in KEYS and (content.portrait or name != "DG2")]
        data_groups(content, kind.template(), names, active_key=None, chip_key=None)


def _unsigned_files(content: DocumentContent, kind: DocumentType, secrets: Secrets) -> dict[str, bytes]:
    return data_groups(
        content,
        kind.template(),
        kind.chip.data_groups if kind.chip else (),
        active_key=_public(secrets.keys.get("active")),
        chip_key=_public(secrets.keys.get("chip")),
        facial_encoding=secrets.facial_encoding,
    )


def _new_key() -> bytes:
    """A private key on P-256, which every applet knows; PKCS#8 DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    der, plain = serialization.Encoding.DER, serialization.NoEncryption()
    return key.private_bytes(der, serialization.PrivateFormat.PKCS8, plain)


def _public(private: bytes | None) -> bytes | None:
    """SubjectPublicKeyInfo (DER) of a private key."""
    if private is None:
        return None
    key = serialization.load_der_private_key(private, None).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def keep(act: Act, job: PrintJob, made: Made) -> DocumentChip:
    """Store what was made for a job, encrypted, under the next number of its signer's certificate."""
    return signers.keep(act, job, DocumentChip, made.certificate, made.secrets.model_dump_json().encode())


def of_job(look: Look, job: PrintJob) -> Secrets | None:
    """What was made for a job; None before it was signed, after the job ended, and for a type without a chip."""
    kept = signers.of_job(look, DocumentChip, job)
    if kept is None or kept.blob_id is None:
        return None
    return Secrets.model_validate_json(look.vault.get(look.session, kept.blob_id))


def forget(act: Act, job: PrintJob) -> None:
    """The job has ended: destroy the chip's private keys. A second time, or without a chip, changes nothing."""
    kept = signers.of_job(act, DocumentChip, job)
    if kept is not None and kept.blob_id is not None:
        blob_id, kept.blob_id = kept.blob_id, None
        act.session.flush()
        act.session.execute(delete(Blob).where(Blob.id == blob_id))
