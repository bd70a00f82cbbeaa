"""The simulated personalisation machine: hopper, path, trays and chips as files, so that any process can be killed.

A directory of its own holds `machine.json` (hopper, ribbon, cards since cleaning and current job, replaced atomically
under a lock), `path/` (the pictures of the card in the machine), `tray/<order id>/` and `reject/<order id>/` (pictures
and `card.json`), `desk.json` (the card on a reader beside it), `chips/` (one folder per chip), the blanks'
`card_keys.json` and, written by people and tests, `faults.json`:

    {"conditions": ["cover-open"], "events": ["none", "jam"]}

Conditions last until the script is changed; each order fed takes the next event, which may leave a condition behind.
A ribbon does `RIBBON_CARDS`, and after `CLEANING_CARDS` a cleaning is due.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar
from uuid import UUID

from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from card_drivers.device import Answer, CardRejected, ConfigurationError, DeviceOffline, LinkLost, SuppliesOut
from card_drivers.order import Outcome
from card_drivers.simulators.chip.memory import CardKeys, Memory, read_keys
from card_drivers.troubles import Trouble

POWER_CUT_EXIT = 70  # status of a process that the script's power cut ended
RIBBON_CARDS = 300
CLEANING_CARDS = 1000

Condition = Literal["feeder-empty", "ribbon-out", "cover-open", "offline"]
Event = Literal[
    "none",
    "no-blank",
    "jam",
    "ribbon-breaks",
    "cover-opened",
    "late",
    "switched-off",
    "link-lost",
    "power-cut-before-print",
    "power-cut-while-print",
    "power-cut-after-print",
    "dead-chip",
    "chip-write-failure",
]
REASONS: dict[Condition, str] = {
    "feeder-empty": "media-empty",
    "ribbon-out": "marker-supply-empty",
    "cover-open": "cover-open",
}


IN_THE_MACHINE = ("path", "chip")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")


Kind = TypeVar("Kind", bound=_File)


class Blank(_File):
    """A blank in the hopper: `serial` None on plain paper, `uid` (hex) None without a chip."""

    serial: str | None = None
    stock: str
    uid: str | None = None


class Job(_File):
    """The machine's memory of the last order it fed a blank for, and where that blank is.

    A reader sees it at the contactless position (`chip`) and nowhere else in the machine.
    """

    order_id: UUID
    blank: Blank
    place: Literal["path", "chip", "tray", "reject"] = "path"
    event: Event = "none"


class Machine(_File):
    """What `machine.json` says."""

    hopper: list[Blank] = []
    ribbon: int = RIBBON_CARDS
    since_cleaning: int = 0
    fed: int = 0
    """Cards that it took, ever: its own counter."""

    job: Job | None = None


class FaultScript(_File):
    """What `faults.json` says."""

    conditions: list[Condition] = []
    events: list[Event] = []


class Simulation:
    """The machine in `directory`; ConfigurationError names a file of it that cannot be read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("tray", "reject", "chips"):
            (directory / name).mkdir(parents=True, exist_ok=True)

    def load(self, blanks: list[Blank]) -> int:
        """Put blanks into the hopper, how many lie there now. A serial can be in the machine only once."""
        with self._machine() as machine:
            known = {blank.serial for blank in machine.hopper} | self._used_serials(machine)
            for blank in blanks:
                if blank.serial is not None and blank.serial in known:
                    raise ConfigurationError("blank-loaded-before", serial=blank.serial)
                known.add(blank.serial)
            machine.hopper.extend(blanks)
            return len(machine.hopper)

    def change_ribbon(self) -> None:
        """Put in a new ribbon."""
        with self._machine() as machine:
            machine.ribbon = RIBBON_CARDS

    def clean(self) -> None:
        """Run a cleaning card through."""
        with self._machine() as machine:
            machine.since_cleaning = 0

    def conditions(self) -> list[Condition]:
        """What keeps the machine from working now; an empty hopper and a used ribbon are among them."""
        found, machine = list(self._faults().conditions), self.machine()
        empty: list[tuple[Condition, bool]] = [
            ("feeder-empty", not machine.hopper),
            ("ribbon-out", machine.ribbon < 1),
        ]
        return found + [condition for condition, true in empty if true and condition not in found]

    def machine(self) -> Machine:
        """What the machine says of itself now."""
        with self._machine() as machine:
            return machine

    def hopper(self) -> list[Blank]:
        """The blanks that are left, the next one first."""
        return self.machine().hopper

    def on_the_desk(self) -> Blank | None:
        """The card that lies on the reader beside the machine."""
        desk = self.directory / "desk.json"
        return _read(desk, Blank) if desk.exists() else None

    def lay(self, card: Blank) -> None:
        """Lay a card on that reader."""
        _replace(self.directory / "desk.json", card)

    def take_off(self) -> None:
        """Take the card off it."""
        (self.directory / "desk.json").unlink(missing_ok=True)

    def feed(self, order_id: UUID, stock: str) -> Blank:
        """Take the next blank of `stock` ("" for any) into the path, and the next event of the script with it."""
        self._require_ready()
        with self._machine() as machine:
            if machine.job is not None and machine.job.place in IN_THE_MACHINE:
                self._put(machine.job, "reject")
            blank = next((blank for blank in machine.hopper if stock in ("", blank.stock)), None)
            if blank is None:
                raise SuppliesOut("stock-out", stock=stock)
            event = self._next_event()
            if event == "no-blank":
                self._strike(event)
            machine.hopper.remove(blank)
            machine.fed += 1
            machine.job = Job(order_id=order_id, blank=blank, event=event)
        self._hurt_chip(blank, machine.job.event)
        (self.directory / "path").mkdir()
        return blank

    def to_chip_position(self) -> None:
        """Move the card in the path to the contactless position."""
        with self._machine() as machine:
            if machine.job is not None and machine.job.place == "path":
                machine.job.place = "chip"

    def print_pictures(self, pictures: dict[str, Image.Image], dpi: tuple[int, int] = (300, 300)) -> None:
        """Print the card in the machine: one PNG each, of `dpi`. The script's faults and power cuts strike here."""
        event = self._take_to_the_head().event
        _cut_power(event, "power-cut-before-print")
        for name, picture in pictures.items():
            picture.save(self.directory / "path" / f"{name}.png", dpi=dpi, compress_level=1)
            _cut_power(event, "power-cut-while-print")
            self._strike(event)
        _cut_power(event, "power-cut-after-print")

    def eject(self, place: Literal["tray", "reject"]) -> None:
        """Put the card in the path into the output or the reject tray; an open or dead machine moves none."""
        self._require_moving()
        with self._machine() as machine:
            if machine.job is not None and machine.job.place in IN_THE_MACHINE:
                self._put(machine.job, place)

    def recover(self, order_id: UUID) -> Answer:
        """Clear the path as after power-up, and say what became of the order from the machine's own memory."""
        self._require_moving()
        with self._machine() as machine:
            job = machine.job
            if job is None or job.order_id != order_id:
                return Answer(Outcome.NOT_STARTED, trouble=Trouble.of("no-blank-taken"))
            if job.place in IN_THE_MACHINE:
                self._put(job, "reject")
            if job.place == "tray":
                return Answer(Outcome.DONE, job.blank.serial)
            return Answer(Outcome.SPOILED, job.blank.serial, trouble=Trouble.of("card-in-reject-tray"))

    def locate(self, order_id: UUID) -> Blank | None:
        """The card of an order, at the contactless position or in the output tray."""
        job = self.machine().job
        if job is not None and job.order_id == order_id and job.place == "chip":
            return job.blank
        card = self.directory / "tray" / str(order_id) / "card.json"
        return _read(card, Blank) if card.exists() else None

    def chip(self, uid: str) -> Memory:
        """What the chip holds; a chip never touched is blank."""
        return Memory.read(uid, self.directory / "chips" / bytes.fromhex(uid).hex())

    def card_keys(self) -> CardKeys:
        """The card-manager keys of this machine's blanks."""
        return read_keys(self.directory / "card_keys.json")

    def _require_moving(self) -> None:
        """An error when the machine can move no card now."""
        scripted = self._faults().conditions
        if "offline" in scripted:
            raise DeviceOffline("printer-off")
        if "cover-open" in scripted:
            raise DeviceOffline("cover-open")

    def _require_ready(self) -> None:
        self._require_moving()
        match self.conditions():
            case []:
                return
            case ["feeder-empty", *_]:
                raise SuppliesOut("feeder-empty")
            case _:
                raise SuppliesOut("ribbon-used-up")

    def _put(self, job: Job, place: Literal["tray", "reject"]) -> None:
        """Move the pictures first: when the power goes in between, the tray is the truth."""
        path, tray = self.directory / "path", self._free_place(place, job.order_id)
        delivered = self.directory / "tray" / str(job.order_id)
        if not path.exists() and delivered.exists():
            job.place = "tray"
            return
        path.mkdir(exist_ok=True)
        _replace(path / "card.json", job.blank)
        path.rename(tray)
        job.place = place

    def _free_place(self, tray: str, order_id: UUID) -> Path:
        """A second card of the same order lies beside the first: it must be seen, not overwritten."""
        place, number = self.directory / tray / str(order_id), 1
        while place.exists():
            number += 1
            place = self.directory / tray / f"{order_id}-{number}"
        return place

    def _strike(self, event: Event) -> None:
        """The fault of the script, in the middle of an order."""
        match event:
            case "no-blank":
                self._leave_condition("feeder-empty")
                raise SuppliesOut("feeder-empty")
            case "jam":
                raise CardRejected("card-jam")
            case "late":
                raise CardRejected("print-late")
            case "ribbon-breaks":
                with self._machine() as machine:
                    machine.ribbon = 0
                raise CardRejected(Trouble.of("print-stopped", state="ribbon").then(Trouble.of("change-ribbon")))
            case "cover-opened":
                self._leave_condition("cover-open")
                raise CardRejected(Trouble.of("print-stopped", state="cover").then(Trouble.of("close-cover")))
            case "switched-off":
                self._leave_condition("offline")
                raise LinkLost(Trouble.of("printer-off").then(Trouble.of("card-perhaps-inside")))
            case "link-lost":
                raise LinkLost(Trouble.of("check-printer").then(Trouble.of("card-perhaps-inside")))
            case _:
                return

    def _leave_condition(self, condition: Condition) -> None:
        script = self._faults()
        script.conditions.append(condition)
        _replace(self.directory / "faults.json", script)

    def _hurt_chip(self, blank: Blank, event: Event) -> None:
        if blank.uid is None or event not in ("dead-chip", "chip-write-failure"):
            return
        chip = self.chip(blank.uid)
        chip.state.dead, chip.state.failing = event == "dead-chip", event == "chip-write-failure"
        chip.keep()

    def _take_to_the_head(self) -> Job:
        with self._machine() as machine:
            assert machine.job is not None, "feed comes first"
            machine.job.place = "path"
            machine.ribbon -= 1
            machine.since_cleaning += 1
            return machine.job

    def _used_serials(self, machine: Machine) -> set[str | None]:
        cards = self.directory.glob("*/*/card.json")
        return {_read(card, Blank).serial for card in cards} | ({machine.job.blank.serial} if machine.job else set())

    def _faults(self) -> FaultScript:
        path = self.directory / "faults.json"
        return _read(path, FaultScript) if path.exists() else FaultScript()

    def _next_event(self) -> Event:
        script = self._faults()
        if not script.events:
            return "none"
        event = script.events.pop(0)
        _replace(self.directory / "faults.json", script)
        return event

    @contextmanager
    def _machine(self) -> Iterator[Machine]:
        """The machine's state, kept when the block ends well."""
        path = self.directory / "machine.json"
        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            machine = _read(path, Machine) if path.exists() else Machine()
            before = machine.model_copy(deep=True)
            yield machine
            if machine != before:
                _replace(path, machine)


def _cut_power(event: Event, here: Event) -> None:
    if event == here:
        os._exit(POWER_CUT_EXIT)


def _read(path: Path, kind: type[Kind]) -> Kind:
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigurationError("file-wrong", path=str(path), place=place, said=first["msg"]) from error


def _replace(path: Path, content: _File) -> None:
    """Write a file so that a killed process leaves the old one or the new one."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w") as file:
        file.write(content.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
