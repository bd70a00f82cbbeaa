"""Public keys of signers and authorities, and signatures by them as X.509 and CMS write them (Doc 9303-12, 4.1.6).

EC keys lie on one of `CURVES`, named or written out in full: parameters that anybody could have made up prove nothing.
RSA keys sign by RSASSA-PSS; RSASSA-PKCS1-v1_5 is only verified (4.1.6.1). A `printing.pki.signing.Signer` gives r || s
or an RSASSA-PSS signature; `encode` makes of it what stands in a certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import ecdsa
from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from printing.pki.signing import UNREADABLE, CertificateError, hash_for

CURVES = {
    "P-224": ecdsa.NIST224p,
    "P-256": ecdsa.NIST256p,
    "P-384": ecdsa.NIST384p,
    "brainpoolP224r1": ecdsa.BRAINPOOLP224r1,
    "brainpoolP256r1": ecdsa.BRAINPOOLP256r1,
    "brainpoolP384r1": ecdsa.BRAINPOOLP384r1,
    "brainpoolP512r1": ecdsa.BRAINPOOLP512r1,
}
PSS_SALT = 32
"""Bytes of salt, as many as the hash has: SHA-256, the default of CMS verifiers' policies."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_HASHES: dict[int, hashes.HashAlgorithm] = {
    function.digest_size: function for function in (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
}
_HASH_NAMES = {function.name: function for function in _HASHES.values()}
_LARGEST_RSA = 8192


class PrivateKeySigner:
    """A `Signer` whose key is in memory."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` with the hash that the key asks for."""
        bits = 256 if isinstance(self._key, rsa.RSAPrivateKey) else self._key.key_size
        return self.sign_digest(hash_for(bits)(data).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature over a hash value: r || s, or RSASSA-PSS."""
        hashed = Prehashed(_HASHES[len(digest)])
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(digest, _pss(hashes.SHA256(), PSS_SALT), hashed)
        length = (self._key.key_size + 7) // 8
        numbers = decode_dss_signature(self._key.sign(digest, ec.ECDSA(hashed)))
        return b"".join(number.to_bytes(length, "big") for number in numbers)


class EcKey:
    """A public key on one of `CURVES`: `kind` is its name, `raw` the uncompressed point."""

    def __init__(self, info: keys.PublicKeyInfo) -> None:
        self.kind, curve = _curve(info)
        try:
            self._key = ecdsa.VerifyingKey.from_string(info["public_key"].native, curve)
        except (ValueError, AssertionError, ecdsa.errors.MalformedPointError) as error:
            raise CertificateError("the key is no point of its curve") from error
        self.bits = curve.order.bit_length()
        self.hash: Callable[[bytes], Any] = hash_for(self.bits)
        self.raw = bytes(self._key.to_string("uncompressed"))

    @property
    def info(self) -> keys.PublicKeyInfo:
        """The key with its curve written out in full, with the cofactor (Doc 9303-12, 4.1.6.3)."""
        return keys.PublicKeyInfo.load(self._key.to_der(curve_parameters_encoding="explicit"))

    @property
    def algorithm(self) -> algos.SignedDigestAlgorithm:
        """The name of a signature by this key."""
        return algos.SignedDigestAlgorithm({"algorithm": f"{self.hash(b'').name}_ecdsa"})

    def encode(self, signature: bytes) -> bytes:
        """Of r || s the form of X.509 and CMS: a SEQUENCE of two INTEGER."""
        numbers = ecdsa.util.sigdecode_string(signature, self._key.curve.order)
        return bytes(ecdsa.util.sigencode_der(*numbers, self._key.curve.order))

    def verifies(self, algorithm: algos.SignedDigestAlgorithm, signature: bytes, data: bytes) -> bool:
        """Whether `signature`, as X.509 and CMS write it, over `data` is of this key."""
        function = _hash_name(algorithm)
        if function is None or not algorithm["algorithm"].native.endswith("_ecdsa"):
            return False
        digest = hashlib.new(function, data).digest()
        try:
            decode = ecdsa.util.sigdecode_der
            return bool(self._key.verify_digest(signature, digest, sigdecode=decode, allow_truncate=True))
        except (ecdsa.BadSignatureError, ecdsa.der.UnexpectedDER, ValueError, AssertionError):
            return False


class RsaKey:
    """An RSA public key of 2048 to 8192 bits: `kind` is "RSA-3072", `raw` modulus and exponent."""

    def __init__(self, info: keys.PublicKeyInfo) -> None:
        numbers = info["public_key"].parsed.native
        self.bits = numbers["modulus"].bit_length()
        if not 2048 <= self.bits <= _LARGEST_RSA:
            raise CertificateError(f"an RSA key of {self.bits} bits is not used: make one of 3072")
        try:
            self._key = rsa.RSAPublicNumbers(numbers["public_exponent"], numbers["modulus"]).public_key()
        except ValueError as error:
            raise CertificateError("the RSA key is damaged") from error
        self.kind = f"RSA-{self.bits}"
        self.hash: Callable[[bytes], Any] = hashlib.sha256
        self.raw = bytes(info["public_key"].parsed.dump())
        self.info = info

    @property
    def algorithm(self) -> algos.SignedDigestAlgorithm:
        """The name of a signature by this key, RSASSA-PSS with its parameters (RFC 4055)."""
        sha256 = {"algorithm": "sha256"}
        parameters = {
            "hash_algorithm": sha256,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
            "salt_length": PSS_SALT,
        }
        return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})

    def encode(self, signature: bytes) -> bytes:
        """X.509 and CMS take it as it is."""
        return signature

    def verifies(self, algorithm: algos.SignedDigestAlgorithm, signature: bytes, data: bytes) -> bool:
        """Whether `signature` over `data` is of this key, by RSASSA-PSS or RSASSA-PKCS1-v1_5."""
        function = _hash_name(algorithm)
        if function is None or algorithm.signature_algo not in ("rsassa_pss", "rsassa_pkcs1v15"):
            return False
        chosen, scheme = _HASH_NAMES[function], padding.PKCS1v15()
        try:
            if algorithm.signature_algo == "rsassa_pss":
                salt = algorithm["parameters"]["salt_length"].native
                self._key.verify(signature, data, _pss(chosen, salt), chosen)
            else:
                self._key.verify(signature, data, scheme, chosen)
        except (InvalidSignature, ValueError):
            return False
        return True


PublicKey = EcKey | RsaKey


def is_of(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether what a `Signer` made of `data` is by this key."""
    try:
        return key.verifies(key.algorithm, key.encode(signature), data)
    except ecdsa.util.MalformedSignature:
        return False


def read(info: keys.PublicKeyInfo | bytes) -> PublicKey:
    """A SubjectPublicKeyInfo (DER); CertificateError says why its key cannot be used."""
    try:
        parsed = keys.PublicKeyInfo.load(info, strict=True) if isinstance(info, bytes) else info
        kind = parsed["algorithm"]["algorithm"].native
        if kind == "ec":
            return EcKey(parsed)
        if kind in ("rsa", "rsassa_pss"):
            return RsaKey(parsed)
    except UNREADABLE as error:
        if isinstance(error, CertificateError):
            raise
        raise CertificateError("the public key is damaged") from error
    raise CertificateError(f"the public key is of the kind {kind}, expected EC or RSA")


def private(key: PrivateKey) -> tuple[PublicKey, PrivateKeySigner]:
    """The public half of a key in memory, and its signer."""
    return read(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)), PrivateKeySigner(key)


def _pss(function: hashes.HashAlgorithm, salt: int) -> padding.PSS:
    return padding.PSS(padding.MGF1(function), salt)


def _hash_name(algorithm: algos.SignedDigestAlgorithm) -> str | None:
    """The hash of a signature's algorithm, None for one that Doc 9303-12, 4.1.6.4, does not permit."""
    try:
        name: str = algorithm.hash_algo
    except UNREADABLE:
        return None
    return name if name in _HASH_NAMES else None


def _curve(info: keys.PublicKeyInfo) -> tuple[str, Any]:
    """Name and curve that a key names or writes out; of parameters written out nothing is calculated."""
    parameters = info["algorithm"]["parameters"]
    if parameters.name == "named":
        wanted: object = tuple(map(int, parameters.chosen.dotted.split(".")))
        found = [(name, curve) for name, curve in CURVES.items() if curve.oid == wanted]
    elif parameters.name == "specified":
        wanted = _described(parameters.chosen)
        found = [(name, CURVES[name]) for name, description in _descriptions().items() if description == wanted]
    else:
        found = []
    if not found:
        name = parameters.chosen.native if parameters.name == "named" else "of its own"
        raise CertificateError(f"the curve {name} is not used: make a key on P-256, P-384 or a brainpool r1 curve")
    return found[0]


@cache
def _descriptions() -> dict[str, tuple[object, ...]]:
    """Every one of `CURVES` as `_described` has it."""
    written = {name: curve.to_der("explicit") for name, curve in CURVES.items()}
    return {name: _described(keys.ECDomainParameters.load(parameters).chosen) for name, parameters in written.items()}


def _described(domain: Any) -> tuple[object, ...]:
    """Prime, coefficients, generator and order of a curve, and its cofactor where given."""
    values = domain.native
    field, curve = values["field_id"], values["curve"]
    a, b = (int.from_bytes(curve[name], "big") for name in "ab")
    return field["field_type"], field["parameters"], a, b, values["base"], values["order"], values["cofactor"] or 1
