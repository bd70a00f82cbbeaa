"""A register of one's own with its real server and one real station, to be lost, restored and reconciled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from app import create_app
from card_drivers.simulators.machine import Blank as Loaded
from card_drivers.simulators.machine import Simulation
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.clock import FixedClock, SystemClock
from issuance.db import Database
from issuance.demo import supply
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.recovery import Difference
from issuance.models.stock import Blank
from issuance.services.casework.lodging import Lodging
from issuance.services.recovery import journals, reconciliation
from issuance.services.recovery.reconciliation import Settlement
from issuance.settings import Settings
from issuance.states import JobState
from tests.counterparts import free_port
from tests.people import EVENT_KEY, LAYLA, VAULT_KEY, Memory, SmallOffice, changed

ROOT = Path(__file__).parents[1]
PATIENCE = 240.0
"""Seconds after which something that should come to pass shows that it hangs."""

TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)
BLANKS = 90


class Drill:
    """The data folder `var`, the register at `url`, and who works there."""

    def __init__(self, var: Path, url: str) -> None:
        self.var, self.url = var, url
        self.port = free_port()
        self.state = var / "station"
        self.people = 0
        self.within: dict[str, tuple[str, ...]] = {}
        """What starts a program of this office, by name: a sandbox."""
        keys = var / "keys"
        keys.mkdir(parents=True, mode=0o700)
        (keys / "vault").write_bytes(VAULT_KEY)
        (keys / "audit-events").write_bytes(EVENT_KEY)
        self.memory: Memory | None = None
        with self.office() as office:
            self.memory = office.memory
            office.open_shift()
            serials = [f"CD{number:06d}" for number in range(BLANKS)]
            with office.act(SYSTEM) as act:
                supply.bring(act, office.station, "card", serials)
        self.state.mkdir()
        (self.state / "token").write_text(self.memory.token)
        self.machine = Simulation(self.state / "simulator")
        self.machine.load([Loaded(serial=serial, stock="card") for serial in serials])

    @property
    def environment(self) -> dict[str, str]:
        """What the programs of this office are told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
        listen = f"127.0.0.1:{self.port}"
        ours = {"LIMAN_VAR": str(self.var), "LIMAN_DATABASE_URL": self.url, "LIMAN_LISTEN": listen}
        return kept | ours | {"LIMAN_DEMO": "1", "LIMAN_STATION_SILENCE_SECONDS": "0"}

    def flask(self, *words: str, code: int = 0) -> str:
        """Run a command of the office; what it said."""
        app = create_app(Settings(var=self.var, database_url=self.url, demo=True))
        try:
            with app.app_context():
                done = app.test_cli_runner().invoke(args=words, catch_exceptions=False)
        finally:
            app.extensions["office"].database.engine.dispose()
        assert done.exit_code == code, done.output
        return done.output

    def link_audit(self) -> None:
        """What the server's thread does twice a minute."""
        app = create_app(Settings(var=self.var, database_url=self.url, demo=True))
        tasks.link_audit(app.extensions["office"])
        tasks.sign_heads(app.extensions["office"])
        app.extensions["office"].database.engine.dispose()

    @contextmanager
    def office(self) -> Iterator[SmallOffice]:
        """The office on this register, as its people use it."""
        database = Database(self.url)
        try:
            yield SmallOffice(database, FixedClock(SystemClock().now()), memory=self.memory)
        finally:
            database.engine.dispose()

    def approve(self, count: int) -> list[UUID]:
        """As many new people get a document approved; the documents' ids."""
        with self.office() as office:
            return [office.approve(self._lodged(office)) for _ in range(count)]

    def _lodged(self, office: SmallOffice) -> UUID:
        self.people += 1
        letters = "".join("abcdefghij"[int(digit)] for digit in f"{self.people:03d}")
        person: Lodging = changed(TID, given_names=f"Layla{letters}", case_reference=f"2026/TM/{self.people:04d}")
        request = office.lodge(person)
        office.enrol(request)
        return request

    @contextmanager
    def server(self) -> Iterator[None]:
        """The real server, with its background thread."""
        with self._process("server", "app"):
            self.wait(self._answers)
            yield

    @contextmanager
    def station(self) -> Iterator[None]:
        """The real station with the simulated machine."""
        words = ["card_drivers", "station", "--server", f"http://127.0.0.1:{self.port}", "--poll", "0.05"]
        words += ["--token-file", str(self.state / "token"), "--state", str(self.state)]
        with self._process("station", *words):
            yield

    @contextmanager
    def _process(self, name: str, *words: str) -> Iterator[None]:
        command = [*self.within.get(name, ()), sys.executable, "-m", *words]
        with (self.var / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
            try:
                yield
            finally:
                process.terminate()
                process.wait(60)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait(self, come_true: Callable[[], bool]) -> None:
        """Wait until something came true."""
        begun = time.monotonic()
        while not come_true():
            assert time.monotonic() - begun < PATIENCE, (self.var / "server.log").read_text()[-4000:]
            time.sleep(0.3)

    def wait_until_made(self, count: int) -> None:
        """Wait until the machine has made so many cards, and the register knows of all that were claimed."""
        self.wait(lambda: len(self.made()) >= count and not self.jobs().get(JobState.CLAIMED))

    def jobs(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        with self.office() as office, office.reading() as look:
            query = select(PrintJob.state, func.count()).group_by(PrintJob.state)
            return {state: count for state, count in look.session.execute(query)}

    def made(self) -> dict[UUID, str]:
        """What the machine says that it made: the blank of each order in its output tray; ValueError for two of one."""
        cards = (self.state / "simulator" / "tray").glob("*/card.json")
        return {UUID(card.parent.name): json.loads(card.read_text())["serial"] for card in cards}

    def numbers(self) -> dict[UUID, str]:
        """The document number of each order that the register knows."""
        with self.office() as office, office.reading() as look:
            query = select(PrintJob.id, Document.number).join(Document, Document.id == PrintJob.document_id)
            return {order: number for order, number in look.session.execute(query)}

    def ledger(self) -> dict[str, str]:
        """The ledger's blanks of the drill by serial, with their states."""
        with self.office() as office, office.reading() as look:
            query = select(Blank.serial, Blank.state).where(Blank.serial.like("CD%"))
            return {serial: state for serial, state in look.session.execute(query)}


def is_told(drill: Drill) -> bool:
    """Whether the station told its journal."""
    with drill.office() as office, office.reading() as look:
        row = journals.reconciliation(look, office.station)
        return row is not None and row.read_at is not None


def reconcile(drill: Drill) -> None:
    """The supervisor settles every difference by its first way and lets the station claim again."""
    with drill.office() as office:
        supervisor = office.actors["supervisor"]
        with office.reading(supervisor) as look:
            found = [(each.id, reconciliation.ways(look, each)[0]) for each in look.session.scalars(select(Difference))]
        for difference_id, way in found:
            with office.act(supervisor) as act:
                difference = reconciliation.own_difference(act, difference_id)
                reconciliation.settle(act, difference, Settlement(way, "not in the tray"))
        with office.act(supervisor) as act:
            reconciliation.close(act, office.station, [], "counted the feeder")


def twice(values: list[str]) -> list[str]:
    """What is there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
