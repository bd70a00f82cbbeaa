"""Public keys as a chip and its certificates carry them, and what they prove: ECDSA and RSA (Doc 9303-12, 4.1.6).

`ecdsa` reads curves written out, which Doc 9303 asks for and `cryptography` loads for few curves only.
"""

from __future__ import annotations

import hashlib
from typing import Any

import ecdsa  # type: ignore[import-untyped]
from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from printing.signing import CertificateError

DIGESTS = ("sha224", "sha256", "sha384", "sha512")
"""The only hashes of Doc 9303-12 (4.1.6.4)."""

MAX_EC_KEY = 1024  # bytes of a key with its curve written out: P-521 has about 600, a made-up one could take hours
_EC, _RSA_PSS, _RSA_PKCS1 = "ecdsa", "rsassa_pss", "rsassa_pkcs1v15"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    one.name: one for one in (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
}
_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AssertionError, OverflowError, UnsupportedAlgorithm,
               ecdsa.der.UnexpectedDER, ecdsa.curves.UnknownCurveError)  # fmt: skip


def ec_key(public_key: bytes) -> Any:
    """The `ecdsa` key in a SubjectPublicKeyInfo (DER), on a curve known by name; CertificateError for any other key.

    Parameters that anybody could have made up prove nothing.
    """
    if len(public_key) > MAX_EC_KEY:
        raise CertificateError(f"An EC public key has more than {MAX_EC_KEY} bytes")
    try:
        key = ecdsa.VerifyingKey.from_der(public_key, valid_encodings=("uncompressed",))
    except _UNREADABLE as error:
        raise CertificateError("A public key is no EC key on a curve that is known") from error
    if key.curve not in ecdsa.curves.curves:
        raise CertificateError("A public key is on a curve of its own")
    return key


def rsa_key(public_key: bytes) -> rsa.RSAPublicKey:
    """The RSA key in a SubjectPublicKeyInfo (DER); CertificateError for any other key."""
    try:
        key = load_der_public_key(public_key)
    except _UNREADABLE as error:
        raise CertificateError("A public key cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise CertificateError("A public key is no RSA key")
    return key


def explicit(public_key: bytes) -> bytes:
    """The same SubjectPublicKeyInfo (DER) with its curve written out (Doc 9303-11, 9.5.2; 9303-12, 4.1.6.3).

    CertificateError for what is no key on a known curve.
    """
    return bytes(ec_key(public_key).to_der(curve_parameters_encoding="explicit"))


def verifies(
    public_key: bytes, algorithm: algos.SignedDigestAlgorithm, data: bytes, signature: bytes, *, digest: str = ""
) -> bool:
    """Whether `signature` over `data` was made with this key. `digest` is the hash where `algorithm` names none (CMS).

    CertificateError for a key, an algorithm or a hash that Doc 9303-12 does not know.
    """
    try:
        scheme = algorithm.signature_algo
        named = digest if algorithm["algorithm"].native in (_RSA_PKCS1, _EC) else algorithm.hash_algo
    except _UNREADABLE as error:
        raise CertificateError("A signature has an algorithm that is not known") from error
    if named not in DIGESTS:
        raise CertificateError("A signature uses another hash than SHA-224, SHA-256, SHA-384 or SHA-512")
    if scheme == _EC:
        return _ecdsa_verifies(public_key, named, data, signature)
    return _rsa_verifies(public_key, _padding(scheme, named, algorithm), _HASHES[named], data, signature)


def _ecdsa_verifies(public_key: bytes, digest: str, data: bytes, signature: bytes) -> bool:
    key = ec_key(public_key)
    hashed = hashlib.new(digest, data).digest()
    try:
        return bool(key.verify_digest(signature, hashed, ecdsa.util.sigdecode_der, allow_truncate=True))
    except (ecdsa.BadSignatureError, *_UNREADABLE):
        return False


def _padding(scheme: str, digest: str, algorithm: algos.SignedDigestAlgorithm) -> padding.AsymmetricPadding:
    if scheme == _RSA_PKCS1:
        return padding.PKCS1v15()
    if scheme != _RSA_PSS:
        raise CertificateError("A signature has an algorithm that Doc 9303-12 does not know")
    try:
        parameters = algorithm["parameters"].native
        mask, salt = parameters["mask_gen_algorithm"], parameters["salt_length"]
        return padding.PSS(padding.MGF1(_HASHES[mask["parameters"]["algorithm"]]), salt)
    except _UNREADABLE as error:
        raise CertificateError("A signature has RSA-PSS parameters that are not known") from error


def _rsa_verifies(
    public_key: bytes,
    fill: padding.AsymmetricPadding,
    function: hashes.HashAlgorithm,
    data: bytes,
    signature: bytes,
) -> bool:
    try:
        rsa_key(public_key).verify(signature, data, fill, function)
    except (InvalidSignature, ValueError):
        return False
    return True
