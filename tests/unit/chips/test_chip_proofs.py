"""Active and chip authentication: keys and algorithms as DG14 and DG15 name them, and what a clone does."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from card_drivers.chips import chip_proofs, tlv
from card_drivers.chips.apdu import Card, Command
from card_drivers.chips.secure_messaging import ChannelBroken, SecureConnection, SecureMessaging, Suite, session
from card_drivers.device import ChipError
from tests.unit.station.documents import (
    ACTIVE,
    CHIP,
    CHIP_KEY,
    PLAIN_SHA256,
    explicit_spki,
    info,
    integer,
    private_key,
    spki,
)

CURVES = ("secp256r1", "secp384r1", "brainpoolP256r1", "secp521r1")


def dg14(*infos: bytes) -> bytes:
    return tlv.encode(0x6E, tlv.encode(0x31, b"".join(infos)))


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_is_the_same_by_name_and_by_parameters(curve: str) -> None:
    key = private_key("some", curve)
    for data in (spki(key), explicit_spki(key)):
        assert chip_proofs.public_key(data).public_numbers() == key.public_key().public_numbers()
        assert chip_proofs.public_key(data).curve.name == curve


def spoiled(old: bytes, new: bytes) -> bytes:
    data = explicit_spki(private_key("some"))
    assert old in data
    return data.replace(old, new)


RSA = rsa.generate_private_key(65537, 1024).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (RSA, "not RSA"),
        (spki(ec.generate_private_key(ec.SECP256K1())), "curve is none"),  # type: ignore[arg-type]
        (spoiled(ORDER.to_bytes(32, "big"), (ORDER - 2).to_bytes(32, "big")), "curve is none"),
        (spki(private_key("some"))[:-1] + b"\0", "no point"),
        (b"", "missing"),
        (b"0\0", "not RSA"),
        (spki(private_key("some"))[:40], "cut off"),
    ],
)
def test_keys_that_cannot_be_checked(data: bytes, reason: str) -> None:
    """Among them a curve that is almost P-256."""
    with pytest.raises(ValueError, match=reason):
        chip_proofs.public_key(data)


def test_the_strongest_cipher_with_its_key_is_chosen() -> None:
    one, other = private_key("one"), private_key("other", "brainpoolP256r1")
    found = chip_proofs.chip_key(
        dg14(
            info(CHIP + b"\x01", integer(1), integer(3)),
            info(CHIP + b"\x04", integer(2), integer(3)),  # a version that we do not know
            info(CHIP + b"\x02", integer(1), integer(7)),
            info(CHIP + b"\x03", integer(1), integer(9)),  # its key is missing
            info(CHIP_KEY, spki(one), integer(3)),
            info(CHIP_KEY, explicit_spki(other), integer(7)),
        )
    )
    assert found
    assert (found.suite, found.identifier, found.key.curve.name) == (Suite.AES_128, b"\7", "brainpoolP256r1")
    assert found.reference == b"\x84\1\7"


def test_a_document_without_chip_authentication() -> None:
    assert chip_proofs.chip_key(dg14(info(ACTIVE, integer(1), tlv.encode(0x06, PLAIN_SHA256)))) is None


class Signing:
    """A chip in an open session that signs with this key, and the connection to it."""

    uid, atr = "04", b""

    def __init__(self, key: ec.EllipticCurvePrivateKey, algorithm: hashes.HashAlgorithm, cut: int = 0) -> None:
        self.key, self.algorithm, self.cut = key, algorithm, cut
        self.chip: SecureMessaging = session(b"secret", Suite.AES_128)
        self.connection = SecureConnection(Card(self), session(b"secret", Suite.AES_128))

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        command = Command.parse(self.chip.open_command(apdu))
        assert command
        assert (command.ins, len(command.data)) == (0x88, 8)
        numbers = decode_dss_signature(self.key.sign(command.data, ec.ECDSA(self.algorithm)))
        width = (self.key.curve.key_size + 7) // 8
        plain = b"".join(number.to_bytes(width, "big") for number in numbers)
        return self.chip.protect_response(plain[: len(plain) - self.cut], 0x9000), 0x9000


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(
    ("last", "algorithm"),
    [(2, hashes.SHA224()), (3, hashes.SHA256()), (4, hashes.SHA384()), (5, hashes.SHA512())],
)
def test_active_authentication(curve: str, last: int, algorithm: hashes.HashAlgorithm) -> None:
    key = private_key("active", curve)
    dg15 = tlv.encode(0x6F, spki(key))
    infos = dg14(info(ACTIVE, integer(1), tlv.encode(0x06, PLAIN_SHA256[:-1] + bytes([last]))))
    assert chip_proofs.active_authentication(Signing(key, algorithm).connection, dg15, infos)
    clone = Signing(private_key("clone", curve), algorithm)
    assert not chip_proofs.active_authentication(clone.connection, dg15, infos)
    other = hashes.SHA512() if last != 5 else hashes.SHA256()
    assert not chip_proofs.active_authentication(Signing(key, other).connection, dg15, infos)


def test_active_authentication_without_dg14_is_sha_256() -> None:
    key = private_key("active")
    assert chip_proofs.active_authentication(
        Signing(key, hashes.SHA256()).connection, tlv.encode(0x6F, spki(key)), None
    )


@pytest.mark.parametrize("cut", [1, 63, 64])
def test_a_signature_that_is_cut_off_proves_nothing(cut: int) -> None:
    key = private_key("active")
    signing = Signing(key, hashes.SHA256(), cut)
    assert not chip_proofs.active_authentication(signing.connection, tlv.encode(0x6F, spki(key)), None)


@pytest.mark.parametrize(
    ("dg15", "infos"),
    [
        (b"", None),
        (tlv.encode(0x6F, RSA), None),
        (tlv.encode(0x6F, spki(private_key("active"))), b"rubbish"),
        (
            tlv.encode(0x6F, spki(private_key("active"))),
            dg14(info(ACTIVE, integer(1), tlv.encode(0x06, PLAIN_SHA256[:-1] + b"\1"))),
        ),
    ],
)
def test_what_cannot_be_checked_is_refused(dg15: bytes, infos: bytes | None) -> None:
    """RSA, SHA-1, damaged files: an error that says so, before anything is sent."""
    with pytest.raises(ChipError, match=r"active authentication.*cannot be used"):
        chip_proofs.active_authentication(Signing(private_key("active"), hashes.SHA256()).connection, dg15, infos)


class Agreeing:
    """A chip in an open session that agrees on a new one with this key, as Doc 9303-11 section 6.2 says."""

    uid, atr = "04", b""

    def __init__(self, key: ec.EllipticCurvePrivateKey, suite: Suite) -> None:
        self.key, self.suite = key, suite
        self.chip = session(b"secret", Suite.AES_128)
        self.connection = SecureConnection(Card(self), session(b"secret", Suite.AES_128))
        self.asked: list[str] = []

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        command = Command.parse(self.chip.open_command(apdu))
        assert command
        self.asked.append(f"{command.ins:02X}{command.p1:02X}{command.p2:02X}")
        public = tlv.find(tlv.parse(command.data), 0x91) if command.ins == 0x22 else None
        if command.ins == 0x86:
            public = tlv.require(command.data, 0x7C, 0x80)
        answer = self.chip.protect_response(b"\x7c\0" if command.ins == 0x86 else b"", 0x9000)
        if public:
            peer = ec.EllipticCurvePublicKey.from_encoded_point(self.key.curve, public)
            self.chip = session(self.key.exchange(ec.ECDH(), peer), self.suite)
        return answer, 0x9000


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("suite", Suite)
def test_chip_authentication(curve: str, suite: Suite) -> None:
    """The new session speaks with the chip's key, and with a clone's not; 3DES is agreed by MSE:Set KAT."""
    key = private_key("chip", curve)
    offered = chip_proofs.ChipKey(suite, key.public_key(), b"")
    chip = Agreeing(key, suite)
    connection = chip_proofs.chip_authentication(chip.connection, offered)
    assert connection.transmit(b"\0\xa4\2\x0c\2\1\x1e") == (b"", 0x9000)
    assert chip.asked == (["2241A6", "A4020C"] if suite is Suite.TDES else ["2241A4", "860000", "A4020C"])
    clone = chip_proofs.chip_authentication(Agreeing(private_key("clone", curve), suite).connection, offered)
    with pytest.raises((ChannelBroken, ValueError)):
        clone.transmit(b"\0\xa4\2\x0c\2\1\x1e")
