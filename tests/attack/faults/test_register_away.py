"""The database is gone for a while: pages say so, who is logged in stays it, and all come back by themselves.

On the release before a page said 500, and on SQLite an empty register was made where the file had been.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuance.db import Database
from issuance.errors import Away
from issuance.states import JobState
from tests.attack.conftest import Visitor, serving
from tests.attack.faults.ground import checks, is_ready, lodge, until
from tests.attack.faults.test_full_disk import FOR_EVERYBODY, LOOK_UP
from tests.integration.recovery.test_operations import register
from tests.machines import Machine, machines

SAYS = "Registrul nu răspunde și nu s-a salvat nimic."


def test_the_file_of_the_register_is_moved_and_comes_back(demonstration: Path, tmp_path: Path) -> None:
    with serving(demonstration, tmp_path / "var") as office:
        until(lambda: is_ready(office.url))
        clerk = office.visitor("clerk")
        typed = clerk.hidden("/desk/lodge", "/desk/lodge")
        file, elsewhere = office.var / "register.sqlite", office.var / "moved.sqlite"
        file.rename(elsewhere)
        page = clerk.get("/desk")
        assert (page.status, SAYS in page.text, 'href="/desk"' in page.text) == (503, True, True)
        refused = clerk.post("/desk/lodge", typed | {"given_names": "Samir"})
        assert (refused.status, SAYS in refused.text, "Samir</textarea>" in refused.text) == (503, True, True)
        assert typed["csrf_token"] in refused.text, "it can be sent again as it is"
        assert checks(office.url)["database"] is False
        assert not file.exists(), "an empty register was made"
        elsewhere.rename(file)
        until(lambda: is_ready(office.url))
        assert lodge(clerk, 3).status == 200, "she is still logged in"
        assert office.process.poll() is None
        assert "Samir" not in office.log


def test_a_register_that_another_took_the_place_of_is_not_written_to(tmp_path: Path) -> None:
    database, file = Database(f"sqlite:///{tmp_path / 'register.sqlite'}"), tmp_path / "register.sqlite"
    with database.transaction() as session:
        session.connection().exec_driver_sql("CREATE TABLE kept (id INTEGER)")
    file.rename(tmp_path / "old")
    Database(f"sqlite:///{tmp_path / 'register.sqlite'}").engine.connect().close()
    with pytest.raises(Away), database.transaction() as session:
        session.connection()
    with pytest.raises(Away), database.reading() as session:
        session.connection()
    database.engine.dispose()  # by whoever put it there, as a restore does
    with database.reading() as session:
        assert session.connection()


@pytest.fixture
def machine() -> Iterator[Machine]:
    with machines(Path(tempfile.mkdtemp(prefix="liman-machines-")), "db1") as (machine,):
        yield machine


def test_postgresql_is_stopped_and_started(machine: Machine, tmp_path: Path) -> None:
    """With a station at work and a reader; no connection that died is handed out again."""
    drill = register(machine, tmp_path / "var")
    url = f"http://127.0.0.1:{drill.port}"
    with drill.server(), drill.station():
        until(lambda: is_ready(url))
        drill.approve(1)
        drill.wait_until_made(1)
        drill.approve(2)
        machine.run("systemctl stop postgresql")
        reader = Visitor(url)
        asked = reader.post("/status", LOOK_UP)
        assert (asked.status, FOR_EVERYBODY in asked.text) == (503, True)
        assert checks(url)["database"] is False
        machine.run("systemctl start postgresql")
        until(lambda: is_ready(url))
        drill.wait_until_made(3)
        drill.wait(lambda: drill.jobs() == {JobState.DONE: 3})
        for _ in range(8):
            assert reader.get("/status").status == 200
            assert reader.post("/status", LOOK_UP).status == 404
    log = (drill.var / "server.log").read_text()
    assert '"kind": "away"' in log
    assert "request_failed" not in log
