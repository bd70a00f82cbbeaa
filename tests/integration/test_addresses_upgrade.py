"""Addresses of a register of the release before get one spelling each, or the two that would be one are named."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command

from issuance import migrate
from issuance.db import Database
from issuance.errors import Conflict

BEFORE = "0006"


@pytest.fixture
def register(empty_database_url: str) -> Iterator[Database]:
    """A register of the release before, with a centre."""
    opened = Database(empty_database_url)
    with opened.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        command.upgrade(migrate._config(connection=connection), BEFORE)
    yield opened
    opened.engine.dispose()


def add(register: Database, *emails: str) -> None:
    metadata = sa.MetaData()
    metadata.reflect(register.engine, only=["centre", "staff"])
    centre, staff = metadata.tables["centre"], metadata.tables["staff"]
    with register.transaction() as session:
        key = str(uuid4()) if register.engine.dialect.name == "postgresql" else uuid4().hex
        session.execute(centre.insert().values(id=key, code="galati", name="G", address="", opening_hours=""))
        for number, email in enumerate(emails):
            own = str(uuid4()) if register.engine.dialect.name == "postgresql" else uuid4().hex
            row = {"id": own, "email": email, "full_name": "A", "centre_id": key, "active": True}
            session.execute(staff.insert().values(**row, fs_uniquifier=str(number)))


def emails(register: Database) -> list[str]:
    with register.reading() as session:
        return sorted(session.scalars(sa.text("SELECT email FROM staff")))


def test_each_address_gets_its_one_spelling(register: Database) -> None:
    add(register, "Clerk@Liman.example", " S\u0326TEFAN@liman.example", "no address", "plain@liman.example")
    migrate.upgrade(register)
    assert emails(register) == sorted(
        ["clerk@liman.example", "ștefan@liman.example", "no address", "plain@liman.example"]
    )


def test_two_that_would_be_one_are_named_and_nothing_is_changed(register: Database) -> None:
    add(register, "Clerk@Liman.example", "clerk@liman.example", "Other@liman.example")
    with pytest.raises(Conflict, match=r"Clerk@Liman\.example and clerk@liman\.example"):
        migrate.upgrade(register)
    assert emails(register) == sorted(["Clerk@Liman.example", "clerk@liman.example", "Other@liman.example"])
    assert "session" not in sa.inspect(register.engine).get_table_names()
