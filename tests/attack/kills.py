"""Server and station killed (SIGKILL) again and again at random instants while documents are made.

`python -m tests.attack.kills URL --kills 200 [--seed 1]` on an empty register; prints what was found, ends with 1 when
a number was printed twice, a blank lost, or the ledger is not what lies in the machine.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from card_drivers.simulators.machine import Blank, Simulation
from issuance import migrate
from issuance.actors import SYSTEM
from issuance.clock import SystemClock
from issuance.db import Database
from issuance.demo import supply
from issuance.keys.card_keys import open_card_keys
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.stock import Blank as Booked
from issuance.services.stations import tokens
from issuance.services.trust import audit_proofs
from issuance.settings import Settings, write_once
from issuance.states import JobState
from tests.people import EVENT_KEY, LAYLA, VAULT_KEY, SmallOffice, changed

ROOT = Path(__file__).parents[2]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OPEN_JOBS = (JobState.PREPARING, JobState.QUEUED, JobState.CLAIMED, JobState.HELD)
PATIENCE = 120.0


@dataclass
class Tally:
    """What was found in the end; `faults` is empty when all is well."""

    kills: Counter[str] = field(default_factory=Counter)
    made: int = 0
    numbers: int = 0
    faults: list[str] = field(default_factory=list)


class Floor:
    """One server and one station as processes, on a register of their own."""

    def __init__(self, url: str, folder: Path, port: int, orders: int) -> None:
        self.settings = Settings(var=folder / "var", demo=True, database_url=url, station_silence_seconds=0)
        self.folder, self.port, self.orders = folder / "station", port, orders
        self.database = Database(url)
        migrate.upgrade(self.database)
        for name, key in (("vault", VAULT_KEY), ("audit-events", EVENT_KEY)):
            write_once(self.settings.var / "keys" / name, key)
        self.office = SmallOffice(self.database, SystemClock())  # type: ignore[arg-type]
        self.office.settings = self.settings
        self._fill()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def _fill(self) -> None:
        """Blanks in machine and ledger, requests approved."""
        serials = [f"K-{n:04}" for n in range(1, 3 * self.orders + 30)]
        with self.office.act(SYSTEM) as act:
            here = act.session.get_one(Station, self.office.station.id)
            supply.bring(act, here, "card-chip", serials)
            tokens.set_limit(act, here, 10_000)
        blanks = [Blank(serial=serial, stock="card-chip", uid=f"04{n:012x}") for n, serial in enumerate(serials)]
        Simulation(self.folder / "simulator").load(blanks)
        (keys,) = open_card_keys(self.settings).sets
        (self.folder / "simulator" / "card_keys.json").write_text(keys.model_dump_json(include={"enc", "mac", "dek"}))
        (self.folder / "token").write_text(self.office.token)
        for number in range(self.orders):
            name = "AMINA" + LETTERS[number // 26] + LETTERS[number % 26]
            person = changed(LAYLA, given_names=name, native_name="", case_reference=f"2026/TM/{5000 + number}")
            self.office.approve(self.office.carry("complete", person).request_id)
        self.office.open_shift()

    def start(self, what: str) -> None:
        """Start one of the two; a server is waited for."""
        environment = os.environ | {
            "LIMAN_VAR": str(self.settings.var),
            "LIMAN_DATABASE_URL": self.settings.database_url,
            "LIMAN_DEMO": "1",
            "LIMAN_STATION_SILENCE_SECONDS": "0",
            "LIMAN_LISTEN": f"127.0.0.1:{self.port}",
        }
        address = f"http://127.0.0.1:{self.port}"
        place = ["--token-file", str(self.folder / "token"), "--state", str(self.folder), "--poll", "0.05"]
        station = ["card_drivers", "station", "--server", address, *place]
        command = [sys.executable, "-m", *(["app"] if what == "server" else station)]
        with (self.folder / f"{what}.log").open("ab") as log:
            self.running[what] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if what == "server":
            self._wait(lambda: self._answers(f"{address}/healthz"), "the server answers")

    def _answers(self, address: str) -> bool:
        with suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return True
        return False

    def kill(self, what: str) -> None:
        """SIGKILL, as a power cut would."""
        process = self.running[what]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def settle(self) -> None:
        """Both run until nothing is open, however slow the machine: patience is for the next job, not for all."""
        while left := self.open_jobs():
            self._wait(lambda left=left: self.open_jobs() < left, f"fewer than {left} jobs are open")

    def open_jobs(self) -> int:
        """How many jobs have no end yet."""
        with self.office.reading() as look:
            return len(look.session.scalars(select(PrintJob.id).where(PrintJob.state.in_(OPEN_JOBS))).all())

    def _wait(self, true: object, what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():  # type: ignore[operator]
            if time.monotonic() > end:
                raise TimeoutError(what)
            time.sleep(0.1)

    def faults(self, tally: Tally) -> None:
        """Compare register, ledger and machine."""
        with self.office.reading() as look:
            jobs = {str(job.id): job.document.number for job in look.session.scalars(select(PrintJob))}
            states = {row.number: str(row.state) for row in look.session.scalars(select(Document))}
            blanks = select(Booked).where(Booked.serial.startswith("K-"))
            booked = {row.serial: str(row.state) for row in look.session.scalars(blanks)}
        tray, reject = (self._cards(place, jobs) for place in ("tray", "reject"))
        feeder = {blank.serial for blank in Simulation(self.folder / "simulator").hopper()}
        tally.numbers, tally.made = len(states), len(tray)
        checks: dict[str, set[str | None]] = {
            "a number on two blanks": twice([*tray.values(), *reject.values()]),
            "made is not personalised": set(tray.values()) ^ named(states, "personalised"),
            "consumed is not in the tray": set(tray) ^ named(booked, "consumed"),
            "spoiled is not in the reject tray": set(reject) ^ named(booked, "spoiled"),
            "the feeder is not what the ledger has": feeder ^ named(booked, "at_station"),
        }
        walk, more = audit_proofs.begin(), True
        while more:
            with self.office.reading() as look:
                more = audit_proofs.step(look, walk)
        tally.faults += [finding.sentence() for finding in walk.findings()]
        tally.faults += [f"{what}: {sorted(map(str, found))}" for what, found in checks.items() if found]

    def _cards(self, place: str, jobs: Mapping[str, str]) -> dict[str | None, str]:
        """What lies in a tray: the number of each card by the serial of its blank."""
        cards = (self.folder / "simulator" / place).glob("*/card.json")
        return {Blank.model_validate_json(card.read_text()).serial: jobs[card.parent.name[:36]] for card in cards}


def twice(numbers: Iterable[str]) -> set[str | None]:
    """Those that occur more than once."""
    return {number for number, count in Counter(numbers).items() if count > 1}


def named(states: Mapping[str, str], state: str) -> set[str | None]:
    """Those that are in a state."""
    return {name for name, each in states.items() if each == state}


def run(url: str, folder: Path, kills: int, seed: int, port: int) -> Tally:
    """Kill at random instants, then let everything come to its end; what was found."""
    chance, tally = random.Random(seed), Tally()
    floor = Floor(url, folder, port, orders=max(6, kills // 3))
    try:
        for what in ("server", "station"):
            floor.start(what)
        for _ in range(kills):
            what = "server" if chance.random() < 0.25 else "station"
            time.sleep(chance.uniform(0.05, 1.2))
            floor.kill(what)
            tally.kills[what] += 1
            floor.start(what)
        floor.settle()
    finally:
        for what in floor.running:
            floor.kill(what)
    floor.faults(tally)
    floor.database.engine.dispose()
    return tally


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack.kills")
    parser.add_argument("url")
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=5999)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    tally = run(options.url, folder, options.kills, options.seed, options.port)
    print(f"{sum(tally.kills.values())} kills ({dict(tally.kills)}), {tally.numbers} numbers, {tally.made} made")
    print("\n".join(tally.faults) or "no number twice, no blank lost, ledger equal to the machine")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
