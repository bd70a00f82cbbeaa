"""The migrations build the register that the models describe, on both databases."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from issuance import migrate
from issuance.db import Database
from tests.fixtures.postgres import TEMPLATE, Cluster

POSTGRES_CATALOGUE = """
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' '
           || coalesce(character_maximum_length::text, '') || ' null ' || is_nullable
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
PROCRASTINATE_CATALOGUE = """
    SELECT 'column ' || table_name || '.' || column_name || ' ' || udt_name || ' ' || coalesce(column_default, '')
           || ' null ' || is_nullable
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE 'procrastinate%'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE conrelid::regclass::text LIKE 'procrastinate%'
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE tablename LIKE 'procrastinate%'
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger
     WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'procrastinate%'
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'procrastinate%'
    UNION ALL
    SELECT 'label ' || typname || ' ' || enumlabel || ' ' || enumsortorder
      FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
"""
SQLITE_CATALOGUE = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    opened = Database(empty_database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def from_models(request: pytest.FixtureRequest, empty: Database, tmp_path: Path) -> Iterator[Database]:
    """A register of the same kind, made from the models."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'models.sqlite'}"
        if empty.engine.dialect.name == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgres").database("template0"))
        opened = Database(url)
        migrate.metadata().create_all(opened.engine)
        yield opened
        opened.engine.dispose()


def catalogue(database: Database) -> list[str]:
    """What the database itself says it holds: one line each column, constraint and index."""
    sqlite = database.engine.dialect.name == "sqlite"
    with database.reading() as session:
        rows = session.scalars(text(SQLITE_CATALOGUE if sqlite else POSTGRES_CATALOGUE)).all()
    lines = (line for row in rows for line in (_sqlite_lines(row) if sqlite else [row]))
    return sorted(line for line in lines if "alembic_version" not in line and "procrastinate_" not in line)


def _sqlite_lines(sql: str) -> list[str]:
    """The parts of a CREATE statement, each beginning with what it creates, as the models would write them: a column
    that was added has its constraints in itself, and a default for the rows that were there."""
    words = re.sub(r"\s+", " ", sql.strip().replace('"', ""))
    if not words.startswith("CREATE TABLE"):
        return [words]
    first, _, body = words.partition(" (")
    parts = [line for part in _at_commas(body[:-1]) for line in _plain(part)]
    return [first, *(f"{first} {part}" for part in parts)]


def _at_commas(body: str) -> list[str]:
    """The parts between the commas that stand in no parentheses."""
    parts, depth = [""], 0
    for letter in body:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _plain(part: str) -> list[str]:
    """A column without its default, and each of its constraints by itself."""
    if re.match(r"CONSTRAINT|PRIMARY|FOREIGN|UNIQUE|CHECK", part):
        return [part]
    column, *checks = re.split(r" (?=CONSTRAINT \w+ CHECK)", part)
    column = re.sub(r" DEFAULT (?:'[^']*'|\([^)]*\)|\S+)", "", column)
    column, *foreign = re.split(r" (?=CONSTRAINT \w+ REFERENCES)", column)
    keys = [key.replace(" REFERENCES", f" FOREIGN KEY({column.split()[0]}) REFERENCES") for key in foreign]
    return [column, *keys, *checks]


def test_migrated_register_is_the_one_the_models_describe(empty: Database, from_models: Database) -> None:
    migrate.upgrade(empty)
    ours, theirs = catalogue(empty), catalogue(from_models)
    assert len(theirs) > 100
    difference = [line for line in difflib.ndiff(ours, theirs) if line[0] in "+-"]
    assert difference == [], "write a migration (issuance/migrate.py): + is missing in them, - is too much"


def test_alembic_finds_nothing_to_migrate(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        assert compare_metadata(context, migrate.metadata()) == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tables of Procrastinate are its own: the next test compares them."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def test_the_tables_of_procrastinate_are_those_of_the_package(postgres: Cluster) -> None:
    with postgres.database("template0") as url:
        theirs = Database(url)
        with theirs.engine.begin() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute(SchemaManager.get_schema())
            expected = {str(line) for line in connection.scalars(text(PROCRASTINATE_CATALOGUE))}
        theirs.engine.dispose()
    with postgres.database(TEMPLATE) as url:
        ours = Database(url)
        with ours.reading() as session:
            found = {str(line) for line in session.scalars(text(PROCRASTINATE_CATALOGUE))}
        ours.engine.dispose()
    assert len(expected) > 60
    assert found == expected, "write a migration from procrastinate/sql/migrations"


def test_a_register_of_the_first_release_is_upgraded(empty: Database, from_models: Database) -> None:
    with empty.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), "0001")
    migrate.upgrade(empty)
    assert catalogue(empty) == catalogue(from_models)
    if empty.engine.dialect.name == "sqlite":
        with empty.reading() as session:
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    before = catalogue(empty)
    migrate.upgrade(empty)
    assert catalogue(empty) == before


def test_servers_starting_together_migrate_once(empty: Database) -> None:
    with ThreadPoolExecutor(3) as servers:
        for started in [servers.submit(migrate.upgrade, empty) for _ in range(3)]:
            started.result()
    with empty.reading() as session:
        assert session.scalars(text("SELECT version_num FROM alembic_version")).all() == [migrate.head()]


def test_a_migration_that_fails_leaves_nothing(empty: Database) -> None:
    with empty.transaction() as session:
        session.execute(text("CREATE TABLE print_job (id INTEGER)"))
    with pytest.raises(DBAPIError, match="print_job"):
        migrate.upgrade(empty)
    assert inspect(empty.engine).get_table_names() == ["print_job"]


def test_migrations_are_numbered_in_one_line() -> None:
    scripts = ScriptDirectory(str(migrate.FOLDER))
    assert len(scripts.get_heads()) == 1
    numbers = [script.revision for script in scripts.walk_revisions()][::-1]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    files = sorted(path.name for path in (migrate.FOLDER / "versions").glob("*.py"))
    assert [name.split("_")[0] for name in files] == numbers
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in files)
