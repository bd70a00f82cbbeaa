"""`flask worker`: the background work of a register on PostgreSQL, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from issuance.background import is_at_work
from issuance.clock import SystemClock
from issuance.db import Database
from issuance.errors import Unfit
from issuance.models.production import PrintJob
from issuance.settings import Settings, check, write_once
from tests.people import EVENT_KEY, VAULT_KEY, SmallOffice

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "flask", "--app", "app", "worker"]
PATIENCE = 120.0


def environment(var: Path, url: str = "") -> dict[str, str]:
    for name, key in (("vault", VAULT_KEY), ("audit-events", EVENT_KEY)):
        write_once(var / "keys" / name, key)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIMAN_")}
    return kept | {"LIMAN_VAR": str(var), "LIMAN_DEMO": "1", **({"LIMAN_DATABASE_URL": url} if url else {})}


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_what_an_officer_approves_is_prepared_by_a_worker_beside_the_server(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    office = SmallOffice(database, SystemClock())  # type: ignore[arg-type]
    case = office.carry("approved")
    told = environment(tmp_path, database_url)
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker"], cwd=ROOT, env=told, stderr=log
        )
    try:
        begun = time.monotonic()
        while state(office, case.document_id) != "queued":
            assert time.monotonic() - begun < PATIENCE, (tmp_path / "log").read_text()
            time.sleep(0.1)
        with office.reading() as look:
            assert is_at_work(look.session)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    finally:
        worker.kill()
    with office.reading() as look:
        assert not is_at_work(look.session)


def state(office: SmallOffice, document_id: UUID) -> str:
    with office.reading() as look:
        return str(look.session.query(PrintJob).filter_by(document_id=document_id).one().state)


def test_on_sqlite_the_server_does_it(tmp_path: Path) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        4,
        "On SQLite the server itself does the background work: set LIMAN_DATABASE_URL to a PostgreSQL.\n",
    )
    with pytest.raises(Unfit, match="take LIMAN_WORKERS=apart away"):
        check(Settings(var=tmp_path, workers="apart"))
