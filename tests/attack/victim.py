"""A register whose owner changes rows and events by SQL, and the real `verify-audit` on it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, text

from issuance import tasks
from issuance.db import Base, Database
from issuance.office import Office
from issuance.settings import Settings
from tests.fixtures.databases import server_of
from tests.fixtures.stages import Stages
from tests.people import LAYLA, SmallOffice, Stage, changed

ROOT = Path(__file__).parents[2]
OTHER = changed(LAYLA, family_name="Haddad", given_names="Sami", case_reference="2026/TM/0002")
Attack = Callable[[Connection], object]


class Victim:
    """A register with two requests, one of them with a checked document; everything is linked and signed."""

    def __init__(self, url: str, var: Path, memory: object) -> None:
        self.url, self.var = url, var
        self.database = Database(url)
        self.people = SmallOffice(self.database, memory=memory)  # type: ignore[arg-type]
        (var / "keys").mkdir(parents=True)
        (var / "keys" / "audit-events").write_bytes(self.people.event_key)
        self.people.enrol(self.people.lodge(OTHER))
        self.link()

    def link(self) -> None:
        """What the background thread does every two seconds."""
        tasks.link_audit(Office(Settings(var=self.var), self.database, self.people.clock))

    def verify(self) -> subprocess.CompletedProcess[str]:
        """The real command on this register."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "verify-audit"],
            cwd=ROOT,
            env=os.environ | {"LIMAN_VAR": str(self.var), "LIMAN_DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def tamper(self, *attacks: Attack) -> None:
        """Change the register past every constraint, as its owner can."""
        with self.database.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
                    connection.connection.dbapi_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
            else:
                connection.execute(text("SET session_replication_role = replica"))
                connection.execute(
                    text("ALTER TABLE request DROP CONSTRAINT IF EXISTS ck_request_lodger_is_not_approver")
                )
                connection.execute(
                    text("ALTER TABLE request DROP CONSTRAINT IF EXISTS ck_request_enroller_is_not_approver")
                )
            for attack in attacks:
                attack(connection)
            connection.commit()
            connection.invalidate()


@contextmanager
def victim_on(request: pytest.FixtureRequest, stages: Stages, var: Path) -> Iterator[Victim]:
    """A register on the database that the fixture is asked for."""
    server = server_of(request, request.param)
    kept = stages.at(server, Stage.CHECKED, LAYLA)
    with server.database(kept.template) as url:
        made = Victim(url, var, pickle.loads(kept.memory))
        yield made
        made.database.engine.dispose()


def sql(statement: str) -> Attack:
    """An attack of one statement."""
    return lambda connection: connection.execute(text(statement))


def insert(model: type[Base], **values: object) -> Attack:
    """An attack that adds a row."""
    return lambda connection: connection.execute(sa.insert(model).values(**values))
