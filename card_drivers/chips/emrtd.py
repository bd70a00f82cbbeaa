"""The eMRTD application through a reader (Doc 9303-10): open a chip, read its files, let it prove its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from card_drivers.chips import bac, chip_proofs, pace, tlv
from card_drivers.chips.apdu import Card, Command, StatusWord, read_limits
from card_drivers.chips.secure_messaging import ChannelBroken, SecureConnection
from card_drivers.device import CardConnection, ChipError
from card_drivers.order import AccessKeys
from card_drivers.troubles import Trouble

AID = bytes.fromhex("A0000002471001")
MASTER_FILE = 0x3F00
DATA_GROUP_TAGS = (
    *(0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68),
    *(0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70),
)  # of DG1 to DG16
FILES = {"COM": 0x011E, "SOD": 0x011D, "CardAccess": 0x011C} | {
    f"DG{number}": 0x0100 + number for number in range(1, 17)
}
LONGEST = 0xFFFF  # bytes of a file
ODD = 0x8000  # first offset that needs the odd instruction (section 3.6.6)
HEAD = tlv.HEAD
SPARE = 8  # commands for one file beyond the fewest: a chip may answer shorter than it announced
AGAIN, NO_APPLICATION = Trouble.of("chip-again"), Trouble.of("chip-no-application")

Protocol = Literal["PACE", "BAC"]
Proofs = dict[Literal["active", "chip"], bool]


@dataclass(frozen=True)
class Opened:
    """A chip whose eMRTD application is open, by which protocol, and its EF.CardAccess if it has one."""

    connection: SecureConnection
    by: Protocol
    card_access: bytes | None


@dataclass(frozen=True)
class Reading:
    """Everything of a finished chip: complete files by name, how it was opened, and what it proved."""

    files: dict[str, bytes]
    opened_by: Protocol
    proofs: Proofs


def select_application(aid: bytes = AID) -> Command:
    """SELECT by name, no response data (section 3.6.1)."""
    return Command(0x00, 0xA4, 0x04, 0x0C, aid)


def fresh(chip: CardConnection) -> Card:
    """The card with its MF selected and its lengths known, whatever was selected before. An old chip may have no MF."""
    chip.transmit(Command(0x00, 0xA4, 0x00, 0x0C, MASTER_FILE.to_bytes(2, "big")).encode())
    return Card(chip, read_limits(chip))


def select_file(fid: int) -> Command:
    """SELECT an elementary file of the application (section 3.6.2)."""
    return Command(0x00, 0xA4, 0x02, 0x0C, fid.to_bytes(2, "big"))


class FileReader:
    """Reads files of the selected application or of the MF with as few commands as the card's lengths allow.

    By short identifier, as Doc 9303-10 section 3.6.3 recommends; a card that does not know these is asked by SELECT.
    """

    def __init__(self, card: Card, short_identifiers: bool = True) -> None:
        self._card = card
        self._short = short_identifiers

    def read(self, name: str, length: int | None = None) -> bytes | None:
        """A whole file, of `length` bytes or as long as its own header says; None when it is not there or closed.

        ChipError when the chip refuses, or its header says more than it has.
        """
        data = self._first(name, min(length or LONGEST, self._card.response_room))
        if data is None:
            return None
        total = length or _length(name, data)
        room = self._card.response_room
        for _ in range(total // room + SPARE):
            if len(data) >= total:
                return data[:total]
            part = self._next(name, len(data), min(room, total - len(data)))
            if not part:
                break
            data += part
        if len(data) >= total:
            return data[:total]
        raise ChipError("chip-file-short", f"read {name}", StatusWord.OK)

    def _first(self, name: str, expect: int) -> bytes | None:
        step, fid = f"read {name}", FILES[name]
        if self._short:
            data, sw = self._card.transmit(Command(0, 0xB0, 0x80 | fid & 0x1F, 0, expect=expect).encode())
            if sw in (StatusWord.WRONG_INS, StatusWord.CONDITIONS, StatusWord.NO_CURRENT_FILE, StatusWord.WRONG_P1P2):
                self._short = False
        if not self._short:
            data, sw = self._card.transmit(select_file(fid).encode())
            if sw == StatusWord.OK:
                data, sw = self._card.transmit(Command(0, 0xB0, 0, 0, expect=expect).encode())
        if sw in (StatusWord.NOT_FOUND, StatusWord.SECURITY_STATUS):
            return None
        if sw not in (StatusWord.OK, StatusWord.END_OF_FILE):
            raise ChipError(AGAIN, step, sw)
        return data

    def _next(self, name: str, offset: int, expect: int) -> bytes:
        step = f"read {name} at {offset}"
        if offset < ODD:
            command = Command(0, 0xB0, offset >> 8, offset & 0xFF, expect=expect)
            return self._card.send(step, command, AGAIN, (StatusWord.END_OF_FILE,))
        place = tlv.encode(0x54, offset.to_bytes(2, "big"))
        command = Command(0, 0xB1, 0, 0, place, expect=min(expect + 4, self._card.response_room))
        try:
            return tlv.require(self._card.send(step, command, AGAIN, (StatusWord.END_OF_FILE,)), 0x53)
        except tlv.TlvError as error:
            raise ChipError("chip-answer-unreadable", step, StatusWord.OK).because(error) from error


def _length(name: str, head: bytes) -> int:
    """The length of a whole file from its first bytes (ISO 7816-4 section 5.2.2)."""
    try:
        length, _ = tlv.measure(head[:HEAD])
    except tlv.TlvError as error:
        raise ChipError("chip-file-length", f"read {name}", StatusWord.OK).because(error) from error
    if length > LONGEST:
        raise ChipError("chip-file-too-long", f"read {name}", StatusWord.OK, bytes=length)
    return length


def open_chip(chip: CardConnection, access: AccessKeys) -> Opened:
    """Open the application: PACE with the CAN, else with the MRZ, BAC where there is no PACE that we can do.

    ChipError names the step that failed; the secrets are in no message.
    """
    card = fresh(chip)
    card_access = _card_access(card)
    infos = _pace_infos(card_access)
    if not infos:
        card.send("select application", select_application(), NO_APPLICATION)
        return Opened(bac.run(card, access), "BAC", card_access)
    connection = _open_by_pace(card, infos[0], access)
    connection.send("select application", select_application(), NO_APPLICATION)
    return Opened(connection, "PACE", card_access)


def _card_access(card: Card) -> bytes | None:
    """EF.CardAccess of the MF. A chip that has none may answer anything: it has no PACE."""
    try:
        return FileReader(card).read("CardAccess")
    except ChipError as error:
        if error.sw is None:
            raise
        return None


def _pace_infos(card_access: bytes | None) -> list[pace.PaceInfo]:
    try:
        return pace.infos(card_access or b"")
    except tlv.TlvError:
        return []


def _open_by_pace(card: Card, info: pace.PaceInfo, access: AccessKeys) -> SecureConnection:
    if access.can:
        try:
            return pace.run(card, info, access, "CAN")
        except ChipError as error:
            if error.sw != StatusWord.NO_REFERENCE:  # this chip was given no CAN
                raise
    return pace.run(card, info, access, "MRZ")


def read_files(connection: SecureConnection) -> dict[str, bytes]:
    """EF.COM, the data groups that it lists and that are open to us, and EF.SOD: complete with their tags, by name."""
    reader = FileReader(connection)
    com = reader.read("COM")
    if com is None:
        raise ChipError("chip-empty", "read COM", StatusWord.NOT_FOUND)
    found = {"COM": com}
    for name in (*_listed(com), "SOD"):
        data = reader.read(name)
        if data is not None:
            found[name] = data
    return found


def _listed(com: bytes) -> list[str]:
    """The data groups of EF.COM's tag list (Doc 9303-10 section 4.6.1)."""
    try:
        tags = tlv.require(com, 0x60, 0x5C)
    except tlv.TlvError as error:
        raise ChipError("chip-com-unreadable", "read COM", StatusWord.OK).because(error) from error
    return [f"DG{DATA_GROUP_TAGS.index(tag) + 1}" for tag in dict.fromkeys(tags) if tag in DATA_GROUP_TAGS]


def proofs(connection: SecureConnection, files: Mapping[str, bytes]) -> Proofs:
    """Whether the chip has the keys that DG15 and DG14 name; a proof that the document does not offer is absent.

    Chip authentication comes last, for it replaces the session.
    """
    found: Proofs = {}
    if "DG15" in files:
        found["active"] = _proved(
            lambda: chip_proofs.active_authentication(connection, files["DG15"], files.get("DG14"))
        )
    if "DG14" in files and (key := _chip_key(files["DG14"])):
        found["chip"] = _proved(lambda: _speaks_on(chip_proofs.chip_authentication(connection, key)))
    return found


def _proved(prove: Callable[[], bool]) -> bool:
    """A chip that refuses, or cannot speak on, did not prove it; one that is silent proves nothing either way."""
    try:
        return prove()
    except ChannelBroken:
        return False
    except ChipError as error:
        if error.sw is None:
            raise
        return False


def _chip_key(dg14: bytes) -> chip_proofs.ChipKey | None:
    try:
        return chip_proofs.chip_key(dg14)
    except ValueError as error:
        raise ChipError("chip-chip-key", chip_proofs.CHIP, StatusWord.OK).because(error) from error


def _speaks_on(connection: SecureConnection) -> bool:
    """One command through the new session."""
    connection.send(chip_proofs.CHIP, select_file(FILES["COM"]), chip_proofs.ADVICE)
    return True


def read_chip(chip: CardConnection, access: AccessKeys) -> Reading:
    """Open a finished document's chip, read all its files and let it prove its keys."""
    opened = open_chip(chip, access)
    files = read_files(opened.connection)
    if opened.card_access is not None:
        files["CardAccess"] = opened.card_access
    return Reading(files, opened.by, proofs(opened.connection, files))
