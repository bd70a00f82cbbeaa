"""A register over HTTP, and stations as processes of their own: what the attacks on printing have in common."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from card_drivers.simulators.machine import Blank, Simulation
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.clock import FixedClock
from issuance.demo import supply
from issuance.keys.card_keys import open_card_keys
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.office import Office
from issuance.services.production import shifts
from issuance.services.stations import tokens
from issuance.settings import Settings
from issuance.states import JobState
from tests.fixtures.servers import serving
from tests.people import LAYLA, NOON, SmallOffice, changed

ROOT = Path(__file__).parents[2]
NAMES = ("Layla", "Amina", "Nour", "Sara", "Zahra", "Mariam")
PATIENCE = 40.0
BLANKS = 12


@dataclass
class Workshop:
    """An office with a register at `url`; its clock stands until a test moves it."""

    office: SmallOffice
    url: str
    folder: Path
    approved: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def approve(self) -> str:
        """One more request approved and ready for a station; its document's number."""
        case = self.office.carry("queued", self._person())
        return case.number

    def _person(self) -> Any:
        self.approved += 1
        name, reference = NAMES[self.approved - 1], f"2026/TM/{7000 + self.approved}"
        return changed(LAYLA, given_names=name, native_name="", case_reference=reference)

    def prepare(self) -> None:
        """What the background thread does with new jobs."""
        with self.office.reading() as look:
            waiting = look.session.scalars(select(PrintJob.id).where(PrintJob.state == JobState.PREPARING)).all()
        for job_id in waiting:
            tasks.prepare(self.office, str(job_id))

    def station_folder(self, name: str, token: str) -> Path:
        """The folder of a station with a simulated machine and blanks of its own."""
        folder = self.folder / name
        blanks = [Blank(serial=f"{name}-{n}", stock="card-chip", uid=uid(name, n)) for n in range(1, BLANKS)]
        Simulation(folder / "simulator").load(blanks)
        (keys,) = open_card_keys(self.office.settings).sets
        (folder / "simulator" / "card_keys.json").write_text(keys.model_dump_json(include={"enc", "mac", "dek"}))
        (folder / "token").write_text(token)
        return folder

    def second_station(self, name: str = "s2") -> Path:
        """Another station of the same centre, with an open shift and blanks in the ledger."""
        with self.office.act(SYSTEM) as act:
            station, token = tokens.add_station(act, name, act.session.get_one(Station, self.office.station.id).centre)
            supply.bring(act, station, "card-chip", [f"{name}-{n}" for n in range(1, BLANKS)])
            key = station.id
        with self.office.act(self.office.actors["operator"]) as act:
            shifts.open_shift(act, act.session.get_one(Station, key))
        return self.station_folder(name, token)

    def start(self, folder: Path, *more: str, url: str = "") -> subprocess.Popen[bytes]:
        """The station of a folder as a process; ended at the end of the test."""
        place = ["--token-file", str(folder / "token"), "--state", str(folder), "--poll", "0.1", *more]
        command = [sys.executable, "-m", "card_drivers", "station", "--server", url or self.url, *place]
        with (folder / "station.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stderr=log)
        self.processes.append(process)
        return process

    def once(self, folder: Path) -> int:
        """One cycle of the station of a folder; its exit code."""
        return self.start(folder, "--once").wait(PATIENCE)

    def stop(self) -> None:
        """End every process of ours, whatever state it is in."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            process.wait(PATIENCE)

    def documents(self) -> dict[str, str]:
        """The state of every document, by its number."""
        with self.office.reading() as look:
            return {row.number: str(row.state) for row in look.session.scalars(select(Document))}

    def jobs(self) -> Counter[str]:
        """How many jobs are in each state."""
        with self.office.reading() as look:
            return Counter(str(state) for state in look.session.scalars(select(PrintJob.state)))

    def number_of(self, order_id: str) -> str:
        """The number on a card that lies in a tray."""
        with self.office.reading() as look:
            jobs = look.session.scalars(select(PrintJob)).all()
            return next(job.document.number for job in jobs if str(job.id) == order_id)

    def made(self, *folders: Path) -> list[str]:
        """The number of every card that lies finished in the trays of these stations."""
        cards = [card for folder in folders for card in (folder / "simulator" / "tray").glob("*/card.json")]
        return sorted(self.number_of(card.parent.name[:36]) for card in cards)

    def events(self, prefix: str) -> list[str]:
        """What happened, in order."""
        with self.office.reading() as look:
            query = select(AuditEvent.act).where(AuditEvent.act.startswith(prefix)).order_by(AuditEvent.id)
            return list(look.session.scalars(query))


def uid(name: str, number: int) -> str:
    """The UID of a blank's chip, its own for each station."""
    return f"04{sum(name.encode()) % 256:02x}{number:010x}"


def until(true: Callable[[], object], what: str) -> None:
    """Wait until something is so; fails after PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)


@contextmanager
def opened(database_url: str, folder: Path, **settings: Any) -> Iterator[Workshop]:
    """A workshop on an empty register."""
    apps: list[Flask] = []
    clock = FixedClock(NOON)

    def build(url: str) -> Flask:
        chosen = {"station_silence_seconds": 0} | settings
        made = Settings(var=folder / "var", demo=True, public_url=url, database_url=database_url, **chosen)
        apps.append(create_app(made, clock=clock))
        return apps[0]

    with serving(build) as url:
        register: Office = apps[0].extensions["office"]
        office = SmallOffice(register.database, clock=clock, vault=register.vault)
        office.settings = register.settings
        office.open_shift()
        with office.act(SYSTEM) as act:
            here = act.session.get_one(Station, office.station.id)
            supply.bring(act, here, "card-chip", [f"s1-{n}" for n in range(1, BLANKS)])
        shop = Workshop(office, url, folder)
        try:
            yield shop
        finally:
            shop.stop()
    register.database.engine.dispose()


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop on either database."""
    with opened(database_url, tmp_path) as workshop:
        yield workshop


@pytest.fixture
def s1(shop: Workshop) -> Path:
    """The folder of its first station."""
    return shop.station_folder("s1", shop.office.token)


def an_hour_later(shop: Workshop) -> None:
    """Every lease has ended."""
    shop.office.clock.advance(dt.timedelta(hours=1))
    tasks.hold_expired(shop.office)
