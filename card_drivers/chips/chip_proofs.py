"""Active and chip authentication (Doc 9303-11 section 6): a chip proves that it has the key its document names.

Whether the document's word is to be trusted is passive authentication, elsewhere. Keys are elliptic; RSA is refused.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from card_drivers.chips import pace, tlv
from card_drivers.chips.apdu import Command
from card_drivers.chips.secure_messaging import SecureConnection, Suite, session
from card_drivers.device import ChipError
from card_drivers.troubles import Trouble, Troubled

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
ACTIVE_INFO = "2.23.136.1.1.5"
PLAIN_SIGNATURES: dict[str, hashes.HashAlgorithm] = {  # TR-03111, ecdsa-plain-signatures
    "0.4.0.127.0.7.1.1.4.1.2": hashes.SHA224(),
    "0.4.0.127.0.7.1.1.4.1.3": hashes.SHA256(),
    "0.4.0.127.0.7.1.1.4.1.4": hashes.SHA384(),
    "0.4.0.127.0.7.1.1.4.1.5": hashes.SHA512(),
}
CHIP_KEY = "0.4.0.127.0.7.2.2.1.2"  # id-PK-ECDH
CHIP_INFO = "0.4.0.127.0.7.2.2.3.2."  # id-CA-ECDH, then the suite's number
CHIP_OID_PREFIX = bytes.fromhex("04007F000702020302")
ACTIVE, CHIP = "active authentication", "chip authentication"
ADVICE = Trouble.of("chip-keeps-no-word")


class KeyRefused(Troubled, ValueError):
    """A key or protocol that this station cannot check."""


def public_key(spki: bytes) -> ec.EllipticCurvePublicKey:
    """The key of a SubjectPublicKeyInfo with a named curve or explicit parameters (section 9.5.2).

    KeyRefused unless it lies on one of PACE's curves, TlvError when it cannot be read.
    """
    content = tlv.parse(tlv.require(spki, 0x30))
    algorithm = tlv.parse(tlv.find(content, 0x30) or b"")
    if not algorithm or algorithm[0][0] != 0x06 or tlv.oid(algorithm[0][1]) != EC_PUBLIC_KEY:
        raise KeyRefused("key-not-elliptic")
    domain = _domain(*algorithm[1]) if len(algorithm) > 1 else None
    if domain is None:
        raise KeyRefused("key-curve-unknown")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(domain.curve, (tlv.find(content, 0x03) or b"")[1:])
    except ValueError as error:
        raise KeyRefused("key-no-point") from error


def _domain(tag: int, parameters: bytes) -> pace.Domain | None:
    """The curve that is named, or whose parameters these are: p, a, b, generator and order."""
    for domain in pace.DOMAINS.values():
        if tag == 0x06 and tlv.oid(parameters) == domain.oid:
            return domain
        if tag == 0x30 and _explicit(parameters) == domain.explicit:
            return domain
    return None


def _explicit(parameters: bytes) -> tuple[int, int, int, bytes, int]:
    """ECParameters (TR-03111): version, field, curve, generator, order."""
    objects = tlv.parse(parameters)[:5]
    if [tag for tag, _ in objects] != [0x02, 0x30, 0x30, 0x04, 0x02]:
        raise KeyRefused("key-curve-unreadable")
    _, field, curve, generator, order = (value for _, value in objects)
    prime, coefficients = tlv.require(field, 0x02), [value for _, value in tlv.parse(curve)[:2]]
    p, a, b, n = (int.from_bytes(number, "big") for number in (prime, *[*coefficients, b"", b""][:2], order))
    return p, a, b, generator, n


def active_authentication(connection: SecureConnection, dg15: bytes, dg14: bytes | None) -> bool:
    """Whether the chip signs a challenge with the key of DG15 (section 6.1). ChipError when nobody can tell."""
    try:
        key = public_key(tlv.require(dg15, 0x6F))
        algorithm = _signature_hash(dg14)
    except ValueError as error:
        raise ChipError("chip-active-key", ACTIVE, None).because(error) from error
    challenge = secrets.token_bytes(8)
    signature = connection.send(ACTIVE, Command(0, 0x88, 0, 0, challenge, expect=256), ADVICE)
    middle = len(signature) // 2
    r, s = (int.from_bytes(half, "big") for half in (signature[:middle], signature[middle:]))
    try:
        key.verify(encode_dss_signature(r, s), challenge, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True


def _signature_hash(dg14: bytes | None) -> hashes.HashAlgorithm:
    """As DG14's ActiveAuthenticationInfo says, SHA-256 without one."""
    for oid, _, value in tlv.security_infos(tlv.require(dg14, 0x6E)) if dg14 else ():
        if oid == ACTIVE_INFO:
            found = PLAIN_SIGNATURES.get(tlv.oid(tlv.require(value, 0x06)))
            if found is None:
                raise KeyRefused("key-algorithm-unknown")
            return found
    return hashes.SHA256()


@dataclass(frozen=True)
class ChipKey:
    """A key for chip authentication that DG14 names, with its cipher; `identifier` "" when there is only one."""

    suite: Suite
    key: ec.EllipticCurvePublicKey
    identifier: bytes

    @property
    def oid(self) -> bytes:
        """The protocol's object identifier, value bytes only."""
        return CHIP_OID_PREFIX + bytes([self.suite.value])

    @property
    def reference(self) -> bytes:
        """DO'84', when the chip has several keys."""
        return tlv.encode(0x84, self.identifier) if self.identifier else b""


def chip_key(dg14: bytes) -> ChipKey | None:
    """The key with the strongest cipher of those we can do; None when DG14 has none. ValueError when it is damaged."""
    infos = tlv.security_infos(tlv.require(dg14, 0x6E))
    keys = {_integer(identifier): spki for oid, spki, identifier in infos if oid == CHIP_KEY}
    suites = [
        (int(oid.removeprefix(CHIP_INFO)), _integer(identifier))
        for oid, version, identifier in infos
        if oid.removeprefix(CHIP_INFO) in ("1", "2", "3", "4") and version == b"\x02\x01\x01"
    ]
    for number, identifier in sorted(suites, reverse=True):
        if identifier in keys:
            return ChipKey(Suite(number), public_key(keys[identifier]), identifier)
    return None


def _integer(data: bytes) -> bytes:
    """The value of an INTEGER, b"" for none."""
    return tlv.require(data, 0x02) if data else b""


def chip_authentication(connection: SecureConnection, key: ChipKey) -> SecureConnection:
    """The connection with the session of the chip's own key (section 6.2); whoever speaks on through it has the key.

    ChipError when the chip refuses.
    """
    ephemeral = ec.generate_private_key(key.key.curve)
    public = pace.public_key(ephemeral)
    if key.suite is Suite.TDES:
        template = Command(0, 0x22, 0x41, 0xA6, tlv.encode(0x91, public) + key.reference)
        connection.send(f"{CHIP}, set", template, ADVICE)
    else:
        template = Command(0, 0x22, 0x41, 0xA4, tlv.encode(0x80, key.oid) + key.reference)
        connection.send(f"{CHIP}, set", template, ADVICE)
        authenticate = tlv.encode(0x7C, tlv.encode(0x80, public))
        connection.send(CHIP, Command(0, 0x86, 0, 0, authenticate, expect=256), ADVICE)
    return SecureConnection(connection.card, session(ephemeral.exchange(ec.ECDH(), key.key), key.suite))
