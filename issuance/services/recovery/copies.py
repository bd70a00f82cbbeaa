"""The bytes of a register: copied while it is written to, and put back into one transaction.

SQLite copies itself (`sqlite3_backup`). PostgreSQL is copied table by table (COPY) in one REPEATABLE READ snapshot and
put back into tables that the migrations of its release build: no client programs, no versions of them to keep alike.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import psycopg
from pydantic import BaseModel
from sqlalchemy import Connection, MetaData, column, create_engine, func, inspect, make_url, select, table, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from issuance import migrate
from issuance.db import PATIENCE, Database
from issuance.errors import Conflict

SQLITE_FILE = "register.sqlite"
VERSION_TABLE = "alembic_version"
CHUNK = 1 << 20


class Table(BaseModel):
    """A table as it was copied."""

    columns: list[str]
    rows: int


class OneTransaction(Database):
    """A database in which everything happens in the one transaction of a connection that somebody else ends."""

    def __init__(self, connection: Connection) -> None:
        self.engine = connection.engine
        self._connection = connection

    @contextmanager
    def transaction(self, patience: float = PATIENCE) -> Iterator[Session]:
        """An act, to be kept with the whole; nobody is waited for."""
        with self.reading() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Look at what the transaction has so far."""
        mode: Literal["create_savepoint"] = "create_savepoint"
        with Session(self._connection, expire_on_commit=False, join_transaction_mode=mode) as session:
            yield session


def kind(url: str) -> Literal["sqlite", "postgresql"]:
    """Which database an address leads to."""
    return "sqlite" if make_url(url).get_backend_name() == "sqlite" else "postgresql"


def name(url: str) -> str:
    """What an administrator calls the database: the name of its file, or its own."""
    return Path(make_url(url).database or "").name


def migration(connection: Connection) -> str:
    """The number of the last migration that this register has seen."""
    return str(connection.scalar(select(text("version_num")).select_from(table(VERSION_TABLE))))


@contextmanager
def saved(url: str, folder: Path) -> Iterator[tuple[Connection, dict[str, Table]]]:
    """Copy the register into `folder`; a connection that sees exactly what was copied, and its tables. Conflict."""
    way = _saved_sqlite if kind(url) == "sqlite" else _saved_postgresql
    with _saying_why(), way(url, folder) as connection:
        yield connection, {each: _table(connection, each) for each in sorted(inspect(connection).get_table_names())}


@contextmanager
def _saying_why() -> Iterator[None]:
    """What a driver says may hold rows: only its kind is told."""
    try:
        yield
    except (sqlite3.Error, psycopg.Error) as error:
        kind_of = type(error).__name__
        raise Conflict(
            "The register could not be copied (%(error)s). Look at disk and database.", error=kind_of
        ) from error


@contextmanager
def _saved_sqlite(url: str, folder: Path) -> Iterator[Connection]:
    copy = folder / SQLITE_FILE
    source = sqlite3.connect(f"{Path(make_url(url).database or '').absolute().as_uri()}?mode=ro", uri=True)
    target = sqlite3.connect(copy)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        source.close()
        target.close()
    engine = create_engine(f"sqlite:///{copy}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def _saved_postgresql(url: str, folder: Path) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="REPEATABLE READ", hide_parameters=True)
    with engine.connect() as connection:
        for each in inspect(connection).get_table_names():
            columns = ", ".join(f'"{column}"' for column in _columns(connection, each))
            cursor = _driver(connection).cursor()
            with (
                (folder / f"{each}.copy").open("wb") as out,
                cursor.copy(f'COPY "{each}" ({columns}) TO STDOUT') as rows,
            ):
                for data in rows:
                    out.write(data)
        yield connection
    engine.dispose()


def _table(connection: Connection, each: str) -> Table:
    rows = connection.scalar(select(func.count()).select_from(table(each))) or 0
    return Table(columns=_columns(connection, each), rows=rows)


def _columns(connection: Connection, each: str) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(each)]


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def is_filled(url: str) -> bool:
    """Whether there is a register with anything in it; one that cannot be read counts as filled."""
    if kind(url) == "sqlite" and not Path(make_url(url).database or "").exists():
        return False
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("audit_event"):
                return bool(inspect(connection).get_table_names())
            return bool(connection.scalar(text("SELECT count(*) FROM audit_event")))
    except DatabaseError:
        return True
    finally:
        engine.dispose()


@contextmanager
def put_back(url: str, folder: Path, was: str, tables: dict[str, Table]) -> Iterator[Connection]:
    """The register of the back-up, brought to the tables of this release; it takes the place of the one at `url` when
    the block ends well, and else nothing was changed. Conflict while somebody works on the old one."""
    way = _put_back_sqlite if kind(url) == "sqlite" else _put_back_postgresql
    with _saying_why(), way(url, folder, was, tables) as connection:
        yield connection


@contextmanager
def put_back_by_itself(url: str) -> Iterator[Connection]:
    """The register that the database's own means put back, brought to the tables of this release; all of the block is
    one transaction. Conflict while somebody works on it."""
    if kind(url) == "sqlite":
        _let_go(Path(make_url(url).database or ""))
    database = Database(url)
    try:
        with (
            _saying_why(),
            database.engine.connect().execution_options(liman_writes=True) as connection,
            connection.begin(),
        ):
            if kind(url) == "postgresql" and connection.scalar(text(OTHERS)):
                raise _IN_USE
            migrate.upgrade_on(connection)
            yield connection
    finally:
        database.engine.dispose()


def timeline(connection: Connection) -> str:
    """What names this life of the database: PostgreSQL begins a timeline with each recovery."""
    if connection.dialect.name == "sqlite":
        return "sqlite"
    system, wal = "SELECT system_identifier FROM pg_control_system()", "SELECT pg_walfile_name(pg_current_wal_lsn())"
    return f"postgresql {connection.scalar(text(system))} timeline {int(connection.scalar(text(wal))[:8], 16)}"


@contextmanager
def _put_back_sqlite(url: str, folder: Path, was: str, tables: dict[str, Table]) -> Iterator[Connection]:
    place = Path(make_url(url).database or "")
    _let_go(place)
    draft = place.with_name(place.name + ".restoring")
    for left in place.parent.glob(draft.name + "*"):
        left.unlink()
    place.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600))
    shutil.copyfile(folder / SQLITE_FILE, draft)
    database = Database(f"sqlite:///{draft}")
    try:
        with database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
            migrate.upgrade_on(connection)
            yield connection
    finally:
        database.engine.dispose()
    draft.rename(place)


def _let_go(place: Path) -> None:
    """Fold the old register's log into it; SQLite refuses while another process has it open."""
    if not place.exists():
        _forget_log(place)
        return
    old = sqlite3.connect(place, timeout=1)
    try:
        if old.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
            raise _IN_USE
    except sqlite3.OperationalError as error:
        raise _IN_USE from error
    except sqlite3.DatabaseError:
        _forget_log(place)
    finally:
        old.close()


def _forget_log(place: Path) -> None:
    """There is no register any more: what is left of its log must not meet the new one."""
    for left in (f"{place}-wal", f"{place}-shm"):
        Path(left).unlink(missing_ok=True)


_IN_USE = Conflict("Somebody still works on this register. Stop its servers, then restore again.")


@contextmanager
def _put_back_postgresql(url: str, folder: Path, was: str, tables: dict[str, Table]) -> Iterator[Connection]:
    database = Database(url)
    try:
        with database.engine.connect() as connection, connection.begin():
            if connection.scalar(text(OTHERS)):
                raise _IN_USE
            _empty(connection)
            migrate.upgrade_on(connection, was)
            _fill(connection, folder, tables)
            migrate.upgrade_on(connection)
            yield connection
    finally:
        database.engine.dispose()


OTHERS = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


LEFT = """SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate%'
    UNION ALL SELECT 'TYPE', typname FROM pg_type WHERE typname LIKE 'procrastinate%' AND typtype IN ('e', 'c')"""
"""What stays of Procrastinate when its tables are gone."""

QUEUE = "procrastinate_jobs"
COUNTED = """SELECT pg_get_serial_sequence(table_name, column_name), table_name, column_name
    FROM information_schema.columns WHERE table_name LIKE 'procrastinate%' AND column_name = 'id'"""


def _empty(connection: Connection) -> None:
    found = inspect(connection).get_table_names()
    if found:
        connection.execute(text(f"DROP TABLE {_quoted(found)} CASCADE"))
    for kind_of, each in connection.execute(text(LEFT)).all():
        connection.execute(text(f"DROP {kind_of} IF EXISTS {each} CASCADE"))


def _fill(connection: Connection, folder: Path, tables: dict[str, Table]) -> None:
    """The rows, in the order in which tables need one another; what the migrations put in is the back-up's too."""
    known = MetaData()
    known.reflect(connection)
    connection.execute(text(f"TRUNCATE {_quoted([each.name for each in known.sorted_tables])} CASCADE"))
    if QUEUE in known.tables:  # its triggers would write what is copied too
        connection.execute(text(f"ALTER TABLE {QUEUE} DISABLE TRIGGER USER"))
    for each in known.sorted_tables:
        columns = _quoted(tables[each.name].columns)
        cursor = _driver(connection).cursor()
        with (
            (folder / f"{each.name}.copy").open("rb") as rows,
            cursor.copy(f'COPY "{each.name}" ({columns}) FROM STDIN') as into,
        ):
            while data := rows.read(CHUNK):
                into.write(data)
    if QUEUE in known.tables:
        connection.execute(text(f"ALTER TABLE {QUEUE} ENABLE TRIGGER USER"))
    for counter, *counted in connection.execute(text(COUNTED)).all():
        ids = table(counted[0], column(counted[1])).c[counted[1]]
        highest = select(func.coalesce(func.max(ids), 0) + 1).scalar_subquery()
        connection.execute(select(func.setval(counter, highest, False)))


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{each}"' for each in names)
