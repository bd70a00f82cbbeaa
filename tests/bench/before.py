"""`python -m tests.bench.before [--lines 5000] [--url URL]`: how long documents of before take to be taken over.

A file of so many fictional documents is written into a temporary folder: names as common as those of
`tests.bench.filled`, six persons in ten with a second document somewhere else in the file, three in ten without a
number. It is brought, checked, agreed to and kept as the office does it, by one process. Printed are seconds by the
clock and of the processor (PostgreSQL's own are apart), and what became of the lines. In a `--folder` they stay: the
same command again goes on where a killed one was.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import UUID

from sqlalchemy import select

from issuance.actors import Actor
from issuance.chores import legacy
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.models.files import ImportedFile
from issuance.models.staff import RoleName, Staff
from issuance.office import Office
from issuance.services.imports.files import BroughtBefore
from issuance.services.legacy import files
from issuance.services.legacy.entries import COLUMNS
from issuance.settings import Settings
from issuance.states import FileState
from tests.bench.filled.office import NOW, OWN, fill
from tests.bench.filled.persons import COMMON_GIVEN, NATIONALITIES, RARE, native

TWICE, NUMBERED, ENDED = 0.6, 0.7, 0.2
"""Of all persons, so many have a second document, have a number, and of their first documents so many ended."""

KEPT = 200
"""Documents that are in the register before."""


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        url = asked.url or f"sqlite:///{folder / 'register'}"
        office = Office(Settings(var=folder, demo=True, database_url=url), Database(url), FixedClock(NOW))
        if not (folder / "before.csv").exists():
            write(folder / "before.csv", asked.lines)
            fill(url, KEPT, 0)
        take_over(office, (folder / "before.csv").read_bytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.before", description="Measure documents of before.")
    parser.add_argument("--lines", type=int, default=5000, help="documents in the file")
    parser.add_argument("--folder", type=Path, help="an empty folder for file, keys and register; or one to go on with")
    parser.add_argument("--url", help="the SQLAlchemy address of an empty database instead")
    return parser.parse_args()


# The file


def write(path: Path, count: int) -> None:
    """A file of so many fictional documents, in no order."""
    random = Random(1)
    rows = [row for _, row in zip(range(count), _documents(random), strict=False)]
    random.shuffle(rows)
    names = [*COLUMNS, "language", "eurodac_reference"]
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, names, restval="")
        lines.writeheader()
        lines.writerows(row | {"number": f"IGI{at:07}"} for at, row in enumerate(rows))


def _documents(random: Random) -> Iterator[dict[str, str]]:
    while True:
        said = _person(random)
        issued = dt.date(2023, 12, 5) + dt.timedelta(days=random.randrange(900))
        row = said | {"document_type": "RP-R", "issue_date": str(issued), "state": "valid", "centre": OWN}
        row["expiry_date"] = str(issued + dt.timedelta(days=3 * 365))
        ended = {"state": random.choice(("lost", "stolen", "ended")), "ended_on": str(issued + dt.timedelta(days=90))}
        yield row | (ended if random.random() < ENDED else {})
        if random.random() < TWICE:
            yield row | {"document_type": "TD-C", "expiry_date": str(issued + dt.timedelta(days=2 * 365))}


def _person(random: Random) -> dict[str, str]:
    given = random.choice(list(COMMON_GIVEN)) if random.random() < 0.3 else random.choice(RARE)
    family, born = random.choice(RARE), dt.date(1950, 1, 1) + dt.timedelta(days=random.randrange(20_000))
    return {
        "family_name": family.capitalize(),
        "given_names": given.capitalize(),
        "native_name": f"{native(given)} {native(family)}",
        "birth_date": str(born),
        "birth_place": "Homs",
        "sex": random.choice("FM"),
        "nationality": random.choice(NATIONALITIES),
        "status": "refugee",
        "language": "ar",
        "eurodac_reference": f"RO1{random.randrange(10**12):012}" if random.random() < NUMBERED else "",
    }


# Taken over


def take_over(office: Office, data: bytes) -> None:
    """Bring, check, agree, keep; or go on with what was brought before."""
    with office.reading() as look:
        accounts = {row.email: row for row in look.session.scalars(select(Staff))}
    first, second = (_administrator(accounts[f"{name}@{OWN}.example"]) for name in ("administrator", "auditor"))
    with _timed("read and kept"):
        file_id = _bring(office, first, data)
    with _timed("checked"):
        _drain(legacy.check_next, office, file_id)
    if _file(office, file_id).state == FileState.CHECKED:
        with office.act(second) as act:
            files.agree(act, file_id, without_refused=True)
    with _timed("taken over"):
        _drain(legacy.keep_next, office, file_id)
    file = _file(office, file_id)
    print(f"{file.state}: {file.lines} lines, {file.lodged} kept, {file.refused} refused, {file.alike} to decide")


def _administrator(account: Staff) -> Actor:
    return Actor(account.id, account.centre_id, roles=frozenset({RoleName.ADMINISTRATOR}))


def _bring(office: Office, actor: Actor, data: bytes) -> UUID:
    brought = files.prepare(office.vault, data)
    try:
        with office.act(actor) as act:
            return files.bring(act, brought).id
    except BroughtBefore as error:
        return error.file_id


def _drain(step: Callable[[Office, UUID], bool], office: Office, file_id: UUID) -> None:
    while step(office, file_id):
        pass


def _file(office: Office, file_id: UUID) -> ImportedFile:
    with office.reading() as look:
        return look.session.get_one(ImportedFile, file_id)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    wall, processor = time.monotonic(), time.process_time()
    yield
    wall, processor = time.monotonic() - wall, time.process_time() - processor
    print(f"{what}: {wall:.1f} s by the clock, {processor:.1f} s of the processor", flush=True)


if __name__ == "__main__":
    main()
