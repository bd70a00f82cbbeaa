"""A blank chip becomes a document's chip, as its profile says: check, encode, read back, lock, verify.

Locking is for ever; it is never sent before everything was read back and equal, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from card_drivers.chips import bac, emrtd, tlv
from card_drivers.chips.apdu import Card, Command, StatusWord
from card_drivers.chips.emrtd import Reading
from card_drivers.chips.files import FILES, FileReader, select_file
from card_drivers.chips.personal_objects import access_object, data_group, key_objects
from card_drivers.chips.profile import (
    Authenticate,
    CreateFiles,
    Profile,
    PutAccess,
    PutKey,
    Step,
    StoreAccess,
    StoreKey,
    WriteFiles,
    load,
)
from card_drivers.chips.secure_channel import open_channel
from card_drivers.device import CardConnection, CardRejected, ChipError, KeyService
from card_drivers.order import ChipPart
from card_drivers.troubles import Trouble

__all__ = ["Personalisation", "Profile", "load"]

REJECT = Trouble.of("card-reject")
BLANK, LOCKED = b"\x01", b"\x05"  # life cycle status: creation state, operational (ISO 7816-4 section 7.4.10)
MORE, LAST = 0x08, 0x88  # STORE DATA, P1: DGIs; the last block


class Personalisation:
    """One order's content and one chip. The steps are called in the order of `Profile.sequence`.

    ConfigurationError when the profile cannot take the content; ChipError names the step and the status word.
    """

    def __init__(
        self, chip: CardConnection, part: ChipPart, profile: Profile, claim_id: UUID, keys: KeyService
    ) -> None:
        profile.check(part)
        self._chip = chip
        self._part = part
        self._profile = profile
        self._claim_id = claim_id
        self._keys = keys
        self._card = Card(chip)  # through the secure channel once that is open
        self._blank = False
        self._equal = False

    def check_blank(self) -> None:
        """The chip is alive and of the right kind, holds nothing and is not locked. Writes nothing.

        ChipError when it is dead or another kind; CardRejected when it was used before.
        """
        self._card = emrtd.fresh(self._chip)
        if self._profile.select.blank == "life_cycle":
            self._check_life_cycle()
        else:
            self._check_no_files()
        self._blank = True

    def encode(self) -> None:
        """Write everything into a chip that is blank: no other is touched."""
        if not self._blank:
            self.check_blank()
        self._blank = False
        for step in self._profile.middle:
            self._do(step)

    def meet_again(self) -> None:
        """Before reading a chip back that was written and lay elsewhere since: select, authenticate. Writes nothing."""
        self._card = emrtd.fresh(self._chip)
        self._select(emrtd.select_application(self._profile.aid))
        for step in self._profile.middle:
            if isinstance(step, Authenticate):
                self._do(step)

    def is_locked(self) -> bool:
        """Whether the application was locked, as anybody can see who has no keys."""
        self._card = emrtd.fresh(self._chip)
        if self._profile.select.blank == "life_cycle":
            return self._life_cycle() == LOCKED
        self._select(emrtd.select_application(self._profile.aid))
        _, sw = self._card.transmit(select_file(FILES["COM"]).encode())
        return sw == StatusWord.SECURITY_STATUS

    def read_back(self) -> dict[str, bytes]:
        """Every file as the chip has it. ChipError names the first that is not what was written."""
        self._equal = False
        step = self._profile.read_back
        card: Card = bac.run(self._card, self._part.access) if step.by == "bac" else self._card
        reader = FileReader(card, short_identifiers=step.by == "short_identifier")
        found = {name: reader.read(name, len(data)) for name, data in self._part.files.items()}
        self._equal = self._require_equal("read back", found)
        return dict(self._part.files)

    def lock(self) -> None:
        """Lock the application for ever. ChipError before an equal read-back: nothing is sent."""
        if not self._equal:
            raise ChipError("chip-not-compared", "lock", None)
        self._equal = False
        self._card.send("lock", self._profile.lock_command, Trouble.of("chip-perhaps-locked"))

    def verify(self) -> Reading:
        """Open the finished chip as any reader would, read everything again, let it prove its keys.

        ChipError when something is missing or not equal, or it opened by another protocol than its profile says.
        """
        reading = emrtd.read_chip(self._chip, self._part.access)
        if reading.opened_by != self._profile.opened_by:
            raise ChipError("chip-opened-otherwise", "verify", StatusWord.OK, protocol=reading.opened_by)
        self._require_equal("verify", {name: reading.files.get(name) for name in self._part.files})
        unproved = sorted(name for name in self._part.keys if not reading.proofs.get(name))
        if unproved:
            raise ChipError("chip-unproved", "verify", StatusWord.OK, proofs=", ".join(unproved))
        return reading

    def _require_equal(self, step: str, found: dict[str, bytes | None]) -> bool:
        for name, data in self._part.files.items():
            if found[name] != data:
                raise ChipError("chip-differs", f"{step} {name}", StatusWord.OK)
        return True

    def _select(self, command: Command) -> bytes:
        return self._card.send("select application", command, Trouble.of("chip-wrong-kind"))

    def _check_life_cycle(self) -> None:
        if self._life_cycle() != BLANK:
            raise CardRejected("chip-written-before")

    def _life_cycle(self) -> bytes:
        """The application says it itself: FCI template 6F, life cycle status 8A."""
        answer = self._select(Command(0, 0xA4, 0x04, 0x00, self._profile.aid, expect=256))
        try:
            return tlv.require(answer, 0x6F, 0x8A)
        except tlv.TlvError as error:
            raise ChipError("chip-blank-unknown", "select application", StatusWord.OK).because(error) from error

    def _check_no_files(self) -> None:
        """None of the files that the profile can write is there."""
        self._select(emrtd.select_application(self._profile.aid))
        for name in self._profile.files:
            _, sw = self._card.transmit(select_file(FILES[name]).encode())
            if sw in (StatusWord.OK, StatusWord.SECURITY_STATUS):
                raise CardRejected("chip-written-before")
            if sw != StatusWord.NOT_FOUND:
                raise ChipError(REJECT, f"look for {name}", sw)

    def _do(self, step: Step) -> None:
        match step:
            case Authenticate(protocol="scp03"):
                self._card = open_channel(self._card, self._claim_id, self._keys, step.key_version, step.level)
            case CreateFiles():
                self._create(step)
            case WriteFiles():
                self._write(step)
            case StoreAccess():
                self._store("put access", {step.access_dgi: access_object(self._part.access, with_can=True)})
            case PutAccess():
                self._put("put access", step.command, access_object(self._part.access, with_can=False))
            case StoreKey():
                self._store("put key", {step.dgis[name]: key for name, key in self._part.keys.items()})
            case PutKey():
                self._put_keys(step)

    def _create(self, step: CreateFiles) -> None:
        for name, data in self._part.files.items():
            place = b"\x63\x04" + len(data).to_bytes(2, "big") + FILES[name].to_bytes(2, "big")
            self._put(f"create {name}", step.command, place)

    def _write(self, step: WriteFiles) -> None:
        if step.by == "store_data":
            self._store("write files", {FILES[name]: data for name, data in self._part.files.items()})
            return
        for name, data in self._part.files.items():
            self._update(name, data)

    def _update(self, name: str, data: bytes) -> None:
        """SELECT and UPDATE BINARY (ISO 7816-4 section 11.2.4), offsets below 32,768."""
        self._card.send(f"select {name}", select_file(FILES[name]), REJECT)
        room = self._card.command_room
        for offset in range(0, len(data), room):
            command = Command(0, 0xD6, offset >> 8, offset & 0xFF, data[offset : offset + room])
            self._card.send(f"write {name} at {offset}", command, REJECT)

    def _put_keys(self, step: PutKey) -> None:
        for key in self._part.keys.values():
            self._put("put key", step.command, key_objects(key))

    def _put(self, step: str, header: bytes, data: bytes) -> None:
        command = Command(header[0], header[1], header[2], header[3], data)
        self._card.send(step, command, REJECT)

    def _store(self, step: str, groups: Mapping[int, bytes]) -> None:
        """STORE DATA (GlobalPlatform 2.3, section 11.11): the groups one after the other, cut into full blocks."""
        stream = b"".join(data_group(identifier, value) for identifier, value in groups.items())
        for number, part, last in _blocks(stream, self._card.command_room):
            command = Command(0x80, 0xE2, LAST if last else MORE, number % 0x100, part)
            self._card.send(f"{step}, block {number}", command, REJECT)


def _blocks(stream: bytes, room: int) -> Iterator[tuple[int, bytes, bool]]:
    for number, start in enumerate(range(0, len(stream), room)):
        yield number, stream[start : start + room], start + room >= len(stream)
