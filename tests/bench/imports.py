"""`python -m tests.bench.imports --lines 2000`: how fast a file of case handling is checked and lodged, by one process.

A register with as many persons as asked is filled first (`tests.bench.filled`), on SQLite, and on PostgreSQL with
`--postgresql`. The file's persons have names as common as those of the register, a tenth of the lines name somebody
who is there. Printed are milliseconds of the processor and by the clock a line, PostgreSQL's own apart, statements a
line, and how long the longest batch held the lock. `--profile FILE` keeps what `cProfile` saw.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import event, select

from issuance.actors import Actor
from issuance.chores import files as tasks
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.files import ImportedFile
from issuance.models.people import Person
from issuance.models.staff import RoleName, Staff, Station
from issuance.services.imports import batches, files
from tests.bench.filled.office import NOW, OWN, fill
from tests.bench.filled.persons import COMMON_GIVEN, NATIONALITIES, RARE, native
from tests.fixtures.postgres import running_cluster
from tests.integration.imports.test_lines import ROW, file_of
from tests.people import Memory, SmallOffice

KNOWN = 0.1
"""The part of the lines that name somebody of the register."""


@dataclass
class Measured:
    """What so many lines took."""

    lines: int
    processor: float = 0.0
    clock: float = 0.0
    longest: float = 0.0
    statements: Counter[str] = field(default_factory=Counter)

    def sentence(self, what: str) -> str:
        """All of it a line."""
        each = 1000 / max(self.lines, 1)
        cpu, clock = self.processor * each, self.clock * each
        return (
            f"{what}: {self.lines} lines, {cpu:.2f} ms of a processor and {clock:.2f} ms by the clock a line"
            f" ({self.lines / self.clock:.0f} a second), {self.statements.total() / self.lines:.1f} statements a line,"
            f" longest step {self.longest * 1000:.0f} ms; load {os.getloadavg()[0]:.1f}"
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.imports", description="Measure a file's lines.")
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--documents", type=int, default=20_000, help="documents of the register before")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--url", help="a register of `tests.bench.filled` that is there already")
    parser.add_argument("--held", type=float, help="seconds of a batch, on a machine that does other work")
    parser.add_argument("--profile", type=Path, help="where what the profiler saw is kept")
    asked = parser.parse_args()
    batches.HELD = asked.held or batches.HELD
    with _register(asked) as url:
        profiler = cProfile.Profile(time.process_time) if asked.profile else None
        for what, measured in measure(url, asked.lines, profiler):
            print(measured.sentence(what), flush=True)
            for statement, count in measured.statements.most_common(25 if profiler else 0):
                print(f"{count / asked.lines:8.2f} {statement}")
        if profiler:
            profiler.dump_stats(asked.profile)


@contextmanager
def _register(asked: argparse.Namespace) -> Iterator[str]:
    """A register that is filled."""
    if asked.url:
        yield asked.url
    elif asked.postgresql:
        with running_cluster() as cluster, cluster.database("template0") as url:
            fill(url, asked.documents)
            yield url
    else:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/register.sqlite"
            fill(url, asked.documents)
            yield url


def measure(url: str, count: int, profiler: cProfile.Profile | None = None) -> Iterator[tuple[str, Measured]]:
    """Check a file of so many lines, then lodge it."""
    office = _office(url)
    data = file_of(*people(office, count))
    supervisor = office.actors[RoleName.SUPERVISOR]
    brought = Measured(count)
    with _watched(office, brought, profiler):
        prepared = files.prepare(office.vault, data)
        with office.act(supervisor) as act:
            file_id = files.bring(act, prepared).id
    yield "brought", brought
    yield "checked", _steps(office, file_id, tasks.check_next, Measured(count), profiler)
    with office.act(supervisor) as act:
        files.begin_lodging(act, file_id)
    yield "lodged", _steps(office, file_id, tasks.lodge_next, Measured(count), profiler)
    with office.reading() as look:
        row = look.session.get_one(ImportedFile, file_id)
        print(f"{row.lodged} lodged, {row.alike} alike, {row.refused} refused, {row.known} known: {row.state}")


def _steps(
    office: SmallOffice,
    file_id: UUID,
    step: Callable[[SmallOffice, UUID], bool],
    measured: Measured,
    profiler: cProfile.Profile | None,
) -> Measured:
    more = True
    with _watched(office, measured, profiler):
        while more:
            begun = time.perf_counter()
            more = step(office, file_id)
            measured.longest = max(measured.longest, time.perf_counter() - begun)
    return measured


@contextmanager
def _watched(office: SmallOffice, measured: Measured, profiler: cProfile.Profile | None) -> Iterator[None]:
    def sent(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        measured.statements[" ".join(statement.split())[:150]] += 1

    engine = office.database.engine
    event.listen(engine, "before_cursor_execute", sent)
    if profiler:
        profiler.enable()
    had, begun = time.process_time(), time.perf_counter()
    yield
    measured.processor, measured.clock = time.process_time() - had, time.perf_counter() - begun
    if profiler:
        profiler.disable()
    event.remove(engine, "before_cursor_execute", sent)


def _office(url: str) -> SmallOffice:
    """The filled office, by the supervisor of its own centre."""
    database = Database(url)
    with database.reading() as session:
        staff = session.scalars(select(Staff).where(Staff.email == f"{RoleName.SUPERVISOR}@{OWN}.example")).one()
        station = session.scalars(select(Station).limit(1)).one()
    actor = Actor(staff.id, staff.centre_id, frozenset({RoleName.SUPERVISOR}))
    memory = Memory(actors={RoleName.SUPERVISOR: actor}, station=station)
    return SmallOffice(database, FixedClock(NOW), memory=memory)


def people(office: SmallOffice, count: int) -> Iterator[dict[str, str]]:
    """Lines of so many persons, each with a reference that the register has not."""
    random, mark = Random(count), os.urandom(3).hex()
    with office.reading() as look:
        there = look.session.scalars(select(Person).order_by(Person.id.desc()).limit(round(count * KNOWN))).all()
    for number in range(count):
        known = there[number // 10] if number % 10 == 0 and number // 10 < len(there) else None
        yield ROW | {"case_reference": f"B/{mark}/{number}"} | (_known(known) if known else _new(random))


def _known(person: Person) -> dict[str, str]:
    said = ("family_name", "given_names", "native_name", "birth_date", "birth_place", "sex", "nationality", "status")
    return {name: getattr(person, name) for name in said} | {"eurodac_reference": person.eurodac_reference or ""}


def _new(random: Random) -> dict[str, str]:
    family = random.choice(RARE)
    given = random.choice(list(COMMON_GIVEN)) if random.random() < 0.3 else random.choice(RARE)
    return {
        "family_name": family.capitalize(),
        "given_names": given.capitalize(),
        "native_name": f"{native(given)} {native(family)}",
        "birth_date": f"{random.randint(1950, 2000)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
        "sex": random.choice("FM"),
        "nationality": random.choice(NATIONALITIES),
    }


if __name__ == "__main__":
    main()
