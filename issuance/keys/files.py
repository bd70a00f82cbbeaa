"""Key files: whole, the owner's alone, and replaced in one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from asn1crypto import pem
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuance.keys.signer import SignerUnavailable
from issuance.settings import draft, write_once
from printing.pki import public_keys
from printing.pki.public_keys import PrivateKey
from printing.pki.signing import CertificateError, SignerCertificate

T = TypeVar("T")


def new_key(algorithm: str) -> PrivateKey:
    """A key of `purposes.ALGORITHMS`."""
    if algorithm == "RSA-3072":
        return rsa.generate_private_key(65537, 3072)
    return ec.generate_private_key({"P-256": ec.SECP256R1, "brainpoolP256r1": ec.BrainpoolP256R1}[algorithm]())


def public_half(key: PrivateKey) -> bytes:
    """The SubjectPublicKeyInfo (DER) of a key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_in(path: Path, algorithm: str) -> PrivateKey:
    """The key in `path` (PEM), made if it is not there."""

    def decode(data: bytes) -> PrivateKey:
        key = serialization.load_pem_private_key(data, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise CertificateError("the key is neither EC nor RSA")
        public_keys.private(key)
        return key

    return read(path, lambda: key_pem(new_key(algorithm)), decode)


def key_pem(key: PrivateKey) -> bytes:
    """The key as its file has it."""
    return key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def certificate_in(path: Path, certify: Callable[[], bytes]) -> bytes:
    """The certificate (DER) in `path` (PEM), made by `certify` if it is not there."""

    def decode(data: bytes) -> bytes:
        der: bytes = pem.unarmor(data)[2]
        SignerCertificate.of(der)
        return der

    return read(path, lambda: certificate_pem(certify()), decode)


def certificate_pem(certificate: bytes) -> bytes:
    """The certificate as its file has it."""
    text: bytes = pem.armor("CERTIFICATE", certificate)
    return text


def read(path: Path, make: Callable[[], bytes], decode: Callable[[bytes], T]) -> T:
    """What `path` holds, made first if it is not there: of two processes that start at once, one makes it for both."""
    if not path.exists():
        write_once(path, make())
    try:
        return decode(path.read_bytes())
    except (ValueError, TypeError, CertificateError) as error:
        raise SignerUnavailable(
            "The key file %(name)s is damaged: put the copy from the safe back.", name=path.name
        ) from error


def replace(path: Path, data: bytes) -> None:
    """Put a whole file in the place of another, or of none, in one step that survives a crash."""
    draft(path, data).replace(path)
