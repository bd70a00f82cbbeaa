"""Secure messaging against the worked example of Doc 9303-11 (appendix D.4), and both roles against each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_drivers.chips.apdu import Card, CardLimits, Command
from card_drivers.chips.secure_messaging import (
    SecureConnection,
    SecureMessaging,
    SecureMessagingError,
    Suite,
    derive,
    mac,
    pad,
    session,
)
from card_drivers.device import ChipError

ENC = bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5")
MAC = bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8")
SSC = 0x887022120C06C226
# Appendix D.4: plain command, protected command, protected response, plain response.
EXAMPLE = [
    (
        "00A4020C02011E",
        "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
        "990290008E08FA855A5D4C50A8ED",
        "",
    ),
    (
        "00B0000004",
        "0CB000000D9701048E08ED6705417E96BA5500",
        "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED",
        "60145F01",
    ),
    (
        "00B0000412",
        "0CB000040D9701128E082EA28A70F3C7B53500",
        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D74",
        "04303130365F36063034303030305C026175",
    ),
]


def pair(suite: Suite, secret: bytes = b"shared") -> tuple[SecureMessaging, SecureMessaging]:
    return session(secret, suite), session(secret, suite)


def test_the_worked_example_as_terminal_and_as_chip() -> None:
    terminal = SecureMessaging(Suite.TDES, ENC, MAC, SSC)
    chip = SecureMessaging(Suite.TDES, ENC, MAC, SSC)
    for plain, protected, answer, data in EXAMPLE:
        assert terminal.protect(bytes.fromhex(plain)).hex().upper() == protected
        assert terminal.open_response(bytes.fromhex(answer), 0x9000) == (bytes.fromhex(data), 0x9000)
        assert chip.open_command(bytes.fromhex(protected)).hex().upper() == plain
        assert chip.protect_response(bytes.fromhex(data), 0x9000).hex().upper() == answer


@pytest.mark.parametrize(
    ("suite", "secret", "counter", "key"),
    [
        (Suite.TDES, "239AB9CB282DAF66231DC5A4DF6BFBAE", 1, "AB94FDECF2674FDFB9B391F85D7F76F2"),
        (Suite.TDES, "239AB9CB282DAF66231DC5A4DF6BFBAE", 2, "7962D9ECE03D1ACD4C76089DCE131543"),
        (Suite.AES_128, "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD", 3, "89DED1B26624EC1E634C1989302849DD"),
    ],
)
def test_key_derivation(suite: Suite, secret: str, counter: int, key: str) -> None:
    """Appendices D.1 and G."""
    assert derive(bytes.fromhex(secret), counter, suite).hex().upper() == key


def test_a_mac_of_one_block_is_two_key_3des() -> None:
    assert mac(Suite.TDES, MAC, pad(b"", 8)) != mac(Suite.TDES, ENC, pad(b"", 8))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Suite),
    st.sampled_from([0xB0, 0xB1, 0xD6]),
    st.binary(max_size=600),
    st.none() | st.integers(1, 65_536),
    st.binary(max_size=600),
)
def test_round_trip(suite: Suite, ins: int, data: bytes, expect: int | None, answer: bytes) -> None:
    terminal, chip = pair(suite)
    for _ in range(2):
        plain = Command(0x00, ins, 1, 2, data, expect)
        assert Command.parse(chip.open_command(terminal.protect(plain.encode()))) == plain
        assert terminal.open_response(chip.protect_response(answer, 0x6282), 0x6282) == (answer, 0x6282)


@pytest.mark.parametrize("suite", Suite)
@pytest.mark.parametrize(
    "limits", [CardLimits(), CardLimits(300, 300), CardLimits(2048, 2048), CardLimits(40_000, 65_000)]
)
def test_what_fits_fits_and_not_a_block_more(suite: Suite, limits: CardLimits) -> None:
    terminal, chip = pair(suite)
    room = terminal.command_room(limits)
    assert len(terminal.protect(Command(0, 0xD6, 0, 0, bytes(room)).encode())) <= limits.command
    assert len(terminal.protect(Command(0, 0xD6, 0, 0, bytes(room + 2 * suite.block)).encode())) > limits.command
    room = terminal.response_room(limits)
    assert len(chip.protect_response(bytes(room), 0x9000)) <= limits.response_room
    assert len(chip.protect_response(bytes(room + 2 * suite.block), 0x9000)) > limits.response_room


@pytest.mark.parametrize("suite", Suite)
def test_any_change_ends_the_session(suite: Suite) -> None:
    terminal, chip = pair(suite)
    terminal.protect(b"\0\xb0\0\0\4")
    good = chip.protect_response(b"data", 0x9000)
    for position in range(len(good)):
        terminal, _ = pair(suite)
        bad = bytearray(good)
        bad[position] ^= 1
        with pytest.raises(SecureMessagingError):
            terminal.open_response(bytes(bad), 0x9000)
        with pytest.raises(SecureMessagingError, match="over"):
            terminal.protect(b"\0\xb0\0\0\4")
    for data, sw in [(b"", 0x6988), (good, 0x6282), (good[:-10], 0x9000)]:
        with pytest.raises(SecureMessagingError):
            pair(suite)[0].open_response(data, sw)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Suite), st.binary(max_size=40))
def test_any_bytes_are_refused_by_both_roles(suite: Suite, data: bytes) -> None:
    terminal, chip = pair(suite)
    with pytest.raises(SecureMessagingError):
        terminal.open_response(data, 0x9000)
    with pytest.raises(SecureMessagingError):
        chip.open_command(b"\x0c" + data)


class Garbage:
    uid, atr = "04", b""

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        return b"\x99\x02\x90\x00", 0x9000


def test_an_unprotected_answer_is_a_chip_error() -> None:
    connection = SecureConnection(Card(Garbage()), session(b"s", Suite.AES_128))
    with pytest.raises(ChipError, match="MAC is missing"):
        connection.transmit(b"\0\xb0\0\0\4")
