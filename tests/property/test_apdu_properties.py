"""What every command, data object and card answer has in common: it comes back as it went, or is refused cleanly."""

from __future__ import annotations

import uuid

import pytest
from asn1crypto import parser
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.chips import pace, personalisation, tlv
from card_drivers.chips.apdu import Card, CardLimits, Command, capabilities, limits_from_info
from card_drivers.chips.files import FileReader
from card_drivers.chips.personalisation import Personalisation
from card_drivers.device import CardRejected, ChipError
from tests.unit.station.documents import Manager, part

byte = st.integers(0, 255)
commands = st.builds(
    Command, byte, byte, byte, byte, st.binary(max_size=700), st.none() | st.integers(1, 300) | st.integers(1, 65_536)
)
tags = st.sampled_from([0x02, 0x53, 0x5F01, 0x5F1F, 0x61, 0x7C, 0x7F49, 0x7F66, 0x87, 0x99])


@given(commands)
def test_a_command_comes_back(command: Command) -> None:
    assert Command.parse(command.encode()) == command


@given(st.binary(max_size=40))
def test_any_bytes_are_a_command_or_none(apdu: bytes) -> None:
    command = Command.parse(apdu)
    assert command is None or Command.parse(command.encode()) == command


@given(st.lists(st.tuples(tags, st.binary(max_size=300)), max_size=4))
def test_data_objects_come_back(objects: list[tuple[int, bytes]]) -> None:
    data = b"\0".join(tlv.encode(tag, value) for tag, value in objects)
    assert tlv.parse(data) == objects


@settings(max_examples=30)
@given(tags.filter(lambda tag: tag != 0x5F01), st.binary(max_size=300) | st.just(bytes(65_530)))
def test_another_parser_reads_the_same(tag: int, value: bytes) -> None:
    data = tlv.encode(tag, value)
    assert parser.parse(data, strict=True)[4] == value
    assert tlv.measure(data[: tlv.HEAD]) == (len(data), len(data) - len(value))


@given(st.binary(max_size=60))
def test_any_bytes_are_data_objects_or_refused(data: bytes) -> None:
    for read in (tlv.parse, tlv.measure, tlv.security_infos, pace.infos, tlv.oid):
        try:
            read(data)
        except tlv.TlvError:
            continue


@given(st.binary(max_size=40))
def test_any_atr_and_any_info_give_limits_that_every_card_takes(data: bytes) -> None:
    assert 0 <= capabilities(data) <= 255
    limits = limits_from_info(data, chaining=False)
    assert limits.command_room >= 255
    assert limits.response_room >= 256


@given(commands, st.integers(262, 5000))
def test_a_chain_carries_the_same_data(command: Command, most: int) -> None:
    """Each link fits; joined they are the command."""
    seen: list[Command] = []

    class Joining:
        uid, atr = "04", b""

        def transmit(self, apdu: bytes) -> tuple[bytes, int]:
            link = Command.parse(apdu)
            assert link
            seen.append(link)
            return b"", 0x9000

    limits = CardLimits(most, most, chaining=True)
    Card(Joining(), limits).transmit(command.encode())
    assert b"".join(link.data for link in seen) == command.data
    assert all(len(link.data) <= limits.command_room for link in seen)
    assert all(link.cla & 0x10 for link in seen[:-1])
    assert seen[-1].expect == command.expect


class Whimsical:
    """A card that answers anything at all."""

    uid, atr = "04", b""

    def __init__(self, answers: list[tuple[bytes, int]]) -> None:
        self.answers, self.count = answers, 0

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.count += 1
        return self.answers[self.count % len(self.answers)]


status_words = st.sampled_from([0x9000, 0x9000, 0x6282, 0x6101, 0x61FF, 0x6C00, 0x6A82, 0x6982, 0x6985, 0x6D00])
answers = st.lists(st.tuples(st.binary(max_size=300), status_words | st.integers(0, 0xFFFF)), min_size=1, max_size=6)


@given(answers)
def test_any_file_is_read_or_refused_within_bounds(script: list[tuple[bytes, int]]) -> None:
    card = Whimsical(script)
    try:
        data = FileReader(Card(card)).read("DG2")
    except ChipError:
        data = None
    assert data is None or len(data) <= 0x10000
    assert card.count < 2000


def _encode_and_read(work: Personalisation) -> None:
    work.encode()
    work.read_back()


@pytest.mark.parametrize("profile", ["generic-globalplatform", "jmrtd-applet"])
@settings(max_examples=40, deadline=None)
@given(
    script=st.lists(
        st.tuples(
            st.binary(max_size=40)
            | st.sampled_from([b"", bytes.fromhex("6F0C8407A00000024710018A0101"), bytes(11) + b"\3\x70" + bytes(16)]),
            status_words | st.just(0x9000),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_card_is_locked_that_cannot_be_read_back(profile: str, script: list[tuple[bytes, int]]) -> None:
    card = Whimsical(script)
    content = part(profile, 300)
    work = Personalisation(card, content, personalisation.load(profile), uuid.UUID(int=1), Manager())
    with pytest.raises((ChipError, CardRejected)):
        _encode_and_read(work)
    before = card.count
    with pytest.raises(ChipError, match="lock"):
        work.lock()
    assert card.count == before < 3000
