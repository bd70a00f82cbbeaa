"""Command APDUs in every case of ISO 7816-4, what a card says of its lengths, chaining, GET RESPONSE and a new Le."""

from __future__ import annotations

import pytest

from card_drivers.chips.apdu import SHORT, Card, CardLimits, Command, capabilities, limits_from_info, read_limits
from card_drivers.device import ChipError
from card_drivers.troubles import Trouble

H = bytes.fromhex


@pytest.mark.parametrize(
    ("apdu", "command"),
    [
        ("00A40000", Command(0, 0xA4, 0, 0)),
        ("00B0000004", Command(0, 0xB0, 0, 0, expect=4)),
        ("00B0000000", Command(0, 0xB0, 0, 0, expect=256)),
        ("00D6000002AABB", Command(0, 0xD6, 0, 0, H("AABB"))),
        ("00D6000002AABB00", Command(0, 0xD6, 0, 0, H("AABB"), 256)),
        ("00B00000000101", Command(0, 0xB0, 0, 0, expect=257)),
        ("00B00000000000", Command(0, 0xB0, 0, 0, expect=65_536)),
        ("00D60000000100" + 256 * "11", Command(0, 0xD6, 0, 0, 256 * b"\x11")),
        ("00D60000000100" + 256 * "11" + "0000", Command(0, 0xD6, 0, 0, 256 * b"\x11", 65_536)),
        ("00D60000000100" + 256 * "11" + "0001", Command(0, 0xD6, 0, 0, 256 * b"\x11", 1)),
        ("00D60000000001AA0101", Command(0, 0xD6, 0, 0, b"\xaa", 257)),
    ],
)
def test_every_case_of_a_command(apdu: str, command: Command) -> None:
    assert Command.parse(H(apdu)) == command
    assert command.encode() == H(apdu)


@pytest.mark.parametrize(
    "apdu",
    ["", "00", "00A400", "00D6000003AABB", "00D6000001AABBCC", "00D600000000", "00D60000000002AA", "00D60000000000AA"],
)
def test_lengths_that_do_not_add_up(apdu: str) -> None:
    assert Command.parse(H(apdu)) is None


def test_a_short_command_in_extended_form_is_understood() -> None:
    assert Command.parse(H("00D6000000000155")) == Command(0, 0xD6, 0, 0, b"\x55")


@pytest.mark.parametrize(
    ("atr", "third"),
    [
        ("", 0),
        ("3B", 0),
        ("3B80", 0),
        ("3B8880010000000033818100BB", 0),  # no capabilities
        ("3B85800180738421C0E8", 0xC0),
        ("3B858001807384214000", 0x40),
        ("3B8580018073842100", 0),  # cut off
        ("3B878001803190738421408A", 0x40),  # after card service data 31
        ("3BDA18FF81B1FE751F030031C573C001400090000C", 0x40),  # an OpenPGP card: interface bytes in four rows
        ("3B8F8001804F0CA000000306030001000000006A", 0),  # a contactless storage card
    ],
)
def test_card_capabilities(atr: str, third: int) -> None:
    """Historical bytes 73 xx xx yy, behind interface bytes of any number."""
    assert capabilities(H(atr)) == third


@pytest.mark.parametrize(
    ("info", "limits"),
    [
        ("7F660802022000020220 00", CardLimits(0x2000, 0x2000)),
        ("43010147 03 112233 7F66 0A 0203010000 0203010000 0000", CardLimits(65_536, 65_536)),
        ("7F66080202080002020800 000000", CardLimits(2048, 2048)),
        ("", SHORT),
        ("7F66", SHORT),
        ("7F660402022000", SHORT),
        ("7F66080202001002020010", SHORT),  # less than any card takes
        ("FFFFFFFF", SHORT),
    ],
)
def test_extended_length_information(info: str, limits: CardLimits) -> None:
    assert limits_from_info(H(info), chaining=False) == limits


class Scripted:
    """A card that answers as it was told, and keeps what it was asked."""

    uid = "04"

    def __init__(self, *answers: str, atr: str = "") -> None:
        self.atr = H(atr)
        self.answers = [H(answer) for answer in answers]
        self.asked: list[str] = []

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.asked.append(apdu.hex().upper())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer[:-2], int.from_bytes(answer[-2:], "big")


def test_limits_cost_one_command_or_none() -> None:
    card = Scripted("7F660802020800020210009000", atr="3B85800180738421C0E8")
    assert read_limits(card) == CardLimits(0x800, 0x1000, chaining=True)
    assert card.asked == ["00B0810000"]
    card = Scripted("9000", atr="3B8580018073842180E5")
    assert read_limits(card) == CardLimits(chaining=True)
    assert card.asked == []
    assert read_limits(Scripted("6A82", atr="3B85800180738421C0E8")) == CardLimits(chaining=True)


def test_the_rest_of_an_answer_is_fetched() -> None:
    card = Scripted("AAAA6102", "BB6101", "CC9000")
    assert Card(card).transmit(H("00B0000000")) == (H("AAAABBCC"), 0x9000)
    assert card.asked == ["00B0000000", "00C0000002", "00C0000001"]


def test_the_right_length_is_asked_for_again() -> None:
    card = Scripted("6C03", "AABBCC9000")
    assert Card(card).transmit(H("00B0000000")) == (H("AABBCC"), 0x9000)
    assert card.asked == ["00B0000000", "00B0000003"]


@pytest.mark.parametrize(("answer", "most"), [("AA6101", 301), ("6100", 2), ("00" * 4096 + "6100", 18)])
def test_an_answer_without_end_is_an_error(answer: str, most: int) -> None:
    """In number, without any progress, and in length."""
    card = Scripted(answer)
    with pytest.raises(ChipError, match="get response"):
        Card(card).transmit(H("00B0000000"))
    assert len(card.asked) <= most


def test_long_data_are_chained_when_the_card_can() -> None:
    card = Scripted("9000")
    Card(card, CardLimits(chaining=True)).transmit(Command(0, 0xDA, 1, 2, bytes(300), 256).encode())
    assert [asked[:10] for asked in card.asked] == ["10DA0102FF", "00DA01022D"]
    assert card.asked[1].endswith("00")


def test_a_chain_that_the_card_refuses_ends() -> None:
    card = Scripted("6985")
    assert Card(card, CardLimits(chaining=True)).transmit(Command(0, 0xDA, 0, 0, bytes(600)).encode()) == (b"", 0x6985)
    assert len(card.asked) == 1


def test_long_data_need_extended_length_or_chaining() -> None:
    card = Scripted("9000")
    with pytest.raises(ChipError, match="takes no command of"):
        Card(card).transmit(Command(0, 0xDA, 0, 0, bytes(300)).encode())
    assert card.asked == []
    Card(card, CardLimits(1000, 1000)).transmit(Command(0, 0xDA, 0, 0, bytes(300)).encode())
    assert card.asked[0].startswith("00DA000000012C")


def test_an_error_names_the_step() -> None:
    with pytest.raises(ChipError, match=r"Chip, write: status word 6A84. The session is over.") as caught:
        Card(Scripted("6A84")).send("write", Command(0, 0xD6, 0, 0, b"a"), Trouble.of("channel-over"))
    assert (caught.value.step, caught.value.sw) == ("write", 0x6A84)
