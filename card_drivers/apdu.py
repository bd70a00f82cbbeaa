"""Command APDUs of ISO 7816-4 in short form, and the status words we name."""

from __future__ import annotations

from enum import IntEnum

from card_drivers.device import CardConnection, ChipError


class StatusWord(IntEnum):
    """Status words (ISO 7816-4 section 5.6; 6A89 for CREATE FILE, ISO 7816-9)."""

    OK = 0x9000
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    NO_CURRENT_FILE = 0x6986
    WRONG_DATA = 0x6A80
    NOT_FOUND = 0x6A82
    NO_SPACE = 0x6A84
    WRONG_P1P2 = 0x6A86
    EXISTS = 0x6A89
    WRONG_OFFSET = 0x6B00
    WRONG_INS = 0x6D00
    WRONG_CLA = 0x6E00


MAX_DATA = 255


def command(ins: int, p1: int, p2: int, data: bytes = b"", expect: int | None = None) -> bytes:
    """A short command APDU of class 00: up to 255 bytes of data, up to 256 expected."""
    if len(data) > MAX_DATA:
        raise ValueError(f"a short APDU carries at most {MAX_DATA} bytes, not {len(data)}")
    body = bytes([len(data)]) + data if data else b""
    tail = b"" if expect is None else bytes([expect % 256])
    return bytes([0x00, ins, p1, p2]) + body + tail


def select_application(aid: bytes) -> bytes:
    """SELECT by name, no response data (Doc 9303-10 section 3.6.1)."""
    return command(0xA4, 0x04, 0x0C, aid)


def select_file(fid: int) -> bytes:
    """SELECT an elementary file under the current application."""
    return command(0xA4, 0x02, 0x0C, fid.to_bytes(2, "big"))


def read_binary(offset: int, length: int) -> bytes:
    """READ BINARY of the selected file; offsets below 32,768."""
    return command(0xB0, offset >> 8, offset & 0xFF, expect=length)


def create_file(fid: int, size: int) -> bytes:
    """CREATE FILE as the open JMRTD applet has it: 63 04 size fid."""
    return command(0xE0, 0x00, 0x00, b"\x63\x04" + size.to_bytes(2, "big") + fid.to_bytes(2, "big"))


def update_binary(offset: int, data: bytes) -> bytes:
    """UPDATE BINARY of the selected file."""
    return command(0xD6, offset >> 8, offset & 0xFF, data)


def transmit(connection: CardConnection, step: str, apdu: bytes, advice: str) -> bytes:
    """Send one APDU that must succeed: its data, or ChipError naming `step`."""
    data, sw = connection.transmit(apdu)
    if sw != StatusWord.OK:
        raise ChipError(step, sw, advice)
    return data
