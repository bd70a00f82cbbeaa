"""Servers, workers and stations as processes of their own, each with a data folder of its own, on one PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from card_drivers.simulators.machine import Blank as Loaded
from card_drivers.simulators.machine import Simulation
from issuance.actors import SYSTEM
from issuance.clock import SystemClock
from issuance.db import Database
from issuance.demo import supply
from issuance.keys import open_document_signer, open_signer
from issuance.models.audit import AuditUnlinked
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.stock import Blank
from issuance.services import centres
from issuance.services.production import shifts
from issuance.services.stations import tokens
from issuance.services.trust import audit_proofs
from issuance.settings import KEY_NAMES, Settings, make_key_file, write_once
from tests.counterparts import free_port
from tests.drill import TID
from tests.people import EVENT_KEY, VAULT_KEY, SmallOffice, changed

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
BLANKS = 12


@dataclass
class Hosts:
    """The register at `url`, and what runs on it, by name."""

    url: str
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = self.folder / "keys"
        settings = Settings(var=self.folder, demo=True)
        for name, key in (("vault", VAULT_KEY), ("audit-events", EVENT_KEY)):
            write_once(self.keys / name, key)
        for each in KEY_NAMES:
            make_key_file(settings, each)
        for opened in (open_signer(settings, SystemClock()), open_document_signer(settings, SystemClock())):
            opened.close()
        self.office = SmallOffice(Database(self.url), SystemClock())  # type: ignore[arg-type]

    def approved(self, number: int) -> UUID:
        """Another request whose document is approved; its id."""
        letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:03}")
        case = self.office.carry("approved", changed(TID, given_names=letters, case_reference=f"2026/TM/{number:04}"))
        return case.request_id

    def server(self, name: str) -> None:
        """A server that leaves the background to workers; it is waited for."""
        self.ports.append(free_port())
        self._start(name, "app", LIMAN_WORKERS="apart", LIMAN_LISTEN=f"127.0.0.1:{self.ports[-1]}")
        self.until(lambda: self._answers(self.ports[-1]), f"{name} answers")

    def worker(self, name: str) -> None:
        """A worker."""
        self._start(name, "flask", "--app", "app", "worker", LIMAN_WORKERS="apart")

    def station(self, name: str) -> None:
        """A station with blanks, an operator, and the next of the servers."""
        state = self.folder / name
        state.mkdir()
        serials = [f"{name}-{number:03}" for number in range(BLANKS)]
        with self.office.act(SYSTEM) as act:
            station, token = tokens.add_station(act, name, centres.named(act, "timisoara"))
            supply.bring(act, station, "card", serials)
        with self.office.act(self.office.actors["operator"]) as act:
            shifts.open_shift(act, station)
        Simulation(state / "simulator").load([Loaded(serial=serial, stock="card") for serial in serials])
        (state / "token").write_text(token)
        port = self.ports[len(self.running) % len(self.ports)]
        words = ["--server", f"http://127.0.0.1:{port}", "--poll", "0.3"]
        self._start(
            name, "card_drivers", "station", *words, "--token-file", str(state / "token"), "--state", str(state)
        )

    def _start(self, name: str, *words: str, **environment: str) -> None:
        var = self.folder / f"var-{name}"
        if not var.exists():
            shutil.copytree(self.keys, var / "keys")
        kept = {each: value for each, value in os.environ.items() if not each.startswith("LIMAN_")}
        ours = {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1", "LIMAN_DATABASE_URL": self.url}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, env=kept | ours | environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """As a power cut would."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def end(self) -> None:
        """Everything, as systemd would."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(PATIENCE)
        self.office.database.engine.dispose()

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it holds."""
        begun = time.monotonic()
        while not holds():
            assert time.monotonic() - begun < PATIENCE, f"never: {what}\n{self._logs()}"
            time.sleep(0.2)

    def _logs(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.log")))

    def _answers(self, port: int) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
        return False

    def ready(self) -> list[dict[str, bool]]:
        """What each server says of itself."""
        answers = []
        for port in self.ports:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                answers.append(json.load(answer)["checks"])
        return answers

    def made(self) -> list[tuple[str, str]]:
        """What lies in the trays: order and serial of each card."""
        cards = self.folder.glob("*/simulator/tray/*/card.json")
        return [(card.parent.name[:36], json.loads(card.read_text())["serial"]) for card in cards]

    def leader(self) -> str:
        """The worker that signed heads last, so holds the lock; empty before any did."""
        signed = self.folder.glob("var-*/audit/heads.jsonl")
        newest = max(signed, key=lambda path: path.stat().st_mtime, default=None)
        return newest.parents[1].name.removeprefix("var-") if newest else ""


def states(session: Session) -> tuple[Counter[str], Counter[str], dict[str, str]]:
    """Documents and jobs by state, and the blanks of the stations with theirs."""
    documents = Counter(map(str, session.scalars(select(Document.state))))
    jobs = Counter(map(str, session.scalars(select(PrintJob.state))))
    blanks = select(Blank.serial, Blank.state).where(Blank.stock == "card", Blank.serial.like("station%"))
    return documents, jobs, {serial: str(state) for serial, state in session.execute(blanks)}


def waiting(session: Session) -> int:
    """How many jobs of the background are open that are not of the timetable, and how many events are unlinked."""
    jobs = session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock IS NULL")) or 0
    return jobs + len(session.scalars(select(AuditUnlinked.event_id)).all())


def findings(office: SmallOffice, var: Path) -> list[str]:
    """What a proof of the whole audit finds, by the heads of this host."""
    office.settings = Settings(var=var, demo=True)
    walk, more = audit_proofs.begin(), True
    while more:
        with office.reading() as look:
            more = audit_proofs.step(look, walk)
    return [finding.sentence() for finding in walk.findings()]
