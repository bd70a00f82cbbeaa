"""What PostgreSQL itself logs: of a refused row the rule, and none of its values, for the accounts of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.fixtures.postgres import TEMPLATE, Cluster
from tests.install.page import PAGE

ROOT = Path(__file__).parents[2]
PAGES = PAGE.read_text("utf-8") + (ROOT / "docs" / "status-page.md").read_text("utf-8")
SET = re.compile(r"ALTER ROLE (liman\w*) SET (log_\w+) = (\w+)")
NAME = "Ahmad Al-Khatib"


@contextmanager
def account(cluster: Cluster, name: str, *, closed: bool) -> Iterator[str]:
    """An account of a name of its own with the settings that the pages give `name`, or without; how it comes in."""
    own = f"{name}_log_{'closed' if closed else 'open'}"
    with cluster.database(TEMPLATE) as url, psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as link:
        link.execute(f"CREATE ROLE {own} LOGIN")
        link.execute(f"GRANT CREATE ON SCHEMA public TO {own}")
        for _, setting, value in (found for found in SET.findall(PAGES) if found[0] == name and closed):
            link.execute(f"ALTER ROLE {own} SET {setting} = {value}")
        yield url.replace("+psycopg", "").replace(f"//{cluster.user}@", f"//{own}@")
        link.execute(f"DROP OWNED BY {own}")
        link.execute(f"DROP ROLE {own}")


def logged(cluster: Cluster, url: str) -> str:
    """What the log says of a name that stands there already, and of a statement that breaks with one in it."""
    with psycopg.connect(url.replace(url.partition("//")[2].partition("@")[0], cluster.user)) as link:
        (folder,) = link.execute("SHOW data_directory").fetchone() or ("",)
    log = Path(folder).parent / "log"
    before = log.stat().st_size
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("CREATE TABLE tried (name text UNIQUE)")
        link.execute("INSERT INTO tried VALUES (%s)", [NAME])
        with pytest.raises(psycopg.errors.UniqueViolation):
            link.execute("INSERT INTO tried VALUES (%s)", [NAME])
        with pytest.raises(psycopg.Error):
            link.execute(f"SELECT 1 / 0 -- {NAME}".encode())
    return log.read_bytes()[before:].decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["liman", "liman_public"])
def test_no_value_of_a_refused_row_is_logged(postgres: Cluster, name: str) -> None:
    with account(postgres, name, closed=True) as url:
        told = logged(postgres, url)
    assert "duplicate key value violates unique constraint" in told
    assert "division by zero" in told
    assert NAME not in told


def test_without_it_the_log_would_have_the_name(postgres: Cluster) -> None:
    with account(postgres, "liman", closed=False) as url:
        told = logged(postgres, url)
    assert f"DETAIL:  Key (name)=({NAME}) already exists." in told
    assert f"STATEMENT:  SELECT 1 / 0 -- {NAME}" in told
