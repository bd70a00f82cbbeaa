"""The disk under register, heads and log is full while people work: a sentence, no half act, and on without a restart.

On the release before the background thread died of the first line that it could not log, and pages said 500.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from issuance.states import JobState
from tests.attack.conftest import Answer, RealOffice, Visitor, serving
from tests.attack.faults.ground import checks, until
from tests.disks import full, small_disk
from tests.drill import Drill, twice
from tests.faces import portrait
from tests.web.desk.shared import FORM

ROOM = 48_000_000
SAYS = "Discul registrului este plin și nu s-a salvat nimic."
FOR_EVERYBODY = "Acum nu putem răspunde."
LOOK_UP = {"reference": "22222222222", "birth_date-day": "1", "birth_date-month": "1", "birth_date-year": "1990"}


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
        first = lodge(clerk, "Karim")
        assert first.status == 200, first.text
        case = first.url.removeprefix(office.url).partition("?")[0]
        known = {table: rows(office, table) for table in ("request", "person", "portrait", "blob")}

        with no_room(office.var / "register.sqlite"):
            refused = lodge(clerk, "Samir")
            assert (refused.status, SAYS in refused.text) == (503, True)
            assert re.search(r'value="Samir"|\nSamir</textarea>', refused.text), "what was typed is lost"
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

        assert lodge(clerk, "Samir").status == 200
        assert send_picture(clerk, case).status == 200
        assert office.visitor("officer")
        until(lambda: all(checks(office.url).values()))
        assert rows(office, "request") == known["request"] + 1
        assert rows(office, "portrait") == known["portrait"] + 1
        assert office.process.poll() is None, "it was not started anew"
        assert "Karim" not in office.log
        assert "Samir" not in office.log


def lodge(clerk: Visitor, given_names: str) -> Answer:
    typed = FORM | {"given_names": given_names, "decision_number": f"{sum(map(ord, given_names))}/2026"}
    return clerk.post("/desk/lodge", clerk.hidden("/desk/lodge", "/desk/lodge") | typed)


def test_a_station_reports_when_there_is_room_again(disk: Path, tmp_path: Path) -> None:
    """It makes the card, keeps what became of it, and tells it later; of nothing is there too much or too little."""
    drill = Drill(tmp_path / "var", f"sqlite:///{disk / 'register.sqlite'}")
    with drill.server(), drill.station():
        drill.approve(1)
        drill.wait_until_made(1)
        drill.approve(3)
        drill.wait(lambda: len(drill.made()) > 1 or JobState.CLAIMED in drill.jobs())
        with no_room(disk / "register.sqlite"):
            drill.wait(lambda: '"kind": "disk_full"' in (drill.var / "server.log").read_text())
            assert drill.jobs().get(JobState.DONE, 0) < 4
        drill.wait_until_made(4)
        drill.wait(lambda: drill.jobs() == {JobState.DONE: 4})
    numbers = drill.numbers()
    assert twice([numbers[order] for order in drill.made()]) == []
    used = {serial for serial, state in drill.ledger().items() if state != "at_station"}
    assert used == set(drill.made().values())
    assert "Layla" not in (drill.var / "server.log").read_text()
