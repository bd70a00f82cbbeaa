"""Registers that an office cannot use are refused in a sentence, and nothing is touched.

On the release of 2026-11-22 each was a traceback, or another file was written.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import inspect, text

from app import create_app
from issuance import migrate
from issuance.db import Database
from issuance.settings import Settings
from tests.fixtures.databases import on_sqlite
from tests.fixtures.postgres import Cluster

ROOT = Path(__file__).parents[2]


def refused(capsys: pytest.CaptureFixture[str], var: Path, url: str = "") -> str:
    """The one sentence with which every command and server of the office ends."""
    with pytest.raises(SystemExit) as ended:
        create_app(Settings(var=var, database_url=url))
    assert ended.value.code == 4
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    return said


@on_sqlite
def test_an_older_release_leaves_a_newer_register_alone(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.engine.dispose()
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "set-up"],
        cwd=ROOT,
        env=os.environ | {"LIMAN_VAR": str(tmp_path / "var"), "LIMAN_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert "brought to 9999 by a newer release" in done.stderr
    assert "Traceback" not in done.stderr
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"
    database.engine.dispose()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN2"])
def test_a_database_that_cannot_hold_every_name_is_refused(
    postgres: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    name = f"attack_{encoding.lower()}"
    make = "CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0"
    postgres.execute(sql.SQL(make).format(sql.Identifier(name), sql.Literal(encoding)))
    try:
        assert f"has the encoding {encoding}" in refused(capsys, tmp_path / "var", postgres.url(name))
        engine = Database(postgres.url(name)).engine
        assert inspect(engine).get_table_names() == []
        engine.dispose()
    finally:
        postgres.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize("url", ["postgresql://clerk:secret@127.0.0.1/x", "mysql://x", "register.sqlite", "sqlite"])
def test_an_address_without_our_driver_is_refused_and_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    said = refused(capsys, tmp_path / "var", url)
    assert "LIMAN_DATABASE_URL is no address of a register" in said
    assert "secret" not in said
    assert not (tmp_path / "var").exists()


def test_a_question_mark_in_the_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "has a ? in its name" in refused(capsys, tmp_path / "var?x")
    assert list(tmp_path.iterdir()) == []


def test_the_newest_release_knows_its_own_register(database: Database) -> None:
    with database.engine.connect() as connection:
        migrate.check(connection)
