"""What goes wrong at a station: how each machine shows it, what the order becomes, and what the operator reads.

A workplace is a machine and the folder of its station: `set_up` brings a fault about, `repair` is the operator's hands.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from flask import Flask

from card_drivers.order import DeviceStatus, Order, Outcome, Result
from card_drivers.simulators.machine import IN_THE_MACHINE, Simulation
from issuance.web.frame import i18n
from issuance.web.words import machines
from tests import composed
from tests.contract.evolis_emulator import COVER_OPEN, OFF, Printer, Service, print_center
from tests.contract.fault_process import Plan
from tests.unit.station import test_crash
from tests.unit.station.fake_register import TOKEN
from tests.unit.station.orders import make_order

DONE, NOT_DONE, DEVICE, JOURNAL = 0, 4, 5, 6
"""Exit codes of the station."""
HURRY = ["--poll", "0.01"]


class Workplace(Protocol):
    """One machine and its station's folder."""

    folder: Path
    station: list[str]

    def order(self) -> Order: ...

    def set_up(self, fault: Fault) -> None: ...

    def kill_as_it_strikes(self, process: int) -> None: ...

    def repair(self) -> None: ...

    def holds_a_card(self) -> bool: ...

    def check(self, order: Order, results: list[Result]) -> None:
        """No twin, nothing lost: what the register heard is what lies in the trays."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. `exit` and `outcome` are of the station that meets it: None while it waits for hands.

    `says` is the next step, which the operator reads in both languages. `machine` is how a machine of that name is
    made to show it; a machine that is not there cannot.
    """

    exit: int
    outcome: Outcome | None
    says: dict[str, str]
    machine: dict[str, object]
    plan: Plan = field(default_factory=Plan)


def _conditions(*names: str) -> dict[str, list[str]]:
    return {"conditions": [*names]}


def _events(*names: str) -> dict[str, list[str]]:
    return {"events": [*names]}


def _late_feeder(printer: Printer) -> None:
    """It looks full, and gives no blank."""
    printer.state, insert = "READY,PRINTER_READY", printer._insert

    def give_none(to_chip: bool) -> str:
        printer.struck()
        printer.feeder, printer.state, printer._insert = 0, "", insert  # type: ignore[method-assign]
        return insert(to_chip)

    printer._insert = give_none  # type: ignore[method-assign]


def _never_answer(method: str, printer: Printer) -> None:
    """The service does what it was asked, and says nothing until its client gives up."""

    def hold(called: str, link: object, answer: bytes) -> bool:
        if called != method:
            return False
        printer.spell = None
        printer.struck()
        link.recv(1)  # type: ignore[attr-defined]
        return True

    printer.spell = hold


SIM, EVOLIS = "simulator", "evolis"
FAULTS = {
    "feeder empty": Fault(
        DONE,
        None,
        {"en": "The feeder is empty: put blanks in.", "ro": "Alimentatorul este gol: puneți blanchete."},
        {SIM: _conditions("feeder-empty"), EVOLIS: {"feeder": 0}},
    ),
    "no blank comes": Fault(
        NOT_DONE,
        Outcome.NOT_STARTED,
        {"en": "oad blanks.", "ro": "uneți blanchete."},
        {SIM: _events("no-blank"), EVOLIS: _late_feeder},
    ),
    "ribbon out": Fault(
        DONE,
        None,
        {"en": "The ribbon is used up: put a new one in.", "ro": "Ribonul s-a terminat: puneți unul nou."},
        {SIM: _conditions("ribbon-out"), EVOLIS: {"ribbon": 0}},
    ),
    "ribbon breaks mid-card": Fault(
        NOT_DONE,
        Outcome.SPOILED,
        {"en": "Change the ribbon.", "ro": "Schimbați ribonul."},
        {SIM: _events("ribbon-breaks"), EVOLIS: {"fault": "ribbon"}},
    ),
    "door open": Fault(
        DONE,
        None,
        {"en": "The cover is open: close it.", "ro": "Capacul este deschis: închideți-l."},
        {SIM: _conditions("cover-open"), EVOLIS: {"state": COVER_OPEN}},
    ),
    "door opened mid-card": Fault(
        DEVICE,
        None,
        {"en": "lose", "ro": "nchideți"},
        {SIM: _events("cover-opened"), EVOLIS: {"fault": "cover"}},
    ),
    "card jam": Fault(
        NOT_DONE,
        Outcome.SPOILED,
        {"en": "remove the card", "ro": "scoateți cardul"},
        {SIM: _events("jam"), EVOLIS: {"fault": "jam"}},
    ),
    "printer off": Fault(
        DONE,
        None,
        {"en": "switch it on", "ro": "porniți-o"},
        {SIM: _conditions("offline"), EVOLIS: {"state": OFF}},
    ),
    "printer off mid-card": Fault(
        DEVICE,
        None,
        {"en": "switch it on", "ro": "porniți-o"},
        {SIM: _events("switched-off"), EVOLIS: {"fault": "off"}},
    ),
    "link lost mid-card": Fault(
        NOT_DONE,
        Outcome.SPOILED,
        {"en": "The card is in the reject tray: destroy it.", "ro": "Cardul este în tava de rebuturi: distrugeți-l."},
        {SIM: _events("link-lost"), EVOLIS: {"fault": "power"}},
    ),
    "answer late": Fault(
        NOT_DONE,
        Outcome.SPOILED,
        {"en": "The card is in the reject tray: destroy it.", "ro": "Cardul este în tava de rebuturi: distrugeți-l."},
        {EVOLIS: partial(_never_answer, "PRINT.SetBitmap")},
    ),
    "print without end": Fault(
        NOT_DONE,
        Outcome.SPOILED,
        {"en": "remove what is stuck", "ro": "scoateți ce s-a blocat"},
        {SIM: _events("late"), EVOLIS: {"fault": "endless"}},
        Plan(print_seconds=3),
    ),
    "clock an hour wrong": Fault(
        DONE,
        Outcome.DONE,
        {"en": "set its time and its time zone", "ro": "potriviți-i ora și fusul orar"},
        {SIM: _events(), EVOLIS: {}},
        Plan(clock_seconds=3600),
    ),
    "disk full": Fault(
        JOURNAL,
        None,
        {"en": "make room on its disk", "ro": "faceți loc pe disc"},
        {SIM: _events(), EVOLIS: {}},
        Plan(full_at="print"),
    ),
}


@cache
def _pages() -> Flask:
    app = Flask(__name__)
    i18n.init_app(app)
    return app


def words(language: str, results: list[Result], statuses: list[DeviceStatus]) -> str:
    """What the operator reads: of the order that went wrong, and on the station's page."""
    with _pages().test_request_context(f"/?lang={language}"):
        told = [machines.trouble_words(result.trouble) for result in results]
        for status in statuses[-1:]:
            told += [machines.device_reason(reason) for reason in status.reasons]
            told.append(machines.trouble_words(status.trouble))
        return " ".join(told)


class Simulated:
    """The simulator, with a chip in each blank."""

    def __init__(self, folder: Path) -> None:
        self.folder = test_crash.fill(folder)
        self.station = ["--printer", SIM, *HURRY]
        self._machine = Simulation(folder / "simulator")

    def order(self) -> Order:
        return make_order(faces=test_crash.SMALL)

    def set_up(self, fault: Fault) -> None:
        (self._machine.directory / "faults.json").write_text(json.dumps(fault.machine[SIM]))

    def kill_as_it_strikes(self, process: int) -> None:
        """The machine is in the process itself (`fault_process`)."""

    def repair(self) -> None:
        (self._machine.directory / "faults.json").unlink(missing_ok=True)
        self._machine.change_ribbon()

    def holds_a_card(self) -> bool:
        job = self._machine.machine().job
        return job is not None and job.place in IN_THE_MACHINE

    def check(self, order: Order, results: list[Result]) -> None:
        test_crash.check_blanks(self.folder)
        test_crash.check_result(self.folder, order, results)


class Emulated:
    """The emulator of Print Center; its blanks have neither chip nor serial."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self.station = ["--printer", EVOLIS, *HURRY]
        self._printer, self._full = service.printer, service.printer.feeder
        (folder / "token").write_text(TOKEN)
        quick = {"least_print_seconds": 0.05, "poll_seconds": 0.01, "call_seconds": 5}
        quick |= {"port": service.port, "without_uv": True}
        (folder / "settings.json").write_text(json.dumps({"revision": 0, "settings": {"printer": quick}}))

    def order(self) -> Order:
        return make_order(chip=None, faces=composed.faces("RP-R")[:1])

    def set_up(self, fault: Fault) -> None:
        wanted = fault.machine[EVOLIS]
        if callable(wanted):
            wanted(self._printer)
            return
        assert isinstance(wanted, dict)
        for name, value in wanted.items():
            setattr(self._printer, name, value)

    def kill_as_it_strikes(self, process: int) -> None:
        self._printer.struck = partial(os.kill, process, signal.SIGKILL)

    def repair(self) -> None:
        printer = self._printer
        printer.state, printer.fault, printer.spell, printer.struck = "", "", None, lambda: None
        printer.feeder, printer.ribbon, printer.busy_until = self._full - printer.taken, 200, 0.0

    def holds_a_card(self) -> bool:
        return self._printer.card is not None

    def check(self, order: Order, results: list[Result]) -> None:
        """A printer that reads no serials counts: an order spoiled before it had a blank has no card in the tray."""
        printer, outcomes = self._printer, [result.outcome for result in results]
        assert printer.card is None, "a card was left in the machine"
        assert printer.taken == len(printer.tray) + len(printer.rejected)
        assert len(printer.tray) == outcomes.count(Outcome.DONE) <= 1
        assert len(printer.rejected) <= outcomes.count(Outcome.SPOILED)
        assert outcomes[-1] in (Outcome.DONE, Outcome.SPOILED)
        assert set(outcomes[:-1]) <= {Outcome.NOT_STARTED}
        for result in results:
            assert result.digests in ({}, order.digests())


@contextmanager
def workplace(machine: str, folder: Path) -> Iterator[Workplace]:
    """A machine of this name and the folder of its station."""
    folder.mkdir(parents=True, exist_ok=True)
    if machine == SIM:
        yield Simulated(folder)
        return
    with print_center() as service:
        yield Emulated(folder, service)


def arguments(place: Workplace, url: str) -> list[str]:
    """The command line of its station, for one cycle."""
    return test_crash.arguments(place.folder, url, place.station)


Row = Callable[[str, str], bool]


def rows(wanted: Row = lambda name, machine: True) -> list[tuple[str, str]]:
    """Every fault on every machine that can show it."""
    return [(name, machine) for name, fault in FAULTS.items() for machine in fault.machine if wanted(name, machine)]
