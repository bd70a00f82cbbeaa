"""The files between an office and the site that personalises for it: CMS (RFC 5652), signed inside encrypted.

SignedData with the content, by the sender's key, inside EnvelopedData for the recipient (AES-256-CBC, RSA). Each side
knows the other's certificate beforehand and takes it from no file. Content: one JSON message of `card_drivers.order`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from card_drivers.device import ConfigurationError, DeviceOffline
from card_drivers.troubles import Troubled

KEY, CERTIFICATE, SUFFIX = "key.pem", "certificate.pem", ".p7m"
KEY_BITS, LEAST_BITS = 3072, 2048
YEARS = 5
LARGEST = 64 * 1024 * 1024
OPTIONS = [pkcs7.PKCS7Options.Binary]
SIGNED = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]


@contextmanager
def disk() -> Iterator[None]:
    """What the disk refuses is DeviceOffline: the station tries again."""
    try:
        yield
    except OSError as error:
        raise DeviceOffline("disk-refuses", path=str(error.filename), said=str(error.strerror)) from error


class FileRefused(Troubled):
    """A file that is not for us, not by them, or damaged; says which."""


@dataclass(frozen=True)
class Identity:
    """One side: its RSA key, for signing and for reading, and the certificate that the other side has."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def read(cls, folder: Path) -> Identity:
        """From `key.pem` and `certificate.pem`; ConfigurationError when they are none, or do not belong together."""
        certificate = read_certificate(folder / CERTIFICATE)
        try:
            key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigurationError("bureau-key-unreadable", path=str(folder / KEY)) from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
            raise ConfigurationError("bureau-key-other", path=str(folder / KEY))
        return cls(key, certificate)


def read_certificate(path: Path) -> x509.Certificate:
    """A certificate in PEM of an RSA key of 2048 bits or more; ConfigurationError otherwise."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = certificate.public_key()
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("bureau-no-certificate", path=str(path)) from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
        raise ConfigurationError("bureau-certificate-weak", path=str(path), bits=LEAST_BITS)
    return certificate


def make_identity(folder: Path, name: str, now: dt.datetime) -> None:
    """A new key and its certificate in `folder`; ConfigurationError when there is one already, or no place for it."""
    key = rsa.generate_private_key(65537, KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(folder / KEY, secret, 0o600)
        _write_new(folder / CERTIFICATE, certificate.public_bytes(pem), 0o644)
    except OSError as error:
        raise ConfigurationError("folder-refuses", path=str(folder), said=str(error.strerror)) from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)


def pack(content: bytes, sender: Identity, recipient: x509.Certificate) -> bytes:
    """The file (DER)."""
    signer = pkcs7.PKCS7SignatureBuilder().set_data(content)
    signed = signer.add_signer(sender.certificate, sender.key, hashes.SHA256())
    envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(signed.sign(serialization.Encoding.DER, SIGNED))
    envelope = envelope.add_recipient(recipient).set_content_encryption_algorithm(algorithms.AES256)
    return envelope.encrypt(serialization.Encoding.DER, OPTIONS)


def unpack(file: bytes, recipient: Identity, sender: x509.Certificate) -> bytes:
    """The content of a file; FileRefused unless it is for us, whole, and signed by `sender`."""
    if len(file) > LARGEST:
        raise FileRefused("bureau-file-large", bytes=LARGEST)
    try:
        signed = pkcs7.pkcs7_decrypt_der(file, recipient.certificate, recipient.key, [])
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FileRefused("bureau-file-not-ours") from error
    try:
        return _verified(cms.ContentInfo.load(signed, strict=True), sender)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise FileRefused("bureau-file-unsigned") from error


def _verified(info: cms.ContentInfo, sender: x509.Certificate) -> bytes:
    """The content that one signer signed (RFC 5652 section 5.4): signed attributes over its SHA-256."""
    signed = info["content"]
    (signer,) = signed["signer_infos"]
    content = bytes(signed["encap_content_info"]["content"].native)
    attributes = {each["type"].native: each["values"].native for each in signer["signed_attrs"]}
    kinds = (signer["digest_algorithm"]["algorithm"].native, signed["encap_content_info"]["content_type"].native)
    if kinds != ("sha256", "data") or attributes["content_type"] != ["data"]:
        raise FileRefused("bureau-file-other-signing")
    if attributes["message_digest"] != [hashlib.sha256(content).digest()]:
        raise FileRefused("bureau-file-changed")
    key = sender.public_key()
    assert isinstance(key, rsa.RSAPublicKey), "read_certificate takes no other"
    try:
        # The signature is over the attributes as a SET OF, not with the context tag they have in the file.
        key.verify(
            signer["signature"].native, signer["signed_attrs"].untag().dump(), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature as error:
        raise FileRefused("bureau-file-other-signer") from error
    return content
