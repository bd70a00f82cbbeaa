"""How the open JMRTD applet is personalised: in the clear, until it is locked (`profiles/jmrtd-applet.toml`)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from card_drivers.chips import pace, tlv
from card_drivers.chips.apdu import Command, StatusWord
from card_drivers.simulators.chip.access import parse_access
from card_drivers.simulators.chip.files import ATR_INFO
from card_drivers.simulators.chip.memory import Applet
from card_drivers.simulators.chip.running import Refused, Running

NAME: Applet = "jmrtd-applet"


def create_file(chip: Running, command: Command) -> bytes:
    """CREATE FILE: 63 04 size fid."""
    _require_blank(chip)
    if len(command.data) != 6 or command.data[:2] != b"\x63\x04":
        raise Refused(StatusWord.WRONG_DATA)
    size, fid = int.from_bytes(command.data[2:4], "big"), command.data[4:].hex()
    if size > chip.memory.room():
        raise Refused(StatusWord.NO_SPACE)
    chip.memory.create(fid, size)
    return b""


def update_binary(chip: Running, command: Command) -> bytes:
    """UPDATE BINARY of the selected file."""
    _require_blank(chip)
    if chip.file is None or chip.file == ATR_INFO:
        raise Refused(StatusWord.NO_CURRENT_FILE)
    offset = command.p1 << 8 | command.p2
    if offset + len(command.data) > len(chip.memory.files[chip.file]):
        raise Refused(StatusWord.WRONG_OFFSET)
    chip.memory.update(chip.file, offset, command.data)
    return b""


def put_data(chip: Running, command: Command) -> bytes:
    """PUT DATA: what opens the document, the key for chip authentication, or the lock."""
    _require_blank(chip)
    state = chip.memory.state
    match command.p1 << 8 | command.p2:
        case 0x0062:
            state.access = parse_access(command.data)
        case 0x0063:
            state.chip_key = _key(command.data)
        case 0xDEAD:
            state.personalised = True
        case _:
            raise Refused(StatusWord.NO_REFERENCE)
    chip.memory.keep()
    return b""


def _require_blank(chip: Running) -> None:
    """The first of these commands makes the chip one of this kind."""
    state = chip.memory.state
    if state.personalised or state.applet not in (None, NAME) or not chip.application:
        raise Refused(StatusWord.CONDITIONS)
    if state.failing:
        raise Refused(StatusWord.MEMORY_FAILURE)
    if state.applet is None:
        state.applet = NAME
        chip.memory.keep()


def _key(data: bytes) -> bytes:
    """PKCS#8 of a private key given with its curve's parameters."""
    try:
        prime, private = (int.from_bytes(tlv.require(data, tag), "big") for tag in (0x81, 0x86))
        curve = next(domain.curve for domain in pace.DOMAINS.values() if domain.p == prime)
        key = ec.derive_private_key(private, curve)
    except (ValueError, StopIteration) as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
