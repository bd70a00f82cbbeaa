"""Seals for tests: signers with fixed keys, certificates of any dates and curve, contents of every profile."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import ecdsa
from asn1crypto import algos, core, keys, x509
from ecdsa import curves

from printing.mrz import Mrz
from printing.seals import seal

ISSUED = dt.date(2026, 11, 2)
SIGNED = dt.date(2026, 11, 3)
AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
HASHES = {28: hashlib.sha224, 32: hashlib.sha256}


class KeySigner:
    """A key in the test's hands, made from a number so that every run signs the same."""

    def __init__(self, curve: Any = curves.NIST256p, secret: int = 20261121) -> None:
        self.key = ecdsa.SigningKey.from_secret_exponent(secret, curve)

    def sign(self, data: bytes) -> bytes:
        return self.key.sign_deterministic(data, hashfunc=HASHES[self.key.curve.baselen])

    def certificate(self, **changes: Any) -> bytes:
        return certificate(self.key.verifying_key.to_der(), **changes)


class MemoryKey:
    """A key of `issuance.keys.signer.Key`, in memory: as `KeySigner`, certified long enough for any test's clock."""

    def __init__(self, **changes: Any) -> None:
        self.signer = KeySigner()
        not_after = dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
        self.certificate = self.signer.certificate(**{"name": "LI", "not_after": not_after} | changes)
        self.signatures, self.closed = 0, 0

    def sign_digest(self, digest: bytes) -> bytes:
        self.signatures += 1
        return bytes(self.signer.key.sign_digest(digest))

    def close(self) -> None:
        self.closed += 1


def certificate(
    public_key: bytes,
    *,
    country: str = "RO",
    name: str = "IM",
    serial: int = 0x1A2,
    not_before: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    not_after: dt.datetime = dt.datetime(2028, 1, 1, tzinfo=dt.UTC),
    document_types: list[str] | None = None,
) -> bytes:
    """A signer certificate (DER) for any public key, issued by a CSCA of the test."""
    issuer = ecdsa.SigningKey.from_secret_exponent(7, curves.NIST256p)
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": algorithm,
            "issuer": x509.Name.build({"country_name": country, "common_name": "CSCA"}),
            "validity": {"not_before": x509.UTCTime(not_before), "not_after": x509.UTCTime(not_after)},
            "subject": x509.Name.build({"country_name": country, "common_name": name}),
            "subject_public_key_info": keys.PublicKeyInfo.load(public_key),
            "extensions": [] if document_types is None else [_document_type_list(document_types)],
        }
    )
    signature = issuer.sign_deterministic(body.dump(), hashlib.sha256, sigencode=ecdsa.util.sigencode_der)
    parts = {"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": signature}
    return bytes(x509.Certificate(parts).dump())


def _document_type_list(types: list[str]) -> dict[str, Any]:
    names = b"".join(core.PrintableString(one).dump() for one in sorted(types))
    content = b"\x02\x01\x00\x31" + bytes((len(names),)) + names
    return {"extn_id": "2.23.136.1.1.6.2", "extn_value": b"\x30" + bytes((len(content),)) + content}


def zone(**changes: Any) -> Mrz:
    values: dict[str, Any] = {
        "layout": "TD2",
        "document_code": "IT",
        "issuing_state": "ROU",
        "document_number": "TI0000423",
        "nationality": "SYR",
        "birth_date": "9201<<",
        "sex": "F",
        "expiry_date": "270201",
        "primary_identifier": "AL MASRI",
        "secondary_identifier": "LAYLA",
    }
    return Mrz(**values | changes)


CONTENTS: dict[str, dict[str, Mrz | str]] = {
    "FD/02": {"mrz": zone(), "register_number": "RO2611000042"},
    "FB/06": {"mrz": zone(document_code="AT", document_number="TP0000423"), "passport_number": "N1234567"},
    "FA/06": {"mrz": zone(document_code="AT", document_number="TP0000423"), "sheet_number": "S00000017"},
    "5E/03": {"mrz": zone(document_code="PU", document_number="RT0000017")},
}


def encode(profile: str = "FD/02", values: dict[str, Mrz | str] | None = None, **changes: Any) -> bytes:
    header: dict[str, Any] = {
        "issuing_state": "ROU",
        "signer": "ROIM",
        "certificate_serial": 0x1A2,
        "issue_date": ISSUED,
        "signature_date": SIGNED,
    }
    return seal.encode(profile, CONTENTS[profile] if values is None else values, **header | changes)


def sealed(profile: str = "FD/02", signer: KeySigner | None = None, **changes: Any) -> bytes:
    return seal.sign(encode(profile, **changes), signer or KeySigner(), profile)
