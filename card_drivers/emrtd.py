"""The eMRTD application's files in and out of a chip (Doc 9303-10). In the clear: access control comes later."""

from __future__ import annotations

from collections.abc import Mapping

from card_drivers import apdu
from card_drivers.apdu import StatusWord
from card_drivers.device import CardConnection, CardRejected, ChipError, ConfigurationError

AID = bytes.fromhex("A0000002471001")
FILES = {"DG1": 0x0101}
MAX_FILE = 0x7FFF  # READ BINARY with an offset in P1-P2 reaches no further
CHUNK = 224
REJECT = "The card goes to the reject tray: take another blank."


def check_files(files: Mapping[str, bytes]) -> None:
    """ConfigurationError when a file cannot be written here: an unknown name, or too long."""
    unknown = sorted(files.keys() - FILES.keys())
    if unknown:
        raise ConfigurationError(f"This station cannot write {', '.join(unknown)} to a chip: update its software.")
    for name, data in files.items():
        if len(data) > MAX_FILE:
            raise ConfigurationError(
                f"{name} has {len(data)} bytes, a chip file at most {MAX_FILE}: check its content."
            )


def require_blank(chip: CardConnection) -> None:
    """The application answers and holds none of our files; CardRejected when the card was used before."""
    apdu.transmit(chip, "select application", apdu.select_application(AID), f"No eMRTD application. {REJECT}")
    for name, fid in FILES.items():
        _, sw = chip.transmit(apdu.select_file(fid))
        if sw == StatusWord.OK:
            raise CardRejected(f"The chip already holds {name}: a used card lay among the blanks. {REJECT}")
        if sw != StatusWord.NOT_FOUND:
            raise ChipError(f"look for {name}", sw, REJECT)


def write_files(chip: CardConnection, files: Mapping[str, bytes]) -> None:
    """Create and write every file, in the order of their names."""
    check_files(files)
    apdu.transmit(chip, "select application", apdu.select_application(AID), REJECT)
    for name in sorted(files):
        _write_file(chip, name, files[name])


def _write_file(chip: CardConnection, name: str, data: bytes) -> None:
    fid = FILES[name]
    apdu.transmit(chip, f"create {name}", apdu.create_file(fid, len(data)), REJECT)
    apdu.transmit(chip, f"select {name}", apdu.select_file(fid), REJECT)
    for offset in range(0, len(data), CHUNK):
        part = data[offset : offset + CHUNK]
        apdu.transmit(chip, f"write {name} at {offset}", apdu.update_binary(offset, part), REJECT)


def read_files(chip: CardConnection) -> dict[str, bytes]:
    """Every file that is there, complete with its tag, by name."""
    apdu.transmit(chip, "select application", apdu.select_application(AID), "Lay the document on the reader again.")
    found = {}
    for name, fid in FILES.items():
        _, sw = chip.transmit(apdu.select_file(fid))
        if sw == StatusWord.OK:
            found[name] = _read_selected(chip, name)
        elif sw != StatusWord.NOT_FOUND:
            raise ChipError(f"select {name}", sw, "Lay the document on the reader again.")
    return found


def _read_selected(chip: CardConnection, name: str) -> bytes:
    data = _read(chip, name, 0, 4)
    total = _tlv_length(name, data)
    while len(data) < total:
        data += _read(chip, name, len(data), min(CHUNK, total - len(data)))
    return data[:total]


def _read(chip: CardConnection, name: str, offset: int, length: int) -> bytes:
    data = apdu.transmit(chip, f"read {name} at {offset}", apdu.read_binary(offset, length), "Lay it on again.")
    if not data:
        raise ChipError(f"read {name} at {offset}", StatusWord.OK, "The file ends early: reject the document.")
    return data


def _tlv_length(name: str, head: bytes) -> int:
    """Length of a whole file from its first four bytes (one-byte tag, BER length; ISO 7816-4 section 5.2.2)."""
    head = head.ljust(4, b"\0")
    if head[1] < 0x80:
        return 2 + head[1]
    if head[1] == 0x81:
        return 3 + head[2]
    if head[1] == 0x82 and (total := 4 + int.from_bytes(head[2:4], "big")) <= MAX_FILE:
        return total
    raise ChipError(f"read {name}", StatusWord.OK, "The file has no valid length: reject the document.")
