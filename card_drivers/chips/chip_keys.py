"""Public keys that a chip's files name, and signatures by them: elliptic (TR-03111) and RSA (ISO 9796-2, scheme 1).

By `ecdsa` and not `cryptography`, which has no brainpool curve of 224 or 320 bits; a proof takes one or two
multiplications, 5 to 30 ms each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hmac import compare_digest
from typing import Any

import ecdsa

from card_drivers.chips import tlv
from card_drivers.troubles import Troubled

EC_PUBLIC_KEY, RSA_PUBLIC_KEY = "1.2.840.10045.2.1", "1.2.840.113549.1.1.1"
CURVES = (
    *(ecdsa.NIST192p, ecdsa.NIST224p, ecdsa.NIST256p, ecdsa.NIST384p, ecdsa.NIST521p),
    *(ecdsa.BRAINPOOLP192r1, ecdsa.BRAINPOOLP224r1, ecdsa.BRAINPOOLP256r1),
    *(ecdsa.BRAINPOOLP320r1, ecdsa.BRAINPOOLP384r1, ecdsa.BRAINPOOLP512r1),
)
"""The curves among the standardized domain parameters (Doc 9303-11, table 12)."""

WEAK_HASH, WEAK_RSA, WEAK_EC = "sha1", 2048, 224
"""The hash that is weak, and the bits below which a key is (Doc 9303-12, 4.1.6)."""

LARGEST_RSA = 8192  # bits
TRAILERS = {0x33CC: "sha1", 0x34CC: "sha256", 0x35CC: "sha512", 0x36CC: "sha384", 0x38CC: "sha224"}  # ISO 10118-3
PLAIN_TRAILER = 0xBC  # SHA-1, as Doc 9303-11 section 6.1.2.2 says
RECOVERED_IN_PART = 0x60  # the first three bits of a representative that carries a part of the message


class KeyRefused(Troubled, ValueError):
    """A key or protocol that this station cannot check."""


@dataclass(frozen=True)
class EcKey:
    """A key on one of `CURVES`."""

    key: Any
    name: str
    bits: int

    @property
    def weak(self) -> bool:
        """Whether it is too short to be relied on."""
        return self.bits < WEAK_EC

    @property
    def point(self) -> bytes:
        """The uncompressed point."""
        return bytes(self.key.to_string("uncompressed"))

    def signed(self, signature: bytes, data: bytes, digest: str) -> bool:
        """Whether this key signed `data`: r and s one after the other (TR-03111), or in DER, as some chips do."""
        hashed = hashlib.new(digest, data, usedforsecurity=False).digest()
        ways = [_halves, *([ecdsa.util.sigdecode_der] if signature[:1] == b"\x30" else [])]
        return any(self._verifies(signature, hashed, way) for way in ways)

    def _verifies(self, signature: bytes, digest: bytes, decode: Callable[[bytes, int], tuple[int, int]]) -> bool:
        try:
            return bool(self.key.verify_digest(signature, digest, sigdecode=decode, allow_truncate=True))
        except (ecdsa.BadSignatureError, ecdsa.der.UnexpectedDER, ValueError, AssertionError):
            return False

    def agree(self) -> tuple[bytes, bytes]:
        """A fresh public key on the same curve, uncompressed, and the secret that it shares with this one (x)."""
        private = ecdsa.SigningKey.generate(self.key.curve)
        shared = ecdsa.ECDH(self.key.curve, private, self.key).generate_sharedsecret_bytes()
        return bytes(private.verifying_key.to_string("uncompressed")), bytes(shared)


def _halves(signature: bytes, _: int) -> tuple[int, int]:
    middle = len(signature) // 2
    return int.from_bytes(signature[:middle], "big"), int.from_bytes(signature[middle:], "big")


@dataclass(frozen=True)
class RsaKey:
    """Modulus and public exponent."""

    modulus: int
    exponent: int

    @property
    def bits(self) -> int:
        """Of the modulus."""
        return self.modulus.bit_length()

    @property
    def name(self) -> str:
        """Kind and size."""
        return f"RSA-{self.bits}"

    @property
    def weak(self) -> bool:
        """Whether it is too short to be relied on."""
        return self.bits < WEAK_RSA

    def signed_with(self, signature: bytes, rest: bytes) -> str | None:
        """The hash with which this key signed a message that ends with `rest` and whose beginning the signature
        carries (ISO 9796-2, digital signature scheme 1); None when it did not."""
        number = int.from_bytes(signature, "big")
        if len(signature) != self.bits // 8 or number >= self.modulus:
            return None
        opened = pow(number, self.exponent, self.modulus)
        for value in (opened, self.modulus - opened):  # the signer may have given the smaller of the two
            for message, digest, name in _recovered(value.to_bytes(self.bits // 8, "big")):
                if compare_digest(hashlib.new(name, message + rest, usedforsecurity=False).digest(), digest):
                    return name
        return None


def _recovered(representative: bytes) -> Iterator[tuple[bytes, bytes, str]]:
    """The recovered part of the message, the digest of the whole one and its hash, if these bytes carry them:
    011, padding that ends with A, message, digest, trailer."""
    long = int.from_bytes(representative[-2:], "big")
    name, trailer = (TRAILERS.get(long), 2) if long & 0xFF == 0xCC else ("sha1", 1)
    begins = _unpadded(representative)
    if name is None or begins is None or (trailer == 1 and representative[-1] != PLAIN_TRAILER):
        return
    ends = len(representative) - trailer - hashlib.new(name, usedforsecurity=False).digest_size
    if ends >= begins:
        yield representative[begins:ends], representative[ends : len(representative) - trailer], name


def _unpadded(representative: bytes) -> int | None:
    """Where the message begins: after 6A, or after 6B BB .. BA when it is shorter than there is room for."""
    first = representative[0]
    if first == RECOVERED_IN_PART | 0x0A:
        return 1
    if first != RECOVERED_IN_PART | 0x0B:
        return None
    end = next((place for place, byte in enumerate(representative[1:], 1) if byte != 0xBB), 0)
    return end + 1 if representative[end] == 0xBA else None


def public_key(spki: bytes) -> EcKey | RsaKey:
    """The key of a SubjectPublicKeyInfo: RSA, or elliptic with a named curve or explicit parameters (section 9.5.2).

    KeyRefused for another one, TlvError when it cannot be read.
    """
    content = tlv.parse(tlv.require(spki, 0x30))
    algorithm = tlv.parse(tlv.find(content, 0x30) or b"")
    kind = tlv.oid(algorithm[0][1]) if algorithm and algorithm[0][0] == 0x06 else ""
    key = (tlv.find(content, 0x03) or b"")[1:]
    if kind == RSA_PUBLIC_KEY:
        return _rsa(key)
    if kind != EC_PUBLIC_KEY:
        raise KeyRefused("key-kind-unknown")
    curve = _curve(*algorithm[1]) if len(algorithm) > 1 else None
    if curve is None:
        raise KeyRefused("key-curve-unknown")
    try:
        found = ecdsa.VerifyingKey.from_string(key, curve)
    except (ValueError, AssertionError, ecdsa.errors.MalformedPointError) as error:
        raise KeyRefused("key-no-point") from error
    return EcKey(found, curve.name, int(curve.order).bit_length())


def _rsa(key: bytes) -> RsaKey:
    numbers = [int.from_bytes(value, "big") for tag, value in tlv.parse(tlv.require(key, 0x30)) if tag == 0x02]
    if len(numbers) != 2 or numbers[1] < 3:
        raise KeyRefused("key-rsa-unreadable")
    found = RsaKey(*numbers)
    if found.bits % 8 or not 1024 <= found.bits <= LARGEST_RSA:
        raise KeyRefused("key-rsa-size", bits=found.bits)
    return found


@cache
def _described() -> dict[object, Any]:
    """Every curve by its object identifier, and by prime, coefficients, generator and order."""
    found: dict[object, Any] = {}
    for curve in CURVES:
        p, points, generator = int(curve.curve.p()), curve.curve, curve.generator
        width = (p.bit_length() + 7) // 8
        base = b"\x04" + int(generator.x()).to_bytes(width, "big") + int(generator.y()).to_bytes(width, "big")
        found[".".join(map(str, curve.oid))] = curve
        found[p, int(points.a()) % p, int(points.b()) % p, base, int(curve.order)] = curve
    return found


def _curve(tag: int, parameters: bytes) -> Any:
    """The curve that is named, or whose parameters these are; None for another."""
    return _described().get(tlv.oid(parameters) if tag == 0x06 else _explicit(parameters) if tag == 0x30 else None)


def _explicit(parameters: bytes) -> tuple[int, int, int, bytes, int]:
    """ECParameters (TR-03111): version, field, curve, generator, order."""
    objects = tlv.parse(parameters)[:5]
    if [tag for tag, _ in objects] != [0x02, 0x30, 0x30, 0x04, 0x02]:
        raise KeyRefused("key-curve-unreadable")
    _, field, curve, generator, order = (value for _, value in objects)
    prime, coefficients = tlv.require(field, 0x02), [value for _, value in tlv.parse(curve)[:2]]
    p, a, b, n = (int.from_bytes(number, "big") for number in (prime, *[*coefficients, b"", b""][:2], order))
    return p, a, b, generator, n
