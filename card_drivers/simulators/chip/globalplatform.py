"""How a GlobalPlatform card is personalised: through SCP03 (`profiles/generic-globalplatform.toml`)."""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from card_drivers.card_keys import CardAnswer, Derivation, Options
from card_drivers.chips.apdu import Command, StatusWord
from card_drivers.chips.secure_channel import (
    CHALLENGE,
    CardChannel,
    Level,
    cryptogram,
    derive,
    session_keys,
)
from card_drivers.simulators.chip.access import parse_access
from card_drivers.simulators.chip.files import AID
from card_drivers.simulators.chip.memory import SIZE, Applet
from card_drivers.simulators.chip.running import Refused, Running

NAME: Applet = "generic-globalplatform"
KEY_VERSION = 1
OPTIONS = Options.PSEUDO_RANDOM | Options.R_MAC | Options.R_ENCRYPTION
MOST_STORED = 2 * SIZE  # bytes of one sequence
LAST_BLOCK, IS_DGI = 0x80, 0x08


def initialize_update(chip: Running, command: Command) -> bytes:
    """INITIALIZE UPDATE: session keys from the card's, and the proof that it has them (Amendment D, 7.1.1)."""
    state = chip.memory.state
    chip.drop()
    if state.personalised or state.applet not in (None, NAME) or not chip.application:
        raise Refused(StatusWord.CONDITIONS)
    if command.p1 not in (0, KEY_VERSION):
        raise Refused(StatusWord.NO_REFERENCE)
    if len(command.data) != CHALLENGE:
        raise Refused(StatusWord.WRONG_LENGTH)
    state.channels += 1
    chip.memory.keep()
    sequence = state.channels.to_bytes(3, "big")
    challenge = derive(chip.keys.enc, Derivation.CARD_CHALLENGE, sequence + AID, CHALLENGE)
    keys = session_keys(chip.keys.enc, chip.keys.mac, command.data, challenge)
    proof = cryptogram(keys, Derivation.CARD_CRYPTOGRAM, command.data, challenge)
    chip.start(CardChannel(keys))
    chip.host_cryptogram = cryptogram(keys, Derivation.HOST_CRYPTOGRAM, command.data, challenge)
    diversification = bytes.fromhex(state.uid)[:10].ljust(10, b"\0")
    return CardAnswer(diversification, KEY_VERSION, OPTIONS, challenge, proof, sequence).encode()


def external_authenticate(chip: Running, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE: the host has the keys too; the channel's level from now on (7.1.2)."""
    channel, expected = chip.secure, chip.host_cryptogram
    chip.host_cryptogram = b""
    if not (chip.protected and isinstance(channel, CardChannel) and expected):
        raise Refused(StatusWord.CONDITIONS)
    if not compare_digest(command.data, expected):
        chip.then = chip.drop
        raise Refused(StatusWord.AUTHENTICATION_FAILED)

    def begin() -> None:
        channel.level = command.p1
        chip.manager = True

    chip.then = begin
    return b""


def store_data(chip: Running, command: Command) -> bytes:
    """STORE DATA: one block of a sequence; the last one stores what its DGIs name, all or nothing."""
    _require_manager(chip)
    expected, chip.block = chip.block, 0
    if command.p1 & ~LAST_BLOCK != IS_DGI or command.p2 != expected:
        raise Refused(StatusWord.WRONG_P1P2)
    stored, chip.stored = chip.stored + command.data, b""
    if len(stored) > MOST_STORED:
        raise Refused(StatusWord.NO_SPACE)
    if command.p1 & LAST_BLOCK:
        _store(chip, dict(_groups(stored)))
    else:
        chip.stored, chip.block = stored, (command.p2 + 1) & 0xFF
    return b""


def set_status(chip: Running, command: Command) -> bytes:
    """SET STATUS of the application: personalised, for ever."""
    _require_manager(chip)
    if (command.p1, command.p2, command.data) != (0x40, 0x0F, AID):
        raise Refused(StatusWord.WRONG_DATA)
    chip.memory.state.personalised = True
    chip.memory.keep()
    return b""


def _require_manager(chip: Running) -> None:
    channel, state = chip.secure, chip.memory.state
    if not (chip.managed and isinstance(channel, CardChannel) and channel.level & Level.C_DECRYPTION):
        raise Refused(StatusWord.SECURITY_STATUS)
    if state.personalised:
        raise Refused(StatusWord.CONDITIONS)
    if state.failing:
        raise Refused(StatusWord.MEMORY_FAILURE)


def _groups(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The DGIs: two bytes of name, length (one byte, or FF and two bytes), value."""
    while data:
        name, length, begins = int.from_bytes(data[:2], "big"), data[2:3], 3
        if length == b"\xff":
            length, begins = data[3:5], 5
        ends = begins + int.from_bytes(length, "big")
        if ends > len(data):
            raise Refused(StatusWord.WRONG_DATA)
        yield name, data[begins:ends]
        data = data[ends:]


def _store(chip: Running, groups: dict[int, bytes]) -> None:
    state, memory = chip.memory.state, chip.memory
    files = {f"{name:04x}": value for name, value in groups.items() if name >> 8 == 0x01}
    if sum(map(len, files.values())) > memory.room():
        raise Refused(StatusWord.NO_SPACE)
    for name, value in groups.items():
        match name:
            case 0x0062:
                state.access = parse_access(value)
            case 0x8F01:
                state.active_key = _key(value)
            case 0x8F02:
                state.chip_key = _key(value)
            case _ if name >> 8 != 0x01:
                raise Refused(StatusWord.WRONG_DATA)
    state.applet = NAME
    memory.keep()
    for fid, value in files.items():
        memory.create(fid, len(value))
        memory.update(fid, 0, value)


def _key(value: bytes) -> bytes:
    try:
        key = load_der_private_key(value, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Refused(StatusWord.WRONG_DATA)
    return value
