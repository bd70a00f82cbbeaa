"""SCP03 by somebody else's client (yubikey-manager) on our virtual chip, and by ours with the keys of a register."""

from __future__ import annotations

from typing import Any

import pytest

from card_drivers.card_keys import CardAnswer
from card_drivers.chips import secure_channel
from card_drivers.chips.apdu import Card, Command, read_limits
from card_drivers.device import ChipError
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import CardKeys, Memory
from tests.counterparts import missing
from tests.emrtd import CLAIM
from tests.unit.station.documents import Manager

pytestmark = pytest.mark.contract

UID = "04112233445566"
AID = bytes.fromhex("A0000002471001")
KEYS = CardKeys(enc=bytes(range(16)), mac=bytes(range(16, 32)), dek=bytes(range(32, 48)))
SELECT = Command(0, 0xA4, 4, 0, AID, 256)
ACCESS_DATA = bytes.fromhex("0062 25 62 23 04 09") + b"L898902C<" + b"\x04\x06690806\x04\x06940623\x04\x06427591"


@pytest.fixture(scope="module")
def yubikit() -> Any:
    """The client; it ships in the package of a key's manager."""
    try:
        from yubikit.core import smartcard
    except ImportError:
        missing("yubikey-manager is not installed: SCP03 is proved against it. `make test` installs it.")
    return smartcard


def client(yubikit: Any, chip: VirtualChip, keys: CardKeys = KEYS) -> Any:
    """Its protocol over our chip, the application selected and the channel open."""

    class Connection(yubikit.SmartCardConnection):
        transport = yubikit.TRANSPORT.NFC

        def close(self) -> None: ...

        def send_and_receive(self, apdu: bytes) -> tuple[bytes, int]:
            return chip.transmit(apdu)

    protocol = yubikit.SmartCardProtocol(Connection())
    protocol.select(AID)
    static = yubikit.scp.StaticKeys(keys.enc, keys.mac, keys.dek)
    protocol.init_scp(yubikit.scp.Scp03KeyParams(keys=static))
    return protocol


def test_another_client_personalises_our_chip_through_its_channel(yubikit: Any) -> None:
    """Data in both directions, short and long, with command and response encryption."""
    chip = VirtualChip(Memory.new(UID), KEYS)
    protocol = client(yubikit, chip)
    dg1 = bytes.fromhex("61 3C") + bytes(range(60))
    dg2 = bytes.fromhex("75 82 0C 00") + bytes(range(256)) * 12
    groups = ACCESS_DATA + b"\x01\x01\x3e" + dg1 + b"\x01\x02\xff" + len(dg2).to_bytes(2, "big") + dg2
    for number, start in enumerate(range(0, len(groups), 200)):
        last = start + 200 >= len(groups)
        assert protocol.send_apdu(0x80, 0xE2, 0x88 if last else 0x08, number, groups[start : start + 200]) == b""
    assert protocol.send_apdu(0, 0xB0, 0x81, 0) == dg1
    assert protocol.send_apdu(0, 0xB0, 0x82, 0)[:200] == dg2[:200]
    assert protocol.send_apdu(0x80, 0xF0, 0x40, 0x0F, AID) == b""
    assert chip.memory.state.personalised
    assert chip.memory.files == {"0101": bytearray(dg1), "0102": bytearray(dg2)}


def test_our_chip_refuses_another_client_with_other_keys(yubikit: Any) -> None:
    with pytest.raises(ValueError, match="Incorrect SCP parameters"):
        client(yubikit, VirtualChip(Memory.new(UID), KEYS), CardKeys())


def test_refusals_reach_another_client_through_the_channel(yubikit: Any) -> None:
    protocol = client(yubikit, VirtualChip(Memory.new(UID), KEYS))
    for command, sw in (((0x80, 0xE2, 0x88, 5, b"x"), 0x6A86), ((0, 0xB0, 0x81, 0), 0x6A82)):
        with pytest.raises(yubikit.ApduError) as refused:
            protocol.send_apdu(*command)
        assert refused.value.sw == sw
    assert protocol.send_apdu(0x80, 0xE2, 0x88, 0, ACCESS_DATA) == b""


@pytest.mark.parametrize("length", [16, 24, 32])
def test_our_client_opens_the_channel_with_the_keys_of_the_register(length: int) -> None:
    """Keys of every AES length; the station only ever has those of the session."""
    keys = CardKeys(**{name: bytes([place] * length) for place, name in enumerate(("enc", "mac", "dek"))})
    chip = VirtualChip(Memory.new(UID), keys)
    card = Card(chip, read_limits(chip))
    card.transmit(SELECT.encode())
    connection = secure_channel.open_channel(card, CLAIM, Manager(keys), 0, 0x33)
    assert connection.transmit(Command(0x80, 0xE2, 0x88, 0, ACCESS_DATA).encode()) == (b"", 0x9000)


def test_our_client_sees_that_a_chip_has_other_keys() -> None:
    chip = VirtualChip(Memory.new(UID), KEYS)
    card = Card(chip)
    card.transmit(SELECT.encode())
    with pytest.raises(ChipError, match="not one of our blanks"):
        secure_channel.open_channel(card, CLAIM, Manager(), 0, 0x33)
    assert chip.memory.blank


@pytest.mark.parametrize("level", [0x01, 0x11])
def test_secrets_are_stored_only_through_an_encrypted_channel(level: int) -> None:
    chip = VirtualChip(Memory.new(UID), KEYS)
    card = Card(chip, read_limits(chip))
    card.transmit(SELECT.encode())
    connection = secure_channel.open_channel(card, CLAIM, Manager(KEYS), 0, level)
    assert connection.transmit(Command(0x80, 0xE2, 0x88, 0, ACCESS_DATA).encode())[1] == 0x6982


def test_no_two_channels_have_the_same_challenge() -> None:
    """The card's challenge comes from a counter that it keeps (Amendment D, 6.2.2.1)."""
    memory = Memory.new(UID)
    answers = set()
    for _ in range(3):
        card = Card(VirtualChip(memory, KEYS))
        card.transmit(SELECT.encode())
        answer, sw = card.transmit(bytes.fromhex("80500000 08 0102030405060708 00"))
        assert sw == 0x9000
        answers.add(CardAnswer.parse(answer).challenge)
    assert len(answers) == 3
