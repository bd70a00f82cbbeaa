"""A production office whose master key is in a real PKCS#11 token (SoftHSM): closed before, open after the ceremony."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import create_app, serve
from issuance.chores.masters import rewrap_next
from issuance.keys import card_keys
from issuance.models.vault import DataKey
from issuance.services.recovery import backup
from issuance.settings import KEY_NAMES, PUBLIC_KEY_NAMES, Settings, key_file
from issuance.vault.key_files import MARK
from tests.contract.softhsm import SoftHsm
from tests.install import page
from tests.integration.rows import a_request
from tests.production import PRODUCTION

pytestmark = pytest.mark.contract
(EXAMPLE,) = [block.text for block in page.blocks(page.PAGE.read_text("utf-8")) if block.path.endswith(".toml")]
ANA, ION = "ana.pop@liman.example.ro", "ion.rusu@liman.example.ro"
REAL = PRODUCTION | {"file_keys_because": ""}


class Start:
    """Starts the office, as commands and servers do."""

    def __init__(self, hsm: SoftHsm) -> None:
        self.hsm = hsm
        self.started: list[Flask] = []

    def __call__(self, **changes: Any) -> Flask:
        self.started.append(create_app(self.hsm.settings(**REAL | changes)))
        return self.started[-1]

    def stop(self) -> None:
        """Let go of everything that was started."""
        for app in self.started:
            app.extensions["office"].masters.close()
            app.extensions["office"].database.engine.dispose()


@pytest.fixture
def start(hsm: SoftHsm) -> Iterator[Start]:
    begins = Start(hsm)
    yield begins
    begins.stop()


def run(app: Flask, *arguments: object) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=[str(each) for each in arguments], catch_exceptions=False)


def ceremony(app: Flask) -> str:
    done = run(app, "keys", "new-master", "--as", ANA, "--and", ION)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def founded(start: Start, tmp_path: Path) -> Start:
    """The office is set up; nobody made its master key yet."""
    plan = tmp_path / "office.toml"
    plan.write_text(EXAMPLE.partition("[keys]")[0], "utf-8")
    done = run(start(), "set-up", "--from", plan)
    assert "added." in done.output
    return start


def test_without_a_master_key_in_the_token_it_is_closed_whatever_starts_it(
    founded: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = founded()
    for path in ("/healthz", "/login", "/status"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.text) == (503, "This office is closed: see its log.\n")
    sentence = "There is no master key in the token yet: two administrators make it by flask keys new-master."
    assert app.extensions["closed"] == sentence
    settings: Settings = app.extensions["office"].settings
    for name, value in settings.model_dump(exclude_defaults=True).items():
        monkeypatch.setenv(f"LIMAN_{name.upper()}", str(value))
    assert serve([]) == 4
    assert sentence in capsys.readouterr().err


def test_no_key_file_opens_a_real_office_unless_somebody_says_why(founded: Start) -> None:
    assert "In production no key file opens the register" in founded(signer="file").extensions["closed"]
    assert founded(signer="file", file_keys_because="the token is at the repair shop").extensions["closed"] == ""


def test_the_pages_of_holders_need_no_token(founded: Start, hsm: SoftHsm) -> None:
    public = create_app(hsm.settings(**REAL, signer="file"), ["public"])
    assert public.extensions["closed"] == ""
    assert public.test_client().get("/healthz").status_code == 200
    public.extensions["office"].database.engine.dispose()


def test_the_ceremony_opens_it_and_prints_minutes(founded: Start) -> None:
    app = founded()
    office = app.extensions["office"]
    before = {name: key_file(office.settings, name) for name in KEY_NAMES}
    said = ceremony(app)
    (master,) = office.masters.known()
    assert master.bound
    for told in (f"SHA-256): {master.fingerprint}", f"id: {master.id}", f"Ana Pop ({ANA})", f"Ion Rusu ({ION})"):
        assert told in said
    assert said.count("Semnătura / signature: ____") == 2
    folder = office.settings.var / "keys"
    for name, key in before.items():
        assert (folder / name).read_bytes().startswith(MARK + b"\0\1")
        assert key not in (folder / name).read_bytes()
    opened = founded()
    assert opened.extensions["closed"] == ""
    assert opened.test_client().get("/healthz").status_code == 200
    assert {name: key_file(opened.extensions["office"].settings, name) for name in KEY_NAMES} == before
    given = run(opened, "keys", "plain", "session")
    assert given.exit_code == 0, given.output
    assert given.stdout_bytes == before["session"], "for the folder of the process without a token"
    status = run(opened, "keys", "status")
    assert status.exit_code == 0, status.output
    assert "Key files of this host: under master key 1." in status.output


def test_a_key_file_that_was_put_back_in_the_clear_closes_it(founded: Start) -> None:
    app = founded()
    key = key_file(app.extensions["office"].settings, "audit")
    ceremony(app)
    (app.extensions["office"].settings.var / "keys" / "audit").write_bytes(key)
    closed = founded()
    assert "The key files audit lie here in the clear: run flask keys wrap-files" in closed.extensions["closed"]
    assert run(closed, "keys", "wrap-files").exit_code == 0
    assert founded().extensions["closed"] == ""


def test_an_upgraded_office_wraps_its_session_and_attempts_keys_too(founded: Start) -> None:
    """The release before left them in the clear: the command that it has closes the gap, and log-ins go on."""
    app = founded()
    settings: Settings = app.extensions["office"].settings
    before = {name: key_file(settings, name) for name in PUBLIC_KEY_NAMES}
    ceremony(app)
    for name, key in before.items():
        (settings.var / "keys" / name).write_bytes(key)
    closed = founded()
    assert "The key files attempts, session lie here in the clear" in closed.extensions["closed"]
    assert run(closed, "keys", "wrap-files").exit_code == 0
    opened = founded()
    assert opened.extensions["closed"] == ""
    assert opened.config["SECRET_KEY"] == before["session"].hex()


def test_the_keys_of_blank_cards_come_under_the_master_key(founded: Start, tmp_path: Path) -> None:
    ceremony(founded())
    path = tmp_path / "from-the-maker.json"
    keys = {"version": 7, "enc": "01" * 16, "mac": "02" * 16, "dek": "03" * 16}
    path.write_text(json.dumps({"sets": [keys]}))
    path.chmod(0o600)
    closed = founded(card_keys=path)
    assert "The key files LIMAN_CARD_KEYS lie here in the clear" in closed.extensions["closed"]
    done = run(closed, "keys", "wrap-files")
    assert f"shred {path}" in done.output
    path.unlink()
    sealed = closed.extensions["office"].settings.var / "keys" / card_keys.FILE
    assert sealed.read_bytes().startswith(MARK + b"\0\1")
    assert b"01" * 16 not in sealed.read_bytes()
    opened = founded()
    assert opened.extensions["closed"] == ""
    assert card_keys.open_card_keys(opened.extensions["office"].settings).sets[0].version == 7
    assert "generation: 2" in ceremony(opened)
    assert sealed.read_bytes().startswith(MARK + b"\0\2")
    again = founded().extensions["office"].settings
    assert card_keys.open_card_keys(again).sets[0].version == 7
    sealed.write_bytes(json.dumps({"sets": [keys]}).encode())
    assert "The key files card-keys.json lie here in the clear" in founded().extensions["closed"]


def test_a_changed_or_foreign_key_file_ends_the_start(founded: Start, capsys: pytest.CaptureFixture[str]) -> None:
    app = founded()
    ceremony(app)
    path = app.extensions["office"].settings.var / "keys" / "totp"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(SystemExit) as ended:
        founded()
    assert ended.value.code == 1
    assert "key file totp does not open by the master key 1" in capsys.readouterr().err
    path.write_bytes((path.parent / "audit").read_bytes())
    with pytest.raises(SystemExit):
        founded()
    assert "totp does not open" in capsys.readouterr().err


def test_a_back_up_of_before_the_new_generation_opens_while_the_old_one_exists(founded: Start, tmp_path: Path) -> None:
    app = founded()
    ceremony(app)
    app = founded()
    office = app.extensions["office"]
    with office.database.transaction() as session:
        blob_id = office.vault.put(session, a_request(session).id, "portrait", b"somebody").id
    backup.make(office.settings, office.clock, tmp_path / "backup")
    assert "Generația / generation: 2" in ceremony(app)
    while rewrap_next(office):
        pass
    with office.database.reading() as session:
        assert {row.generation for row in session.scalars(select(DataKey))} == {2}
    founded.stop()
    done = run(app, "restore", tmp_path / "backup", "--as", ANA, "--over", "register.sqlite")
    assert done.exit_code == 0, done.output
    again = founded()
    assert again.extensions["closed"] == ""
    restored = again.extensions["office"]
    with restored.database.reading() as session:
        assert {row.generation for row in session.scalars(select(DataKey))} == {1}
        assert restored.vault.get(session, blob_id) == b"somebody"
    status = run(again, "keys", "status")
    assert "Master key 2 is here, and nobody says that they made it: of a newer back-up" in status.output
    assert "Generația / generation: 3" in ceremony(again)
    restored.masters.destroy(1)
    gone = founded().extensions["office"]
    with gone.database.reading() as session, pytest.raises(Exception, match="does not hold this key"):
        gone.vault.get(session, blob_id)


def test_status_as_json_names_what_needs_attention(founded: Start) -> None:
    app = founded()
    done = run(app, "keys", "status", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["masters"][0]["where"] == "the office's own key"
    ceremony(app)
    app.extensions["office"].masters.destroy(1)
    done = run(app, "keys", "status")
    assert done.exit_code == 1
    assert "Master key 1 is not here: put its token in" in done.output
