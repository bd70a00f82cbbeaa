"""SELECT and READ BINARY on a virtual chip (ISO 7816-4 sections 11.2.2 and 11.3.3; Doc 9303-10 section 3.6)."""

from __future__ import annotations

from asn1crypto import core

from card_drivers.chips import tlv
from card_drivers.chips.apdu import EXTENDED_LENGTH_INFO, CardLimits, Command, StatusWord
from card_drivers.chips.secure_messaging import SecureMessaging
from card_drivers.simulators.chip.running import Refused, Running

AID = bytes.fromhex("A0000002471001")
MASTER_FILE, ATR_INFO, CARD_ACCESS = "3f00", "2f01", "011c"
BLANK, BEGUN, LOCKED = 0x01, 0x03, 0x05  # life cycle status (ISO 7816-4, 7.4.10)
IN_MASTER_FILE = {0x01: ATR_INFO, 0x1C: CARD_ACCESS}  # by short identifier


def select(chip: Running, command: Command) -> bytes:
    """The application by name, the master file, or a file under what is selected."""
    if command.p2 not in (0x00, 0x0C):
        raise Refused(StatusWord.WRONG_P1P2)
    if command.p1 == 0x04:
        return _select_application(chip, command)
    if command.p1 not in (0x00, 0x02):
        raise Refused(StatusWord.WRONG_P1P2)
    fid = command.data.hex() or MASTER_FILE
    if fid == MASTER_FILE:
        chip.application, chip.file = False, None
    else:
        _select_file(chip, fid)
    return b""


def _select_application(chip: Running, command: Command) -> bytes:
    """The answer is the file control template with the life cycle (ISO 7816-4, 7.4.10); the open applet has none."""
    if command.data != AID:
        raise Refused(StatusWord.NOT_FOUND)
    chip.application, chip.file = True, None
    if command.p2 == 0x0C or chip.memory.state.applet == "jmrtd-applet":
        return b""
    life = LOCKED if chip.memory.state.personalised else BLANK if chip.memory.blank else BEGUN
    return tlv.encode(0x6F, tlv.encode(0x84, AID) + tlv.encode(0x8A, bytes([life])))


def _select_file(chip: Running, fid: str) -> None:
    """Refused when it does not exist, or its existence is nobody's business now (Doc 9303-11, 4.4.2)."""
    chip.file = None
    state, in_application = chip.memory.state, fid not in (ATR_INFO, CARD_ACCESS)
    closed = state.personalised or state.applet == "generic-globalplatform"
    if in_application and closed and not (chip.opened or chip.managed):
        raise Refused(StatusWord.SECURITY_STATUS)
    known = fid == ATR_INFO or fid in chip.memory.files
    if not known or (in_application != chip.application and not chip.managed):
        raise Refused(StatusWord.NOT_FOUND)
    chip.file = fid


def atr_info(limits: CardLimits) -> bytes:
    """EF.ATR/INFO: the lengths this chip takes (Doc 9303-10, 3.11.1)."""
    lengths = core.Integer(limits.command).dump() + core.Integer(limits.response).dump()
    return tlv.encode(EXTENDED_LENGTH_INFO, lengths)


def read_binary(chip: Running, command: Command) -> bytes:
    """Up to Le bytes of the selected file, or of one named by its short identifier, which selects it."""
    if command.p1 & 0x80:
        _select_short(chip, command.p1 & 0x1F)
        return _part(chip, command.p2, command.expect)
    return _part(chip, command.p1 << 8 | command.p2, command.expect)


def read_binary_far(chip: Running, command: Command) -> bytes:
    """READ BINARY with the odd instruction: the offset in DO'54', the answer in DO'53'."""
    if command.p1 == 0 and command.p2:
        _select_short(chip, command.p2 & 0x1F)
    try:
        offset = int.from_bytes(tlv.require(command.data, 0x54), "big")
    except tlv.TlvError as error:
        raise Refused(StatusWord.WRONG_DATA) from error
    expect = command.expect or 256
    return tlv.encode(0x53, _part(chip, offset, expect - (2 if expect < 0x80 + 2 else 3 if expect < 0x100 + 3 else 4)))


def _select_short(chip: Running, sfi: int) -> None:
    """In the application the identifier is the file identifier's low byte."""
    _select_file(chip, f"{0x0100 | sfi:04x}" if chip.application else IN_MASTER_FILE.get(sfi, ""))


def _part(chip: Running, offset: int, expect: int | None) -> bytes:
    """Refused when the file may not be read now: the holder's data only through BAC or PACE, or by the card manager."""
    if chip.file is None:
        raise Refused(StatusWord.NO_CURRENT_FILE)
    if chip.file not in (ATR_INFO, CARD_ACCESS) and not (chip.opened or chip.managed):
        raise Refused(StatusWord.SECURITY_STATUS)
    limits = chip.memory.state.limits
    data = atr_info(limits) if chip.file == ATR_INFO else bytes(chip.memory.files[chip.file])
    if offset >= len(data):
        raise Refused(StatusWord.WRONG_OFFSET)
    if refusal := chip.memory.state.behaves.refusal(expect or 256, len(data) - offset):
        raise Refused(refusal)
    room = min(expect or 256, limits.response_room)
    if isinstance(chip.secure, SecureMessaging):
        room = min(room, chip.secure.response_room(limits))
    elif chip.secure is not None:  # SCP03: Le counts the secured answer
        room = chip.secure.response_room(CardLimits(response=room + 2))
    return data[offset : offset + room]
