"""Signatures of seals: the one-method `Signer`, and signer certificates as a verifier uses them (Doc 9303-12, 7.1.3).

Certificates are read by asn1crypto and their keys by ecdsa: `cryptography` has no brainpoolP224r1, and of the explicit
EC parameters that Doc 9303-12 asks for it loads those of the NIST curves only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import ecdsa
from asn1crypto import core, parser, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

DOCUMENT_TYPES = "2.23.136.1.1.6.2"
"""The extension that lists the MRZ codes a signer may sign (Doc 9303-12, 7.1.1.6)."""

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""What asn1crypto raises when it reads bytes that are not what they should be."""

_HASHES: tuple[tuple[int, Callable[[bytes], Any]], ...] = (
    (224, hashlib.sha224),
    (256, hashlib.sha256),
    (384, hashlib.sha384),
    (512, hashlib.sha512),
)


class Signer(Protocol):
    """Whoever holds a signing key: a file, a token, a service. `printing` knows no more of it than this."""

    def sign(self, data: bytes) -> bytes:
        """The ECDSA signature over `data`, hashed as `hash_for` says, as r || s, each as long as the curve's order.

        Of an RSA key, which document signers alone may have: RSASSA-PSS with SHA-256 and 32 bytes of salt.
        """
        ...


class CertificateError(ValueError):
    """A signer certificate that cannot be used; the message says why. It holds nothing personal."""


def hash_for(order_bits: int) -> Callable[[bytes], Any]:
    """The hash for a curve whose order has so many bits: 224 SHA-224, 256 SHA-256 ... (Doc 9303-13, 2.4)."""
    for limit, function in _HASHES:
        if order_bits <= limit:
            return function
    raise CertificateError(f"A curve of {order_bits} bits has no hash in Doc 9303-13: use one of at most 512 bits.")


@dataclass(frozen=True)
class SignerCertificate:
    """What a verifier needs of a signer's certificate.

    `signer` is the subject's country and common name, four characters such as "ROIM"; with `serial` it is what a
    seal's header names. `document_types` are the MRZ codes it may sign, a single letter standing for all that start
    with it (Doc 9303-12, 7.1.1.6); None: all. `types_unreadable`: it has a list that cannot be read, so that none is
    known to be allowed. `public_key` is a DER SubjectPublicKeyInfo.
    """

    signer: str
    serial: int
    not_before: dt.datetime
    not_after: dt.datetime
    document_types: frozenset[str] | None
    public_key: bytes
    types_unreadable: bool = False

    @classmethod
    def of(cls, certificate: x509.Certificate | bytes) -> SignerCertificate:
        """Read a certificate, DER or of `cryptography`; CertificateError if it is none."""
        der = certificate if isinstance(certificate, bytes) else certificate.public_bytes(Encoding.DER)
        try:
            parsed = asn1_x509.Certificate.load(der, strict=True)
            subject, validity = parsed.subject.native, parsed["tbs_certificate"]["validity"].native
            types, unreadable = _document_types(parsed)
            return cls(
                signer=f"{subject.get('country_name', '')}{subject.get('common_name', '')}",
                serial=parsed.serial_number,
                not_before=validity["not_before"],
                not_after=validity["not_after"],
                document_types=types,
                public_key=parsed.public_key.dump(),
                types_unreadable=unreadable,
            )
        except UNREADABLE as error:
            raise CertificateError("A signer certificate is not X.509 in DER or PEM.") from error

    def may_sign(self, document_code: str) -> bool:
        """Whether this signer is allowed to sign documents with this MRZ code of two characters."""
        code = document_code.rstrip("<")
        return self.document_types is None or not self.document_types.isdisjoint({code, code[:1]})

    def is_valid(self, at: dt.datetime) -> bool:
        """Whether the certificate is neither expired nor of the future."""
        return self.not_before <= at <= self.not_after

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Whether `signature` (r || s) over `data` is this signer's. CertificateError: a key we cannot use."""
        key = self._key()
        digest = hash_for(key.curve.order.bit_length())(data).digest()
        try:
            return bool(key.verify_digest(signature, digest, allow_truncate=True))
        except ecdsa.BadSignatureError:
            return False

    def _key(self) -> Any:
        """The key, on a curve known by name: parameters that anybody could have made up prove nothing."""
        try:
            key = ecdsa.VerifyingKey.from_der(self.public_key)
        except (ValueError, AssertionError, ecdsa.der.UnexpectedDER, ecdsa.curves.UnknownCurveError) as error:
            raise CertificateError(f"The key of signer {self.signer} is no EC public key.") from error
        if key.curve not in ecdsa.curves.curves:
            raise CertificateError(f"The key of signer {self.signer} is on a curve of its own.")
        return key


def read_certificates(certificates: Iterable[bytes | x509.Certificate]) -> list[SignerCertificate]:
    """Every certificate given: DER, PEM (one or several in a file), or of `cryptography`."""
    return [SignerCertificate.of(one) for given in certificates for one in _unarmoured(given)]


def _unarmoured(given: bytes | x509.Certificate) -> list[bytes | x509.Certificate]:
    if not isinstance(given, bytes) or not pem.detect(given):
        return [given]
    try:
        return [der for kind, _, der in pem.unarmor(given, multiple=True) if kind == "CERTIFICATE"]
    except ValueError as error:
        raise CertificateError("A signer certificate is damaged PEM.") from error


def _document_types(certificate: asn1_x509.Certificate) -> tuple[frozenset[str] | None, bool]:
    """The list of document types, None without one; and whether there is one that cannot be read."""
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted != DOCUMENT_TYPES:
            continue
        try:
            return _listed(extension["extn_value"].contents), False
        except UNREADABLE:
            return frozenset(), True
    return None, False


def _listed(data: bytes) -> frozenset[str]:
    """The codes of a list as Doc 9303-12, 7.1.1.6, has it, or without the version and the set, as some states have."""
    (_, content), *rest = _objects(data)
    inside = _objects(content)
    if inside and inside[0][0] == core.Integer.tag:
        (_, content), *rest = [*inside[1:], *rest]
        inside = _objects(content)
    codes = [value.decode("ascii") for _, value in inside]
    if rest or not codes or not all(re.fullmatch("[A-Z][A-Z0-9<]?", code) for code in codes):
        raise ValueError("a list without codes")
    return frozenset(code.rstrip("<") for code in codes)


def _objects(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each ASN.1 value, one beside the other."""
    found = []
    while data:
        _, _, tag, header, content, trailer = parser.parse(data)
        found.append((tag, content))
        data = data[len(header) + len(content) + len(trailer) :]
    return found


class _Types(core.SetOf):  # type: ignore[misc]
    _child_spec = core.PrintableString


class DocumentTypeList(core.Sequence):  # type: ignore[misc]
    """SEQUENCE { version INTEGER, SET OF PrintableString } (Doc 9303-12, 7.1.1.6)."""

    _fields = [("version", core.Integer), ("types", _Types)]  # noqa: RUF012 - asn1crypto reads a list
