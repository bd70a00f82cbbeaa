"""The signing key as a file: for development, made at the first start with a signing authority of its own.

Under `var/keys`: `csca.key` and `csca.crt`, `seal-signer.key` and `seal-signer.crt`, all PEM and the owner's alone. To
get a new signer when its usage period has ended, move its two files away.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from asn1crypto import pem
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuance.clock import Clock
from issuance.keys.signer import LONGEST_DOCUMENT, SignerUnavailable
from printing.certificates import Authority, Period, bar_code_signer, country_signer
from printing.signing import CertificateError, SignerCertificate

COUNTRY, STATE = "RO", "ROU"
SITE = "https://csca.invalid"
"""A name that never leads anywhere (RFC 2606): this authority publishes nothing."""

T = TypeVar("T")

SIGNER_NAME = "LI"
LARGEST_SERIAL = 0xFFF
"""The seal of a residence permit on paper has room for three digits of it (TR-03137-1, 8.1: 142 bytes)."""

SIGNER_USAGE = dt.timedelta(days=365)
AUTHORITY_USAGE = dt.timedelta(days=3 * 365)


class FileKey:
    """A P-256 key in a file; see `signer.Key`. SignerUnavailable if its files cannot be made or read."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        try:
            authority = _authority(folder, clock)
            self._key = _key(folder / "seal-signer.key")
            self.certificate = _certificate(folder / "seal-signer.crt", lambda: _issue(self._key, authority, clock))
        except OSError as error:
            raise SignerUnavailable(
                "The keys in the folder %(folder)s cannot be read or written (%(reason)s): give the server's account "
                "the right to it.",
                folder=folder,
                reason=error.strerror,
            ) from error

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a SHA-256 value, 64 bytes."""
        signature = self._key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))

    def close(self) -> None:
        """Nothing to let go of: the key ends with the process."""


def _authority(folder: Path, clock: Clock) -> Authority:
    """The country signing authority of this installation."""
    key = _key(folder / "csca.key")

    def certify() -> bytes:
        usage = _period(clock, AUTHORITY_USAGE)
        validity = Period(usage.begins, usage.ends + SIGNER_USAGE + LONGEST_DOCUMENT)
        names = {"country": COUNTRY, "state": STATE, "name": "Liman Development CSCA", "site": SITE}
        serial = 1 + secrets.randbits(64)
        return country_signer(key, serial=serial, validity=validity, usage=usage, **names).certificate

    return Authority(key, _certificate(folder / "csca.crt", certify))


def _issue(key: ec.EllipticCurvePrivateKey, authority: Authority, clock: Clock) -> bytes:
    """The signer's certificate: valid while the key is used and as long as what it signed (Doc 9303-12, 4.1.3.1)."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    validity = _period(clock, SIGNER_USAGE + LONGEST_DOCUMENT)
    serial = 1 + secrets.randbelow(LARGEST_SERIAL)
    return bar_code_signer(spki, authority, name=SIGNER_NAME, serial=serial, validity=validity)


def _period(clock: Clock, length: dt.timedelta) -> Period:
    """From now to the end of a day."""
    begins = clock.now().replace(microsecond=0)
    ends = (begins + length).replace(hour=23, minute=59, second=59)
    return Period(begins, ends)


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in `path`, made if it is not there."""
    key = _read(path, _new_key, lambda data: serialization.load_pem_private_key(data, None))
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _damaged(path)
    return key


def _new_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _certificate(path: Path, certify: Callable[[], bytes]) -> bytes:
    """The certificate (DER) in `path`, made by `certify` if it is not there."""

    def decode(data: bytes) -> bytes:
        der: bytes = pem.unarmor(data)[2]
        SignerCertificate.of(der)
        return der

    return _read(path, lambda: pem.armor("CERTIFICATE", certify()), decode)


def _read(path: Path, make: Callable[[], bytes], decode: Callable[[bytes], T]) -> T:
    """What `path` holds, made first if it is not there: of two processes that start at once, one makes it for both."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, make())
    try:
        return decode(path.read_bytes())
    except (ValueError, TypeError, CertificateError) as error:
        raise _damaged(path) from error


def _write_once(path: Path, data: bytes) -> None:
    """Write the whole file with owner-only rights, unless another process was first."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _damaged(path: Path) -> SignerUnavailable:
    return SignerUnavailable("The key file %(name)s is damaged: put the copy from the safe back.", name=path.name)
