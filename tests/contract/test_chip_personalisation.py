"""Chips made whole: behind the real pcscd by both profiles, and torn out of the reader at every single APDU."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from card_drivers.chips import emrtd
from card_drivers.chips.personalisation import Personalisation, load
from card_drivers.device import CardConnection, CardRejected, ChipError
from card_drivers.encoders import pcsc
from card_drivers.encoders.pcsc import PcscReader, Settings
from card_drivers.order import ChipPart, Order, Outcome
from card_drivers.simulators.chip.chip import VirtualChip
from card_drivers.simulators.chip.link import Link
from card_drivers.simulators.chip.memory import Memory
from card_drivers.station import card_path
from card_drivers.station.journal import Journal
from card_drivers.station.workbench import Workbench
from printing.chip.verify import Verdict, verify
from tests import chips, composed
from tests.emrtd import AT, CLAIM, PROFILES, part
from tests.fixtures.pcsc import SLOTS, Pcscd
from tests.unit.station.documents import Manager

pytestmark = pytest.mark.contract

UID = "04112233445566"
STEPS = ("check_blank", "encode", "read_back", "lock", "verify")
SMALLEST = 500  # bytes asked of a chip's content: as few as its files have


class Machine:
    """A printer's card path that remembers what it did."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def ready(self, order: Order) -> None: ...

    def feed(self, order: Order) -> str:
        return "RP001"

    def to_chip_position(self) -> None: ...

    def print(self, prepared: None, seconds: float) -> None:
        self.done.append("print")

    def eject(self) -> None:
        self.done.append("eject")

    def reject(self) -> None:
        self.done.append("reject")


class Lying:
    """An encoder with cards that lie there, in-process; each connection resets the card."""

    def __init__(self, card: VirtualChip | Torn) -> None:
        self._card = card

    def connect(self, order_id: uuid.UUID) -> CardConnection:
        self._card.reset()
        return self._card

    def close(self) -> None: ...


class Torn:
    """A chip that leaves the field at one APDU: before the chip has it, or before the reader has the answer."""

    def __init__(self, chip: VirtualChip, at: int, *, answered: bool) -> None:
        self.uid, self.atr = chip.uid, chip.atr
        self.memory = chip.memory
        self._chip, self._left, self._answered = chip, at, answered

    def reset(self) -> None:
        self._chip.reset()

    def transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self._left -= 1
        if self._left == -1 and self._answered:
            self._chip.transmit(apdu)
        if self._left < 0:
            raise ChipError("card-again", "transmit", None)
        return self._chip.transmit(apdu)


Produce = Callable[[ChipPart, object], tuple[Machine, Workbench]]


@pytest.fixture
def produce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Produce]:
    """Make one order with an encoder, as a station does. That the journal lasts is proved elsewhere."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    journals = []

    def make(content: ChipPart, encoder: object) -> tuple[Machine, Workbench]:
        order, machine = composed.order(chip=content), Machine()
        journals.append(Journal(tmp_path / f"{order.order_id}.jsonl"))
        journals[-1].write("claim", order.claim_id)
        journals[-1].write("order", order.claim_id, order_id=str(order.order_id))
        station = Workbench(order, journals[-1], encoder, Manager())
        try:
            assert card_path.produce(machine, order, station).outcome is Outcome.DONE
        except CardRejected as error:
            machine.done.append(str(error))
        return machine, station

    yield make
    for journal in journals:
        journal.close()


@pytest.fixture
def reader(pcscd: Pcscd) -> Iterator[PcscReader]:
    encoder = pcsc.open(Settings(reader=SLOTS[0], card_seconds=3, answer_seconds=2), None)  # type: ignore[arg-type]
    yield encoder
    encoder.close()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_chip_is_made_and_read_behind_the_real_pcscd(
    pcscd: Pcscd, reader: PcscReader, produce: Produce, profile: str
) -> None:
    """Personalised, read back, locked, opened through PACE or BAC; every byte, each key and the signature are right."""
    content = part(profile)
    chip = VirtualChip(Memory.new(UID))
    pcscd.insert(chip)
    machine, station = produce(content, reader)
    assert machine.done == ["print", "eject"]
    assert station.result(Outcome.DONE).chip_uid == UID
    reading = emrtd.read_chip(reader.connect(CLAIM), content.access)
    assert reading.files == content.files
    assert reading.proofs == dict.fromkeys(content.keys, True)
    verdict = verify(reading.files, [chips.authority().certificate], at=AT).verdict
    assert verdict is Verdict.VALID
    assert chip.memory.state.personalised


def test_a_used_card_and_cards_of_a_wrong_kind_are_rejected_before_printing(
    pcscd: Pcscd, reader: PcscReader, produce: Produce
) -> None:
    """Told apart in one go: laid into the reader without taking the last one's place would take 0.4 s each."""
    used = VirtualChip(Memory.new(UID, personalised=True, applet="generic-globalplatform"))
    pcscd.insert(used)
    machine, station = produce(part(), reader)
    assert (station.current_step, machine.done[0]) == ("check", "reject")
    assert "a used card lay among the blanks" in machine.done[1]
    used.memory.state.personalised, used.memory.state.applet = False, "jmrtd-applet"
    machine, station = produce(part(), reader)
    assert (station.current_step, machine.done[0]) == ("check", "reject")
    assert "the chip is of the wrong kind" in machine.done[1]
    used.memory.state.applet = "generic-globalplatform"
    machine, station = produce(part("jmrtd-applet"), reader)
    assert (station.current_step, machine.done[0]) == ("check", "reject")


@pytest.mark.parametrize(("at", "step"), [(0, "check"), (6, "encode"), (14, "read_back"), (20, "lock"), (30, "verify")])
def test_a_card_torn_out_behind_pcscd_spoils_itself_only(
    pcscd: Pcscd, reader: PcscReader, produce: Produce, at: int, step: str
) -> None:
    """Each leaves the reader ready for the next card."""
    pcscd.insert(Torn(VirtualChip(Memory.new(UID)), at, answered=False))
    machine, station = produce(part(size=SMALLEST), reader)
    assert station.current_step == step
    assert "reject" in machine.done
    assert "eject" not in machine.done
    pcscd.clear()
    pcscd.insert(VirtualChip(Memory.new(UID)))
    machine, _ = produce(part(size=SMALLEST), reader)
    assert machine.done == ["print", "eject"]


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_card_torn_out_at_every_single_apdu(produce: Produce, profile: str, answered: bool) -> None:
    """SPOILED, in the tray, the step named; and what is on the card is blank, or known to be used, or whole."""
    content, at, steps = part(profile, SMALLEST), 0, []
    while True:
        torn = Torn(VirtualChip(Memory.new(UID)), at, answered=answered)
        machine, station = produce(content, Lying(torn))
        if machine.done[-1] == "eject":
            break
        assert machine.done[-2] == "reject"
        assert "eject" not in machine.done
        assert station.result(Outcome.SPOILED).step == station.current_step
        steps.append(station.current_step)
        again = Personalisation(VirtualChip(torn.memory), content, load(profile), CLAIM, Manager())
        if torn.memory.blank:
            again.check_blank()
        else:
            with pytest.raises(CardRejected, match="used card"):
                again.check_blank()
        if torn.memory.state.personalised:
            read = emrtd.read_chip(VirtualChip(torn.memory), content.access)
            assert read.files == content.files
        at += 1
    assert list(dict.fromkeys(steps)) == ["check", "encode", "read_back", "lock", "verify"]
    assert at > 30


def scp03_room(room: int) -> int:
    """Bytes of plain data when they are padded to whole blocks and a MAC of eight bytes comes after (Amendment D)."""
    return (room - 8) // 16 * 16 - 1


def messaging_room(room: int) -> int:
    """Bytes of plain data in DO'87' beside DO'99' and DO'8E' (Doc 9303-11, 9.8.4) with AES."""
    return max(n for n in range(room) if (n // 16 + 1) * 16 + 1 + (3 if n < 239 else 4) + 4 + 10 <= room)


def fewest_commands(content: ChipPart, command: int, response: int) -> int:
    """What no implementation could do without on a card of these lengths: SELECT; SCP03; the content as one stream of
    STORE DATA; each file read once through SCP03; lock; EF.CardAccess, PACE, SELECT; of each file the header and then
    the rest, once, through secure messaging; active and chip authentication, and one command with the new keys."""
    files = content.files
    stream = sum(len(data) + 5 for data in files.values()) + sum(len(key) + 5 for key in content.keys.values()) + 45
    written = math.ceil(stream / scp03_room(command))
    back = sum(math.ceil(len(data) / scp03_room(response)) for data in files.values())
    opened = [data for name, data in files.items() if name != "CardAccess"]
    verified = sum(1 + math.ceil((len(data) - 4) / messaging_room(response)) for data in opened)
    return 1 + 2 + written + back + 1 + (2 + 5 + 1) + verified + 1 + 3


@pytest.mark.parametrize(
    ("lengths", "command", "response"),
    [
        ({}, 32_767 - 9, 32_767 - 2),
        ({"command_bytes": 2000, "response_bytes": 1000}, 2000 - 9, 1000 - 2),
        ({"extended": False}, 255, 256),
    ],
    ids=["32767", "1000", "short"],
)
def test_hardly_more_commands_than_the_fewest(lengths: dict[str, int], command: int, response: int) -> None:
    """At most ten more, whatever lengths the card says it takes."""
    link = Link(VirtualChip(Memory.new(UID, **lengths)), apdu_seconds=0, bits_per_second=10**12)
    work = Personalisation(link, part(), load(part().profile), CLAIM, Manager())
    for step in STEPS:
        getattr(work, step)()
    fewest = fewest_commands(part(), command, response)
    assert fewest <= link.exchanges <= fewest + 10
