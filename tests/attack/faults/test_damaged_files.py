"""One file of the data folder is damaged: what says so, what still works, and what puts it right. Key files:
tests/attack/test_readiness.py.

On the release before a bit that turned over in the file of heads was taken for a register that was put back.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs

from app import NOT_LOADED, create_app
from issuance import tasks
from issuance.actors import SYSTEM
from issuance.commands.office import prepare
from issuance.errors import Conflict, Damaged
from issuance.office import Office
from issuance.services.trust import audit_heads
from issuance.settings import Settings, heads_file
from issuance.vault import VaultError
from tests.attack.faults.test_full_disk import LOOK_UP
from tests.attack.test_readiness import missing
from tests.integration.test_serve import started

HEADS_SAY = "The last line of the file of heads is damaged: put the copy of another machine in its place"


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Flask]:
    """An office whose chains have a signed head."""
    app = create_app(Settings(var=tmp_path / "var"))
    office: Office = app.extensions["office"]
    prepare(office)
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    tasks.link_audit(office)
    tasks.sign_heads(office)
    yield app
    office.database.engine.dispose()


def turned_over(line: bytes) -> bytes:
    """One digit of the first digest is another."""
    place = line.index(b'"digest":"') + len(b'"digest":"')
    return line[:place] + (b"0" if line[place : place + 1] != b"0" else b"1") + line[place + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit": turned_over,
    "bytes of nothing": lambda line: bytes(len(line) - 1) + b"\n",
    "another's": lambda line: line.replace(b'"signature":"', b'"signature":"00'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_last_signed_head_is_damaged(signed: Flask, damage: Callable[[bytes], bytes]) -> None:
    """Acts go on, readiness names the audit, nothing is signed over it, and no server starts on it."""
    office: Office = signed.extensions["office"]
    path = heads_file(office.settings)
    own = path.read_bytes()
    path.write_bytes(damage(own))
    assert missing(signed) == ["audit"]
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    with pytest.raises(Conflict, match=HEADS_SAY):
        tasks.sign_heads(office)
    path.write_bytes(own)
    tasks.link_audit(office)
    tasks.sign_heads(office)
    assert missing(signed) == []
    with office.reading() as look:
        assert not audit_heads.is_cut(look)


def test_a_server_does_not_start_on_a_damaged_head(signed: Flask) -> None:
    office: Office = signed.extensions["office"]
    path = heads_file(office.settings)
    path.write_bytes(turned_over(path.read_bytes()))
    done = started(LIMAN_VAR=str(office.settings.var), LIMAN_DEMO="1", LIMAN_LISTEN="127.0.0.1:0")
    assert (done.returncode, HEADS_SAY in done.stderr, "Traceback" in done.stderr) == (NOT_LOADED, True, False)


def test_a_line_that_was_never_finished_is_none(signed: Flask) -> None:
    """A crash in the middle of a line, or a disk that was full then."""
    office: Office = signed.extensions["office"]
    path = heads_file(office.settings)
    own = path.read_bytes()
    path.write_bytes(own + own[: len(own) // 2])
    assert missing(signed) == []
    with office.act(SYSTEM) as act:
        act.record("rules.published")
    tasks.link_audit(office)
    tasks.sign_heads(office)
    assert path.read_bytes().startswith(own)
    assert path.read_bytes().count(b"\n") == 2


def damage_table(register: Path, table: str) -> None:
    """The first pages of a table and its indexes are bytes of nothing; nothing else is touched."""
    with closing(sqlite3.connect(register)) as known:
        known.execute("PRAGMA journal_mode=DELETE")
        roots = known.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ? AND rootpage > 0", (table,))
        places = [root for (root,) in roots]
        (size,) = known.execute("PRAGMA page_size").fetchone()
    with register.open("r+b") as file:
        for root in places:
            file.seek((root - 1) * size)
            file.write(b"\xa5" * size)


def test_a_damaged_page_of_the_register(demonstration: Path, tmp_path: Path) -> None:
    """Who asks for what is on it is told so, in their language; the others are served."""
    var = tmp_path / "var"
    shutil.copytree(demonstration, var)
    damage_table(var / "register.sqlite", "request")
    app = create_app(Settings(var=var, demo=True))
    office: Office = app.extensions["office"]
    client = app.test_client()
    asked = client.post("/status", data=LOOK_UP, headers={"Accept-Language": "fr"})
    assert (asked.status_code, "Nous ne pouvons pas répondre maintenant." in asked.text) == (503, True)
    assert client.get("/status").status_code == 200
    assert client.get("/login").status_code == 200
    with pytest.raises(Damaged, match="Do not try again"), office.reading() as look:
        look.session.connection().exec_driver_sql("SELECT count(*) FROM request")
    office.database.engine.dispose()


def test_no_server_starts_on_a_file_that_is_no_register(demonstration: Path, tmp_path: Path) -> None:
    var = tmp_path / "var"
    shutil.copytree(demonstration, var)
    with (var / "register.sqlite").open("r+b") as file:
        file.write(b"\xa5" * 4096)
    done = started(LIMAN_VAR=str(var), LIMAN_DEMO="1", LIMAN_LISTEN="127.0.0.1:0")
    assert (done.returncode, "Traceback" in done.stderr) == (NOT_LOADED, False)
    assert done.stderr.startswith("The register is damaged: keep its file, and put a back-up in its place")


def test_bytes_of_a_case_that_do_not_open_are_told_to_the_administrator(signed: Flask) -> None:
    """The page says it to who does not see the log; the log says which page."""
    with signed.test_request_context("/desk/lodge"), capture_logs() as told:
        answer = signed.make_response(signed.handle_user_exception(VaultError("The stored bytes were changed.")))
    assert "The stored bytes were changed." in answer.get_data(as_text=True)
    assert [(each["event"], each["route"]) for each in told] == [("stored_bytes_damaged", "/desk/lodge")]
