"""The signing key as a file: for development, made at the first start with a signing authority of its own.

Under `var/keys`: `seal-signer.key` and `seal-signer.crt`, `document-signer.key` and `document-signer.crt`, all PEM and
the owner's alone. A key that waits for its certificate is `document-signer.next.key`. Certificates that were replaced
are under `published`: what they signed is still in people's hands.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from issuance.clock import Clock
from issuance.keys import development, files
from issuance.keys.purposes import Purpose
from issuance.keys.signer import SignerUnavailable
from printing.pki import public_keys
from printing.pki.public_keys import PrivateKey, PrivateKeySigner
from printing.pki.signing import CertificateError, SignerCertificate


class FileKey:
    """A key in a file; see `signer.Key`. SignerUnavailable if its files cannot be made or read."""

    def __init__(self, purpose: Purpose, folder: Path, clock: Clock) -> None:
        try:
            development.authority(folder, clock)
            key = files.key_in(folder / f"{purpose.file}.key", purpose.algorithms[0])

            def certify() -> bytes:
                return development.certify(purpose, files.public_half(key), folder, clock)

            self.certificate = files.certificate_in(folder / f"{purpose.file}.crt", certify)
            _take_over(purpose, folder, self.certificate)
            self._signer = PrivateKeySigner(files.key_in(folder / f"{purpose.file}.key", purpose.algorithms[0]))
        except OSError as error:
            raise SignerUnavailable(
                "The keys in the folder %(folder)s cannot be read or written (%(reason)s): give the server's account "
                "the right to it.",
                folder=folder,
                reason=error.strerror,
            ) from error

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a hash value."""
        return self._signer.sign_digest(digest)

    def close(self) -> None:
        """Nothing to let go of: the key ends with the process."""


def next_key(purpose: Purpose, folder: Path, algorithm: str) -> PrivateKey:
    """The key that waits for its certificate; made new when there is none, or one of another algorithm."""
    path = _next(purpose, folder)
    key = files.key_in(path, algorithm)
    if public_keys.private(key)[0].kind != algorithm:
        key = files.new_key(algorithm)
        files.replace(path, files.key_pem(key))
    return key


def install(purpose: Purpose, folder: Path, certificate: bytes) -> None:
    """Put a certificate (DER) of the present or the next key in place, and its key with it; keep the old one.

    The certificate's file alone decides: a crash before it is replaced changes nothing, one after it is made good by
    the next start.
    """
    path = folder / f"{purpose.file}.crt"
    if path.exists():
        old = path.read_bytes()
        serial = SignerCertificate.of(files.certificate_in(path, bytes)).serial
        files.replace(folder / "published" / f"{purpose.file}-{serial:X}.crt", old)
    files.replace(path, files.certificate_pem(certificate))
    _take_over(purpose, folder, certificate)


def public_halves(purpose: Purpose, folder: Path) -> list[bytes]:
    """The present and the next key (SubjectPublicKeyInfo, DER), as far as they are there."""
    paths = [folder / f"{purpose.file}.key", _next(purpose, folder)]
    return [files.public_half(files.key_in(path, "")) for path in paths if path.exists()]


def _take_over(purpose: Purpose, folder: Path, certificate: bytes) -> None:
    """The next key becomes the present one when the certificate in place is its own."""
    path = _next(purpose, folder)
    if path.exists() and _is_of(path, certificate):
        with contextlib.suppress(FileNotFoundError):  # another process was first
            path.replace(folder / f"{purpose.file}.key")


def _is_of(path: Path, certificate: bytes) -> bool:
    """Whether a certificate is of the key in a file that exists."""
    key = public_keys.private(files.key_in(path, ""))[0]
    try:
        return public_keys.read(SignerCertificate.of(certificate).public_key).raw == key.raw
    except CertificateError:
        return False


def _next(purpose: Purpose, folder: Path) -> Path:
    return folder / f"{purpose.file}.next.key"
