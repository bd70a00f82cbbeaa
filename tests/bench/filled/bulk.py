"""Rows by the hundred thousand, consistent with the models: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy
from psycopg import sql
from sqlalchemy import inspect
from sqlalchemy.engine import Dialect

from issuance import migrate
from issuance.db import Base, Database

ROWS_AT_ONCE = 20_000
FAST = ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-1000000")


def key_at(moment: dt.datetime, random: Random) -> UUID:
    """A UUIDv7 of that moment, the same each time."""
    value = int(moment.timestamp() * 1000) << 80 | 7 << 76 | random.getrandbits(12) << 64
    return UUID(int=value | 2 << 62 | random.getrandbits(62))


Model = type[Base] | sqlalchemy.Table


def name_of(model: Model) -> str:
    return model.name if isinstance(model, sqlalchemy.Table) else model.__tablename__


def _keyed(model: type[Base]) -> Iterator[tuple[str, Any]]:
    return ((attribute.key, attribute.columns[0]) for attribute in inspect(model).column_attrs)


def _as_it_is(value: Any) -> Any:
    return value


class Table:
    """How the rows of one model are written: its columns with their defaults, as the database takes them."""

    def __init__(self, model: Model, dialect: Dialect) -> None:
        self.name, keyed = name_of(model), model.c.items() if isinstance(model, sqlalchemy.Table) else _keyed(model)
        self.columns: list[str] = []
        self._recipe: list[tuple[str, Any, Callable[[Any], Any]]] = []
        for key, column in keyed:
            default = getattr(column.default, "arg", None)
            value = None if key == "id" else default(None) if callable(default) else default
            process = column.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
            self.columns.append(column.name)
            self._recipe.append((key, process(value), process))

    def row(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the columns."""
        return [process(values[key]) if key in values else default for key, default, process in self._recipe]


class Bulk:
    """Takes rows in any order and writes them in the order in which tables need each other."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self._connection, self._dialect = connection, dialect
        self._order = {table.name: place for place, table in enumerate(migrate.metadata().sorted_tables)}
        self._tables: dict[Model, Table] = {}
        self._waiting: dict[Model, list[dict[str, Any]]] = defaultdict(list)

    def add(self, model: Model, **values: Any) -> None:
        """One row; what is not said has the model's default."""
        rows = self._waiting[model]
        rows.append(values)
        if len(rows) >= ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for model in sorted(self._waiting, key=lambda model: self._order[name_of(model)]):
            table = self._tables.setdefault(model, Table(model, self._dialect))
            self._write(table, [table.row(values) for values in self._waiting[model]])
        self._waiting.clear()

    def _write(self, table: Table, rows: list[list[Any]]) -> None:
        cursor = self._connection.cursor()
        if self._dialect.name == "sqlite":
            marks = ", ".join("?" * len(table.columns))
            cursor.executemany(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})", rows)
            return
        names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)) as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def bulk(database: Database) -> Iterator[Bulk]:
    """One fast transaction, not safe from a loss of power; the planner's statistics are taken at its end.

    On PostgreSQL the user must be a superuser: foreign keys are not looked up row by row.
    """
    dialect = database.engine.dialect
    raw = database.engine.raw_connection()
    connection = raw.driver_connection
    try:
        if dialect.name == "sqlite":
            begin = [f"PRAGMA {pragma}" for pragma in FAST]
            end = ["ANALYZE", "PRAGMA journal_mode=WAL"]
        else:
            connection.autocommit = True
            begin, end = ["SET session_replication_role = replica"], ["ANALYZE"]
        for statement in (*begin, "BEGIN"):
            connection.execute(statement)
        rows = Bulk(connection, dialect)
        yield rows
        rows.flush()
        for statement in ("COMMIT", *end):
            connection.execute(statement)
    finally:
        connection.close()  # its settings end with it
        raw.invalidate()
