"""PACE with ECDH and generic mapping (Doc 9303-11 section 4.4): the mathematics of both roles, the terminal's run.

Points travel as uncompressed X9.62 bytes. `cryptography` gives only the x coordinate of k*P, which is nearly always
enough; the two places where y is needed say how they get it. The same multiplications cost 5 to 30 ms each in `ecdsa`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from hmac import compare_digest
from typing import Literal, Protocol

import ecdsa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from card_drivers.chips import bac, tlv
from card_drivers.chips.apdu import CHAINED, Card, Command, StatusWord
from card_drivers.chips.secure_messaging import (
    SecureConnection,
    SecureMessaging,
    Suite,
    decrypt,
    derive,
    encrypt,
    mac,
    pad,
    session,
)
from card_drivers.device import ChipError
from card_drivers.order import AccessKeys
from card_drivers.troubles import Trouble, Troubled

Access = Literal["MRZ", "CAN"]
REFERENCE: dict[Access, int] = {"MRZ": 1, "CAN": 2}  # section 4.4.4.1
GENERIC_MAPPING = "0.4.0.127.0.7.2.2.4.2."  # id-PACE-ECDH-GM, then the suite's number
OID_PREFIX = bytes.fromhex("04007F000702020402")


class PaceError(Troubled, ValueError):
    """What the other side sent cannot be used."""


@dataclass(frozen=True)
class Domain:
    """Standardized domain parameters (section 9.5.1), by their number there."""

    number: int
    curve: ec.EllipticCurve
    parameters: ecdsa.curves.Curve

    @property
    def p(self) -> int:
        """The field's prime; for every curve here p = 3 mod 4."""
        return int(self.parameters.curve.p())

    @property
    def order(self) -> int:
        """The order of the generator."""
        return int(self.parameters.order)

    @cached_property
    def width(self) -> int:
        """Bytes of a coordinate."""
        return (self.p.bit_length() + 7) // 8

    @cached_property
    def explicit(self) -> tuple[int, int, int, bytes, int]:
        """p, a, b, the generator as an uncompressed point, and its order."""
        curve, generator = self.parameters.curve, self.parameters.generator
        point = self.encode((int(generator.x()), int(generator.y())))
        return self.p, int(curve.a()) % self.p, int(curve.b()) % self.p, point, self.order

    def y(self, x: int) -> int:
        """One of the two y to `x`. PaceError when no point has this x."""
        curve = self.parameters.curve
        square = (x**3 + int(curve.a()) * x + int(curve.b())) % self.p
        y = pow(square, (self.p + 1) // 4, self.p)
        if y * y % self.p != square:
            raise PaceError("pace-no-point")
        return y

    def add(self, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        """The sum of two points with different x."""
        (x1, y1), (x2, y2) = one, other
        slope = (y2 - y1) * pow(x2 - x1, -1, self.p) % self.p
        x3 = (slope * slope - x1 - x2) % self.p
        return x3, (slope * (x1 - x3) - y1) % self.p

    def encode(self, point: tuple[int, int]) -> bytes:
        """Uncompressed X9.62."""
        return b"\x04" + b"".join(number.to_bytes(self.width, "big") for number in point)

    def decode(self, data: bytes) -> tuple[int, int]:
        """The coordinates of an uncompressed point."""
        return int.from_bytes(data[1 : 1 + self.width], "big"), int.from_bytes(data[1 + self.width :], "big")


DOMAINS = {
    number: Domain(number, curve, parameters)
    for number, curve, parameters in (
        (12, ec.SECP256R1(), ecdsa.NIST256p),
        (13, ec.BrainpoolP256R1(), ecdsa.BRAINPOOLP256r1),
        (15, ec.SECP384R1(), ecdsa.NIST384p),
        (16, ec.BrainpoolP384R1(), ecdsa.BRAINPOOLP384r1),
        (17, ec.BrainpoolP512R1(), ecdsa.BRAINPOOLP512r1),
        (18, ec.SECP521R1(), ecdsa.NIST521p),
    )
}


@dataclass(frozen=True)
class PaceInfo:
    """One PACEInfo of EF.CardAccess that we can do: cipher and domain parameters (section 9.2.1)."""

    suite: Suite
    domain: Domain

    @property
    def oid(self) -> bytes:
        """The protocol's object identifier, value bytes only."""
        return OID_PREFIX + bytes([self.suite.value])


def infos(card_access: bytes) -> list[PaceInfo]:
    """The protocols of EF.CardAccess that we can do, strongest cipher first. TlvError when it cannot be read."""
    found = []
    for oid, version, parameter in tlv.security_infos(card_access):
        suffix = oid.removeprefix(GENERIC_MAPPING)
        number = int.from_bytes(parameter[2:], "big")
        if suffix in ("1", "2", "3", "4") and version == b"\x02\x01\x02" and number in DOMAINS:
            found.append(PaceInfo(Suite(int(suffix)), DOMAINS[number]))
    return sorted(found, key=lambda info: -info.suite.value)


def password_key(keys: AccessKeys, access: Access, suite: Suite) -> bytes:
    """K_pi (section 9.7.3)."""
    if access == "CAN":
        return derive(keys.can.encode("latin-1", "replace"), 3, suite)
    return derive(hashlib.sha1(bac.mrz_information(keys), usedforsecurity=False).digest(), 3, suite)


def encrypt_nonce(suite: Suite, key: bytes, nonce: bytes) -> bytes:
    """Chip: z = E(K_pi, s) (section 4.4.3.3)."""
    return encrypt(suite, key, bytes(suite.block), nonce)


def decrypt_nonce(suite: Suite, key: bytes, secret: bytes) -> bytes:
    """Terminal: s = D(K_pi, z). SecureMessagingError when z is not made of whole blocks."""
    return decrypt(suite, key, bytes(suite.block), secret)


def private_key(domain: Domain) -> ec.EllipticCurvePrivateKey:
    """A fresh private key."""
    return ec.generate_private_key(domain.curve)


def public_key(private: ec.EllipticCurvePrivateKey) -> bytes:
    """private * G."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def agree(private: ec.EllipticCurvePrivateKey, other: bytes) -> bytes:
    """The x coordinate of private * other (section 9.6). PaceError when `other` is no point of the curve."""
    try:
        return private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(private.curve, other))
    except ValueError as error:
        raise PaceError("pace-no-point") from error


def map_generator(domain: Domain, nonce: bytes, private: ec.EllipticCurvePrivateKey, other: bytes) -> bytes:
    """The mapped generator s * G + H with H = private * other (section 4.4.3.3.1)."""
    try:
        factor = ec.derive_private_key(int.from_bytes(nonce, "big") % domain.order, domain.curve)
        mapped = domain.add(domain.decode(public_key(factor)), _multiply(domain, private, other))
    except ValueError as error:
        raise PaceError("pace-nonce") from error
    return domain.encode(mapped)


def _multiply(domain: Domain, private: ec.EllipticCurvePrivateKey, other: bytes) -> tuple[int, int]:
    """private * other with its y. Of the two points with the right x, the right one plus `other` is
    (private + 1) * other, and the x of that is known too."""
    successor = ec.derive_private_key(private.private_numbers().private_value + 1, domain.curve)
    x, following = (int.from_bytes(agree(key, other), "big") for key in (private, successor))
    y = domain.y(x)
    return (x, y) if domain.add((x, y), domain.decode(other))[0] == following else (x, domain.p - y)


def mapped_public_key(domain: Domain, private: ec.EllipticCurvePrivateKey, generator: bytes) -> bytes:
    """private * generator, or its negative: the other side gets the same x from either, and only x is used."""
    x = int.from_bytes(agree(private, generator), "big")
    return domain.encode((x, domain.y(x)))


def token(suite: Suite, key: bytes, oid: bytes, public: bytes) -> bytes:
    """The authentication token over the *other* side's ephemeral public key (section 4.4.3.4)."""
    data = tlv.encode(0x7F49, tlv.encode(0x06, oid) + tlv.encode(0x86, public))
    return mac(suite, key, pad(data, 8) if suite is Suite.TDES else data)


def run(card: Card, info: PaceInfo, keys: AccessKeys, access: Access) -> SecureConnection:
    """Open the chip, whose MF is selected. ChipError says at which step it refused, or that the password is wrong."""
    step = f"PACE with the {access}"
    advice = Trouble.of("chip-not-opened", by=access)
    data = tlv.encode(0x80, info.oid) + tlv.encode(0x83, bytes([REFERENCE[access]]))
    data += tlv.encode(0x84, bytes([info.domain.number]))  # required where a chip offers several, allowed always
    card.send(f"{step}, set", Command(0, 0x22, 0xC1, 0xA4, data), advice)

    def exchange(name: str, data: bytes, answer: int, last: bool = False) -> bytes:
        """One GENERAL AUTHENTICATE of the chain (section 4.4.4.2): the object `answer` of what comes back."""
        command = Command(0 if last else CHAINED, 0x86, 0, 0, tlv.encode(0x7C, data), expect=256)
        return tlv.require(card.send(f"{step}, {name}", command, advice), 0x7C, answer)

    try:
        return SecureConnection(card, _agree_on_session(exchange, info, password_key(keys, access, info.suite)))
    except ValueError as error:  # SecureMessagingError, TlvError, PaceError: what the chip sent cannot be used
        raise ChipError(advice, step, StatusWord.OK).because(error) from error


class _Exchange(Protocol):
    def __call__(self, name: str, data: bytes, answer: int, last: bool = False) -> bytes: ...


def _agree_on_session(exchange: _Exchange, info: PaceInfo, key: bytes) -> SecureMessaging:
    """The four steps of table 4; ValueError when something that the chip sent cannot be used."""
    domain, suite = info.domain, info.suite
    nonce = decrypt_nonce(suite, key, exchange("nonce", b"", 0x80))
    private = private_key(domain)
    chip_public = exchange("map", tlv.encode(0x81, public_key(private)), 0x82)
    generator = map_generator(domain, nonce, private, chip_public)
    private = private_key(domain)
    public = mapped_public_key(domain, private, generator)
    chip_public = exchange("agree", tlv.encode(0x83, public), 0x84)
    shared = agree(private, chip_public)
    if domain.decode(chip_public)[0] == domain.decode(public)[0]:
        raise PaceError("pace-own-key")
    mac_key = derive(shared, 2, suite)
    proof = tlv.encode(0x85, token(suite, mac_key, info.oid, chip_public))
    if not compare_digest(exchange("authenticate", proof, 0x86, last=True), token(suite, mac_key, info.oid, public)):
        raise PaceError("pace-token")
    return session(shared, suite)
