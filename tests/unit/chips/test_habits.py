"""Chips and readers that are not polite: whatever their habits, every file comes and none that came is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from card_drivers.chips import emrtd, tlv
from card_drivers.chips.apdu import Card, Command
from card_drivers.chips.files import FileReader
from card_drivers.chips.secure_messaging import SecureConnection, Suite, session
from card_drivers.device import ChipError, DeviceError
from card_drivers.order import AccessKeys
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.habits import HABITS
from tests.unit.chips.test_emrtd import MRZ_ONLY, content, finished
from tests.unit.station.documents import ACCESS, Counted, info, integer, private_key, spki

IMPOLITE = [habit for habit in HABITS if habit]


def memory(chip: Counted) -> dict[str, bytearray]:
    assert isinstance(chip.chip, VirtualChip)
    return chip.chip.memory.files


@pytest.mark.parametrize("profile", ["generic-globalplatform", "jmrtd-applet"])
@pytest.mark.parametrize("extended", [True, False], ids=["extended", "short"])
@pytest.mark.parametrize("habit", HABITS)
def test_every_file_is_read_whatever_the_habit(habit: str, extended: bool, profile: str) -> None:
    """By PACE and AES, by BAC and 3DES; and the keys are proved, so that the session still stands."""
    reading = emrtd.read_chip(finished(profile, habit=habit, extended=extended), ACCESS)
    assert reading.files == content(profile).files
    assert (reading.missing, reading.remarks) == ((), ())
    assert set(reading.proofs.values()) == {True}


@pytest.mark.parametrize("habit", IMPOLITE)
def test_the_lengths_are_learned_once(habit: str) -> None:
    """And not for each file again: at most a dozen commands more than the shortest length needs."""
    chip, parts = finished(habit=habit), 0
    emrtd.read_chip(chip, ACCESS)
    for data in content().files.values():
        parts += 1 + -(-len(data) // 128)
    assert len(chip.sent) < parts + 3 * 12


def protected(habit: str, length: int = 300) -> FileReader:
    """A reader of one file DG2 through secure messaging, on a chip that only reads."""
    data = tlv.encode(0x75, bytes(length))

    class Reading:
        uid, atr = "04", b""
        secure = session(b"secret", Suite.AES_128)

        def transmit(self, apdu: bytes) -> tuple[bytes, int]:
            command = Command.parse(self.secure.open_command(apdu))
            assert command
            offset = command.p2 if command.p1 & 0x80 else command.p1 << 8 | command.p2
            sw = HABITS[habit].refusal(command.expect or 0, len(data) - offset)
            answer = b"" if sw else data[offset : offset + (command.expect or 0)]
            return self.secure.protect_response(answer, sw or 0x9000), sw or 0x9000

    return FileReader(SecureConnection(Card(Reading()), session(b"secret", Suite.AES_128)))


@pytest.mark.parametrize("habit", ["end-wrong-offset", "end-warning-without-data", "end-right-length"])
def test_more_than_there_is_asks_again_within_the_channel(habit: str) -> None:
    """A file of which somebody thinks that it is longer: read to its end, then said to be short."""
    assert protected(habit).read("DG2") == tlv.encode(0x75, bytes(300))
    with pytest.raises(ChipError, match=r"shorter than|at 304"):
        protected(habit).read("DG2", 320)


def test_a_right_length_under_secure_messaging_is_a_new_command() -> None:
    """Never the old one again, whose counter is used up."""
    chip = finished(habit="end-right-length")
    opened = emrtd.open_chip(chip, ACCESS)
    first = len(chip.sent)
    com = content().files["COM"]
    assert opened.connection.transmit(Command(0, 0xB0, 0x9E, 0, expect=100).encode()) == (com, 0x9000)
    assert len(set(chip.sent[first:])) == 2


class Torn:
    """A chip that leaves the field after so many commands, for ever or until it is reset."""

    def __init__(self, chip: Counted, after: int) -> None:
        self.uid, self.atr, self.chip, self.after = chip.uid, chip.atr, chip, after

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.after -= 1
        if self.after < 0:
            raise ChipError("chip-again", "transmit", None)
        return self.chip.transmit(apdu)


def test_a_chip_torn_out_loses_no_file_that_was_read() -> None:
    """Wherever it happens: what came is given, what is missing is named, and nothing of it is a lie."""
    whole = finished(extended=False)
    emrtd.read_chip(whole, ACCESS)
    given = set()
    for after in range(len(whole.sent)):
        try:
            reading = emrtd.read_chip(Torn(finished(extended=False), after), ACCESS)
        except ChipError:
            assert not given
            continue
        assert {name: content().files[name] for name in reading.files} == reading.files
        assert set(reading.files) | set(reading.missing) == set(content().files)
        assert not set(reading.files) & set(reading.missing)
        assert reading.remarks
        given.add(len(reading.files))
    assert max(given) == len(content().files)


def test_a_file_that_the_chip_refuses_costs_no_other() -> None:
    """DG12 says that it is longer than it is."""
    chip = finished()
    memory(chip)["010c"][1] = 0x7F
    reading = emrtd.read_chip(chip, ACCESS)
    assert reading.missing == ("DG12",)
    assert "SOD" in reading.files
    assert set(reading.proofs.values()) == {True}
    (remark,) = reading.remarks
    assert "read DG12" in remark.sentence()


# Access


PACE = bytes.fromhex("04007F000702020402")
INTEGRATED = bytes.fromhex("04007F00070202040402")  # PACE-ECDH-IM-AES-CBC-CMAC-128
TWO_DOMAINS = bytes.fromhex("31283012060a04007f0007020204020202010202010c3012060a04007f0007020204020202010202010d")


def with_card_access(data: bytes) -> Counted:
    chip = finished()
    memory(chip)["011c"] = bytearray(data)
    return chip


@pytest.mark.parametrize("access", [ACCESS, MRZ_ONLY], ids=["CAN", "MRZ"])
def test_the_domain_parameters_are_always_named(access: AccessKeys) -> None:
    """Doc 9303-11, 4.4.4.1: where a chip offers P-256 and brainpoolP256r1 for one protocol it needs to be told."""
    for card_access in (TWO_DOMAINS, bytes(memory(finished())["011c"])):
        chip = with_card_access(card_access)
        assert emrtd.open_chip(chip, access).by == "PACE"
        (chosen,) = [command for command in map(Command.parse, chip.sent) if command and command.ins == 0x22]
        assert [tag for tag, _ in tlv.parse(chosen.data)] == [0x80, 0x83, 0x84]
        assert tlv.require(chosen.data, 0x84) == b"\x0c"


CAN_ONLY = AccessKeys(document_number="", birth_date="", expiry_date="", can=ACCESS.can)
UNKNOWN_PACE = {
    "integrated mapping": tlv.encode(0x31, info(INTEGRATED, integer(2), integer(12))),
    "brainpoolP320r1": tlv.encode(0x31, info(PACE + b"\2", integer(2), integer(14))),
}


@pytest.mark.parametrize("kind", UNKNOWN_PACE)
def test_a_pace_that_nobody_here_knows_is_named_and_bac_is_not_tried_without_an_mrz(kind: str) -> None:
    chip = with_card_access(UNKNOWN_PACE[kind])
    with pytest.raises(DeviceError, match="PACE that this program does not know"):
        emrtd.read_chip(chip, CAN_ONLY)
    assert not any(apdu[1] in (0x84, 0x82) for apdu in chip.sent)
    assert emrtd.read_chip(with_card_access(UNKNOWN_PACE[kind]), ACCESS).opened_by == "BAC"


def test_a_chip_without_pace_asks_for_the_mrz() -> None:
    with pytest.raises(DeviceError, match="no PACE: give document number"):
        emrtd.read_chip(finished("jmrtd-applet"), CAN_ONLY)


def test_a_wrong_can_alone_is_not_followed_by_an_mrz_that_nobody_typed() -> None:
    state_without_can = ACCESS.model_copy(update={"can": ""})
    with pytest.raises(ChipError, match="PACE with the CAN, set: status word 6A88"):
        emrtd.read_chip(finished(access=state_without_can), CAN_ONLY)


# Proofs


def private(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def with_active_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, dg15: bytes, **state: object) -> Counted:
    chip = finished(active_key=private(key), **state)
    memory(chip)["010f"] = bytearray(tlv.encode(0x6F, dg15))
    return chip


@pytest.mark.parametrize("bits", [1024, 2048])
@pytest.mark.parametrize("extended", [True, False], ids=["extended", "short"])
def test_a_chip_with_an_rsa_key_proves_it(bits: int, extended: bool) -> None:
    key, other = (rsa.generate_private_key(65537, bits) for _ in range(2))
    reading = emrtd.read_chip(with_active_key(key, public(key), extended=extended), ACCESS)
    assert reading.proofs == {"active": True, "chip": True}
    assert [remark.code for remark in reading.remarks] == ["active-key-weak"] * (bits == 1024)
    clone = emrtd.read_chip(with_active_key(other, public(key), extended=extended), ACCESS)
    assert clone.proofs == {"active": False, "chip": True}


def with_chip_key(change: Callable[[bytes], bytes]) -> Counted:
    chip = finished()
    memory(chip)["010e"] = bytearray(change(bytes(memory(chip)["010e"])))
    return chip


def test_a_proof_that_cannot_be_made_is_absent_with_a_remark_and_all_files_are_given() -> None:
    """Keys on a curve that is in no standard for chips, and an algorithm that nobody here knows."""
    foreign = ec.generate_private_key(ec.SECP256K1())
    ours = spki(private_key("chip"))
    chip = with_chip_key(lambda dg14: dg14.replace(ours, public(foreign)))
    files = emrtd.read_chip(finished(), ACCESS).files
    length = len(public(foreign)) - len(ours)
    assert length < 0  # so that the lengths around it, which are not mended, show what a damaged DG14 does
    memory(chip)["010f"] = bytearray(tlv.encode(0x6F, public(foreign)))
    reading = emrtd.read_chip(chip, ACCESS)
    assert set(reading.files) == set(files) - {"DG14"} | ({"DG14"} & set(reading.files))
    assert "active" not in reading.proofs
    assert "chip" not in reading.proofs
    assert any(remark.code == "active-not-checked" for remark in reading.remarks)


@pytest.mark.parametrize("group", ["DG14", "DG15"])
def test_a_key_file_that_cannot_be_read_costs_its_proof_only(group: str) -> None:
    chip, fid = finished(), {"DG14": "010e", "DG15": "010f"}[group]
    tag = {"DG14": 0x6E, "DG15": 0x6F}[group]
    memory(chip)[fid] = bytearray(tlv.encode(tag, b"rubbish"))
    reading = emrtd.read_chip(chip, ACCESS)
    assert set(reading.files) == set(content().files)
    assert group != "DG15" or reading.proofs == {"chip": True}
    assert {f"{name}-not-checked" for name in ("active", "chip")} >= {remark.code for remark in reading.remarks}
    assert reading.remarks
