"""What is signed for whoever judges documents: CWT (COSE_Sign1) for whoever is offline, JWT for wallets; both by ES256.

The signer's certificate goes with it (x5chain of RFC 9360, x5c of RFC 7515): whether it may be believed is for who
reads it to judge.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from printing.lists.cbor import CborError, Tagged, decode, encode
from printing.pki import public_keys
from printing.pki.signing import CertificateError, Signer, SignerCertificate

Said = TypeVar("Said")
Claims = Mapping[str, Any]
"""What is signed, by the names of the JWT."""

LABELS = {"sub": 2, "exp": 4, "iat": 6, "ttl": 65534, "status_list": 65533, "decisions": -65537}
"""The same names in a CWT; the last one is ours, of the numbers for private use (RFC 8392, 9.1)."""

_NAMES = {label: name for name, label in LABELS.items()}
_SIGN1 = 18
_ALG, _X5CHAIN, _TYP = 1, 33, 16
_ES256 = -7
_SIGNATURE_BYTES = 64


class TokenError(ValueError):
    """Bytes that are no signed list, or not of the signer they name; the message says why."""


@dataclass(frozen=True)
class Signed(Generic[Said]):
    """What was read, and nothing of it proved yet: token, certificate (DER), and the signature over `data`."""

    token: Said
    certificate: bytes
    data: bytes
    signature: bytes

    def verify(self) -> Said:
        """The token, by the certificate beside it. TokenError: the signature is not of its key."""
        try:
            signer = SignerCertificate.of(self.certificate)
            es256 = public_keys.read(signer.public_key).kind == "P-256"
            right = es256 and signer.verifies(self.data, self.signature)
        except CertificateError as error:
            raise TokenError(str(error)) from error
        if not right:
            raise TokenError("the signature is wrong: the list was changed, or is not of the signer that it names")
        return self.token


def cwt(kind: str, claims: Claims, signer: Signer, certificate: bytes) -> bytes:
    """The claims as a tagged COSE_Sign1 of the type application/`kind`+cwt."""
    protected = encode({_ALG: _ES256, _TYP: f"application/{kind}+cwt", _X5CHAIN: certificate})
    payload = encode({LABELS[name]: value for name, value in claims.items()})
    signature = signer.sign(_to_be_signed(protected, payload))
    return encode(Tagged(_SIGN1, [protected, {}, payload, signature]))


def jwt(kind: str, claims: Claims, signer: Signer, certificate: bytes) -> bytes:
    """The claims as a compact JWS of the type `kind`+jwt; bytes among them as base64url."""
    header = {"alg": "ES256", "typ": f"{kind}+jwt", "x5c": [base64.b64encode(certificate).decode()]}
    parts = (json.dumps(part, separators=(",", ":"), default=_text) for part in (header, dict(claims)))
    signed = b".".join(_base64url(part.encode()) for part in parts)
    return signed + b"." + _base64url(signer.sign(signed))


def read(kind: str, data: bytes, said: Callable[[Claims], Said]) -> Signed[Said]:
    """What is signed either way as this kind; `said` makes the token of its claims. TokenError says what it is not."""
    try:
        return _read_jwt(kind, data, said) if data[:2] == b"ey" else _read_cwt(kind, data, said)
    except (CborError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, TokenError):
            raise
        raise TokenError("this is no signed list of its kind, or it is damaged") from error


def moments(claims: Claims) -> tuple[str, dt.datetime, dt.datetime, int]:
    """Address, when it was made, until when it holds, how many seconds to keep it. TokenError."""
    values = (claims["sub"], str), (claims["iat"], int), (claims["exp"], int), (claims["ttl"], int)
    require(all(isinstance(value, kind) for value, kind in values))
    begins, ends = (dt.datetime.fromtimestamp(claims[name], dt.UTC) for name in ("iat", "exp"))
    return claims["sub"], begins, ends, claims["ttl"]


def require(right: bool) -> None:
    """TokenError unless it is so."""
    if not right:
        raise TokenError("its claims are not those of a list of its kind")


def seconds(moment: dt.datetime) -> int:
    """A moment as it is signed."""
    return int(moment.timestamp())


def unarmoured(text: str) -> bytes:
    """The bytes of a base64url text. TokenError."""
    return _bytes(text.encode())


def _read_cwt(kind: str, data: bytes, said: Callable[[Claims], Said]) -> Signed[Said]:
    tagged = decode(data)
    if not isinstance(tagged, Tagged) or tagged.tag != _SIGN1:
        raise TokenError("this is no COSE_Sign1")
    protected, _, payload, signature = tagged.value
    header, claims = decode(protected), decode(payload)
    _require(header[_TYP] in (f"application/{kind}+cwt", f"{kind}+cwt"), header[_ALG] == _ES256, signature)
    chain = header[_X5CHAIN]
    certificate = chain if isinstance(chain, bytes) else chain[0]
    token = said({_NAMES.get(label, str(label)): value for label, value in dict(claims).items()})
    return Signed(token, certificate, _to_be_signed(protected, payload), signature)


def _read_jwt(kind: str, data: bytes, said: Callable[[Claims], Said]) -> Signed[Said]:
    head, body, end = data.strip().split(b".")
    header, claims, signature = json.loads(_bytes(head)), json.loads(_bytes(body)), _bytes(end)
    _require(header["typ"] == f"{kind}+jwt", header["alg"] == "ES256", signature)
    certificate = base64.b64decode(header["x5c"][0], validate=True)
    return Signed(said(claims), certificate, head + b"." + body, signature)


def _require(typed: bool, signed_by_es256: bool, signature: bytes) -> None:
    if not typed:
        raise TokenError("it is signed as something else")
    if not signed_by_es256 or len(signature) != _SIGNATURE_BYTES:
        raise TokenError("it is not signed by ES256")


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052, 4.4."""
    return encode(["Signature1", protected, b"", payload])


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return _base64url(value).decode()
    raise TypeError(f"a {type(value).__name__} is not signed here")


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise TokenError("this is no signed list, or it is damaged") from error
