"""Status lists as they are signed: IETF Token Status List, section 5 (`printing.lists.envelope`)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from printing.lists import envelope
from printing.lists.envelope import Claims
from printing.lists.envelope import Signed as Signed
from printing.lists.envelope import TokenError as TokenError
from printing.lists.status_list import BITS
from printing.pki.signing import Signer

KIND = "statuslist"
CWT_TYPE, JWT_TYPE = f"application/{KIND}+cwt", f"application/{KIND}+jwt"


@dataclass(frozen=True)
class Token:
    """A list and what is signed with it: its address, when it was made, until when it holds, how long to keep it.

    `ttl` is in seconds.
    """

    subject: str
    issued_at: dt.datetime
    expires_at: dt.datetime
    ttl: int
    packed: bytes
    bits: int = BITS

    @property
    def name(self) -> str:
        """The list's name: the end of its address."""
        return self.subject.rpartition("/")[2]


def cwt(token: Token, signer: Signer, certificate: bytes) -> bytes:
    """The list as a tagged COSE_Sign1."""
    return envelope.cwt(KIND, _claims(token), signer, certificate)


def jwt(token: Token, signer: Signer, certificate: bytes) -> bytes:
    """The list as a compact JWS."""
    return envelope.jwt(KIND, _claims(token), signer, certificate)


def read(data: bytes) -> Signed[Token]:
    """A list signed either way. TokenError says what it is not."""
    return envelope.read(KIND, data, _token)


def _claims(token: Token) -> Claims:
    return {
        "sub": token.subject,
        "iat": envelope.seconds(token.issued_at),
        "exp": envelope.seconds(token.expires_at),
        "ttl": token.ttl,
        "status_list": {"bits": token.bits, "lst": token.packed},
    }


def _token(claims: Claims) -> Token:
    inside: Any = claims["status_list"]
    bits, packed = inside["bits"], inside["lst"]
    packed = envelope.unarmoured(packed) if isinstance(packed, str) else packed
    envelope.require(isinstance(bits, int) and isinstance(packed, bytes))
    return Token(*envelope.moments(claims), packed, bits)
