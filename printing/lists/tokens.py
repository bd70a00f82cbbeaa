"""Status lists as they are signed: CWT (COSE_Sign1) for whoever is offline, JWT for wallets; both by ES256.

IETF Token Status List, section 5. The signer's certificate goes with it (x5chain of RFC 9360, x5c of RFC 7515): whether
it may be believed is for who reads it to judge.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from printing.lists.cbor import CborError, Tagged, decode, encode
from printing.lists.status_list import BITS
from printing.pki import public_keys
from printing.pki.signing import CertificateError, Signer, SignerCertificate

CWT_TYPE, JWT_TYPE = "application/statuslist+cwt", "application/statuslist+jwt"
_SIGN1 = 18
_ALG, _X5CHAIN, _TYP = 1, 33, 16
_ES256 = -7
_SUB, _EXP, _IAT, _TTL, _STATUS_LIST = 2, 4, 6, 65534, 65533
_SIGNATURE_BYTES = 64


class TokenError(ValueError):
    """Bytes that are no signed status list, or not of the signer they name; the message says why."""


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


@dataclass(frozen=True)
class Signed:
    """What was read, and nothing of it proved yet: token, certificate (DER), and the signature over `data`."""

    token: Token
    certificate: bytes
    data: bytes
    signature: bytes

    def verify(self) -> Token:
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


def cwt(token: Token, signer: Signer, certificate: bytes) -> bytes:
    """The list as a tagged COSE_Sign1."""
    protected = encode({_ALG: _ES256, _TYP: CWT_TYPE, _X5CHAIN: certificate})
    claims = {
        _SUB: token.subject,
        _IAT: _seconds(token.issued_at),
        _EXP: _seconds(token.expires_at),
        _TTL: token.ttl,
        _STATUS_LIST: {"bits": token.bits, "lst": token.packed},
    }
    payload = encode(claims)
    signature = signer.sign(_to_be_signed(protected, payload))
    return encode(Tagged(_SIGN1, [protected, {}, payload, signature]))


def jwt(token: Token, signer: Signer, certificate: bytes) -> bytes:
    """The list as a compact JWS."""
    header = {"alg": "ES256", "typ": "statuslist+jwt", "x5c": [base64.b64encode(certificate).decode()]}
    claims = {
        "sub": token.subject,
        "iat": _seconds(token.issued_at),
        "exp": _seconds(token.expires_at),
        "ttl": token.ttl,
        "status_list": {"bits": token.bits, "lst": _base64url(token.packed).decode()},
    }
    signed = b".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return signed + b"." + _base64url(signer.sign(signed))


def read(data: bytes) -> Signed:
    """A list signed either way. TokenError says what it is not."""
    try:
        return _read_jwt(data) if data[:2] == b"ey" else _read_cwt(data)
    except (CborError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, TokenError):
            raise
        raise TokenError("this is no signed status list, or it is damaged") from error


def _read_cwt(data: bytes) -> Signed:
    tagged = decode(data)
    if not isinstance(tagged, Tagged) or tagged.tag != _SIGN1:
        raise TokenError("this is no COSE_Sign1")
    protected, _, payload, signature = tagged.value
    header, claims = decode(protected), decode(payload)
    _require(header[_TYP] in (CWT_TYPE, CWT_TYPE.removeprefix("application/")), header[_ALG] == _ES256, signature)
    chain = header[_X5CHAIN]
    certificate = chain if isinstance(chain, bytes) else chain[0]
    token = _token(claims[_SUB], claims[_IAT], claims[_EXP], claims[_TTL], claims[_STATUS_LIST])
    return Signed(token, certificate, _to_be_signed(protected, payload), signature)


def _read_jwt(data: bytes) -> Signed:
    head, body, end = data.strip().split(b".")
    header, claims, signature = json.loads(_bytes(head)), json.loads(_bytes(body)), _bytes(end)
    _require(header["typ"] == "statuslist+jwt", header["alg"] == "ES256", signature)
    inside = dict(claims["status_list"])
    inside["lst"] = _bytes(inside["lst"].encode())
    token = _token(claims["sub"], claims["iat"], claims["exp"], claims["ttl"], inside)
    return Signed(token, base64.b64decode(header["x5c"][0], validate=True), head + b"." + body, signature)


def _require(typed: bool, signed_by_es256: bool, signature: bytes) -> None:
    if not typed:
        raise TokenError("it is signed as something else than a status list")
    if not signed_by_es256 or len(signature) != _SIGNATURE_BYTES:
        raise TokenError("it is not signed by ES256")


def _token(subject: Any, issued: Any, expires: Any, ttl: Any, inside: Any) -> Token:
    values = (subject, str), (issued, int), (expires, int), (ttl, int), (inside["bits"], int), (inside["lst"], bytes)
    if not all(isinstance(value, kind) for value, kind in values):
        raise TokenError("its claims are not those of a status list")
    begins, ends = (dt.datetime.fromtimestamp(value, dt.UTC) for value in (issued, expires))
    return Token(subject, begins, ends, ttl, inside["lst"], inside["bits"])


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052, 4.4."""
    return encode(["Signature1", protected, b"", payload])


def _seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _bytes(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise TokenError("this is no signed status list, or it is damaged") from error
