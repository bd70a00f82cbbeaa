"""Which of several workers leads: the one that holds an advisory lock of the register's PostgreSQL.

The leader alone links and signs the audit and keeps the timetable. The lock is its connection's: it ends with the
process, and with a host that is silent for some seconds.
"""

from __future__ import annotations

import contextlib

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

LOCK = 0x4C494D414E4C
"""The advisory lock of the leading worker ("LIMANL")."""

LET_GO_SOON = (
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET tcp_user_timeout = 15000"
)
"""PostgreSQL notices within 20 seconds that the leader's host is gone."""


class Leader:
    """The lock of one worker, asked for again and again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._held = False

    def leads(self) -> bool:
        """Whether this worker leads, from now on or still."""
        try:
            connection = self._connection = self._connection or self._connect()
            taken = connection.scalar(text("SELECT 1" if self._held else f"SELECT pg_try_advisory_lock({LOCK})"))
        except SQLAlchemyError:
            self.let_go()
            return False
        self._held = bool(taken)
        return self._held

    def let_go(self) -> None:
        """Another may lead."""
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.close()

    def _connect(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # it never goes back into the pool, where its lock would stay
        connection.exec_driver_sql(LET_GO_SOON)
        return connection
