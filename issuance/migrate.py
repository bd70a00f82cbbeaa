"""Bringing a register to the tables of this release: numbered migrations, run by Alembic without an ini file.

When a model changes, `python -m issuance.migrate new what_it_does` compares the models with what the migrations so far
build, writes `migrations/versions/NNNN_what_it_does.py`, and leaves it to be read and tidied.
"""

from __future__ import annotations

import argparse
import pkgutil
import tempfile
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect

import issuance.models
from issuance.db import Base, Database
from issuance.errors import Unfit

FOLDER = Path(__file__).parents[1] / "migrations"
LOCK = 0x4C494D414E
"""The PostgreSQL advisory lock that lets one process migrate at a time ("LIMAN")."""


def upgrade(database: Database) -> None:
    """Run the migrations this register has not seen, all or none; safe when several processes start at once.

    Unfit, and nothing touched, for a register that `check` refuses.
    """
    with database.engine.connect().execution_options(liman_writes=True) as connection, connection.begin():
        upgrade_on(connection)


def upgrade_on(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to the one numbered `to` within the transaction of this connection."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    check(connection)
    command.upgrade(_config(connection=connection), to)


def numbers() -> list[str]:
    """The numbers of the migrations that this release has, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def check(connection: Connection) -> None:
    """Unfit for a register of a newer release, and for a database that cannot hold every letter."""
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise Unfit(
                "The database has the encoding %(encoding)s and cannot hold every name: make one with ENCODING 'UTF8'.",
                encoding=encoding,
            )
    if not inspect(connection).has_table("alembic_version"):
        return
    number = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if number is not None and number not in numbers():
        raise Unfit(
            "This register was brought to %(number)s by a newer release, and this one ends at %(head)s: start the newer"
            " release, or restore a back-up of this one.",
            number=number,
            head=head(),
        )


def head() -> str | None:
    """The number of the newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def metadata() -> MetaData:
    """The tables of all models."""
    for module in pkgutil.iter_modules(issuance.models.__path__, "issuance.models."):
        import_module(module.name)
    return Base.metadata


def new(name: str) -> Path:
    """Write the next migration from what the models and the migrations so far differ in."""
    number = f"{int(head() or 0) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/register.sqlite")
        upgrade(database)
        with database.engine.connect() as connection:
            command.revision(_config(connection=connection), name, autogenerate=True, rev_id=number)
        database.engine.dispose()
    return FOLDER / "versions" / f"{number}_{name}.py"


def _config(**attributes: object) -> Config:
    """Alembic's settings in code; env.py reads the connection and the tables from the attributes."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes, metadata=metadata())
    return config


def main() -> None:
    """The command line: `new NAME`."""
    parser = argparse.ArgumentParser(prog="python -m issuance.migrate", description="Write the next migration.")
    parser.add_argument("command", choices=["new"])
    parser.add_argument("name", help="what it does, in small_letters")
    print(f"Read and tidy {new(parser.parse_args().name)}")  # noqa: T201 - a command for people


if __name__ == "__main__":
    main()
