"""A virtual chip proves its keys: active authentication, elliptic or RSA, and chip authentication (Doc 9303-11, 6)."""

from __future__ import annotations

import hashlib
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key

from card_drivers.chips import tlv
from card_drivers.chips.apdu import Command, StatusWord
from card_drivers.chips.secure_messaging import Suite, session
from card_drivers.simulators.chip.running import Refused, Running

CHALLENGE = 8  # bytes of RND.IFD (6.1.2.1)
CA_ECDH = "0.4.0.127.0.7.2.2.3.2."  # id-CA-ECDH, then the suite's number (9.2.7)


def hash_by_size(bits: int) -> hashes.HashAlgorithm:
    """The longest hash that is no longer than an ECDSA key (6.1.2.3)."""
    return hashes.SHA512() if bits >= 512 else hashes.SHA384() if bits >= 384 else hashes.SHA256()


def active_authentication(chip: Running, command: Command) -> bytes:
    """INTERNAL AUTHENTICATE: the signature over the terminal's challenge."""
    _require_opened(chip)
    if not chip.memory.state.active_key:
        raise Refused(StatusWord.WRONG_INS)
    if len(command.data) != CHALLENGE:
        raise Refused(StatusWord.WRONG_LENGTH)
    key = load_der_private_key(chip.memory.state.active_key, None)
    if isinstance(key, rsa.RSAPrivateKey):
        return _rsa_signature(key, command.data)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "personalisation takes no other"
    r, s = decode_dss_signature(key.sign(command.data, ec.ECDSA(hash_by_size(key.key_size))))
    width = (key.key_size + 7) // 8
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def _rsa_signature(key: rsa.RSAPrivateKey, challenge: bytes) -> bytes:
    """ISO 9796-2, digital signature scheme 1 with SHA-256: a nonce of the chip is recovered from it (6.1.2.2)."""
    size = key.key_size // 8
    nonce = secrets.token_bytes(size - 1 - 32 - 2)
    representative = b"\x6a" + nonce + hashlib.sha256(nonce + challenge).digest() + b"\x34\xcc"
    numbers = key.private_numbers()
    signature = pow(int.from_bytes(representative, "big"), numbers.d, numbers.public_numbers.n)
    return signature.to_bytes(size, "big")


def choose_chip_authentication(chip: Running, command: Command) -> bytes:
    """MSE:Set AT for chip authentication: the suite by its object identifier (6.2.4.2)."""
    _require_opened(chip)
    try:
        protocol = tlv.oid(tlv.require(command.data, 0x80))
        suite = Suite(int(protocol.removeprefix(CA_ECDH)))
    except ValueError as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    if not chip.memory.state.chip_key:
        raise Refused(StatusWord.NO_REFERENCE)
    chip.waiting = lambda answer: _agree_with_general_authenticate(chip, suite, answer)
    return b""


def _agree_with_general_authenticate(chip: Running, suite: Suite, command: Command) -> bytes:
    try:
        point = tlv.require(command.data, 0x7C, 0x80)
    except tlv.TlvError as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    _agree(chip, suite, point)
    return tlv.encode(0x7C, b"")


def agree_with_3des(chip: Running, command: Command) -> bytes:
    """MSE:Set KAT: chip authentication with 3DES in one command (6.2.4.1)."""
    _require_opened(chip)
    if not chip.memory.state.chip_key:
        raise Refused(StatusWord.NO_REFERENCE)
    try:
        point = tlv.require(command.data, 0x91)
    except tlv.TlvError as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    _agree(chip, Suite.TDES, point)
    return b""


def _agree(chip: Running, suite: Suite, point: bytes) -> None:
    """New keys for secure messaging, in force after this answer (6.2.2)."""
    key = _private_key(chip.memory.state.chip_key)
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(key.curve, point)
    except ValueError as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    chip.start(session(key.exchange(ec.ECDH(), theirs), suite))


def _private_key(pkcs8: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(pkcs8, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "personalisation takes no other"
    return key


def _require_opened(chip: Running) -> None:
    if not (chip.application and chip.opened):
        raise Refused(StatusWord.SECURITY_STATUS)
