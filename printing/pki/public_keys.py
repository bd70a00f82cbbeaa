"""Public keys of signers and authorities, and signatures by them as X.509 and CMS write them (Doc 9303-12, 4.1.6).

EC keys lie on one of `CURVES`, named or written out in full: parameters that anybody could have made up prove nothing.
RSA keys sign by RSASSA-PSS; RSASSA-PKCS1-v1_5 is only verified (4.1.6.1). What is `foreign` is only verified too: keys
and hashes that we would not take, but which other states' documents have; `weak` says which keys are, `is_weak` which
signatures. A `printing.pki.signing.Signer` gives r || s or an RSASSA-PSS signature; `encode` makes of it what stands
in a certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
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
FOREIGN_CURVES = CURVES | {
    "P-192": ecdsa.NIST192p,
    "P-521": ecdsa.NIST521p,
    "brainpoolP192r1": ecdsa.BRAINPOOLP192r1,
    "brainpoolP320r1": ecdsa.BRAINPOOLP320r1,
}
PSS_SALT = 32
"""Bytes of salt, as many as the hash has: SHA-256, the default of CMS verifiers' policies."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_HASHES: dict[int, hashes.HashAlgorithm] = {
    function.digest_size: function for function in (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
}
_HASH_NAMES = {function.name: function for function in _HASHES.values()}
_WEAK_HASH: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1()}  # noqa: S303 - verified, and called weak
_SCHEMES = ("ecdsa", "rsassa_pss", "rsassa_pkcs1v15")
_WEAK_EC, _WEAK_RSA = 224, 2048  # bits below which a key is weak
_LEAST_RSA, _LARGEST_RSA = 1024, 8192


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
    """A public key on one of `CURVES`, a foreign one of `FOREIGN_CURVES`: `kind` is its name, `raw` the uncompressed
    point."""

    def __init__(self, info: keys.PublicKeyInfo, foreign: bool = False) -> None:
        self.kind, curve = _curve(info, FOREIGN_CURVES if foreign else CURVES)
        self._hashes = _hashes_of(foreign)
        try:
            self._key = ecdsa.VerifyingKey.from_string(info["public_key"].native, curve)
        except (ValueError, AssertionError, ecdsa.errors.MalformedPointError) as error:
            raise CertificateError("the key is no point of its curve") from error
        self.bits = curve.order.bit_length()
        self.weak = self.bits < _WEAK_EC
        self.hash: Callable[[bytes], Any] = hash_for(min(self.bits, 512))
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
        function = hash_name(algorithm)
        if function not in self._hashes or algorithm.signature_algo != "ecdsa":
            return False
        digest = hashlib.new(function, data).digest()
        try:
            decode = ecdsa.util.sigdecode_der
            return bool(self._key.verify_digest(signature, digest, sigdecode=decode, allow_truncate=True))
        except (ecdsa.BadSignatureError, ecdsa.der.UnexpectedDER, ValueError, AssertionError):
            return False


class RsaKey:
    """An RSA public key of 2048 to 8192 bits, a foreign one of 1024 at least: `kind` is "RSA-3072", `raw` modulus and
    exponent."""

    def __init__(self, info: keys.PublicKeyInfo, foreign: bool = False) -> None:
        numbers = info["public_key"].parsed.native
        self.bits = numbers["modulus"].bit_length()
        self.weak = self.bits < _WEAK_RSA
        self._hashes = _hashes_of(foreign)
        if not (_LEAST_RSA if foreign else _WEAK_RSA) <= self.bits <= _LARGEST_RSA:
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
        function = hash_name(algorithm)
        if function not in self._hashes or algorithm.signature_algo not in ("rsassa_pss", "rsassa_pkcs1v15"):
            return False
        scheme = _mask(algorithm) if algorithm.signature_algo == "rsassa_pss" else padding.PKCS1v15()
        if scheme is None:
            return False
        try:
            self._key.verify(signature, data, scheme, self._hashes[function])
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


def read(info: keys.PublicKeyInfo | bytes, *, foreign: bool = False) -> PublicKey:
    """A SubjectPublicKeyInfo (DER); CertificateError says why its key cannot be used.

    `foreign` keys need only be such that their signatures can be verified.
    """
    try:
        parsed = keys.PublicKeyInfo.load(info, strict=True) if isinstance(info, bytes) else info
        kind = parsed["algorithm"]["algorithm"].native
        if kind == "ec":
            return EcKey(parsed, foreign)
        if kind in ("rsa", "rsassa_pss"):
            return RsaKey(parsed, foreign)
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


def _mask(algorithm: algos.SignedDigestAlgorithm) -> padding.PSS | None:
    """RSASSA-PSS as its parameters say: the mask's hash need not be that of the data (RFC 4055, 3.1)."""
    parameters = algorithm["parameters"]
    mask = (_HASH_NAMES | _WEAK_HASH).get(parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native)
    return None if mask is None else _pss(mask, parameters["salt_length"].native)


def _hashes_of(foreign: bool) -> Mapping[str, hashes.HashAlgorithm]:
    """The hashes that Doc 9303-12, 4.1.6.4, permits, and SHA-1, with which other states signed before."""
    return _HASH_NAMES | _WEAK_HASH if foreign else _HASH_NAMES


def hash_name(algorithm: algos.SignedDigestAlgorithm) -> str:
    """The hash of a signature's algorithm, "" for one without."""
    try:
        return str(algorithm.hash_algo)
    except UNREADABLE:
        return ""


def is_known(algorithm: algos.SignedDigestAlgorithm) -> bool:
    """Whether signatures by this algorithm can be verified here, weak ones too."""
    try:
        return algorithm.signature_algo in _SCHEMES and hash_name(algorithm) in _HASH_NAMES | _WEAK_HASH
    except UNREADABLE:
        return False


def is_weak(algorithm: algos.SignedDigestAlgorithm) -> bool:
    """Whether a signature by this algorithm is over a hash for which collisions can be made."""
    return hash_name(algorithm) in _WEAK_HASH


def _curve(info: keys.PublicKeyInfo, curves: Mapping[str, Any]) -> tuple[str, Any]:
    """Name and curve that a key names or writes out; of parameters written out nothing is calculated."""
    parameters = info["algorithm"]["parameters"]
    if parameters.name == "named":
        wanted: object = tuple(map(int, parameters.chosen.dotted.split(".")))
        found = [(name, curve) for name, curve in curves.items() if curve.oid == wanted]
    elif parameters.name == "specified":
        wanted = _described(parameters.chosen)
        found = [(name, curve) for name, curve in curves.items() if _descriptions()[name] == wanted]
    else:
        found = []
    if not found:
        name = parameters.chosen.native if parameters.name == "named" else "of its own"
        raise CertificateError(f"the curve {name} is not used: make a key on P-256, P-384 or a brainpool r1 curve")
    return found[0]


@cache
def _descriptions() -> dict[str, tuple[object, ...]]:
    """Every one of `FOREIGN_CURVES` as `_described` has it."""
    written = {name: curve.to_der("explicit") for name, curve in FOREIGN_CURVES.items()}
    return {name: _described(keys.ECDomainParameters.load(parameters).chosen) for name, parameters in written.items()}


def _described(domain: Any) -> tuple[object, ...]:
    """Prime, coefficients, generator and order of a curve, and its cofactor where given."""
    values = domain.native
    field, curve = values["field_id"], values["curve"]
    a, b = (int.from_bytes(curve[name], "big") for name in "ab")
    return field["field_type"], field["parameters"], a, b, values["base"], values["order"], values["cofactor"] or 1
