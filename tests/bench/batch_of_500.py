"""`python -m tests.bench.batch_of_500`: a batch on simulated stations, watched in Chromium, with pictures of it.

An office on PostgreSQL (server, worker, stations as processes of their own) approves so many temporary documents; the
operator makes one batch of them and starts it. One card is spoiled and one held. Pictures of the lanes and of the
batch, 1440 and 1024 pixels wide, are taken at 10 %, 50 % and the end. Meanwhile the pages are asked again and again.

    python -m tests.bench.batch_of_500 [--jobs 500] [--stations 4] [--pictures DIR]
    python -m tests.bench.batch_of_500 --jobs 5000 --stations 0

Without stations nothing is printed: the pages about so many jobs are measured, some of which were made, held, spoiled.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select, update

from card_drivers.simulators.machine import Blank, FaultScript, Simulation
from issuance import migrate
from issuance.actors import SYSTEM
from issuance.acts import Act
from issuance.db import Database
from issuance.demo import supply
from issuance.models.batches import Batch
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services import centres
from issuance.services.batches import choosing, running
from issuance.services.batches.choosing import Plan
from issuance.services.production import shifts
from issuance.services.stations import tokens
from issuance.services.trust import sessions
from issuance.states import JOBS_MADE, DocumentState, JobState
from tests.counterparts import require
from tests.fixtures.browser import FLAGS
from tests.fixtures.postgres import running_cluster
from tests.integration.batches.many import copy_job
from tests.integration.hosts import Hosts

WIDTHS = (1440, 1024)
STEPS = (10, 50, 100)
SPARE = 20
STRANGE = "XX-0000"
"""A serial that is in no ledger: the card that was made on it is held."""
ASKED = 30
"""How often each page about many jobs is asked."""
ROUNDS = 3
"""After each of which the memory of the server is looked at."""
PAUSE = 0.2
LONGEST, PATIENT_MS = 3600.0, 300_000


@dataclass
class Room(Hosts):
    """The production room: one server, one worker, and stations that print as fast as they can."""

    def begin(self) -> None:
        with self.office.act(SYSTEM) as act:
            tokens.close_station(act, act.session.get_one(Station, self.office.station.id))
        self.server("server")
        self.worker("worker")

    def session(self) -> str:
        """The key of a new session of the operator."""
        operator = self.office.actors["operator"].id
        assert operator is not None
        with self.office.upkeep() as look:
            return sessions.begin(look, operator, "Chrome, Linux")[1]

    def able_station(self, name: str, count: int, faults: FaultScript, strange: bool) -> UUID:
        """A station with so many cards and no shift yet, once it said what it can make."""
        state = self.folder / name
        state.mkdir()
        serials = [f"{name[-1]}{number:06}" for number in range(1, count + 1)]
        with self.office.act(SYSTEM) as act:
            station, token = tokens.add_station(act, name, centres.named(act, "timisoara"))
            supply.bring(act, station, "card", serials)
            station_id = station.id
        loaded = [serials[0], STRANGE, *serials[1:]] if strange else serials
        machine = Simulation(state / "simulator")
        machine.load([Blank(serial=serial, stock="card") for serial in loaded])
        (machine.directory / "faults.json").write_text(faults.model_dump_json())
        (state / "token").write_text(token)
        words = ["--server", f"http://127.0.0.1:{self.ports[0]}", "--poll", "0.3"]
        self._start(name, "card_drivers", "station", *words, "--token-file", f"{state}/token", "--state", str(state))
        self.until(lambda: self._is_able(station_id), f"{name} says what it can make")
        return station_id

    def _is_able(self, station_id: UUID) -> bool:
        with self.office.reading() as look:
            return bool(look.session.get_one(Station, station_id).status)

    def open_shifts(self, station_ids: list[UUID]) -> None:
        with self.office.act(self.office.actors["operator"]) as act:
            for station_id in station_ids:
                shifts.open_shift(act, act.session.get_one(Station, station_id))

    def count(self, *states: JobState) -> int:
        with self.office.reading() as look:
            return look.session.scalar(select(func.count()).where(PrintJob.state.in_(states))) or 0

    def processor(self) -> float:
        """Seconds that the server has had of the processors, PostgreSQL's apart."""
        tasks = Path(f"/proc/{self.running['server'].pid}/task").glob("*/schedstat")
        return sum(int(path.read_text().split()[0]) for path in tasks) / 1e9

    def memory(self) -> float:
        """What the server has of memory, in MB."""
        lines = Path(f"/proc/{self.running['server'].pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@dataclass
class Asker:
    """Somebody who asks the same pages in turn; how long each answer took, in seconds by the clock.

    `worked` is how long the server had of a processor meanwhile: what compares on a machine with other work.
    """

    room: Room
    key: str
    pages: dict[str, str]
    took: dict[str, list[float]] = field(default_factory=dict)
    worked: dict[str, list[float]] = field(default_factory=dict)

    def ask_all(self, times: int) -> None:
        """Each page so many times."""
        for _ in range(times):
            for name, path in self.pages.items():
                had = self.room.processor()
                self.took.setdefault(name, []).append(self._ask(path))
                self.worked.setdefault(name, []).append(self.room.processor() - had)

    def _ask(self, path: str) -> float:
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.room.ports[0], timeout=PATIENT_MS / 1000)
        connection.request("GET", path, headers={"Cookie": f"liman={self.key}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status == 200, f"{path}: {answer.status}"
        return time.perf_counter() - begun

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask from a thread until the block ends."""
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(PAUSE):
                self.ask_all(1)

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        yield
        over.set()
        thread.join()

    def table(self) -> str:
        """A line a page: p50, p95 and the longest in milliseconds, and p50 of the server's processor time."""
        rows = [f"| page | p50 | p95 | longest | of a processor | asked |\n{'|---' * 6}|"]
        for name, series in self.took.items():
            ordered = sorted(series)
            p95 = ordered[max(0, round(len(ordered) * 0.95) - 1)]
            figures = (statistics.median(ordered), p95, ordered[-1], statistics.median(self.worked[name]))
            rows.append(f"| {name} | {' | '.join(f'{each * 1000:.0f}' for each in figures)} | {len(ordered)} |")
        return "\n".join(rows)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.batch_of_500", description="Run and watch a batch.")
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--stations", type=int, default=4, help="0: the pages about many jobs are measured")
    parser.add_argument("--pictures", type=Path, help="where the pictures are put; none are taken without")
    asked = parser.parse_args()
    with running_cluster() as cluster, cluster.database("template0") as url, tempfile.TemporaryDirectory() as folder:
        database = Database(url)
        migrate.upgrade(database)
        database.engine.dispose()
        room = Room(url, Path(folder))
        try:
            _run(room, asked) if asked.stations else _measure_many(room, asked.jobs)
        finally:
            room.end()


# A batch that is printed


def _run(room: Room, asked: argparse.Namespace) -> None:
    room.begin()
    took = _timed(lambda: [room.approved(number) for number in range(asked.jobs)])
    print(f"{asked.jobs} approved in {took:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    faults = {1: FaultScript(events=["none", "jam"])}
    each = asked.jobs // asked.stations + SPARE
    pool = [
        room.able_station(f"timisoara-{number}", each, faults.get(number, FaultScript()), strange=number == 2)
        for number in range(1, asked.stations + 1)
    ]
    room.until(lambda: room.count(JobState.QUEUED) == asked.jobs, "all are prepared")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require("chromium", "it is watched there"), args=FLAGS)
        page = browser.new_context(locale="en-GB", viewport={"width": WIDTHS[0], "height": 900}).new_page()
        page.set_default_timeout(PATIENT_MS)
        _watch(room, asked, page, pool)
        browser.close()


def _watch(room: Room, asked: argparse.Namespace, page: Page, pool: list[UUID]) -> None:
    """Make and start the batch in the browser, and look at it until nothing of it is left."""
    url, key = f"http://127.0.0.1:{room.ports[0]}", room.session()
    page.context.add_cookies([{"name": "liman", "value": key, "url": url}])
    lanes = f"{url}/production/batches"
    page.goto(f"{lanes}/new")
    _picture(asked, page, "choosing")
    page.fill("#f-name", "morning cards")
    page.get_by_role("button", name="Make a batch of all").click()
    batch = page.url
    _picture(asked, page, "planned")
    room.open_shifts(pool)
    page.get_by_role("button", name="Start the batch").click()
    before, begun = room.memory(), time.perf_counter()
    path = batch.removeprefix(url)
    asker = Asker(room, key, _pages(path))
    with asker.asking():
        for step in STEPS:
            _until(lambda goal=step: _is_at(room, goal, asked.jobs))
            for name, address in (("lanes", lanes), ("batch", batch)):
                page.goto(address)
                _picture(asked, page, f"{name}-{step}")
    seconds = time.perf_counter() - begun
    print(f"{room.count(*JOBS_MADE)} cards on {asked.stations} stations in {seconds:.0f} s:"
          f" {room.count(*JOBS_MADE) / seconds * 3600:.0f} an hour; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"the server has {before:.0f} MB at the start and {room.memory():.0f} MB at the end\n\n{asker.table()}")
    page.goto(batch)
    for button in range(page.get_by_role("button", name="Fill a tray").count()):
        page.get_by_role("button", name="Fill a tray").nth(min(button, 0)).click()
    for name, address in (("trays", f"{batch}?jobs=made"), ("held", f"{batch}?jobs=held")):
        page.goto(address)
        _picture(asked, page, name)


def _pages(batch: str) -> dict[str, str]:
    lanes = "/production/batches"
    found = {"lanes": lanes, "lanes, polled": f"{lanes}/lanes", "batch": batch, "batch, polled": f"{batch}/bar"}
    return found | {"batch, made": f"{batch}?jobs=made", "jobs": "/production/jobs", "stations": "/production/stations"}


def _is_at(room: Room, percent: int, jobs: int) -> bool:
    if percent == 100:
        return room.count(JobState.QUEUED, JobState.PREPARING, JobState.CLAIMED) == 0
    return room.count(JobState.DONE) * 100 >= percent * jobs


def _picture(asked: argparse.Namespace, page: Page, name: str) -> None:
    """The page as it is, whole, as wide as each of WIDTHS."""
    if asked.pictures is None:
        return
    asked.pictures.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=asked.pictures / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name}, {width}"


# Pages about many jobs


def _measure_many(room: Room, jobs: int) -> None:
    """One approved job and its copies in one batch; of every ten four were made, one of a hundred spoiled or held."""
    room.begin()
    room.approved(0)
    room.until(lambda: room.count(JobState.QUEUED) == 1, "it is prepared")
    station_id = room.able_station("timisoara-1", SPARE, FaultScript(), strange=False)
    with room.office.reading() as look:
        first = look.session.scalars(select(PrintJob.id)).one()
    copy_job(room.office.database, first, jobs - 1)
    plan, operator = Plan((station_id,), name="morning cards"), room.office.actors["operator"]
    key, lanes = room.session(), "/production/batches"
    asker = Asker(room, key, {"choosing": f"{lanes}/new"})
    asker.ask_all(ASKED)
    with room.office.act(operator) as act:
        batch_id = choosing.make(act, plan)[0].id
    for deed in (running.start, running.pause):
        print(f"{deed.__name__}: {_timed(partial(_do, room, deed, batch_id)) * 1000:.0f} ms")
    _make_some(room.office.database, batch_id, station_id)
    path = f"{lanes}/{batch_id}"
    asker.pages = _pages(path) | {"batch, waiting": f"{path}?jobs=waiting", "stuck": "/production/jobs/stuck"}
    had = []
    for _ in range(ROUNDS):
        asker.ask_all(ASKED // ROUNDS)
        had.append(f"{room.memory():.0f}")
    print(f"{jobs} jobs, load {os.getloadavg()[0]:.1f}; MB of the server: {', '.join(had)}\n\n{asker.table()}")


def _do(room: Room, deed: Callable[[Act, Batch], None], batch_id: UUID) -> None:
    with room.office.act(room.office.actors["operator"]) as act:
        deed(act, running.own(act, batch_id))


def _make_some(database: Database, batch_id: UUID, station_id: UUID) -> None:
    """As if the station had been at work."""
    with database.transaction() as session:
        ids = list(session.scalars(select(PrintJob.id).where(PrintJob.batch_id == batch_id).order_by(PrintJob.id)))
        batch = session.get_one(Batch, batch_id)
        for state, some in (
            (JobState.DONE, ids[: len(ids) * 4 // 10]),
            (JobState.SPOILED, ids[-len(ids) // 100 :]),
            (JobState.HELD, ids[-len(ids) // 50 : -len(ids) // 100]),
        ):
            ended = {} if state == JobState.HELD else {"ended_at": batch.started_at}
            made = update(PrintJob).where(PrintJob.id.in_(some))
            session.execute(made.values(state=state, station_id=station_id, claimed_at=batch.started_at, **ended))
        documents = select(PrintJob.document_id).where(PrintJob.state == JobState.DONE)
        done = update(Document).where(Document.id.in_(documents))
        session.execute(done.values(state=DocumentState.PERSONALISED), execution_options={"synchronize_session": False})


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _until(holds: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < LONGEST, "the batch does not go on"
        time.sleep(0.5)


if __name__ == "__main__":
    main()
