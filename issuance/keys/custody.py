"""The life of the signing keys: made, certified, brought in, replaced.

In development the authority is a file and certifies at once. In production a new key waits, in its token, until the
national authority's certificate for it is brought in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from issuance.clock import Clock
from issuance.errors import InvalidInput
from issuance.keys import development, file_key, files, store
from issuance.keys.purposes import Purpose
from issuance.keys.token import StoredKey, Token
from issuance.settings import Settings
from printing.pki import checks, document_signers, public_keys
from printing.pki.public_keys import PrivateKeySigner
from printing.pki.signing import CertificateError, Signer, SignerCertificate


class TokenSigner:
    """A key in an open token, as a `Signer` of requests."""

    def __init__(self, token: Token, key: StoredKey) -> None:
        self._token, self._key = token, key
        self._hash = public_keys.read(key.public_key).hash

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""
        return self._token.sign(self._key.id, self._hash(data).digest())


def request(purpose: Purpose, settings: Settings, algorithm: str, name: str) -> bytes:
    """A request (PKCS#10, DER) for the certificate of a new key, made where the settings keep keys.

    Asked again before the certificate came, it is for the same key.
    """
    if algorithm not in purpose.algorithms:
        raise InvalidInput("--algorithm", f"The signer of a {purpose.name} has one of {', '.join(purpose.algorithms)}.")
    if settings.signer == "file":
        key = file_key.next_key(purpose, store.folder(settings), algorithm)
        return _request(PrivateKeySigner(key), files.public_half(key), name)
    with Token(purpose, settings, change=True) as token:
        stored = _waiting(token, purpose, algorithm) or token.generate(purpose.file, algorithm)
        return _request(TokenSigner(token, stored), stored.public_key, name)


@dataclass(frozen=True)
class Delivery:
    """What an authority delivered, each in DER."""

    certificate: bytes | None
    authority: bytes | None
    revocation_list: bytes | None

    def check(self, purpose: Purpose, settings: Settings, clock: Clock) -> None:
        """InvalidInput says what does not fit: its profile, its authority, or our keys. Nothing is changed."""
        at, country = clock.now(), development.COUNTRY
        authorities, lists = store.anchors(settings), store.read_lists(settings)
        if self.authority is not None:
            with _about("--csca"):
                checks.check_authority(self.authority, country=country, at=at)
                authorities.append(self.authority)
        if self.revocation_list is not None:
            with _about("--crl"):
                listed = checks.check_crl(self.revocation_list, authorities, at=at)
                store.check_newer(settings, listed)
                lists.append(listed)
        if self.certificate is not None:
            with _about("--certificate"):
                purpose.check(self.certificate, authorities, country, at)
                checks.check_key(self.certificate, _our_keys(purpose, settings))
                serial = SignerCertificate.of(self.certificate).serial
                if any(serial in one.revoked for one in lists):
                    raise CertificateError("it was revoked")

    def put(self, purpose: Purpose, settings: Settings) -> None:
        """Put everything checked in place; the certificate last, which lets its key take over."""
        if self.authority is not None:
            store.add_anchor(settings, self.authority)
        if self.revocation_list is not None:
            store.put_revocation_list(settings, self.revocation_list)
        if self.certificate is not None:
            _install(purpose, settings, self.certificate)


def _install(purpose: Purpose, settings: Settings, certificate: bytes) -> None:
    if settings.signer == "file":
        file_key.install(purpose, store.folder(settings), certificate)
        return
    with Token(purpose, settings, change=True) as token:
        keys = [key for key in _usable(token) if _is_of(key, certificate)]
        if not any(key.certificate == certificate for key in keys):
            token.certify(keys[0], certificate)


@contextmanager
def _about(option: str) -> Iterator[None]:
    """What is wrong with a delivered file, said of its option."""
    try:
        yield
    except CertificateError as error:
        raise InvalidInput(option, f"This cannot be taken: {error}.") from error


def renew(purpose: Purpose, settings: Settings, clock: Clock) -> None:
    """Let a new key take over, certified by the development authority."""
    folder = store.folder(settings)
    key = file_key.next_key(purpose, folder, purpose.algorithms[0])
    file_key.install(purpose, folder, development.certify(purpose, files.public_half(key), folder, clock))


def _request(signer: Signer, public_key: bytes, name: str) -> bytes:
    return document_signers.certificate_request(signer, public_key, country=development.COUNTRY, name=name)


def _waiting(token: Token, purpose: Purpose, algorithm: str) -> StoredKey | None:
    """A key for this purpose that has no certificate yet."""
    for key in _usable(token):
        if (key.label, key.certificate) == (purpose.file, b"") and public_keys.read(key.public_key).kind == algorithm:
            return key
    return None


def _our_keys(purpose: Purpose, settings: Settings) -> list[bytes]:
    """The public halves (SubjectPublicKeyInfo) of the keys that a certificate may be for."""
    if settings.signer == "file":
        return file_key.public_halves(purpose, store.folder(settings))
    with Token(purpose, settings) as token:
        return [key.public_key for key in _usable(token)]


def _usable(token: Token) -> list[StoredKey]:
    """The keys in a token that cannot be taken out and are of a kind that signs documents."""
    return [key for key in token.stored_keys() if key.bound and _is_known(key.public_key)]


def _is_known(public_key: bytes) -> bool:
    try:
        public_keys.read(public_key)
    except CertificateError:
        return False
    return True


def _is_of(key: StoredKey, certificate: bytes) -> bool:
    certified = SignerCertificate.of(certificate).public_key
    return public_keys.read(key.public_key).raw == public_keys.read(certified).raw
