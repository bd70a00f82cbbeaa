"""What monitoring is told: the open work as it is, nothing personal, and an answer while the register is away."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app import NOT_LOADED
from issuance import background, tasks
from issuance.background import enqueue
from issuance.clock import FixedClock, SystemClock
from issuance.db import Database
from issuance.models.staff import Station
from issuance.office import Office
from issuance.server import metrics
from issuance.services.overview import gauges
from issuance.services.recovery import backup
from issuance.settings import Settings
from tests.background import later
from tests.counterparts import free_port
from tests.drill import PATIENCE, ROOT, Drill
from tests.fixtures.prometheus import promtool
from tests.people import LAYLA, SmallOffice, changed

AMAL = changed(LAYLA, given_names="Amal", case_reference="2026/TM/0002")
Values = dict[tuple[str, ...], float]


def told(office: Office, path: str = "/metrics") -> tuple[str, str]:
    """What the process of the figures answers: status, text."""
    said: list[str] = []
    asked = {"PATH_INFO": path, "REQUEST_METHOD": "GET"}
    parts = metrics.application(office)(asked, lambda status, *_: said.append(status))  # type: ignore[arg-type,return-value]
    return said[0], b"".join(parts).decode()


def values(office: Office, name: str) -> Values:
    """The values of one figure by its labels, in their order."""
    families = text_string_to_metric_families(told(office)[1])
    (family,) = [each for each in families if each.name == f"liman_{name}"]
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def number(office: Office, name: str) -> float:
    """The one value of a figure without labels."""
    return values(office, name)[()]


@pytest.fixture
def office(database: Database) -> SmallOffice:
    """With the clock of the machine, by which keys are made."""
    return SmallOffice(database, FixedClock(SystemClock().now()))


def test_the_open_work_is_told(office: SmallOffice) -> None:
    office.carry("queued")
    office.carry("approved", AMAL)
    office.clock.advance(dt.timedelta(minutes=10))
    jobs, oldest = values(office, "jobs"), values(office, "job_oldest_age_seconds")
    assert (jobs["timisoara", "queued"], jobs["timisoara", "preparing"], jobs["timisoara", "held"]) == (1, 1, 0)
    assert 500 < oldest["timisoara", "preparing"] < 3600
    assert ("timisoara", "held") not in oldest
    assert set(values(office, "claimable_seconds")) == {("50",), ("95",)}
    assert values(office, "blanks_left")["timisoara", office.station.name, "card"] > 0
    assert (number(office, "up"), number(office, "unread"), number(office, "migrations_current")) == (1, 0, 1)


def test_an_empty_office_is_told_too(office: SmallOffice) -> None:
    assert sum(values(office, "jobs").values()) == 0
    assert values(office, "claimable_seconds") == {}


def test_prometheus_finds_nothing_wrong(office: SmallOffice) -> None:
    office.carry("queued")
    promtool("check", "metrics", given=told(office)[1])


def test_nobody_is_named(office: SmallOffice) -> None:
    case = office.carry("checked")
    _, text = told(office)
    for word in (*LAYLA.identity.family_name.split("-"), "Layla", case.number, str(case.request_id), "@", "2026/TM"):
        assert word not in text


def test_work_that_fails_and_a_station_that_is_silent(office: SmallOffice) -> None:
    def broken(_office: object, **_: object) -> None:
        raise LookupError

    with office.database.transaction() as session:
        enqueue(session, "retention", clock=office.clock, request_id="none")
        session.get_one(Station, office.station.id).last_seen = office.clock.now()
    background.worker(office.database, {"retention": broken}, office.clock, office).run_due()
    later(office.database, office.clock, dt.timedelta(minutes=5))
    assert number(office, "tasks_due") == 1
    assert values(office, "tasks_failing") == {("retention",): 1}
    # the clock of PostgreSQL went on since the office's was set: by seconds, or by many on a machine with other work
    assert 0 < number(office, "tasks_late_seconds") <= 300
    assert values(office, "station_heard_age_seconds")["timisoara", office.station.name] == 300


def test_the_audit_is_late_until_it_is_linked_and_signed(office: SmallOffice) -> None:
    office.clock.advance(dt.timedelta(minutes=2))
    assert number(office, "audit_unlinked") > 0
    assert number(office, "audit_unlinked_age_seconds") == 120
    assert values(office, "audit_signed_age_seconds") == {}
    tasks.link_audit(office)
    office.clock.advance(dt.timedelta(seconds=90))
    assert (number(office, "audit_unlinked"), number(office, "audit_unlinked_age_seconds")) == (0, 0)
    assert number(office, "audit_signed_age_seconds") == 90


def test_a_clock_that_jumped_is_told(office: SmallOffice) -> None:
    assert number(office, "clock_right") == 1
    office.clock.set_ahead(dt.timedelta(days=2))
    assert number(office, "clock_right") == 0


def test_the_newest_whole_back_up_counts(office: SmallOffice, tmp_path: Path) -> None:
    office.settings = office.settings.model_copy(update={"backups": tmp_path})
    assert values(office, "backup_age_seconds") == {}
    backup.make(Settings(database_url=str(office.database.engine.url)), office.clock, tmp_path / "2026-11-01T000000Z")
    (tmp_path / "2026-11-02T000000Z").mkdir()  # one that was never finished
    office.clock.advance(dt.timedelta(hours=2))
    assert number(office, "backup_age_seconds") == 7200


def test_a_register_that_is_away_is_told(tmp_path: Path) -> None:
    away = Database(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/liman")
    office = Office(Settings(var=tmp_path), away)
    assert number(office, "up") == 0
    assert number(office, "unread") == len(gauges.READERS) - 1
    assert number(office, "disk_free_bytes") > 0


def test_there_is_nothing_else(office: SmallOffice) -> None:
    assert told(office, "/")[0] == "404 Not Found"


def asked(port: int, path: str) -> tuple[int, str]:
    """What the process answers; 0 while it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


def test_a_process_of_its_own_tells_it(database_url: str, tmp_path: Path) -> None:
    drill, port = Drill(tmp_path / "var", database_url), free_port()
    environment = drill.environment | {"LIMAN_METRICS_LISTEN": f"127.0.0.1:{port}"}
    with subprocess.Popen([sys.executable, "-m", "app", "metrics"], cwd=ROOT, env=environment) as process:
        begun = time.monotonic()
        while asked(port, "/metrics")[0] == 0 and process.poll() is None and time.monotonic() - begun < PATIENCE:
            time.sleep(0.2)
        status, text = asked(port, "/metrics")
        assert (status, asked(port, "/login")[0]) == (200, 404)
        assert "liman_up 1.0" in text
        process.terminate()
        assert process.wait(60) == 0


def test_an_office_without_a_register_has_none_made(tmp_path: Path) -> None:
    environment = {"LIMAN_VAR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "app", "metrics"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (NOT_LOADED, [])
    assert "no register yet" in done.stderr
