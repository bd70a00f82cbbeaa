"""One small office with its real server and stations: what its people do, and how all of it comes to rest."""

from __future__ import annotations

import json
import os
import pickle
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import make_url, select, text

from card_drivers.order import Order, Outcome, Result
from card_drivers.simulators.machine import Simulation
from card_drivers.station.identity import Identity
from card_drivers.station.journal import FILE, claims
from issuance.db import Database
from issuance.models.documents import Document
from issuance.models.production import Contradiction, PrintJob, StepAside
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.office import Office
from issuance.settings import Settings
from issuance.states import DocumentState, JobState, RequestState
from tests.counterparts import free_port
from tests.crash import child, people
from tests.crash.grounds import MEMORY
from tests.crash.lines.network import line_to
from tests.crash.lines.wire import wire_to
from tests.crash.points import Case, Fault
from tests.people import LAYLA, SmallOffice, changed

PATIENCE = 240.0
"""Seconds after which what should come to pass shows that it is stuck: as many looks, which take as much longer as the
machine has less for all of us."""

A_LOOK = 0.05  # seconds

TIMES = 10
"""How often somebody does again what the page did not take."""

GIVEN_TIME = 3.0
"""How long people wait for a station before they see to what it left."""

PERIODIC_NOW = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND queueing_lock LIKE 'periodic:%'"
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
RUNNING = (JobState.PREPARING, JobState.QUEUED, JobState.CLAIMED)
TID = changed(LAYLA, document_type="TID", status="applicant", decision_number="", decision_date=None)


class Stuck(AssertionError):
    """What should have come to pass did not."""


@dataclass
class Floor:
    """The office in `folder` with its register at `url`."""

    folder: Path
    url: str
    case: Case | None = None
    did: list[str] = field(default_factory=list)
    """What the people had to do because of the fault."""

    running: dict[str, Any] = field(default_factory=dict)
    numbers: int = 0
    told: dict[str, str] = field(default_factory=dict)
    """What the server is told beside what all are."""

    wrong: float = 0.0
    """Seconds by which the clock of its stations is wrong."""

    def __post_init__(self) -> None:
        self.settings = Settings(var=self.folder / "var", demo=True, database_url=self.url, station_silence_seconds=0)
        self.memory = pickle.loads((self.folder / MEMORY).read_bytes())
        self.database = Database(self.url)
        register = Office(self.settings, self.database, child.clock(self.folder))
        self.office: SmallOffice = people.office_of(register, self.memory)
        self.port, self.station_port, self.wired = free_port(), 0, self.url
        self.asked: dict[str, float] = {}

    def remember(self) -> None:
        """Keep what the office knows beside its register; nothing of it is open afterwards."""
        (self.folder / MEMORY).write_bytes(pickle.dumps(self.office.memory))
        self.database.engine.dispose()

    # What is prepared

    def person(self, lodging: Any = TID) -> Any:
        """Somebody new."""
        self.office.memory.made.clear()
        self.numbers += 1
        first, second = divmod(self.numbers, 26)
        name = f"Layla{LETTERS[first]}{LETTERS[second]}"
        return changed(lodging, given_names=name, native_name="", case_reference=f"2026/TM/{self.numbers:04}")

    def machine(self, name: str = "s1") -> Simulation:
        """The machine of a station, which knows the truth of what was printed."""
        return Simulation(self.folder / name / "simulator")

    def by_hand(self, order: Order, tray: str = "tray") -> dict[str, Any]:
        """The machine makes an order; the report of it."""
        machine = self.machine()
        blank = machine.feed(order.order_id, order.stock)
        machine.print_pictures({})
        machine.eject(tray)  # type: ignore[arg-type]
        outcome = Outcome.DONE if tray == "tray" else Outcome.SPOILED
        return result(order, outcome, blank_serial=blank.serial, chip_uid=blank.uid, digests=order.digests())

    def given(self, lodging: Any = TID) -> Order:
        """Somebody's order as the station has it, with the leave to make it."""
        case = self.office.carry("claimed", self.person(lodging))
        assert case.claim is not None
        return self.office.leave(self.office.order(case.claim))

    def made(self, lodging: Any = TID) -> tuple[UUID, UUID]:
        """Somebody's document is made and told; request and document."""
        order = self.given(lodging)
        assert self.office.report(Result.model_validate(self.by_hand(order))) is None
        with self.office.reading() as look:
            document = look.session.get_one(PrintJob, order.order_id).document
            return document.request_id, document.id

    def delivered(self) -> UUID:
        """Somebody has their document; its id."""
        request, document = self.made()
        people.ACTS["check"](self.office, document)
        people.ACTS["hand_over"](self.office, request)
        return document

    # Processes

    @contextmanager
    def open(self) -> Iterator[None]:
        """The server runs with the fault of the case, until the block ends."""
        with ExitStack() as stack:
            self.station_port = stack.enter_context(line_to(self.port, self.folder, self.case))
            self.wired = stack.enter_context(self._wire())
            stack.callback(self.database.engine.dispose)
            stack.callback(self._end)
            apart = self.case is not None and self.case.fault is Fault.WORKER
            self.start_server(None if apart else self.case)
            if apart:
                self.start_worker(self.case)
            yield

    @contextmanager
    def _wire(self) -> Iterator[str]:
        """The address of the register for its server: by a wire when that is what is struck."""
        case = self.case
        if case is None or case.point.kind not in child.OF_A_COMMIT or case.fault not in child.OF_THE_WIRE:
            yield self.url
            return
        url = make_url(self.url)
        with wire_to((str(url.host), int(url.port or 0)), self.folder, case.fault) as port:
            yield url.set(port=port).render_as_string(hide_password=False)

    def _end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.join()

    def _environment(self) -> tuple[tuple[str, str], ...]:
        told = self.told | {
            "LIMAN_VAR": self.settings.var,
            "LIMAN_DATABASE_URL": self.wired,
            "LIMAN_DEMO": "1",
            "LIMAN_STATION_SILENCE_SECONDS": "0",
            "LIMAN_LISTEN": f"127.0.0.1:{self.port}",
        }
        if self.case is not None and self.case.fault is Fault.WORKER:
            told["LIMAN_WORKERS"] = "apart"
        return tuple((name, str(value)) for name, value in told.items())

    def start_worker(self, case: Case | None = None) -> None:
        """Start a worker of its own."""
        self.running["worker"] = child.start(child.worker, child.Plan(self.folder, case, self._environment()))

    def start_server(self, case: Case | None = None) -> None:
        """Start the server, and wait until it answers."""
        (self.folder / "door").unlink(missing_ok=True)
        self.running["server"] = child.start(child.server, child.Plan(self.folder, case, self._environment()))
        self.until(lambda: self._answers() or not self.running["server"].is_alive(), "the server answers")

    def _answers(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
            return (self.folder / "door").exists()
        return False

    def start_station(self, name: str = "s1") -> None:
        """Start a station that does not run yet, with the fault of the case unless it struck."""
        if name in self.running and self.running[name].is_alive():
            return
        state = self.folder / name
        words = ["station", "--server", f"http://127.0.0.1:{self.station_port}", "--poll", "0.05"]
        words += ["--token-file", str(state / "token"), "--state", str(state)]
        plan = child.Plan(self.folder, self.case, arguments=tuple(words), clock_seconds=self.wrong)
        self.running[name] = child.start(child.station, plan)

    def restart(self) -> None:
        """Whatever died at the point is started again."""
        for name, process in list(self.running.items()):
            if process.is_alive():
                continue
            process.join()
            self._note(f"{name} started again" if process.exitcode == -signal.SIGKILL else f"{name} ended")
            if name == "worker":
                self.start_worker()
            elif process.exitcode == -signal.SIGKILL:
                self.start_server() if name == "server" else self.start_station(name)
            else:
                del self.running[name]

    # People

    def do(self, name: str, key: UUID, *, refusable: bool = False, **words: Any) -> Any:
        """Somebody does an act; who gets no answer looks, and does it again."""
        again = False
        for _ in range(TIMES):
            try:
                said = child.through_the_door(self.folder, name, {"key": key, **words}, PATIENCE)
            except (OSError, EOFError):
                self.until(lambda: not self.running["server"].is_alive(), "the server is gone")
                self.restart()
                said = people.Broken("no answer")
            if not isinstance(said, people.Refused | people.Broken):
                if again:
                    self._note(f"sent again: {name}")
                return said
            if isinstance(said, people.Refused):
                if not again and not refusable:
                    raise Stuck(f"{name}: {said.sentence}")
                self._note(f"found it done: {name}")
                return None
            again = True
        raise Stuck(f"{name}: {said}")

    def _note(self, what: str) -> None:
        self.did.append(what)

    def until(self, come_true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Wait until something is so; Stuck when it never is."""
        for _ in range(int(patience / A_LOOK)):
            if come_true():
                return
            time.sleep(A_LOOK)
        raise Stuck(f"never: {what}")

    def wait(self, come_true: Callable[[], object], what: str) -> None:
        """The same; whatever dies meanwhile is started again."""

        def true() -> bool:
            self.restart()
            self._wake()
            return bool(come_true())

        self.until(true, what)

    def _wake(self) -> None:
        """A station that was stopped sleeps until its lease is over and its order is held; then it goes on."""
        if self.case is None or self.case.fault is not Fault.STOP or not (self.folder / "struck").exists():
            return
        pid = int((self.folder / "struck").read_text() or 0)
        if not pid or not _is_stopped(pid):
            return
        self.later(3600)
        with suppress(Stuck):
            self.until(lambda: not self.jobs(JobState.CLAIMED), "the lease is over", 40)
        os.kill(pid, signal.SIGCONT)
        self._note("station woken after its lease")

    def later(self, seconds: float) -> None:
        """So much time passes."""
        path = self.folder / "late"
        late = float(path.read_text()) if path.exists() else 0.0
        path.with_suffix(".new").write_text(str(late + seconds))
        path.with_suffix(".new").rename(path)
        time.sleep(2 * child.ONE_READING)  # every process reads it
        if not self.url.startswith("sqlite"):  # whose timetable goes by the clock of the database
            with self.database.transaction() as session:
                session.execute(PERIODIC_NOW)

    def jobs(self, *states: JobState) -> list[PrintJob]:
        """The jobs in these states."""
        with self.office.reading() as look:
            return list(look.session.scalars(select(PrintJob).where(PrintJob.state.in_(states)).order_by(PrintJob.id)))

    # Coming to rest

    def settle(self) -> None:
        """All run, and people see to what is held, until every job has ended and every document has its holder."""
        if "s1" not in self.running and self.jobs(*RUNNING):
            self.start_station()
        self.wait(lambda: self._all_live() and self.rests(), "every job has ended")
        for name in self._stations():
            self.running[name].terminate()
            self.running[name].join(PATIENCE)
            del self.running[name]
        self._carry_on()

    def _all_live(self) -> bool:
        """Whether nobody is dead, nor dying still: who is killed is started again, however late."""
        alive = {each.pid for each in self.running.values() if each.is_alive()}
        word, kills = self.folder / "struck", self.case is not None and self.case.fault in (Fault.KILL, Fault.WORKER)
        dying = int(word.read_text() or 0) if kills and word.exists() else 0
        return len(alive) == len(self.running) and dying not in alive

    def held(self) -> list[PrintJob]:
        """What is held still, after somebody looked."""
        for job in self.jobs(JobState.HELD):
            self._see_to(job)
        return self.jobs(JobState.HELD)

    def rests(self) -> bool:
        """Whether every job has ended and is told; what waits for people they see to."""
        self._choose()
        self.held()
        self.offer_again(GIVEN_TIME)
        self._see_to_contradictions()
        return not self.jobs(*RUNNING, JobState.HELD, JobState.SENT) and not self._at_work()

    def offer_again(self, patience: float) -> None:
        """The operator lets a station try at once what it stepped aside from."""
        with self.office.reading() as look:
            aside = set(look.session.scalars(select(StepAside.request_id)))
        for job in self.jobs(JobState.QUEUED):
            if job.document.request_id in aside and self._patience_ends(f"queued {job.id}", patience):
                self._note("offered again")
                self.do("offer_again", job.id, refusable=True)  # it may have been taken meanwhile

    def _patience_ends(self, what: str, seconds: float) -> bool:
        """Whether people waited long enough; they begin anew then."""
        now = time.monotonic()
        if now - self.asked.setdefault(what, now) < seconds:  # they see it for the first time, and wait
            return False
        self.asked[what] = now
        return True

    def _at_work(self) -> list[UUID]:
        """Orders that a station of ours has not told the end of."""
        return [order for name in self._stations() if (order := open_order(self.folder / name)) is not None]

    def _see_to(self, job: PrintJob) -> None:
        """A person looks into the trays, once the station itself has had its time to say."""
        if job.id in self._at_work() or not self._patience_ends(f"held {job.id}", self._given()):
            return
        card, tray = self.card(job.id)
        if (job.trouble or {}).get("code") == "not-as-ordered":
            tray = "reject"
        outcome = {"tray": Outcome.DONE, "reject": Outcome.SPOILED, "": Outcome.NOT_STARTED}[tray]
        for role in ("supervisor", "administrator") if outcome is Outcome.NOT_STARTED else ("supervisor",):
            self.do("resolve", job.id, outcome=outcome, serial=card, by=role)
        self._note(f"resolved as {outcome}")

    def _given(self) -> float:
        """How long a station has to say it itself; nothing where none runs."""
        return GIVEN_TIME if self._stations() else 0.0

    def _stations(self) -> list[str]:
        """Those that run."""
        return [name for name in self.running if name not in ("server", "worker")]

    def card(self, order: UUID) -> tuple[str, str]:
        """Serial and tray of the card of an order, as eyes see it."""
        for place in ("tray", "reject"):
            for card in self.folder.glob(f"*/simulator/{place}/{order}*/card.json"):
                return json.loads(card.read_text())["serial"] or "", place
        return "", ""

    def _see_to_contradictions(self) -> None:
        """A supervisor finds out: the document stands when its card lies in a tray."""
        with self.office.reading() as look:
            query = select(Contradiction).where(Contradiction.settled_at.is_(None))
            rows = [(row.id, row.job_id, row.job.state) for row in look.session.scalars(query)]
        for key, order, state in rows:
            if state in (JobState.HELD, JobState.CLAIMED):
                continue  # the job first
            self.do("settle_contradiction", key, stands=self.card(order)[1] != "reject")
            self._note("contradiction settled")

    def _choose(self) -> None:
        """Two persons look which machine it is that speaks twice; the one of its own folder lives."""
        with self.office.reading() as look:
            doubted = [row.id for row in look.session.scalars(select(Station).where(Station.doubted_at.is_not(None)))]
        known = Identity(self.folder / "s1" / "identity").known if doubted else None
        for key in doubted:
            if known and self._patience_ends(f"doubted {key}", GIVEN_TIME):
                self.do("choose", key, instance=known.instances[-1])
                self._note("two persons chose")

    def _carry_on(self) -> None:
        """Every document that is made is checked and handed over: nothing is stuck that has a way on."""
        made = select(Document.id).where(Document.state == DocumentState.PERSONALISED)
        ready = select(IssuanceRequest.id).where(IssuanceRequest.state == RequestState.READY)
        for act, query in (("check", made), ("hand_over", ready)):
            with self.office.reading() as look:
                waiting = look.session.scalars(query).all()
            for key in waiting:
                people.ACTS[act](self.office, key)


def result(order: Order, outcome: Outcome, **more: Any) -> dict[str, Any]:
    """A report, as JSON says it."""
    said = {"order_id": order.order_id, "claim_id": order.claim_id, "outcome": outcome}
    return Result.model_validate(said | more).model_dump(mode="json")


def open_order(folder: Path) -> UUID | None:
    """The order whose end the station in this folder has still to tell."""
    if not (folder / FILE).exists():
        return None
    lines = (folder / FILE).read_text().splitlines()
    if not lines or '"event":"closed"' in lines[-1]:
        return None
    *_, last = claims(folder / FILE)
    return last.order_id


def _is_stopped(pid: int) -> bool:
    """Whether the process sleeps by SIGSTOP."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    except OSError:
        return False
