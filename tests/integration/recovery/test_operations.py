"""docs/operations.md, done on real PostgreSQL: back to a moment, and on with the standby when the first is lost."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app import NOT_LOADED
from issuance import migrate
from issuance.db import Database
from issuance.services.overview import gauges
from issuance.states import JobState
from tests.drill import ROOT, Drill, is_told, reconcile, twice
from tests.machines import Machine, machines

ADMINISTRATOR = "administrator@test.example"


@pytest.fixture
def folder() -> Path:
    """Where the account of a database can go, which it cannot in pytest's own."""
    return Path(tempfile.mkdtemp(prefix="liman-machines-"))


@pytest.fixture
def db1(folder: Path) -> Iterator[Machine]:
    """One machine, whose PostgreSQL archives its log."""
    with machines(folder, "db1") as (machine,):
        machine.do("archive")
        yield machine


def register(machine: Machine, var: Path, url: str = "") -> Drill:
    """A register on this machine, and who works there."""
    machine.ask("CREATE ROLE liman LOGIN")
    machine.ask("CREATE DATABASE liman ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
    database = Database(machine.url("liman"))
    migrate.upgrade(database)
    database.engine.dispose()
    return Drill(var, url or machine.url("liman"))


def start_of_server(drill: Drill) -> subprocess.CompletedProcess[str]:
    """A server that should not start."""
    return subprocess.run(
        [sys.executable, "-m", "app"], cwd=ROOT, env=drill.environment, capture_output=True, text=True, timeout=300
    )


def work_and_lose(drill: Drill, machine: Machine) -> tuple[str, dict[UUID, str]]:
    """One document is made; two are approved; that is the moment. They and two more are made, and all is lost.

    The moment, and the numbers that were given until the loss.
    """
    with drill.server():
        with drill.station():
            drill.approve(1)
            drill.wait_until_made(1)
        drill.approve(2)
        drill.wait(lambda: drill.jobs().get(JobState.QUEUED) == 2)
        moment = str(machine.ask("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"))
        with drill.station():
            drill.approve(2)
            drill.wait_until_made(5)
        drill.link_audit()
        given = drill.numbers()
        machine.lose()
    return moment, given


def test_back_to_a_moment(db1: Machine, tmp_path: Path) -> None:
    drill = register(db1, tmp_path / "var")
    (base,) = (db1.root / "srv/archive/base").iterdir()
    moment, given = work_and_lose(drill, db1)
    made_before = drill.made()

    db1.do("recover", MOMENT=f"{moment}+00", BASE=str(base))
    refused = start_of_server(drill)
    assert refused.returncode == NOT_LOADED
    assert "flask begin-epoch" in refused.stderr

    drill.flask("begin-epoch", "--as", ADMINISTRATOR, "--of", moment.partition(".")[0])
    assert drill.jobs() == {JobState.DONE: 1, JobState.HELD: 2}
    known = drill.numbers()
    lost = set(given) - set(known)
    assert len(lost) == 2

    with drill.server(), drill.station():
        drill.wait(lambda: is_told(drill))
        named = drill.flask("reconciliation", code=1)
        for order in lost:
            assert f"lost_card: order {order} on blank {made_before[order]}, done: open" in named
        drill.approve(1)
        drill.wait(lambda: drill.jobs().get(JobState.QUEUED) == 1)
        assert drill.made() == made_before, "something was made before it was reconciled"
        reconcile(drill)
        drill.wait_until_made(5 + 1)

    numbers = given | drill.numbers()
    assert twice([numbers[order] for order in drill.made()]) == []
    assert {serial for serial, state in drill.ledger().items() if state != "at_station"} == set(drill.made().values())
    assert "(epoch 2): chain" in drill.flask("verify-audit")


def test_a_register_that_was_not_put_back_needs_no_epoch_to_start(db1: Machine, tmp_path: Path) -> None:
    drill = register(db1, tmp_path / "var")
    drill.approve(1)
    drill.link_audit()
    with drill.server():
        said = drill.flask("begin-epoch", "--as", ADMINISTRATOR, "--of", "2026-11-29 14:00:00", code=1)
        assert "still works on this register" in said


def test_two_base_back_ups_are_kept_with_their_log(db1: Machine) -> None:
    archive = db1.root / "srv/archive"
    for _ in range(3):
        time.sleep(1.1)  # they are named by the second
        db1.ask("SELECT pg_switch_wal()")
        db1.run("systemctl start liman-base")
    kept = sorted((archive / "base").iterdir())
    assert len(kept) == 2
    needed = db1.run(f"sed -n 's/^START WAL LOCATION: .*(file \\(.*\\))$/\\1/p' {kept[0]}/backup_label").strip()
    segments = {path.name for path in (archive / "wal").iterdir() if len(path.name) == 24}
    assert needed in segments
    assert min(segments) == needed
    assert all((path / "backup_manifest").exists() for path in kept)


def test_a_segment_is_never_archived_over_another(db1: Machine) -> None:
    one, other, wal = (db1.root / name for name in ("one", "other", "srv/archive/wal"))
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    for path in (one, other):
        path.chmod(0o644)
    db1.run(f"liman-wal {one} 000000010000000000000099 {wal}; liman-wal {one} 000000010000000000000099 {wal}")
    with pytest.raises(AssertionError):
        db1.run(f"liman-wal {other} 000000010000000000000099 {wal}")
    assert (wal / "000000010000000000000099").read_bytes() == b"1"


def test_on_with_the_standby(folder: Path, tmp_path: Path) -> None:
    """Whatever was acknowledged is there; the servers find it by themselves, and no epoch begins."""
    with machines(folder, "db1", "db2") as (db1, db2):
        both = f"postgresql+psycopg://postgres@/liman?host=127.0.0.1:{db1.port}&host=127.0.0.1:{db2.port}"
        drill = register(db1, tmp_path / "var", f"{both}&target_session_attrs=read-write")
        db1.do("standby")
        text_of_follow = follow(db1, db2)
        assert "liman_standby" in text_of_follow
        db1.do("synchronous")
        drill.wait(lambda: standbys(drill) == 1)
        with drill.server(), drill.station():
            drill.approve(2)
            drill.wait_until_made(2)
            drill.approve(3)
            acknowledged = drill.numbers()
            db1.lose()
            begun = time.monotonic()
            db2.do("promote")
            assert drill.numbers() == acknowledged
            drill.wait_until_made(5)
            print(f"from the loss to the next documents: {time.monotonic() - begun:.1f} s")
            drill.approve(1)
            drill.wait_until_made(6)
        drill.link_audit()
        assert twice(list(drill.numbers().values())) == []
        assert "epoch" not in drill.flask("verify-audit")


def follow(db1: Machine, db2: Machine) -> str:
    """The second machine follows the first."""
    db2.do("follow", DB1=f"host=127.0.0.1 port={db1.port}")
    return (db2.root / "var/lib/postgresql/15/main/postgresql.auto.conf").read_text()


def standbys(drill: Drill) -> float:
    """How many servers the register says have every act."""
    with drill.office() as office, office.reading() as look:
        (told,) = [gauge for gauge in gauges.archive(look) if gauge.name == "standbys"]
    return told.values[0][1]
