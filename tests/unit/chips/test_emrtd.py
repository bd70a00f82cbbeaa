"""Finished chips opened and read: by PACE and by BAC, short and extended, files of every length, and chips that lie."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.chips import emrtd, tlv
from card_drivers.chips.apdu import Card, CardLimits, Command
from card_drivers.chips.files import FileReader
from card_drivers.device import ChipError
from card_drivers.order import AccessKeys, ChipPart
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory, State
from tests.unit.station.documents import (
    ACCESS,
    UID,
    Counted,
    blank,
    files,
    part,
    personalisation_of,
    pkcs8,
    private_key,
)


@functools.cache
def _written(profile: str, suite: int | None) -> tuple[State, dict[str, bytearray]]:
    chip = blank()
    work = personalisation_of(chip, part(profile, 3000, suite))
    work.encode()
    work.read_back()
    work.lock()
    assert isinstance(chip.chip, VirtualChip)
    return chip.chip.memory.state, chip.chip.memory.files


def finished(profile: str = "generic-globalplatform", suite: int | None = None, **state: object) -> Counted:
    """A finished document, fresh in the field."""
    old, found = _written(profile, suite)
    memory = Memory(old.model_copy(update=state))
    memory.files = {fid: bytearray(data) for fid, data in found.items()}
    return Counted(VirtualChip(memory))


def content(profile: str = "generic-globalplatform", suite: int | None = None) -> ChipPart:
    return part(profile, 3000, suite)


MRZ_ONLY = ACCESS.model_copy(update={"can": ""})


@pytest.mark.parametrize("access", [ACCESS, MRZ_ONLY], ids=["CAN", "MRZ"])
@pytest.mark.parametrize("extended", [True, False], ids=["extended", "short"])
def test_a_chip_with_pace(access: AccessKeys, extended: bool) -> None:
    reading = emrtd.read_chip(finished(extended=extended), access)
    assert reading.files == content().files
    assert (reading.opened_by, reading.proofs) == ("PACE", {"active": True, "chip": True})


@pytest.mark.parametrize("suite", [1, 2, 3, 4])
def test_every_cipher_of_pace_and_chip_authentication(suite: int) -> None:
    reading = emrtd.read_chip(finished(suite=suite), ACCESS)
    assert reading.files == content(suite=suite).files
    assert reading.proofs == {"active": True, "chip": True}


@pytest.mark.parametrize("extended", [True, False], ids=["extended", "short"])
def test_a_chip_with_bac_only(extended: bool) -> None:
    """It knows no short identifiers and has no EF.CardAccess."""
    reading = emrtd.read_chip(finished("jmrtd-applet", extended=extended), ACCESS)
    assert reading.files == content("jmrtd-applet").files
    assert (reading.opened_by, reading.proofs) == ("BAC", {"chip": True})


def test_a_chip_without_a_can_opens_by_its_mrz() -> None:
    state, _ = _written("generic-globalplatform", None)
    assert state.access
    chip = finished(access=state.access.model_copy(update={"can": ""}))
    assert emrtd.open_chip(chip, ACCESS).by == "PACE"


@pytest.mark.parametrize(
    ("access", "step"),
    [
        (ACCESS.model_copy(update={"can": "654321"}), "PACE with the CAN"),
        (MRZ_ONLY.model_copy(update={"birth_date": "690807"}), "PACE with the MRZ"),
    ],
)
def test_the_wrong_secret_opens_nothing_and_is_not_told(access: AccessKeys, step: str) -> None:
    with pytest.raises(ChipError, match=step) as caught:
        emrtd.open_chip(finished(), access)
    assert not any(secret in str(caught.value) for secret in ("654321", "690807", "L898902C"))


def test_the_wrong_mrz_does_not_open_bac() -> None:
    with pytest.raises(ChipError, match="basic access control"):
        emrtd.open_chip(finished("jmrtd-applet"), MRZ_ONLY.model_copy(update={"expiry_date": "940624"}))


class Between:
    """Somebody between reader and chip who changes one object of GENERAL AUTHENTICATE's answers."""

    def __init__(self, chip: Counted, tag: int, change: Callable[[bytes, bytes], bytes]) -> None:
        self.uid, self.atr, self.chip, self.tag, self.change = chip.uid, chip.atr, chip, tag, change

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        data, sw = self.chip.transmit(apdu)
        command = Command.parse(apdu)
        assert command
        found = tlv.parse(tlv.require(data, 0x7C)) if command.ins == 0x86 else []
        if found and found[0][0] == self.tag:
            sent = tlv.require(command.data, 0x7C, self.tag - 1)
            data = tlv.encode(0x7C, tlv.encode(self.tag, self.change(found[0][1], sent)))
        return data, sw


@pytest.mark.parametrize(
    ("tag", "change", "reason"),
    [
        (0x82, lambda data, _: data[:-1] + bytes([data[-1] ^ 1]), "cannot be mapped|not a point"),
        (0x84, lambda _, sent: sent, "our own key"),
        (0x86, lambda data, _: bytes([data[0] ^ 1]) + data[1:], "token is wrong"),
        (0x86, lambda _, sent: sent, "token is wrong"),
    ],
)
def test_somebody_between_is_noticed(tag: int, change: Callable[[bytes, bytes], bytes], reason: str) -> None:
    with pytest.raises(ChipError, match=reason):
        emrtd.open_chip(Between(finished(), tag, change), ACCESS)


def test_a_clone_is_found_out() -> None:
    """Another chip with the same files: what it says is true, that it says it is not."""
    clone = finished(active_key=pkcs8(private_key("clone")), chip_key=pkcs8(private_key("clone")))
    reading = emrtd.read_chip(clone, ACCESS)
    assert reading.files == content().files
    assert reading.proofs == {"active": False, "chip": False}


def test_another_kind_of_card() -> None:
    class Foreign:
        uid, atr = UID, b""

        def transmit(self, apdu: bytes) -> tuple[bytes, int]:
            return b"", 0x6A82

    with pytest.raises(ChipError, match="select application: status word 6A82"):
        emrtd.open_chip(Foreign(), ACCESS)


class Plain:
    """A card with one file in the clear, which answers as it is told to."""

    uid, atr = UID, b""

    def __init__(self, data: bytes, most: int = 65_536, short: bool = True, warn: bool = False) -> None:
        self.data, self.most, self.short, self.warn = data, most, short, warn
        self.asked: list[str] = []

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        command = Command.parse(apdu)
        assert command
        self.asked.append(f"{command.ins:02X}")
        if command.ins == 0xA4:
            return b"", 0x9000
        offset = command.p1 << 8 | command.p2
        if command.ins == 0xB1:
            offset = int.from_bytes(tlv.require(command.data, 0x54), "big")
        elif command.p1 & 0x80:
            if not self.short:
                return b"", 0x6985
            offset = command.p2
        if offset >= len(self.data):
            return b"", 0x6B00
        assert command.expect
        around = 2 if command.expect < 0x82 else 3 if command.expect < 0x103 else 4
        wanted = command.expect - (around if command.ins == 0xB1 else 0)
        found = self.data[offset : offset + min(wanted, self.most)]
        sw = 0x6282 if self.warn and len(found) < wanted else 0x9000
        return tlv.encode(0x53, found) if command.ins == 0xB1 else found, sw


LENGTHS = [0, 1, 90, 127, 128, 222, 252, 253, 254, 255, 256, 500, 509, 32_760, 32_764, 33_500, 65_000, 65_531]


@pytest.mark.parametrize("short", [True, False], ids=["short identifiers", "select"])
@pytest.mark.parametrize("limits", [CardLimits(), CardLimits(4096, 4096)], ids=["short", "extended"])
@pytest.mark.parametrize("length", LENGTHS)
def test_files_of_every_length_come_whole(length: int, limits: CardLimits, short: bool) -> None:
    """Also beyond offset 32,767, where the odd instruction takes over."""
    data = tlv.encode(0x75, bytes(number % 251 for number in range(length)))
    card = Plain(data, short=short, warn=bool(length % 2))
    assert FileReader(Card(card, limits)).read("DG2") == data
    reads, parts = [ins for ins in card.asked if ins != "A4"], -(-(len(data) - 4) // (limits.response_room - 4))
    assert len(reads) <= (not short) + 1 + parts  # the header first
    beyond = next(place for place in range(4, 0x10000, limits.response_room) if place >= 0x8000)
    assert ("B1" in card.asked) == (len(data) > beyond)


@pytest.mark.parametrize("head", ["", "75", "7580", "7583010000", "7584FFFFFFFF", "7582FFFF", "75820400", "FF"])
def test_a_header_that_lies_is_an_error(head: str) -> None:
    card = Plain(bytes.fromhex(head) or b"\0")
    with pytest.raises(ChipError, match="read DG2"):
        FileReader(Card(card)).read("DG2")
    assert len(card.asked) < 20


def test_a_card_that_gives_byte_by_byte_is_given_up() -> None:
    card = Plain(tlv.encode(0x75, bytes(2000)), most=6)
    with pytest.raises(ChipError, match="shorter than"):
        FileReader(Card(card)).read("DG2")
    assert len(card.asked) < 20


def test_com_says_which_data_groups_there_are() -> None:
    """A group that is closed to us, such as DG3, is left out; one tag twice is read once."""
    chip = finished()
    assert isinstance(chip.chip, VirtualChip)
    com = tlv.encode(0x60, tlv.encode(0x5C, bytes.fromhex("6175756375FF")))
    chip.chip.memory.files["011e"] = bytearray(com)
    found = emrtd.read_chip(chip, ACCESS)
    assert list(found.files) == ["COM", "DG1", "DG2", "SOD", "CardAccess"]
    assert (found.missing, found.remarks) == ((), ())


@pytest.mark.parametrize("com", [None, tlv.encode(0x60, b"")], ids=["none", "without a list"])
def test_without_a_com_that_can_be_read_every_data_group_is_asked_for(com: bytes | None) -> None:
    chip = finished()
    assert isinstance(chip.chip, VirtualChip)
    del chip.chip.memory.files["011e"]
    if com is not None:
        chip.chip.memory.files["011e"] = bytearray(com)
    found = emrtd.read_chip(chip, ACCESS)
    assert {name: data for name, data in found.files.items() if name != "COM"} == {
        name: data for name, data in content().files.items() if name != "COM"
    }
    assert [remark.code for remark in found.remarks] == ["chip-com-unreadable"]
    assert found.proofs == {"active": True, "chip": True}


def test_a_chip_without_files_is_empty() -> None:
    chip = finished()
    assert isinstance(chip.chip, VirtualChip)
    chip.chip.memory.files = {"011c": chip.chip.memory.files["011c"]}
    with pytest.raises(ChipError, match="empty or closed"):
        emrtd.read_chip(chip, ACCESS)


class Whimsical:
    """A card that answers anything at all."""

    uid = UID

    def __init__(self, answers: list[tuple[bytes, int]], atr: bytes) -> None:
        self.atr, self.answers, self.count = atr, answers, 0

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.count += 1
        return self.answers[self.count % len(self.answers)]


CARD_ACCESS = files(("CardAccess",))["CardAccess"]
ANSWERS = st.tuples(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"", CARD_ACCESS, bytes(8), bytes(40), files(("COM",))["COM"]]),
        st.binary(max_size=20).map(lambda data: tlv.encode(0x7C, tlv.encode(0x80, data))),
        st.binary(max_size=70).map(lambda data: tlv.encode(0x7C, tlv.encode(0x82, b"\4" + data))),
    ),
    st.sampled_from([0x9000, 0x9000, 0x9000, 0x6282, 0x6105, 0x6100, 0x6C08, 0x6A82, 0x6982, 0x6985, 0x6300, 0x0000]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=8), st.sampled_from([b"", bytes.fromhex("3B85800180738421C0E8")]))
def test_any_answers_end_in_a_chip_error(answers: list[tuple[bytes, int]], atr: bytes) -> None:
    card = Whimsical(answers, atr)
    with pytest.raises(ChipError):
        emrtd.read_chip(card, ACCESS)
    assert card.count < 3000
