"""The disk under register, heads and log is full while people work: a sentence, no half act, and on without a restart.

On the release before the background thread died of the first line that it could not log, and pages said 500.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from issuance.db import Database
from issuance.errors import DiskFull
from issuance.office import Office
from issuance.settings import Settings
from issuance.states import JobState
from tests.attack.conftest import Answer, RealOffice, Visitor, serving
from tests.attack.faults.ground import checks, lodge, someone, until
from tests.disks import full, small_disk
from tests.drill import Drill, twice
from tests.faces import portrait
from tests.fixtures.databases import build_schema
from tests.machines import machines

ROOM = 48_000_000
SAYS = "Discul registrului este plin și nu s-a salvat nimic."
FOR_EVERYBODY = "Acum nu putem răspunde."
LOOK_UP = {"reference": "22222222222", "birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1990"}

OPEN = {JobState.PREPARING, JobState.QUEUED, JobState.CLAIMED}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, ROOM):
        yield folder


@contextmanager
def no_room(register: Path) -> Iterator[None]:
    """The disk of the register is full, and its log has nothing left that could be written again."""
    with closing(sqlite3.connect(register)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with full(register.parent):
        yield


def rows(office: RealOffice, table: str) -> int:
    with closing(sqlite3.connect(f"file:{office.var / 'register.sqlite'}?mode=ro", uri=True)) as look:
        return int(look.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def send_picture(clerk: Visitor, case: str) -> Answer:
    """The portrait of a case, as the browser uploads it."""
    page = f"{case}/enrolment/picture"
    return clerk.upload(page, clerk.hidden("/desk/lodge", "/desk/lodge"), "portrait", portrait())


def test_a_clerk_at_a_full_disk(demonstration: Path, disk: Path) -> None:
    with serving(demonstration, disk / "var", LIMAN_LEAST_FREE_MB="4") as office:
        until(lambda: all(checks(office.url).values()))
        clerk = office.visitor("clerk")
        first = lodge(clerk, 1)
        assert first.status == 200, first.text
        case = first.url.removeprefix(office.url).partition("?")[0]
        known = {table: rows(office, table) for table in ("request", "person", "portrait", "blob")}

        with no_room(office.var / "register.sqlite"):
            refused = lodge(clerk, 2)
            assert (refused.status, SAYS in refused.text) == (503, True)
            assert someone(2)["given_names"] in refused.text, "what was typed is lost"
            picture = send_picture(clerk, case)
            assert (picture.status, SAYS in picture.text) == (503, True)
            stranger = office.visitor()
            entering = stranger.log_in("officer", office.password)
            assert (entering.status, SAYS in entering.text) == (503, True)
            asked = stranger.post("/status", LOOK_UP)
            assert (asked.status, FOR_EVERYBODY in asked.text) == (503, True)
            assert clerk.get("/desk").status == 200, "what is there can be read"
            assert checks(office.url)["disk"] is False
            assert {table: rows(office, table) for table in known} == known, "half an act was kept"

        assert lodge(clerk, 2).status == 200
        assert send_picture(clerk, case).status == 200
        assert office.visitor("officer")
        until(lambda: all(checks(office.url).values()))
        assert rows(office, "request") == known["request"] + 1
        assert rows(office, "portrait") == known["portrait"] + 1
        assert office.process.poll() is None, "it was not started anew"
        assert "Karim" not in office.log


def test_a_station_reports_when_there_is_room_again(disk: Path, tmp_path: Path) -> None:
    """It makes the card, keeps what became of it, and tells it later; of nothing is there too much or too little."""
    url = f"sqlite:///{disk / 'register.sqlite'}"
    build_schema(url)
    drill = Drill(tmp_path / "var", url)
    with drill.server(), drill.station():
        drill.approve(1)
        drill.wait_until_made(1)
        drill.approve(3)
        drill.wait(lambda: len(drill.made()) > 1 or JobState.CLAIMED in drill.jobs())
        with no_room(disk / "register.sqlite"):
            drill.wait(lambda: '"kind": "disk_full"' in (drill.var / "server.log").read_text())
        drill.wait(lambda: not OPEN & set(drill.jobs()))
        assert drill.jobs()[JobState.DONE] == len(drill.made())
    numbers = drill.numbers()
    assert twice([numbers[order] for order in drill.made()]) == []
    used = {serial for serial, state in drill.ledger().items() if state != "at_station"}
    assert used == set(drill.made().values())
    assert "Layla" not in (drill.var / "server.log").read_text()


def test_the_disk_of_postgresql_is_full() -> None:
    """What needs room is refused as a full disk, and goes on by itself; the database lives."""
    folder = Path(tempfile.mkdtemp(prefix="liman-machines-"))
    with small_disk(folder, 3 * ROOM), machines(folder, "db1") as (machine,):
        database = Database(machine.url("postgres"))
        office = Office(Settings(var=folder / "var"), database)
        with office.upkeep() as look:
            look.session.execute(text("CREATE TABLE large (data bytea)"))
        keep = text("INSERT INTO large SELECT decode(repeat(md5(n::text), 512), 'hex') FROM generate_series(1, 500) n")
        with full(folder), pytest.raises(DiskFull), office.upkeep() as look:
            look.session.execute(keep)
        with office.upkeep() as look:
            look.session.execute(keep)
            assert look.session.scalar(text("SELECT count(*) FROM large")) == 500
        database.engine.dispose()
