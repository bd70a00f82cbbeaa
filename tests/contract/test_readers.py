"""PC/SC readers through pyscard, libpcsclite and the real pcscd: what goes wrong there ends by itself and is named."""

from __future__ import annotations

import threading

import pytest

from card_drivers.device import CardConnection, ChipError, ConfigurationError, DeviceBusy, DeviceOffline
from card_drivers.encoders import pcsc
from card_drivers.encoders.pcsc import PcscReader, ReaderState, Settings
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.memory import Memory
from tests.emrtd import CLAIM
from tests.fixtures.pcsc import SLOTS, Pcscd

pytestmark = pytest.mark.contract

UID = "04112233445566"
SELECT = bytes.fromhex("00A4040C07A0000002471001")


class Unruly:
    """A chip that hangs until `go`, or leaves the field in the middle of a command."""

    uid = UID

    def __init__(self) -> None:
        self._chip = VirtualChip(Memory.new(UID))
        self.atr = self._chip.atr
        self.go = threading.Event()
        self.go.set()
        self.leaves = False

    def reset(self) -> None:
        self._chip.reset()

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.go.wait(10)
        if self.leaves:
            raise ChipError("card-again", "transmit", None)
        return self._chip.transmit(apdu)


def reader(**settings: object) -> PcscReader:
    return pcsc.open(Settings.model_validate({"reader": SLOTS[0], "card_seconds": 30, **settings}), None)  # type: ignore[arg-type]


def answers(card: CardConnection) -> bool:
    return card.transmit(SELECT) == (b"", 0x9000)


def test_a_card_is_met_with_its_uid_and_atr_and_let_go(pcscd: Pcscd) -> None:
    """The same card again after it was let go: it was reset."""
    chip = VirtualChip(Memory.new(UID))
    pcscd.insert(chip)
    encoder = reader()
    card = encoder.connect(CLAIM)
    assert (card.uid, card.atr) == (UID, chip.atr)
    assert answers(card)
    again = encoder.connect(CLAIM)
    assert again.transmit(bytes.fromhex("00A4020C020101")) == (b"", 0x6A82)
    assert answers(again)
    assert pcsc.readers() == [ReaderState(SLOTS[0]), ReaderState(SLOTS[1])]  # it is ours alone
    encoder.close()
    assert pcsc.readers()[0] == ReaderState(SLOTS[0], chip.atr.hex().upper(), UID)


def test_every_length_goes_through(pcscd: Pcscd) -> None:
    memory = Memory.new(UID, personalised=False)
    pcscd.insert(VirtualChip(memory))
    encoder = reader()
    card = encoder.connect(CLAIM)
    assert answers(card)
    for fid, length in ((1, 255), (2, 256), (3, 30_000)):
        data, name = bytes(number % 251 for number in range(length)), bytes([1, fid])
        assert card.transmit(b"\0\xe0\0\0\x06\x63\x04" + length.to_bytes(2, "big") + name) == (b"", 0x9000)
        assert card.transmit(b"\0\xa4\x02\x0c\x02" + name) == (b"", 0x9000)
        assert card.transmit(b"\0\xd6\0\0\0" + length.to_bytes(2, "big") + data) == (b"", 0x9000)
        assert memory.files[name.hex()] == data
    memory.files["011c"] = bytearray(data)
    assert card.transmit(bytes.fromhex("00A4000C023F00")) == (b"", 0x9000)
    assert card.transmit(bytes.fromhex("00B09C00000000")) == (data, 0x9000)
    encoder.close()


def test_an_empty_antenna_is_an_error_after_a_while(pcscd: Pcscd) -> None:
    with pytest.raises(ChipError, match=r"Chip, connect: no answer\..* Lay the card on the reader again"):
        reader(card_seconds=0.2).connect(CLAIM)


def test_two_readers_are_never_guessed_between(pcscd: Pcscd) -> None:
    assert pcsc.reader_names() == list(SLOTS)
    with pytest.raises(ConfigurationError, match=r"Virtual PCD 00 00; Virtual PCD 00 01\): name one"):
        reader(reader="").connect(CLAIM)
    with pytest.raises(ConfigurationError, match="More than one reader is meant"):
        reader(reader="Virtual").connect(CLAIM)
    with pytest.raises(DeviceOffline, match="Reader Other is not connected"):
        reader(reader="Other").connect(CLAIM)


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [(["A"], "", "A"), (["A 1", "A 2"], "2", "A 2"), (["A", "A 2"], "A", "A"), (["A"], "A", "A")],
)
def test_which_reader_is_meant(names: list[str], wanted: str, found: str) -> None:
    assert pcsc.choose(names, wanted) == found


def test_no_reader_at_all() -> None:
    with pytest.raises(DeviceOffline, match="No reader is connected: plug it in"):
        pcsc.choose([], "")


def test_a_chip_that_hangs_is_given_up_and_the_next_card_works(pcscd: Pcscd) -> None:
    chip, encoder = Unruly(), reader(answer_seconds=0.2, card_seconds=1)
    pcscd.insert(chip)
    card = encoder.connect(CLAIM)
    chip.go.clear()
    with pytest.raises(ChipError, match=r"no answer\. Nothing came within 0\.2 s"):
        card.transmit(SELECT)
    with pytest.raises(DeviceBusy, match="Another program uses the card"):
        encoder.connect(CLAIM)
    chip.go.set()
    pcscd.clear()
    pcscd.insert(VirtualChip(Memory.new("04AABBCCDDEEFF")))
    card = encoder.connect(CLAIM)
    assert card.uid.upper() == "04AABBCCDDEEFF"
    assert answers(card)
    encoder.close()


def test_a_card_torn_out_is_an_error_and_the_next_card_works(pcscd: Pcscd) -> None:
    chip, encoder = Unruly(), reader()
    pcscd.insert(chip)
    card = encoder.connect(CLAIM)
    chip.leaves = True
    for _ in range(2):  # and it stays away
        with pytest.raises(ChipError, match="Chip, transmit: no answer"):
            card.transmit(SELECT)
    pcscd.clear()
    pcscd.insert(VirtualChip(Memory.new(UID)))
    assert answers(encoder.connect(CLAIM))
    encoder.close()


def test_a_restart_of_pcscd_or_a_reader_unplugged_costs_one_card_and_no_restart_of_ours(pcscd: Pcscd) -> None:
    encoder = reader()
    pcscd.insert(VirtualChip(Memory.new(UID)))
    card = encoder.connect(CLAIM)
    pcscd.stop()
    with pytest.raises(ChipError, match="Chip, transmit: no answer"):
        card.transmit(SELECT)
    with pytest.raises(DeviceOffline, match=r"pcscd does not answer \(.*\): start it"):
        encoder.connect(CLAIM)
    with pytest.raises(DeviceOffline, match="start it"):
        pcsc.readers()
    pcscd.start(plugged_in=False)
    with pytest.raises(DeviceOffline, match="No reader is connected: plug it in"):
        encoder.connect(CLAIM)
    assert pcsc.readers() == []
    pcscd.stop()
    pcscd.start()
    pcscd.insert(VirtualChip(Memory.new(UID)))
    assert answers(encoder.connect(CLAIM))
    encoder.close()


def test_the_settings_are_a_form_of_the_station() -> None:
    schema = Settings.model_json_schema()["properties"]
    assert {name: field["title"] for name, field in schema.items()} == {
        "beside": "Stands beside the printer",
        "feed_seconds": "Seconds from the reader to the feeder",
        "patience_hours": "Hours that a written chip waits",
        "reader": "Reader",
        "card_seconds": "Wait for the card",
        "answer_seconds": "Wait for an answer",
    }
