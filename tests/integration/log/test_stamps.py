"""Checkpoints are stamped by an authority outside, openssl here, and whoever has its certificate verifies that."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from issuance.actors import SYSTEM
from issuance.chores import log as chore
from issuance.clock import FixedClock
from issuance.db import Database
from issuance.errors import Conflict, Unfit
from issuance.office import Office
from issuance.services.log import stamps, writing
from issuance.services.trust import audit_chain
from issuance.settings import Settings, check
from tests.counterparts import free_port, require
from tests.logs import stamping


def an_office(database: Database, folder: Path, url: str) -> Office:
    """An office of one event, which is in its log."""
    settings = Settings(var=folder / "var", log_name="log.office.example", log_copy=folder / "copy", log_stamps=url)
    office = Office(settings, database, FixedClock(dt.datetime(2026, 3, 2, tzinfo=dt.UTC)))
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    with office.upkeep() as look:
        audit_chain.link(look)
    chore.write_log(office)
    return office


def test_a_checkpoint_is_stamped_once(database: Database, tmp_path: Path) -> None:
    openssl = require("openssl", "it is the authority of time stamps")
    with stamping(tmp_path, openssl) as url:
        office = an_office(database, tmp_path, url)
        chore.stamp_logs(office)
    chore.stamp_logs(office)  # nothing is asked, as nobody would answer
    with office.reading() as look:
        (log,) = writing.logs(look)
    for folder in (log.folder, log.copy):
        assert folder
        data, stamp = folder / "stamps" / "1.checkpoint", folder / "stamps" / "1.tsr"
        assert data.read_text() == log.note
        command = [openssl, "ts", "-verify", "-data", data, "-in", stamp, "-CAfile", tmp_path / "tsa.pem"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout, done.stderr


def test_an_authority_that_is_silent_is_a_task_that_fails(database: Database, tmp_path: Path) -> None:
    office = an_office(database, tmp_path, f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(Conflict, match="gave no time stamp"):
        chore.stamp_logs(office)


def test_what_is_no_answer_is_not_kept(tmp_path: Path) -> None:
    openssl = require("openssl", "it is the authority of time stamps")
    with stamping(tmp_path, openssl):
        query = stamps.call("http://127.0.0.1/", "a checkpoint", 7).body
        assert query
        (tmp_path / "query").write_bytes(query)
        command = [openssl, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    answer = (tmp_path / "reply").read_bytes()
    assert stamps.answers(answer, "a checkpoint", 7)
    assert not stamps.answers(answer, "another", 7)
    assert not stamps.answers(answer, "a checkpoint", 8)
    for odd in (b"", b"nothing", answer[:-9], query):
        assert not stamps.answers(odd, "a checkpoint", 7)


@pytest.mark.parametrize(
    "wrong", [{"log_stamps": "http://tsa.example/"}, {"log_stamps": "tsa"}, {"log_name": "a+b"}, {"log_name": "../x"}]
)
def test_a_setting_that_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(Unfit, match="LIMAN_LOG_"):
        check(Settings(var=tmp_path, **wrong))  # type: ignore[arg-type]
