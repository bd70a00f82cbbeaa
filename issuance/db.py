"""The database: typed base, UUIDv7 keys, UTC times, and the one way to open a transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    Enum,
    Index,
    MetaData,
    create_engine,
    event,
    func,
    inspect,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, ORMExecuteState, Session, declared_attr, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator

from issuance.errors import Raced, StaleState, Unfit

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "synchronous=FULL",
    "secure_delete=ON",  # a destroyed key must not stay in free pages
)


PATIENCE = 10.0
"""Seconds for which a writer waits for SQLite's one lock."""

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")
CONNECTING = {
    # Text comes as text whatever the database's encoding is: else one that we refuse could not even be asked.
    "client_encoding": "utf8",
    # A connection that is cut without a word is noticed within half a minute.
    **{"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3},
    **{"tcp_user_timeout": 10_000, "connect_timeout": 10},
}
"""How psycopg connects."""

OVERTAKEN = ("40P01", "40001")
"""PostgreSQL ends one of two transactions that wait for one another, or could not have come one after the other."""

UNIQUE = "23505"
SQLITE_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


def uuid7() -> UUID:
    """A time-ordered key (RFC 9562, 5.7; 6.2, method 3): 48 bits of milliseconds, 12 of their fraction, 62 random ones.

    So rows that one process makes one after the other come in that order, while its clock goes forward.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = (nanoseconds << 12) // 1_000_000
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62))


def is_new(row: object) -> bool:
    """Whether a row was never written yet, so that no row of the register can name it."""
    return not inspect(row).has_identity


def moment_of(key: UUID) -> dt.datetime:
    """When a key of ours was made, to the millisecond, by the clock of the machine that made it."""
    return dt.datetime.fromtimestamp((key.int >> 80) / 1000, dt.UTC)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC time; SQLite, which keeps no zone, gives it back aware too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse naive times: they are a defect, never input."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give the stored time its zone back."""
        return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of every table; constraints are named by rule so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {dt.datetime: UtcDateTime}

    WITNESSED: ClassVar[tuple[str, ...]] = ()
    """The attributes that only an act may change, and whose values the audit keeps with its event (ADR 0025)."""

    BY_MACHINE: ClassVar[frozenset[str]] = frozenset()
    """Of machinery that no witness is kept of: the states into which upkeep may move it (ADR 0073)."""


class Keyed:
    """A row with a UUIDv7 key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-1)


class Versioned(Keyed):
    """A row with an optimistic version: a write over someone else's write is StaleState."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 (SQLAlchemy calls it on the class)
        return {"version_id_col": cls.version}


def state_column(states: type[StrEnum], initial: StrEnum) -> Any:
    """A column holding one of `states`, checked by the database; written by `states.advance` only.

    It has no index of its own: nearly all rows are closed, and what is open is asked for by centre.
    """
    kind = Enum(states, native_enum=False, length=20, create_constraint=True, name="state", values_callable=list)
    return mapped_column(kind, default=initial)


def wait_turn(session: Session, what: str) -> None:
    """Let the transactions that do `what` pass one at a time, until each ends: SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:7], "big")
        session.execute(select(func.pg_advisory_xact_lock(number)))


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index on the few rows for which `where` holds; queries find it that say the same by `written`."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def written(value: str) -> ColumnElement[str]:
    """A constant of ours that is written into the statement, so that a partial index is seen to fit."""
    return literal(str(value), literal_execute=True)


class _Turns:
    """SQLite has one writer: those of this process wait in the order in which they came, and not by luck.

    Whoever waited long enough goes on as one of another process would: SQLite itself says when it is too long.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    @contextmanager
    def mine(self, seconds: float) -> Iterator[None]:
        """Wait for one's turn, at most so long; it is the next one's when the block ends."""
        has_it = self._take(seconds)
        try:
            yield
        finally:
            if has_it:
                self._pass_on()

    def _take(self, seconds: float) -> bool:
        turn = threading.Event()
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._guard:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
        return False

    def _pass_on(self) -> None:
        with self._guard:
            self._is_taken = bool(self._waiting)
            if self._waiting:
                self._waiting.popleft().set()


class _Reading(Session):
    """A session that knows whether anything was changed in it."""

    wrote = False

    @property
    def is_changed(self) -> bool:
        """Whether a statement wrote, or objects would be written."""
        return self.wrote or bool(self.new or self.dirty or self.deleted)


@event.listens_for(_Reading, "after_flush")
def _flushed(session: _Reading, _: object) -> None:
    session.wrote = True


@event.listens_for(_Reading, "do_orm_execute")
def _executed(run: ORMExecuteState) -> None:
    assert isinstance(run.session, _Reading)
    run.session.wrote = run.session.wrote or not run.is_select


class Database:
    """One engine and its sessions. `transaction` writes, `reading` does not. Unfit for an address of another kind."""

    def __init__(self, url: str) -> None:
        options = CONNECTING if _driver(url) == "postgresql+psycopg" else {}
        self.engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=options)
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        self._writing = self.engine.execution_options(liman_writes=True)
        self._turns = _Turns() if self.engine.dialect.name == "sqlite" else None

    def in_a_fork(self) -> Database:
        """The same register for a process that was forked off: connections belong to the one that opened them."""
        self.engine.dispose(close=False)
        return Database(self.engine.url.render_as_string(hide_password=False))

    def connecting(self) -> dict[str, Any]:
        """What psycopg needs for a connection to this register beside those of the engine."""
        _, options = self.engine.dialect.create_connect_args(self.engine.url)
        return {**options, **CONNECTING}

    @contextmanager
    def transaction(self, patience: float = PATIENCE) -> Iterator[Session]:
        """One act: commits at the end, rolls everything back on any error; StaleState when overtaken.

        SQLite is waited for at most `patience` seconds.
        """
        turn = self._turns.mine(patience) if self._turns else contextlib.nullcontext()
        engine = self._writing.execution_options(liman_patience=patience)
        with turn, Session(engine, expire_on_commit=False) as session:
            try:
                with session.begin():
                    yield session
            except StaleDataError as error:
                raise _overtaken() from error
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", "") not in OVERTAKEN:
                    raise
                raise Raced from error

    def forget(self) -> None:
        """Let SQLite's log of what was written go: it still has the pages from before something was destroyed."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()  # a checkpoint is none within a transaction
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Look without writing: whatever the block changed is rolled back.

        What changed nothing ends with a commit: at a rollback psycopg forgets all that PostgreSQL has planned for it.
        """
        with _Reading(self.engine, expire_on_commit=False) as session:
            yield session
            if not session.is_changed:
                session.commit()


def is_busy(error: OperationalError) -> bool:
    """Whether somebody else holds SQLite's one lock for so long that waiting ended."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def is_twice(error: IntegrityError) -> bool:
    """Whether something was written twice that may be there once."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return getattr(error.orig, "sqlstate", "") == UNIQUE or code in SQLITE_UNIQUE


def _overtaken() -> StaleState:
    return StaleState("Someone else changed this meanwhile. Compare below and send it again.")


def _driver(url: str) -> str:
    """The driver of an address; Unfit for one that is not ours. The address may hold a password: it is not repeated."""
    with contextlib.suppress(ArgumentError):
        driver = make_url(url).drivername
        if driver in DRIVERS:
            return driver
    raise Unfit(
        "LIMAN_DATABASE_URL is no address of a register: write postgresql+psycopg://USER@HOST/NAME, or"
        " sqlite:////FOLDER/register.sqlite."
    )


def _make_private(path: str) -> None:
    """The file of a register is its owner's alone before anything is in it; SQLite gives its other files the same.

    It is never opened here: closing it would drop every lock of this process on it, SQLite's too (howtocorrupt, 2.2).
    """
    try:
        for each in (path, f"{path}-wal", f"{path}-shm"):
            if os.path.exists(each) and os.stat(each).st_mode & 0o077:
                os.chmod(each, 0o600)
    except OSError:
        return  # a register that is another's to protect, or cannot be opened: connecting says so


def _prepare_sqlite(engine: Engine) -> None:
    """Write-ahead log, foreign keys, waiting for locks; writers take the lock at BEGIN, so they never fail halfway."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        _make_private(str(engine.url.database))
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("liman_writes"):
            waits = round(options.get("liman_patience", PATIENCE) * 1000)
            connection.exec_driver_sql(f"PRAGMA busy_timeout={waits}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("liman_writes") else "BEGIN")
