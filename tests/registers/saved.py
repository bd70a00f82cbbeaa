"""Filled registers of earlier releases, kept as JSON: what a migration is tried on.

`python -m tests.registers.saved URL` writes `NNNN.json` from a register that the tests of that release filled; NNNN is
its newest migration. Large values of bytes are cut short: a migration moves them and looks into none.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

FOLDER = Path(__file__).parent
CUT = 48
VERSION = "alembic_version"
Rows = dict[str, list[dict[str, Any]]]


def saved(number: str) -> Rows:
    """The rows of every table of the register at migration `number`."""
    rows: Rows = json.loads((FOLDER / f"{number}.json").read_text(encoding="utf-8"))
    return rows


def fill(connection: sa.Connection, rows: Rows) -> None:
    """Put `rows` into the tables they were saved from, whatever the database; what a migration put there gives way."""
    tables = _tables(connection)
    for table in reversed(tables.sorted_tables):
        connection.execute(table.delete())
    for table in tables.sorted_tables:
        for row in rows.get(table.name, []):
            values = {name: _typed(table.c[name].type, value) for name, value in row.items()}
            connection.execute(table.insert().values(values))


def save(engine: sa.Engine) -> Path:
    """Write every row of a register of this release beside this module."""
    with engine.connect() as connection:
        number = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION}").scalar_one()
        rows = {
            table.name: [_plain(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
            for table in _tables(connection).sorted_tables
        }
    path = FOLDER / f"{number}.json"
    path.write_text(_document(rows), encoding="utf-8")
    return path


def _document(rows: Rows) -> str:
    """JSON with one row a line, so that a difference can be read."""
    tables = (
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in found) + "\n]"
        for name, found in rows.items()
        if found
    )
    return "{\n" + ",\n".join(tables) + "\n}\n"


def _tables(connection: sa.Connection) -> sa.MetaData:
    """The tables as the database itself describes them: the models are those of a later release."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: name != VERSION)
    return found


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in row._mapping.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value[:CUT]).decode()
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    """A value of JSON as a column of `kind` takes it."""
    if isinstance(kind, sa.Uuid):
        return UUID(value)
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, sa.DateTime):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if isinstance(kind, sa.Date) else value


if __name__ == "__main__":
    print(save(sa.create_engine(sys.argv[1])))
