"""The signing key in a PKCS#11 token."""

from __future__ import annotations

import datetime as dt

from issuance.clock import Clock
from issuance.keys import store
from issuance.keys.purposes import Purpose
from issuance.keys.token import ANSWER_SECONDS, StoredKey, Token
from issuance.settings import Settings
from printing.pki.certificates import usage_begins, usage_ends

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
            self._key = self._choose(purpose, settings, clock)
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

    def _choose(self, purpose: Purpose, settings: Settings, clock: Clock) -> StoredKey:
        found = {key.certificate: key for key in certified(self.token, purpose)}
        if not found:
            raise self.token.refusal(purpose.missing)
        key = found[chosen(list(found), purpose, settings, clock)]
        if not key.bound:
            raise self.token.refusal(_EXTRACTABLE)
        return key


def certified(token: Token, purpose: Purpose) -> list[StoredKey]:
    """The keys in a token that have a certificate for this purpose."""
    return [key for key in token.stored_keys() if key.certificate and purpose.recognises(key.certificate)]


def chosen(found: list[bytes], purpose: Purpose, settings: Settings, clock: Clock) -> bytes:
    """Of several certificates (DER) the one that signs: in use before any other, then the newest."""

    def preference(certificate: bytes) -> tuple[bool, dt.datetime]:
        begins, ends = usage_begins(certificate), usage_ends(certificate, purpose.longest_document)
        in_use = begins <= clock.now() and clock.today() <= ends and not store.is_revoked(settings, certificate)
        return in_use, begins

    return max(found, key=preference)
