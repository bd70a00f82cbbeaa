"""Active and chip authentication: keys and algorithms as DG14 and DG15 name them, and what a clone does.

Who signs is `cryptography` or the openssl program, who checks is our own and `ecdsa`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import keys, pem
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from card_drivers.chips import chip_keys, chip_proofs, tlv
from card_drivers.chips.apdu import Card, CardLimits, Command
from card_drivers.chips.chip_keys import EcKey, KeyRefused, RsaKey
from card_drivers.chips.secure_messaging import ChannelBroken, SecureConnection, SecureMessaging, Suite, session
from card_drivers.troubles import Trouble
from tests.certificates import openssl
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

CHIP_KEY_DH = CHIP_KEY[:-1] + b"\1"
CURVES = ("secp192r1", "secp224r1", "secp256r1", "brainpoolP256r1", "secp521r1")


def dg14(*infos: bytes) -> bytes:
    return tlv.encode(0x6E, tlv.encode(0x31, b"".join(infos)))


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_is_the_same_by_name_and_by_parameters(curve: str) -> None:
    key = private_key("some", curve)
    for data in (spki(key), explicit_spki(key)):
        found = chip_keys.public_key(data)
        assert isinstance(found, EcKey)
        assert found.point == key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        assert (found.bits, found.weak) == (key.curve.key_size, curve == "secp192r1")


def spoiled(old: bytes, new: bytes) -> bytes:
    data = explicit_spki(private_key("some"))
    assert old in data
    return data.replace(old, new)


SPKI = PublicFormat.SubjectPublicKeyInfo


def rsa_spki(bits: int, exponent: int) -> bytes:
    """A modulus of so many bits, of which nobody has the factors."""
    number = keys.RSAPublicKey({"modulus": (1 << bits) - 1, "public_exponent": exponent})
    return bytes(keys.PublicKeyInfo.wrap(number, "rsa").dump())


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, SPKI), "neither RSA"),
        (rsa_spki(1032 + 1, 3), "1033 bits"),
        (rsa_spki(768, 3), "768 bits"),
        (rsa_spki(1024, 1), "cannot be read"),
        (spki(ec.generate_private_key(ec.SECP256K1())), "curve is none"),
        (spoiled(ORDER.to_bytes(32, "big"), (ORDER - 2).to_bytes(32, "big")), "curve is none"),
        (spki(private_key("some"))[:-1] + b"\0", "no point"),
        (b"", "missing"),
        (b"0\0", "neither RSA"),
        (spki(private_key("some"))[:40], "cut off"),
    ],
)
def test_keys_that_cannot_be_checked(data: bytes, reason: str) -> None:
    """Among them a curve that is almost P-256."""
    with pytest.raises(ValueError, match=reason):
        chip_keys.public_key(data)


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
    assert (found.suite, found.identifier, found.key.name) == (Suite.AES_128, b"\7", "BRAINPOOLP256r1")
    assert found.reference == b"\x84\1\7"


def test_a_document_without_chip_authentication() -> None:
    assert chip_proofs.chip_key(dg14(info(ACTIVE, integer(1), tlv.encode(0x06, PLAIN_SHA256)))) is None


@pytest.mark.parametrize(
    "infos",
    [
        (info(CHIP_KEY_DH, b"\x04\0"),),
        (info(CHIP_KEY, spki(private_key("one")), integer(1)),),
        (info(CHIP + b"\2", integer(1)), info(CHIP_KEY, spki(ec.generate_private_key(ec.SECP256K1())))),
    ],
    ids=["Diffie-Hellman", "no cipher named", "another curve"],
)
def test_keys_for_chip_authentication_that_nobody_here_can_check(infos: tuple[bytes, ...]) -> None:
    with pytest.raises(KeyRefused):
        chip_proofs.chip_key(dg14(*infos))


def test_of_two_keys_the_one_that_can_be_checked_is_taken() -> None:
    found = chip_proofs.chip_key(
        dg14(
            info(CHIP + b"\x04", integer(1), integer(1)),
            info(CHIP + b"\x02", integer(1), integer(2)),
            info(CHIP_KEY, spki(ec.generate_private_key(ec.SECP256K1())), integer(1)),
            info(CHIP_KEY, spki(private_key("one")), integer(2)),
        )
    )
    assert found
    assert (found.suite, found.identifier) == (Suite.AES_128, b"\2")


class Signing:
    """A chip in an open session that signs challenges, and the connection to it."""

    uid, atr = "04", b""

    def __init__(self, sign: Callable[[bytes], bytes]) -> None:
        self.sign = sign
        self.chip: SecureMessaging = session(b"secret", Suite.AES_128)
        self.connection = SecureConnection(Card(self, CardLimits(4096, 4096)), session(b"secret", Suite.AES_128))
        self.notes: list[str] = []

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        command = Command.parse(self.chip.open_command(apdu))
        assert command
        assert (command.ins, len(command.data)) == (0x88, 8)
        return self.chip.protect_response(self.sign(command.data), 0x9000), 0x9000

    def proves(self, dg15: bytes, infos: bytes | None = None) -> bool:
        def note(trouble: Trouble) -> None:
            self.notes.append(trouble.code)

        return chip_proofs.active_authentication(self.connection, dg15, infos, note)


def der(key: ec.EllipticCurvePrivateKey, algorithm: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    return lambda challenge: key.sign(challenge, ec.ECDSA(algorithm))


def plain(key: ec.EllipticCurvePrivateKey, algorithm: hashes.HashAlgorithm, cut: int = 0) -> Callable[[bytes], bytes]:
    width = (key.curve.key_size + 7) // 8

    def sign(challenge: bytes) -> bytes:
        numbers = decode_dss_signature(der(key, algorithm)(challenge))
        return b"".join(number.to_bytes(width, "big") for number in numbers)[: 2 * width - cut]

    return sign


def dg15_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return tlv.encode(0x6F, spki(key))


def named(algorithm: bytes) -> bytes:
    return dg14(info(ACTIVE, integer(1), tlv.encode(0x06, algorithm)))


X962 = bytes.fromhex("2A8648CE3D0403")  # 1.2.840.10045.4.3, then 1 to 4
ALGORITHMS = [
    (PLAIN_SHA256[:-1] + b"\1", hashes.SHA1()),
    (PLAIN_SHA256[:-1] + b"\2", hashes.SHA224()),
    (PLAIN_SHA256[:-1] + b"\3", hashes.SHA256()),
    (PLAIN_SHA256[:-1] + b"\4", hashes.SHA384()),
    (PLAIN_SHA256[:-1] + b"\5", hashes.SHA512()),
    (X962[:-1] + b"\1", hashes.SHA1()),
    (X962 + b"\2", hashes.SHA256()),
    (X962 + b"\4", hashes.SHA512()),
]


@pytest.mark.parametrize("curve", ["secp192r1", "secp256r1", "secp521r1"])
@pytest.mark.parametrize(("oid", "algorithm"), ALGORITHMS)
@pytest.mark.parametrize("way", [plain, der])
def test_active_authentication(
    curve: str, oid: bytes, algorithm: hashes.HashAlgorithm, way: Callable[..., Callable[[bytes], bytes]]
) -> None:
    """Whether r and s come one after the other or in DER; what is weak is noted."""
    key, infos = private_key("active", curve), named(oid)
    chip = Signing(way(key, algorithm))
    assert chip.proves(dg15_of(key), infos)
    weak_key, weak_hash = curve == "secp192r1", isinstance(algorithm, hashes.SHA1)
    assert chip.notes == ["active-key-weak"] * weak_key + ["active-hash-weak"] * weak_hash
    assert not Signing(way(private_key("clone", curve), algorithm)).proves(dg15_of(key), infos)
    other = hashes.SHA512() if not isinstance(algorithm, hashes.SHA512) else hashes.SHA256()
    assert not Signing(way(key, other)).proves(dg15_of(key), infos)


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384()])
def test_active_authentication_without_dg14_takes_any_hash(algorithm: hashes.HashAlgorithm) -> None:
    key = private_key("active")
    assert Signing(plain(key, algorithm)).proves(dg15_of(key))
    assert not Signing(plain(private_key("clone"), algorithm)).proves(dg15_of(key))


@pytest.mark.parametrize("cut", [1, 63, 64])
def test_a_signature_that_is_cut_off_proves_nothing(cut: int) -> None:
    key = private_key("active")
    assert not Signing(plain(key, hashes.SHA256(), cut)).proves(dg15_of(key))


@pytest.mark.parametrize("curve", ["brainpoolP224r1", "brainpoolP320r1", "brainpoolP384r1"])
def test_active_authentication_by_openssl(curve: str, tmp_path: Path) -> None:
    """On the curves that `cryptography` has not; openssl writes DER."""
    private, public = openssl_key(tmp_path, curve)
    chip = Signing(lambda challenge: openssl_signature(tmp_path, private, challenge))
    assert chip.proves(tlv.encode(0x6F, public), named(PLAIN_SHA256))
    forged = Signing(lambda challenge: openssl_signature(tmp_path, private, challenge[::-1]))
    assert not forged.proves(tlv.encode(0x6F, public), named(PLAIN_SHA256))


def openssl_key(folder: Path, curve: str) -> tuple[Path, bytes]:
    private = folder / "key.pem"
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-outform", "DER", "-out", folder / "public.der")
    return private, (folder / "public.der").read_bytes()


def openssl_signature(folder: Path, key: Path, challenge: bytes) -> bytes:
    (folder / "challenge").write_bytes(challenge)
    openssl("dgst", "-sha256", "-sign", key, "-out", folder / "signature", folder / "challenge")
    return (folder / "signature").read_bytes()


class RsaChip:
    """Representatives of ISO 9796-2, scheme 1, put through the private key by openssl, without padding."""

    def __init__(self, folder: Path, bits: int, smaller: bool = False) -> None:
        self.folder, self.size, self.smaller = folder, bits // 8, smaller
        folder.mkdir(exist_ok=True)
        openssl("genrsa", "-out", folder / "rsa.pem", str(bits))
        openssl("rsa", "-in", folder / "rsa.pem", "-pubout", "-outform", "DER", "-out", folder / "rsa.der")
        spki = (folder / "rsa.der").read_bytes()
        self.dg15 = tlv.encode(0x6F, spki)
        key = chip_keys.public_key(spki)
        assert isinstance(key, RsaKey)
        self.modulus = key.modulus

    def sign(self, representative: bytes) -> bytes:
        (self.folder / "f").write_bytes(representative)
        out = self.folder / "s"
        key = ("-inkey", self.folder / "rsa.pem", "-pkeyopt", "rsa_padding_mode:none")
        openssl("pkeyutl", "-decrypt", *key, "-in", self.folder / "f", "-out", out)
        number = int.from_bytes(out.read_bytes(), "big")
        return (min(number, self.modulus - number) if self.smaller else number).to_bytes(self.size, "big")

    def answer(self, name: str, trailer: str, head: str = "6A") -> Callable[[bytes], bytes]:
        def answer(challenge: bytes) -> bytes:
            begins, ends = bytes.fromhex(head), bytes.fromhex(trailer)
            nonce = bytes(range(7, 7 + self.size - len(begins) - len(ends) - hashlib.new(name).digest_size))
            return self.sign(begins + nonce + hashlib.new(name, nonce + challenge).digest() + ends)

        return answer


@pytest.mark.parametrize(
    ("name", "trailer"),
    [("sha1", "BC"), ("sha1", "33CC"), ("sha224", "38CC"), ("sha256", "34CC"), ("sha384", "36CC"), ("sha512", "35CC")],
)
def test_active_authentication_by_rsa(name: str, trailer: str, tmp_path: Path) -> None:
    card = RsaChip(tmp_path, 1024)
    chip = Signing(card.answer(name, trailer))
    assert chip.proves(card.dg15)
    assert chip.notes == ["active-key-weak"] + ["active-hash-weak"] * (name == "sha1")
    padded = RsaChip(tmp_path / "other", 1024, smaller=True)
    assert Signing(padded.answer(name, trailer, head="6BBBBBBA")).proves(padded.dg15)
    assert not chip.proves(padded.dg15)  # another chip's key


def test_active_authentication_by_a_long_rsa_key(tmp_path: Path) -> None:
    """Its signature fits no short answer."""
    card = RsaChip(tmp_path, 2048)
    chip = Signing(card.answer("sha256", "34CC"))
    assert chip.proves(card.dg15)
    assert chip.notes == []


@pytest.mark.parametrize(
    ("head", "trailer", "name"),
    [
        ("4A", "34CC", "sha256"),  # the whole message is recovered: the challenge is in none of it
        ("6A", "34CC", "sha512"),
        ("6A", "30CC", "sha256"),
        ("6A", "34BB", "sha256"),
        ("6BBBBBBB", "34CC", "sha256"),
        ("6BAA", "34CC", "sha256"),
    ],
)
def test_a_wrong_representative_proves_nothing(head: str, trailer: str, name: str, tmp_path: Path) -> None:
    card = RsaChip(tmp_path, 1024)
    assert not Signing(card.answer(name, trailer, head)).proves(card.dg15)


def test_an_rsa_signature_of_another_size_proves_nothing(tmp_path: Path) -> None:
    card = RsaChip(tmp_path, 1024)
    right = card.answer("sha256", "34CC")
    for sign in (
        lambda data: right(data)[1:],
        lambda data: b"\0" + right(data),
        lambda _: b"\xff" * 128,
        lambda _: b"",
    ):
        assert not Signing(sign).proves(card.dg15)


@pytest.mark.parametrize(
    ("dg15", "infos"),
    [
        (b"", None),
        (tlv.encode(0x6F, rsa_spki(768, 3)), None),
        (dg15_of(private_key("active")), b"rubbish"),
        (dg15_of(private_key("active")), named(PLAIN_SHA256[:-1] + b"\6")),  # RIPEMD-160
    ],
)
def test_what_cannot_be_checked_is_refused(dg15: bytes, infos: bytes | None) -> None:
    """Before anything is sent."""

    def nothing(_: bytes) -> bytes:
        raise AssertionError

    with pytest.raises(ValueError, match=r"missing|cannot be checked|cut off"):
        Signing(nothing).proves(dg15, infos)


class Agreeing:
    """A chip in an open session that agrees on a new one with this key, as Doc 9303-11 section 6.2 says."""

    uid, atr = "04", b""

    def __init__(self, key: ec.EllipticCurvePrivateKey | Callable[[bytes], bytes], suite: Suite) -> None:
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
            self.chip = session(self.shared(public), self.suite)
        return answer, 0x9000

    def shared(self, public: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            peer = ec.EllipticCurvePublicKey.from_encoded_point(self.key.curve, public)
            return self.key.exchange(ec.ECDH(), peer)
        return self.key(public)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("suite", Suite)
def test_chip_authentication(curve: str, suite: Suite) -> None:
    """The new session speaks with the chip's key, and with a clone's not; 3DES is agreed by MSE:Set KAT."""
    key = private_key("chip", curve)
    public = chip_keys.public_key(spki(key))
    assert isinstance(public, EcKey)
    offered = chip_proofs.ChipKey(suite, public, b"")
    chip = Agreeing(key, suite)
    connection = chip_proofs.chip_authentication(chip.connection, offered)
    assert connection.transmit(b"\0\xa4\2\x0c\2\1\x1e") == (b"", 0x9000)
    assert chip.asked == (["2241A6", "A4020C"] if suite is Suite.TDES else ["2241A4", "860000", "A4020C"])
    clone = chip_proofs.chip_authentication(Agreeing(private_key("clone", curve), suite).connection, offered)
    with pytest.raises((ChannelBroken, ValueError)):
        clone.transmit(b"\0\xa4\2\x0c\2\1\x1e")


@pytest.mark.parametrize("curve", ["brainpoolP224r1", "brainpoolP320r1"])
def test_chip_authentication_with_openssl(curve: str, tmp_path: Path) -> None:
    private, spki_ = openssl_key(tmp_path, curve)
    public = chip_keys.public_key(spki_)
    assert isinstance(public, EcKey)

    def shared(point: bytes) -> bytes:
        """By openssl, of the peer's point in a SubjectPublicKeyInfo like our own."""
        peer, secret = tmp_path / "peer.pem", tmp_path / "secret"
        peer.write_bytes(pem.armor("PUBLIC KEY", spki_[: -len(point)] + point))
        openssl("pkeyutl", "-derive", "-inkey", private, "-peerkey", peer, "-out", secret)
        return secret.read_bytes()

    chip = Agreeing(shared, Suite.AES_256)
    connection = chip_proofs.chip_authentication(chip.connection, chip_proofs.ChipKey(Suite.AES_256, public, b""))
    assert connection.transmit(b"\0\xa4\2\x0c\2\1\x1e") == (b"", 0x9000)
