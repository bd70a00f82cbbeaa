"""SecurityInfos: which protocols a chip speaks, in EF.CardAccess and in DG14 (Doc 9303-11, 9.2).

Written is what our chips have: PACE and chip authentication over elliptic curves, active authentication, terminal
authentication. What else is read is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asn1crypto import core, keys

from printing.chip.tlv import LdsError
from printing.pki import public_keys
from printing.pki.public_keys import EcKey
from printing.pki.signing import UNREADABLE, CertificateError

_BSI = "0.4.0.127.0.7"
_CIPHERS = {1: "3DES-CBC-CBC", 2: "AES-CBC-CMAC-128", 3: "AES-CBC-CMAC-192", 4: "AES-CBC-CMAC-256"}
_PACE = {f"{_BSI}.2.2.4.2.{last}": f"PACE-ECDH-GM-{cipher}" for last, cipher in _CIPHERS.items()}
_CHIP = {f"{_BSI}.2.2.3.2.{last}": f"CA-ECDH-{cipher}" for last, cipher in _CIPHERS.items()}
_CHIP_KEY = f"{_BSI}.2.2.1.2"
_TERMINAL = f"{_BSI}.2.2.2"
_ACTIVE = "2.23.136.1.1.5"
_SIGNATURES = {
    f"{_BSI}.1.1.4.1.{last}": f"ecdsa-plain-{digest}"
    for last, digest in {2: "SHA224", 3: "SHA256", 4: "SHA384", 5: "SHA512"}.items()
}
_OIDS = {name: oid for table in (_PACE, _CHIP, _SIGNATURES) for oid, name in table.items()}

CURVES = {
    8: "secp192r1", 9: "brainpoolP192r1", 10: "secp224r1", 11: "brainpoolP224r1", 12: "secp256r1",
    13: "brainpoolP256r1", 14: "brainpoolP320r1", 15: "secp384r1", 16: "brainpoolP384r1", 17: "brainpoolP512r1",
    18: "secp521r1",
}  # fmt: skip
"""The standardized domain parameters by their number (Doc 9303-11, table 12), without the groups that are no curves."""

MAX_INFOS = 64
"""Infos in one set: a chip that speaks every protocol of Doc 9303-11 has fewer."""


@dataclass(frozen=True)
class PaceInfo:
    """PACE with generic mapping (9.2.1): "PACE-ECDH-GM-AES-CBC-CMAC-128" and its like, `parameter_id` of `CURVES`.

    P-256 is what the chips' own keys lie on, and costs a reader a tenth of brainpoolP256r1 (measured on our terminal).
    """

    protocol: str = "PACE-ECDH-GM-AES-CBC-CMAC-128"
    parameter_id: int | None = 12
    version: int = 2


@dataclass(frozen=True)
class ChipAuthenticationInfo:
    """Chip authentication (9.2.5): "CA-ECDH-AES-CBC-CMAC-128" and its like; `key_id` only where a chip has several."""

    protocol: str = "CA-ECDH-AES-CBC-CMAC-128"
    key_id: int | None = None
    version: int = 1


@dataclass(frozen=True)
class ChipAuthenticationPublicKeyInfo:
    """The chip's static key (9.2.6) as SubjectPublicKeyInfo (DER), its curve written out."""

    public_key: bytes
    key_id: int | None = None


@dataclass(frozen=True)
class ActiveAuthenticationInfo:
    """How the key of DG15 signs when it is an EC key (9.2.4): "ecdsa-plain-SHA256" and its like."""

    signature_algorithm: str = "ecdsa-plain-SHA256"
    version: int = 1


@dataclass(frozen=True)
class TerminalAuthenticationInfo:
    """Terminal authentication (9.2.8), which fingerprints ask for."""

    version: int = 1


@dataclass(frozen=True)
class OtherInfo:
    """An info of another protocol: its object identifier and its whole DER."""

    protocol: str
    der: bytes


SecurityInfo = (
    PaceInfo
    | ChipAuthenticationInfo
    | ChipAuthenticationPublicKeyInfo
    | ActiveAuthenticationInfo
    | TerminalAuthenticationInfo
    | OtherInfo
)


class _Info(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - asn1crypto reads a list
        ("protocol", core.ObjectIdentifier),
        ("required", core.Any),
        ("optional", core.Any, {"optional": True}),
    ]


class _Infos(core.SetOf):  # type: ignore[misc]
    _child_spec = _Info


def card_access(pace: Iterable[PaceInfo] = (PaceInfo(),)) -> bytes:
    """The complete file EF.CardAccess: the SecurityInfos of PACE (Doc 9303-10, 3.11.3). LdsError as `encode_infos`."""
    return encode_infos(pace, "CardAccess")


def parse_card_access(data: bytes) -> tuple[SecurityInfo, ...]:
    """The infos in a complete file EF.CardAccess; LdsError when it is malformed."""
    return parse_infos(data, "CardAccess")


def chip_key_info(public_key: bytes) -> ChipAuthenticationPublicKeyInfo:
    """The info of a chip's key, its curve written out. LdsError names DG14 for what is no EC key on a known curve."""
    try:
        key = public_keys.read(public_key)
    except CertificateError as error:
        raise LdsError("DG14", f"needs a chip authentication key that can be used; {error}") from error
    if not isinstance(key, EcKey):
        raise LdsError("DG14", "needs an EC key for chip authentication, not an RSA key")
    return ChipAuthenticationPublicKeyInfo(key.info.dump())


def encode_infos(infos: Iterable[SecurityInfo], name: str) -> bytes:
    """SecurityInfos (DER) for the file `name`. LdsError for a protocol that is not known by its name."""
    return bytes(_Infos([_encode(info, name) for info in infos]).dump())


def parse_infos(data: bytes, name: str) -> tuple[SecurityInfo, ...]:
    """The infos in the SecurityInfos (DER) of the file `name`; LdsError when they are malformed."""
    try:
        infos = _Infos.load(data, strict=True)
        if len(infos) > MAX_INFOS:
            raise LdsError(name, f"has more than {MAX_INFOS} security infos")
        return tuple(_parse(info) for info in infos)
    except LdsError:
        raise
    except UNREADABLE as error:
        raise LdsError(name, "has security infos that are not as Doc 9303-11, 9.2, says") from error


def _encode(info: SecurityInfo, name: str) -> _Info:
    match info:
        case PaceInfo(protocol, parameter_id, version):
            return _info(_oid(protocol, name), core.Integer(version), parameter_id)
        case ChipAuthenticationInfo(protocol, key_id, version):
            return _info(_oid(protocol, name), core.Integer(version), key_id)
        case ChipAuthenticationPublicKeyInfo(public_key, key_id):
            return _info(_CHIP_KEY, keys.PublicKeyInfo.load(public_key), key_id)
        case ActiveAuthenticationInfo(algorithm, version):
            return _info(_ACTIVE, core.Integer(version), core.ObjectIdentifier(_oid(algorithm, name)))
        case TerminalAuthenticationInfo(version):
            return _info(_TERMINAL, core.Integer(version), None)
        case OtherInfo(_, der):
            return _Info(contents=_Info.load(der, strict=True).contents)


def _oid(protocol: str, name: str) -> str:
    if protocol not in _OIDS:
        raise LdsError(name, f"has no protocol of the name {protocol!r}")
    return _OIDS[protocol]


def _info(protocol: str, required: Any, optional: Any) -> _Info:
    values = {"protocol": protocol, "required": required}
    if optional is not None:
        values["optional"] = core.Integer(optional) if isinstance(optional, int) else optional
    return _Info(values)


def _parse(info: _Info) -> SecurityInfo:
    protocol = info["protocol"].dotted
    required, optional = info["required"], info["optional"]
    if protocol in _PACE:
        return PaceInfo(_PACE[protocol], _integer(optional), _version(required))
    if protocol in _CHIP:
        return ChipAuthenticationInfo(_CHIP[protocol], _integer(optional), _version(required))
    if protocol == _CHIP_KEY:
        return ChipAuthenticationPublicKeyInfo(required.parse(keys.PublicKeyInfo).dump(), _integer(optional))
    if protocol == _ACTIVE:
        algorithm = optional.parse(core.ObjectIdentifier).dotted
        return ActiveAuthenticationInfo(_SIGNATURES.get(algorithm, algorithm), _version(required))
    if protocol == _TERMINAL:
        return TerminalAuthenticationInfo(_version(required))
    info.native  # noqa: B018 - reads all of it: what is malformed is not kept
    return OtherInfo(protocol, info.dump())


def _version(required: Any) -> int:
    return int(required.parse(core.Integer).native)


def _integer(optional: Any) -> int | None:
    return None if isinstance(optional, core.Void) else int(optional.parse(core.Integer).native)
