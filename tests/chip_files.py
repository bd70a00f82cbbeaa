"""A country's keys and one finished chip for tests: brainpool keys, certificates, files; each is made once."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from printing.chip import sod
from printing.chip.content import data_groups
from printing.pki import document_signers, public_keys
from printing.pki.certificates import Authority, Period, country_signer
from printing.pki.public_keys import PrivateKey, PrivateKeySigner
from tests import faces

AT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
NAMES = ("DG1", "DG2", "DG11", "DG12", "DG14", "DG15")
USAGE = Period(dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 30, tzinfo=dt.UTC))
VALIDITY = Period(USAGE.begins, dt.datetime(2037, 2, 1, tzinfo=dt.UTC))


class DocumentSigner(NamedTuple):
    """A `Signer` and its certificate (DER)."""

    signer: PrivateKeySigner
    certificate: bytes


@cache
def brainpool(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, ec.BrainpoolP256R1())


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """A key of 2048 bits: quick to make; nobody trusts it."""
    assert number >= 0
    return rsa.generate_private_key(65537, 2048)


def authority(
    key: PrivateKey | None = None, name: str = "CSCA", validity: Period = VALIDITY, state: str = "ROU"
) -> Authority:
    return country_signer(
        key or brainpool(0xC5CA), country="RO", state=state, name=name, serial=1,
        validity=validity, usage=USAGE, site="https://csca.example",
    )  # fmt: skip


def document_signer(
    issuer: Authority | None = None,
    key: PrivateKey | None = None,
    serial: int = 0xD5,
    types: tuple[str, ...] = ("AR", "PT"),
    validity: Period = VALIDITY,
) -> DocumentSigner:
    public, signer = public_keys.private(key or brainpool(0xD5))
    issuer = issuer or the_authority()
    certificate = document_signers.document_signer(
        public.info.dump(), issuer, name="DS", serial=serial, validity=validity, usage=USAGE, document_types=types
    )
    return DocumentSigner(signer, certificate)


@cache
def the_authority() -> Authority:
    return authority()


@cache
def the_signer() -> DocumentSigner:
    return document_signer()


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed(files: dict[str, bytes], by: DocumentSigner | None = None) -> dict[str, bytes]:
    """These files with an EF.SOD over them."""
    by = by or the_signer()
    return files | {"SOD": sod.sign(files, by.signer, by.certificate)}


@cache
def _unsigned() -> dict[str, bytes]:
    keys = {"active_key": spki(brainpool(0xAA)), "chip_key": spki(brainpool(0xCA))}
    return data_groups(faces.content(), faces.RESIDENCE_PERMIT, NAMES, **keys)


def unsigned() -> dict[str, bytes]:
    """The data groups of a residence permit's chip, with EF.COM and EF.CardAccess."""
    return dict(_unsigned())


@cache
def _finished() -> dict[str, bytes]:
    return signed(unsigned())


def finished() -> dict[str, bytes]:
    """All files of a residence permit's chip, by name."""
    return dict(_finished())
