"""The signing key in a PKCS#11 token."""

from __future__ import annotations

from typing import Any

from issuance.clock import Clock
from issuance.keys.purposes import Purpose
from issuance.keys.token import ANSWER_SECONDS, StoredKey, Token
from issuance.settings import Settings
from printing import certificates

_EXTRACTABLE = (
    "A signing key could be taken out of the token %(token)s: make a new one that is sensitive and not extractable."
)


class TokenKey:
    """A key in a token; see `signer.Key`. Of several, the one whose certificate is in use and newest.

    So a new key and its certificate can be put into the token before the old one's usage period ends.
    """

    def __init__(self, purpose: Purpose, settings: Settings, clock: Clock, seconds: float = ANSWER_SECONDS) -> None:
        self.token = Token(purpose, settings, seconds=seconds)
        try:
            self._key = _choose(self.token, purpose, clock)
        except BaseException:
            self.close()
            raise
        self.certificate = self._key.certificate

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a hash value."""
        return self.token.sign(self._key.id, digest)

    def close(self) -> None:
        """End the process that speaks to the token."""
        self.token.close()


def certified(token: Token, purpose: Purpose) -> list[StoredKey]:
    """The keys in a token that have a certificate for this purpose."""
    return [key for key in token.stored_keys() if key.certificate and purpose.recognises(key.certificate)]


def preference(certificate: bytes, purpose: Purpose, clock: Clock) -> tuple[bool, Any]:
    """In use before any other, then the newest: what signs is the highest."""
    begins = certificates.usage_begins(certificate)
    in_use = begins <= clock.now() and clock.today() <= certificates.usage_ends(certificate, purpose.longest_document)
    return in_use, begins


def _choose(token: Token, purpose: Purpose, clock: Clock) -> StoredKey:
    found = certified(token, purpose)
    if not found:
        raise token.refusal(purpose.missing)
    chosen = max(found, key=lambda key: preference(key.certificate, purpose, clock))
    if not chosen.bound:
        raise token.refusal(_EXTRACTABLE)
    return chosen
