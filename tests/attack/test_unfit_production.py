"""What a production office does not start with, said in one sentence; and what belongs to the register stays its own.

The release of 2026-11-22 started with LIMAN_DEMO=1 (no second factor), over plain http, with the default address, with
keys that were lost and made anew, and with a register that every account of the machine could read.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from issuance import settings as settings_of
from issuance.commands.office import prepare
from issuance.db import Database
from issuance.settings import KEY_NAMES, Settings, key_file, make_key_file
from tests.production import ENVIRONMENT, PRODUCTION

ROOT = Path(__file__).parents[2]


def start(var: Path, **changes: Any) -> Flask:
    """The application of a production office, as commands and servers make it."""
    return create_app(Settings(var=var, **PRODUCTION | changes))


def refused(capsys: pytest.CaptureFixture[str], begin: Callable[[], object]) -> str:
    """The sentence with which it ends, with exit code 4."""
    with pytest.raises(SystemExit) as ended:
        begin()
    assert ended.value.code == 4
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    return said


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a production office that was set up, to be copied."""
    folder = tmp_path_factory.mktemp("office") / "var"
    app = start(folder)
    prepare(app.extensions["office"])
    app.extensions["office"].database.engine.dispose()
    return folder


@pytest.fixture
def var(set_up: Path, tmp_path: Path) -> Path:
    """The data of such an office of one's own."""
    return Path(shutil.copytree(set_up, tmp_path / "var"))


def test_a_real_server_does_not_start_without_a_second_factor(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT | {"LIMAN_VAR": str(tmp_path / "var"), "LIMAN_DEMO": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 4
    assert "In production nobody logs in without a second factor: take LIMAN_DEMO away." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fingerprint_scanner": "simulator"}, "take LIMAN_FINGERPRINT_SCANNER away"),
        ({"demo": True}, "take LIMAN_DEMO away"),
        ({"phone_url": "http://10.0.0.5:8443"}, "LIMAN_PHONE_URL is no https:// address"),
        ({"phone_url": "https://10.0.0.5:8443/"}, "without a slash at the end"),
        ({"phone_url": "10.0.0.5"}, "LIMAN_PHONE_URL is no origin"),
        ({"smtp_url": "mail.example", "smtp_from": "x@mail.example"}, "Nobody could be written to"),
        ({"smtp_url": "smtp://liman:secret@mail.example", "smtp_from": "x@mail.example"}, "without a password"),
        ({"smtp_url": "smtp://mail.example"}, "LIMAN_SMTP_FROM the address of the sender"),
        ({"public_url": settings_of.OWN_URL}, "LIMAN_PUBLIC_URL is not set"),
        ({"public_url": "http://liman.example"}, "no https:// address"),
        ({"trusted_proxies": 0}, "where TLS ends"),
    ],
)
def test_settings_of_a_demonstration_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], sentence: str
) -> None:
    assert sentence in refused(capsys, lambda: start(tmp_path / "var", **changes))


def test_it_starts_with_what_a_real_office_has(var: Path) -> None:
    assert start(var).test_client().get("/healthz").status_code == 200
    assert start(var, trusted_proxies=0, tls_in_server=True).test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize("name", KEY_NAMES)
def test_a_lost_key_is_never_made_anew(var: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (var / "keys" / name).unlink()
    assert f"The key file {name} of this register is missing" in refused(capsys, lambda: start(var))
    assert not (var / "keys" / name).exists()


def test_a_new_folder_of_keys_is_refused_for_development_too(var: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(var / "keys")
    assert "is missing" in refused(capsys, lambda: create_app(Settings(var=var)))
    assert not (var / "keys").exists()


@pytest.mark.parametrize("name", KEY_NAMES)
def test_a_key_of_another_register_is_refused(var: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = var / "keys" / name
    path.write_bytes(bytes(32))
    assert f"{name} belongs to another register" in refused(capsys, lambda: start(var))


def test_a_key_that_is_lost_while_it_runs_is_not_made(var: Path) -> None:
    (var / "keys" / "attempts").unlink()
    with pytest.raises(Exception, match="put it back from the safe"):
        key_file(Settings(var=var, **PRODUCTION), "attempts")


@pytest.mark.parametrize("path", [".", "keys", "keys/vault", "register.sqlite"])
def test_files_that_others_can_open_are_refused(var: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    (var / path).chmod(stat.S_IMODE((var / path).stat().st_mode) | 0o040)
    assert "Others on this machine can open" in refused(capsys, lambda: start(var))


def test_everything_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        app = create_app(Settings(var=tmp_path / "var"))
        office = app.extensions["office"]
        prepare(office)
        with office.reading():
            made = [tmp_path / "var", *(tmp_path / "var").rglob("*")]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    finally:
        os.umask(umask)
    office.database.engine.dispose()
    assert {"register.sqlite", "register.sqlite-wal", "register.sqlite-shm", "vault"} <= set(modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_forty_starts_at_once_have_one_key(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")

    def first_use(_: int) -> bytes:
        make_key_file(settings, "vault")
        return key_file(settings, "vault")

    with ThreadPoolExecutor(40) as starts:
        assert len(set(starts.map(first_use, range(40)))) == 1
    assert [path.name for path in (tmp_path / "var" / "keys").iterdir()] == ["vault"]


def test_a_release_that_needs_one_more_key_can_be_set_up(var: Path) -> None:
    """The set-up that upgrades makes it: a real office of the first release could not run that command."""
    database = Database(Settings(var=var).database)
    with database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        connection.execute(text("DELETE FROM key_fingerprint WHERE name = 'leave'"))
    database.engine.dispose()
    (var / "keys" / "leave").unlink()
    office = start(var).extensions["office"]
    prepare(office)
    assert (var / "keys" / "leave").exists()
    office.database.engine.dispose()
