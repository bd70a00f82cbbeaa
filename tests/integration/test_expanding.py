"""A migration expands: the server of the release before works on while it runs, and after it (docs/operations.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import inspect

from issuance import migrate
from issuance.db import Database

Columns = dict[str, dict[str, bool]]

CONTRACTS = {
    "0005": "why a job is held moved into a column of its own",
    "0007": "each job got its lodging day",
    "0010": "duties got a table of their own",
    "0022": "representatives became mandates",
    "0028": "each job got its turn",
    "0029": "roles got a beginning and an end",
    "0037": "each blank stands in a place of the ledger",
}
"""Migrations that take something away, or ask for what an old server does not write: their office was shut meanwhile.

A later one is written here only when a release before it stopped using what it takes away, and says which.
"""


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    opened = Database(empty_database_url)
    yield opened
    opened.engine.dispose()


def asks(database: Database) -> Columns:
    """Every column by table, and whether who writes a row has to give it."""
    with database.engine.connect() as connection:
        found = inspect(connection)
        return {
            table: {
                column["name"]: not column["nullable"] and column["default"] is None
                for column in found.get_columns(table)
            }
            for table in found.get_table_names()
        }


def hurts(before: Columns, after: Columns) -> list[str]:
    """What a server that knows `before` would stumble over."""
    gone = [
        f"{table}.{name} is gone"
        for table, columns in before.items()
        for name in columns.keys() - after.get(table, {}).keys()
    ]
    asked = [
        f"{table}.{name} is asked for"
        for table in before.keys() & after.keys()
        for name, needed in after[table].items()
        if needed and not before[table].get(name, False)
    ]
    return sorted(gone + asked)


def test_migrations_expand(empty: Database) -> None:
    before: Columns = {}
    found = {}
    for number in sorted(migrate.numbers()):
        with empty.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
            migrate.upgrade_on(connection, number)
        after = asks(empty)
        if said := hurts(before, after):
            found[number] = said
        before = after
    unnamed = {number: said for number, said in found.items() if number not in CONTRACTS}
    assert unnamed == {}, "expand first; contract when no server needs it any more, and say so in CONTRACTS"
    assert set(CONTRACTS) == set(found)
