"""Where the small offices of the table begin: an office is prepared once for each road, and copied for each case."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from card_drivers.simulators.machine import Blank, Simulation
from issuance import migrate, tasks
from issuance.db import Database
from issuance.keys.card_keys import open_card_keys
from issuance.settings import Settings, write_once
from tests.crash.child import clock
from tests.people import EVENT_KEY, VAULT_KEY, SmallOffice

STOCKS = ("card-chip", "card", "booklet-blue", "booklet-grey")
MEMORY = "memory"
_numbers = itertools.count(1)


def _next() -> str:
    """A number that no other office of the run has, of whatever process."""
    return f"{os.getpid()}_{next(_numbers)}"


class Databases(Protocol):
    """Where registers are made, copied and dropped."""

    def url(self, name: str, folder: Path) -> str:
        """The address of the register `name`, whose office is in `folder`."""

    def make(self, name: str, source: str) -> None:
        """Make it as a copy of `source`, or empty when that is ""."""

    def drop(self, name: str) -> None:
        """It is not needed any more."""


class Files:
    """SQLite: a register is a file of its office's folder, copied with it."""

    def url(self, name: str, folder: Path) -> str:
        return f"sqlite:///{folder / 'register.sqlite'}"

    def make(self, name: str, source: str) -> None: ...

    def drop(self, name: str) -> None: ...


class Cluster:
    """PostgreSQL: databases beside the one at `url`."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    @cached_property
    def _connection(self) -> psycopg.Connection:
        """Of this process: made when it is needed first."""
        words = {"host": self._url.host, "port": self._url.port, "user": self._url.username}
        return psycopg.connect(**words, dbname=self._url.database, autocommit=True)  # type: ignore[arg-type]

    def url(self, name: str, folder: Path) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def make(self, name: str, source: str) -> None:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._connection.execute(command.format(sql.Identifier(name), sql.Identifier(source or "template0")))

    def drop(self, name: str) -> None:
        self._connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """No more are made."""
        self._connection.close()


class Grounds:
    """The prepared offices of one run, in `folder`."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self.databases, self.folder = databases, folder
        self._made: dict[str, str] = {}

    @contextmanager
    def copy(self, name: str, prepare: Callable[[Any], None]) -> Iterator[tuple[Path, str]]:
        """Folder and register of an office of one's own that was prepared so; removed afterwards."""
        if name not in self._made:
            self._made[name] = self._prepared(name, prepare)
        number = f"crash_{_next()}"
        folder = self.folder / number
        shutil.copytree(self.folder / self._made[name], folder)
        self.databases.make(number, self._made[name])
        try:
            yield folder, self.databases.url(number, folder)
        finally:
            self.databases.drop(number)
            shutil.rmtree(folder)

    def _prepared(self, name: str, prepare: Callable[[Any], None]) -> str:
        """Prepared from the founded one, which is made first."""
        from tests.crash.floor import Floor

        source = self._made["founded"] = self._made.get("founded") or self._founded()
        key = f"crash_of_{name}_{_next()}"
        shutil.copytree(self.folder / source, self.folder / key)
        self.databases.make(key, source)
        floor = Floor(self.folder / key, self.databases.url(key, self.folder / key))
        prepare(floor)
        tasks.link_audit(
            floor.office
        )  # a server that is killed at once would leave it unsigned for longer than it may be
        floor.remember()
        return key

    def _founded(self) -> str:
        """An office with its people, one station with a simulated machine, and blanks in machine and ledger."""
        key = f"crash_founded_{_next()}"
        folder = self.folder / key
        (folder / "var" / "keys").mkdir(parents=True)
        self.databases.make(key, "")
        database = Database(self.databases.url(key, folder))
        migrate.upgrade(database)
        for name, secret in (("vault", VAULT_KEY), ("audit-events", EVENT_KEY)):
            write_once(folder / "var" / "keys" / name, secret)
        office = SmallOffice(database, clock(folder))
        (folder / MEMORY).write_bytes(pickle.dumps(office.memory))
        office.open_shift()
        machine = folder / "s1" / "simulator"
        Simulation(machine).load(
            [
                Blank(serial=f"{stock}-{number}", stock=stock, uid=f"04{kind:02x}{number:010x}" if kind != 1 else None)
                for kind, stock in enumerate(STOCKS)
                for number in range(1, 20)
            ]
        )
        (keys,) = open_card_keys(Settings(var=folder / "var", demo=True)).sets
        (machine / "card_keys.json").write_text(keys.model_dump_json(include={"enc", "mac", "dek"}))
        (folder / "s1" / "token").write_text(office.token)
        database.engine.dispose()
        return key
