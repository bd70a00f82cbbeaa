"""Chips for tests: a country's authority and a document signer in memory, certified as long as any test's clock."""

from __future__ import annotations

import datetime as dt
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from printing.pki.certificates import Authority, Period, country_signer
from printing.pki.document_signers import document_signer

BEGINS, ENDS = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2036, 1, 1, tzinfo=dt.UTC)
LONGER = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
TYPES = ("AR", "PR", "PT")


@cache
def authority() -> Authority:
    """The country signing authority of the tests; `certificate` is its anchor (DER)."""
    return country_signer(
        ec.derive_private_key(7, ec.SECP256R1()),
        country="RO",
        state="ROU",
        name="Test CSCA",
        serial=1,
        validity=Period(BEGINS, LONGER),
        usage=Period(BEGINS, ENDS),
        site="https://csca.invalid",
    )


@cache
def certificate(serial: int, types: tuple[str, ...]) -> bytes:
    """The document signer's certificate (DER)."""
    public = _key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return document_signer(
        public,
        authority(),
        name="Test Document Signer",
        serial=serial,
        validity=Period(BEGINS, LONGER),
        usage=Period(BEGINS, ENDS),
        document_types=types,
    )


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(20261122, ec.SECP256R1())


class ChipKey:
    """A document signer's key of `issuance.keys.signer.Key`, in memory; `signatures` counts what it signed."""

    def __init__(self, serial: int = 0xD5, types: tuple[str, ...] = TYPES) -> None:
        self.certificate = certificate(serial, types)
        self.signatures = 0

    def sign_digest(self, digest: bytes) -> bytes:
        self.signatures += 1
        signature = _key().sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))

    def close(self) -> None:
        """Nothing to let go of."""
