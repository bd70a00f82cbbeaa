"""The simulated chip answers as ISO 7816-4 says, and the eMRTD files get in and out of it whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers import apdu, emrtd
from card_drivers.device import CardRejected, ChipError, ConfigurationError
from card_drivers.encoders.simulator import SimulatedChip
from card_drivers.simulation import Simulation

UID = "04112233445566"
SELECT_EMRTD = "00A4040C07A0000002471001"


def chip(folder: Path) -> SimulatedChip:
    return SimulatedChip(Simulation(folder), UID)


def say(card: SimulatedChip, *commands: str) -> tuple[str, str]:
    """Send hex APDUs written by hand; the last answer."""
    data, sw = b"", 0
    for command in commands:
        data, sw = card.transmit(bytes.fromhex(command))
    return data.hex().upper(), f"{sw:04X}"


def der(tag: int, length: int) -> bytes:
    """A file of `length` content bytes with a minimal BER length (X.690 section 8.1.3)."""
    size = bytes([length]) if length < 128 else length.to_bytes((length.bit_length() + 7) // 8, "big")
    head = size if length < 128 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + head + bytes(number % 251 for number in range(length))


def test_a_session_in_hex(tmp_path: Path) -> None:
    """CREATE, SELECT, UPDATE, READ as the open JMRTD applet is personalised."""
    card = chip(tmp_path)
    assert say(card, SELECT_EMRTD) == ("", "9000")
    assert say(card, "00A4020C020101") == ("", "6A82")
    assert say(card, "00E00000066304000501 01") == ("", "9000")
    assert say(card, "00A4020C020101", "00D600000561 03 AABBCC") == ("", "9000")
    assert say(card, "00B0000004") == ("6103AABB", "9000")
    assert say(card, "00B0000400") == ("CC", "9000")
    assert say(card, "00B0000501") == ("", "6B00")
    assert say(card, "00E00000066304000501 01") == ("", "6A89")
    assert say(card, "00D6000302AABBCC"[:-2]) == ("", "9000")
    assert say(card, "00D6000402AABB") == ("", "6B00")


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00", "6700"),
        ("", "6700"),
        ("00A4040C07A00000", "6700"),
        ("00A4040C0000000A", "6700"),
        ("80A4040C07A0000002471001", "6E00"),
        ("00CA0000", "6D00"),
        ("00A4040C07A0000002471002", "6A82"),
        ("00A4000C023F00", "6A86"),
        ("00B0000004", "6986"),
        ("00D6000001AA", "6986"),
        ("00E0000006630400050101", "6A80"),
    ],
)
def test_refusals_of_a_fresh_chip(tmp_path: Path, command: str, sw: str) -> None:
    assert say(chip(tmp_path), command) == ("", sw)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=4))
def test_any_bytes_get_a_status_word(tmp_path_factory: pytest.TempPathFactory, commands: list[bytes]) -> None:
    card = chip(tmp_path_factory.mktemp("chip"))
    for command in [bytes.fromhex(SELECT_EMRTD), *commands]:
        _, sw = card.transmit(command)
        assert 0x6000 <= sw <= 0x9000


@pytest.mark.parametrize(
    "length", [0, 1, 2, 3, 90, 127, 128, 222, 223, 224, 226, 255, 256, 446, 447, 448, 5000, 32_763]
)
def test_files_of_every_length_come_back_whole(tmp_path: Path, length: int) -> None:
    files = {"DG1": der(0x61, length)}
    emrtd.require_blank(chip(tmp_path))
    emrtd.write_files(chip(tmp_path), files)
    assert emrtd.read_files(chip(tmp_path)) == files


def test_a_chip_keeps_its_files_between_processes(tmp_path: Path) -> None:
    emrtd.write_files(chip(tmp_path), {"DG1": der(0x61, 90)})
    assert say(chip(tmp_path), SELECT_EMRTD, "00A4020C020101", "00B0000002") == ("615A", "9000")


def test_a_used_chip_is_not_blank(tmp_path: Path) -> None:
    emrtd.write_files(chip(tmp_path), {"DG1": der(0x61, 90)})
    with pytest.raises(CardRejected, match="already holds DG1"):
        emrtd.require_blank(chip(tmp_path))


def test_a_file_is_never_written_twice(tmp_path: Path) -> None:
    emrtd.write_files(chip(tmp_path), {"DG1": der(0x61, 90)})
    with pytest.raises(ChipError, match="create DG1: status word 6A89") as caught:
        emrtd.write_files(chip(tmp_path), {"DG1": der(0x61, 90)})
    assert (caught.value.step, caught.value.sw) == ("create DG1", 0x6A89)


def test_a_blank_chip_has_no_files(tmp_path: Path) -> None:
    assert emrtd.read_files(chip(tmp_path)) == {}


@pytest.mark.parametrize("files", [{"DG3": b"c\0"}, {"DG1": b"a" * 32_768}])
def test_what_cannot_be_written_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(ConfigurationError):
        emrtd.check_files(files)


@pytest.mark.parametrize("head", ["6180", "6183010000", "6184FFFFFFFF", "6182FFFF", "61820400"])
def test_a_wrong_length_in_the_chip_is_an_error(tmp_path: Path, head: str) -> None:
    """Indefinite, too long, or longer than the file is."""
    simulation = Simulation(tmp_path)
    memory = simulation.chip(UID)
    memory.files["0101"] = head
    simulation.keep_chip(memory)
    with pytest.raises(ChipError):
        emrtd.read_files(SimulatedChip(simulation, UID))


def test_an_apdu_carries_255_bytes() -> None:
    assert len(apdu.update_binary(0, b"x" * 255)) == 260
    with pytest.raises(ValueError, match="255"):
        apdu.update_binary(0, b"x" * 256)
