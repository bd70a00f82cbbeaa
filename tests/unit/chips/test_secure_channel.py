"""SCP03 against exchanges recorded with a real card, and both roles against each other.

The recorded exchanges (static test keys, challenges, secured commands, a real eUICC's answer) are those published with
the pySim project's tests; they cover AES with 128, 192 and 256 bits.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.card_keys import CardAnswer, Derivation
from card_drivers.chips.apdu import Card, CardLimits, Command
from card_drivers.chips.secure_channel import (
    CardChannel,
    HostChannel,
    cryptogram,
    open_channel,
    session_keys,
)
from card_drivers.chips.secure_messaging import SecureMessagingError
from card_drivers.device import ChipError
from card_drivers.order import ChannelKeys, ChannelRequest
from card_drivers.troubles import Trouble
from tests.unit.station.documents import Manager, blank

H = bytes.fromhex
ENC = H("000102030405060708090a0b0c0d0e0f")
MAC = H("101112131415161718191a1b1c1d1e1f")
PLAIN = ["80E2910006BF3E035C015A00", "80F22002", "80ca006600", "80F220020a4f0212345c054f9f70c5", "80f28002024f0000"]
ANSWER = H("bf3e125a1089882119900000000000000000000005")


class Recorded(NamedTuple):
    length: int
    level: int
    challenge: str
    answer: str
    authenticate: str
    commands: list[str]
    response: str


RECORDED = [
    Recorded(
        16,
        0x11,
        "b13e5f938fc108c4",
        "000000000000000000003003703eb51047495b249f66c484c1d2ef1948000002",
        "84821100107d5f5826a993ebc89eea24957fa0b3ce",
        [
            "84e291000ebf3e035c015a558d036518a2829700",
            "84f220020863a63f8959827fb2",
            "84ca006608a0c6a4a74166f7ce00",
            "84f22002124f0212345c054f9f70c52249b50272656536",
            "84f280020a4f00e91443f6dce6b8ed00",
        ],
        "bf3e125a1089882119900000000000000000000005971be68992dbbdfa",
    ),
    Recorded(
        16,
        0x33,
        "fdf38259a1e0de44",
        "000000000000000000003003703b1aca81e821f219081cdc01c26b372d000003",
        "84823300108c36f96bcc00724a4e13ad591d7da3f0",
        [
            "84e2910018267a85dfe4a98fca6fb0527e0dfecce4914e40401433c87f00",
            "84f2200208ac6a59024bed84cc",
            "84ca006608409912ad8fb7aed000",
            "84f22002185f3dafc3ac14c381536a488bf44e06d056df9d74dbd21e5a",
            "84f280021865165105be3373347d0424d4400af2ac393f569ec779389e00",
        ],
        "f3ba2b1013aa6224f5e1c138d71805c569e5439b47576260b75fc021b25097cb2e68f8a0144975b9",
    ),
    Recorded(
        24,
        0x33,
        "9b3f2eef0e8c9374",
        "00000000000000000000310370f6bb305a15bae1a68f79fb08212fbed7000002",
        "84823300109100bc22d58b45b86a26365ce39ff3cf",
        [
            "84e29100188f7f946c84f70d17994bc6e8791251bb1bb1bf02cf8de58900",
            "84f2200208d5d97754b6b3d2ba",
            "84ca006608516c82b8e30adbeb00",
            "84f2200218cc247f4761e6944277a4e0d6e32e44025b1e31537e2fc668",
            "84f2800218ba22b63d509bef5d093b43e5eaed03ed23144ab2d9cb51de00",
        ],
        "c05176c1b6f72aae50c32cbee63b0e95998928fd4dfb2be9f27ffde8c8476f5909b4805cc4039599",
    ),
    Recorded(
        32,
        0x33,
        "97b2055fe58599fd",
        "00000000000000000000320370a8439a22cedf045fa9f1903b2834f26e000002",
        "8482330010508a0fd959d2e547c6b33154a6be2057",
        [
            "84e29100187a5ef717eaf1e135ae92fe54429d0e465decda65f5fe5aea00",
            "84f2200208bcc5c17275545d93",
            "84ca00660804806aba9d543bb600",
            "84f2200218717222491556ec81a45f49ce48be33320024801a1c4cb0e0",
            "84f2800218561f105bccd3a1642904b251ccc1228beb80a82370a8637000",
        ],
        "ea90dbfa648a67c5eb6abc57f8530b97d0cd5647c5e8732016b55203b078dd2ace7f8bc5d1c1cd99",
    ),
]


def keys_of(record: Recorded) -> tuple[ChannelKeys, CardAnswer]:
    answer = CardAnswer.parse(H(record.answer))
    enc, mac = ((key * 2)[: record.length] for key in (ENC, MAC))
    return session_keys(enc, mac, H(record.challenge), answer.challenge), answer


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: f"AES-{8 * record.length}-{record.level:02X}")
def test_a_recorded_channel_as_host_and_as_card(record: Recorded) -> None:
    """Without Le, which we add to every secured command and no MAC covers."""
    keys, answer = keys_of(record)
    assert answer.encode() == H(record.answer)
    assert cryptogram(keys, Derivation.CARD_CRYPTOGRAM, H(record.challenge), answer.challenge) == answer.cryptogram
    proof = cryptogram(keys, Derivation.HOST_CRYPTOGRAM, H(record.challenge), answer.challenge)
    host, card = HostChannel(keys), CardChannel(keys)
    authenticate = host.protect(Command(0x80, 0x82, record.level, 0, proof).encode())
    assert authenticate == H(record.authenticate)
    assert Command.parse(card.open_command(authenticate)) == Command(0x80, 0x82, record.level, 0, proof)
    host.level = card.level = record.level
    for number, (plain, secured) in enumerate(zip(PLAIN, record.commands, strict=True)):
        ours, theirs = (Command.parse(apdu) for apdu in (host.protect(H(plain)), H(secured)))
        assert ours
        assert theirs
        assert (ours.cla, ours.ins, ours.p1, ours.p2, ours.data) == (
            *(theirs.cla, theirs.ins, theirs.p1, theirs.p2),
            theirs.data,
        )
        assert card.open_command(H(secured)) == H(plain)
        if number == 0:
            assert card.protect_response(ANSWER, 0x9000) == H(record.response)
            assert host.open_response(H(record.response), 0x9000) == (ANSWER, 0x9000)


def pair(level: int = 0x33) -> tuple[HostChannel, CardChannel]:
    keys = session_keys(ENC, MAC, bytes(8), bytes(8))
    return HostChannel(keys, level), CardChannel(keys, level)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([0x01, 0x03, 0x11, 0x13, 0x33]),
    st.lists(st.tuples(st.binary(max_size=600), st.binary(max_size=600)), max_size=3),
)
def test_round_trip(level: int, messages: list[tuple[bytes, bytes]]) -> None:
    host, card = pair(level)
    for data, answer in messages:
        opened = Command.parse(card.open_command(host.protect(Command(0x80, 0xE2, 1, 2, data, 256).encode())))
        assert opened
        assert (opened.cla, opened.ins, opened.p1, opened.p2, opened.data) == (0x80, 0xE2, 1, 2, data)
        assert host.open_response(card.protect_response(answer, 0x9000), 0x9000) == (answer, 0x9000)
        assert host.open_response(card.protect_response(b"", 0x6A80), 0x6A80) == (b"", 0x6A80)


@pytest.mark.parametrize("limits", [CardLimits(), CardLimits(2048, 2048), CardLimits(40_000, 65_000)])
def test_what_fits_fits_and_not_a_block_more(limits: CardLimits) -> None:
    host, card = pair()
    room = host.command_room(limits)
    assert len(host.protect(Command(0x80, 0xE2, 0, 0, bytes(room)).encode())) <= limits.command
    assert len(host.protect(Command(0x80, 0xE2, 0, 0, bytes(room + 16)).encode())) > limits.command
    room = card.response_room(limits)
    assert len(card.protect_response(bytes(room), 0x9000)) <= limits.response_room
    assert len(card.protect_response(bytes(room + 16), 0x9000)) > limits.response_room


def test_every_change_of_a_message_is_seen() -> None:
    host, _ = pair()
    command = host.protect(Command(0x80, 0xE2, 0, 0, b"data").encode())
    for position in range(len(command) - 1):  # Le at the end is not covered
        bad = bytearray(command)
        bad[position] ^= 0x01
        with pytest.raises(SecureMessagingError):
            pair()[1].open_command(bytes(bad))
    _, card = pair()
    answer = card.protect_response(b"data", 0x9000)
    for position in range(len(answer)):
        bad = bytearray(answer)
        bad[position] ^= 0x01
        with pytest.raises(SecureMessagingError):
            pair()[0].open_response(bytes(bad), 0x9000)
    with pytest.raises(SecureMessagingError):
        pair()[0].open_response(answer, 0x6282)
    host, _ = pair()
    with pytest.raises(SecureMessagingError):
        host.open_response(b"", 0x9000)
    with pytest.raises(SecureMessagingError, match="over"):
        host.protect(bytes(4))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_refused_by_both_roles(data: bytes) -> None:
    host, card = pair()
    with pytest.raises(SecureMessagingError):
        host.open_response(data, 0x9000)
    with pytest.raises(SecureMessagingError):
        card.open_command(data)


def opened(answer: str) -> ChipError:
    """The refusal of a card that answers INITIALIZE UPDATE so."""

    class Answering:
        uid, atr = "04", b""

        def transmit(self, apdu: bytes) -> tuple[bytes, int]:
            return H(answer), 0x9000

    with pytest.raises(ChipError) as caught:
        open_channel(Card(Answering()), uuid.UUID(int=1), Manager(), 0, 0x33)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "does not speak SCP03"),
        (RECORDED[0].answer[:22] + "02" + RECORDED[0].answer[24:], "does not speak SCP03"),
        (RECORDED[0].answer[:24] + "71" + RECORDED[0].answer[26:], "challenges of 8 bytes"),
        (RECORDED[0].answer[:24] + "10" + RECORDED[0].answer[26:], "cannot secure its answers"),
        (RECORDED[0].answer, "not one of our blanks"),  # other keys than the register's
    ],
)
def test_a_card_that_is_no_blank_of_ours(answer: str, reason: str) -> None:
    assert reason in str(opened(answer))


def test_a_channel_to_the_virtual_chip() -> None:
    chip = blank(extended=False)
    card = Card(chip)
    card.send("select", Command(0, 0xA4, 4, 0, H("A0000002471001"), 256), Trouble.of("chip-again"))
    connection = open_channel(card, uuid.UUID(int=1), Manager(), 0, 0x33)
    assert connection.transmit(H("80F0400000")) == (b"", 0x6A80)


def test_the_request_to_the_register_is_what_the_card_said() -> None:
    """The whole answer goes to the register, which alone has the static keys."""
    seen: list[ChannelRequest] = []

    class Noting(Manager):
        def channel_keys(self, request: ChannelRequest) -> ChannelKeys:
            seen.append(request)
            return super().channel_keys(request)

    chip = blank()
    card = Card(chip)
    card.send("select", Command(0, 0xA4, 4, 0, H("A0000002471001"), 256), Trouble.of("chip-again"))
    open_channel(card, uuid.UUID(int=7), Noting(), 0, 0x33)
    assert seen[0].claim_id == uuid.UUID(int=7)
    assert seen[0].host_challenge == chip.sent[1][5:13]
    assert len(seen[0].answer) in (29, 32)
