"""The eMRTD application through a reader (Doc 9303-10): open a chip, read its files, let it prove its keys.

No file that was read is ever lost: what fails later is a remark, and what could not be read is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from card_drivers.chips import bac, chip_keys, chip_proofs, pace, tlv
from card_drivers.chips.apdu import (
    LONGEST_EXPECT,
    SHORT,
    SHORT_EXPECT,
    Card,
    CardLimits,
    Command,
    StatusWord,
    read_limits,
)
from card_drivers.chips.files import FILES, FileReader, select_file
from card_drivers.chips.secure_messaging import ChannelBroken, SecureConnection
from card_drivers.device import CardConnection, ChipError, DeviceError
from card_drivers.order import AccessKeys
from card_drivers.troubles import Trouble

AID = bytes.fromhex("A0000002471001")
MASTER_FILE = 0x3F00
DATA_GROUP_TAGS = (
    *(0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68),
    *(0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70),
)  # of DG1 to DG16
NO_APPLICATION = Trouble.of("chip-no-application")

Protocol = Literal["PACE", "BAC"]
Made = TypeVar("Made")
Proofs = dict[Literal["active", "chip"], bool]


class Caution(NamedTuple):
    """Lengths to use instead of those that the card announces, and how many bytes to ask for at once."""

    limits: CardLimits | None = None
    most: int = LONGEST_EXPECT


CAUTIONS = (Caution(), Caution(SHORT, SHORT_EXPECT), Caution(SHORT, 128))
"""One after the other while the channel breaks: card or reader take less than they say, and forget the session."""


@dataclass(frozen=True)
class Opened:
    """A chip whose eMRTD application is open, by which protocol, and its EF.CardAccess if it has one."""

    connection: SecureConnection
    by: Protocol
    card_access: bytes | None


@dataclass(frozen=True)
class Reading:
    """Everything of a finished chip: complete files by name, how it was opened, and what it proved.

    `missing` are files that could not be read, though nobody said that they are not there; `remarks` say why, and which
    proofs could not be made.
    """

    files: dict[str, bytes]
    opened_by: Protocol
    proofs: Proofs
    missing: tuple[str, ...] = ()
    remarks: tuple[Trouble, ...] = ()


def select_application(aid: bytes = AID) -> Command:
    """SELECT by name, no response data (section 3.6.1)."""
    return Command(0x00, 0xA4, 0x04, 0x0C, aid)


def fresh(chip: CardConnection, limits: CardLimits | None = None) -> Card:
    """The card with its MF selected and its lengths known, whatever was selected before. An old chip may have no MF."""
    chip.transmit(Command(0x00, 0xA4, 0x00, 0x0C, MASTER_FILE.to_bytes(2, "big")).encode())
    return Card(chip, limits or read_limits(chip))


def open_chip(chip: CardConnection, access: AccessKeys, limits: CardLimits | None = None) -> Opened:
    """Open the application: PACE with the CAN, else with the MRZ, BAC where there is no PACE that we can do.

    ChipError names the step that failed; the secrets are in no message. DeviceError: only an MRZ would open it, and
    none was given.
    """
    card = fresh(chip, limits)
    card_access = _card_access(card)
    infos = _pace_infos(card_access)
    if not infos:
        if not access.document_number:
            raise DeviceError("chip-pace-unknown" if card_access else "chip-wants-mrz")
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
            if error.sw != StatusWord.NO_REFERENCE or not access.document_number:  # this chip was given no CAN
                raise
    return pace.run(card, info, access, "MRZ")


def read_chip(chip: CardConnection, access: AccessKeys) -> Reading:
    """Open a finished document's chip, read all its files and let it prove its keys.

    ChipError when it does not open, or gives no file at all.
    """
    opened = open_chip(chip, access)
    visit = Visit()
    connection: SecureConnection | None = opened.connection
    for number, caution in enumerate(CAUTIONS):
        if number:
            connection = _opened_again(chip, access, caution)
        if connection is None or visit.read(connection, caution.most):
            break
    visit.check_not_empty()
    if opened.card_access is not None:
        visit.files["CardAccess"] = opened.card_access
    proved = proofs(connection, visit) if connection and not visit.left else {}
    return Reading(visit.files, opened.by, proved, visit.missing, tuple(visit.remarks))


def _opened_again(chip: CardConnection, access: AccessKeys, caution: Caution) -> SecureConnection | None:
    try:
        return open_chip(chip, access, caution.limits).connection
    except DeviceError:
        return None


class Visit:
    """What was read of one chip; it stays, whatever fails later. `left` are the files still to be read."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.left = ["COM"]
        self.remarks: list[Trouble] = []
        self._refused: list[str] = []
        self._broke: ChipError | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The files that could not be read."""
        return (*self._refused, *self.left)

    def read(self, connection: SecureConnection, most: int = LONGEST_EXPECT) -> bool:
        """EF.COM, the data groups that it lists and that are open to us, and EF.SOD: complete with their tags, by name.

        False when the channel broke before the end.
        """
        reader = FileReader(connection, most=most)
        while self.left:
            try:
                data = reader.read(self.left[0])
            except ChipError as error:
                if error.sw is None or isinstance(error, ChannelBroken):
                    self._broke = error
                    return False
                data = None
                self._refused.append(self.left[0])
                self.remarks.append(error.trouble)
            self._keep(self.left.pop(0), data)
        return True

    def _keep(self, name: str, data: bytes | None) -> None:
        if data is not None:
            self.files[name] = data
        if name == "COM":
            self.left = [*self._listed(data), "SOD"]

    def _listed(self, com: bytes | None) -> list[str]:
        """The data groups of EF.COM's tag list (Doc 9303-10 section 4.6.1); without one that can be read, all."""
        try:
            tags = tlv.require(com or b"", 0x60, 0x5C)
        except tlv.TlvError:
            self.remarks.append(Trouble.of("chip-com-unreadable"))
            return [f"DG{number}" for number in range(1, 17)]
        return [f"DG{DATA_GROUP_TAGS.index(tag) + 1}" for tag in dict.fromkeys(tags) if tag in DATA_GROUP_TAGS]

    def check_not_empty(self) -> None:
        """ChipError when not one file was read; otherwise why the channel broke is a remark."""
        if not self.files:
            raise self._broke or ChipError("chip-empty", "read COM", StatusWord.NOT_FOUND)
        if self.left and self._broke:
            self.remarks.append(self._broke.trouble)


def proofs(connection: SecureConnection, visit: Visit) -> Proofs:
    """Whether the chip has the keys that DG15 and DG14 name; a proof that the document does not offer is absent, one
    that cannot be made too, with a remark.

    Chip authentication comes last, for it replaces the session.
    """
    found: Proofs = {}
    for name, (group, prove, unchecked) in PROVED_BY.items():
        if group not in visit.files:
            continue
        try:
            proved = prove(connection, visit)
        except (chip_keys.KeyRefused, tlv.TlvError) as error:
            visit.remarks.append(unchecked.then(error.trouble))
        except ChipError as error:  # silent, or the channel broke: that proves nothing either way
            visit.remarks.append(unchecked.then(error.trouble))
            break
        else:
            if proved is not None:
                found[name] = proved
    return found


def _active(connection: SecureConnection, visit: Visit) -> bool | None:
    dg15, dg14 = visit.files["DG15"], visit.files.get("DG14")
    return _unless_refused(lambda: chip_proofs.active_authentication(connection, dg15, dg14, visit.remarks.append))


def _chip(connection: SecureConnection, visit: Visit) -> bool | None:
    """Agree on a new session, and speak one command through it, which only who has the key can answer."""
    key = chip_proofs.chip_key(visit.files["DG14"])
    if key is None:
        return None
    agreed = _unless_refused(lambda: chip_proofs.chip_authentication(connection, key))
    if not agreed:
        return False
    try:
        agreed.transmit(select_file(FILES["COM"]).encode())  # whatever the answer says, only the chip can protect it
    except ChannelBroken:
        return False
    return True


class Proof(NamedTuple):
    """The data group that names a key, how the chip proves it, and what is said when that cannot be checked."""

    group: str
    prove: Callable[[SecureConnection, Visit], bool | None]
    unchecked: Trouble


PROVED_BY: dict[Literal["active", "chip"], Proof] = {
    "active": Proof("DG15", _active, Trouble.of("active-not-checked")),
    "chip": Proof("DG14", _chip, Trouble.of("chip-not-checked")),
}


def _unless_refused(prove: Callable[[], Made]) -> Made | Literal[False]:
    """A chip that answers with an error did not prove that it has its key."""
    try:
        return prove()
    except ChannelBroken:
        raise
    except ChipError as error:
        if error.sw is None:
            raise
        return False
