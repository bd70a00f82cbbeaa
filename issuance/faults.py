"""What failed under us, told apart from a defect of ours: the register is away, its disk is full, it is damaged.

Each is a sentence (`errors.Unavailable`): nothing was changed, and what was sent may be sent again (ADR 0113).
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Mapping

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from issuance.errors import Away, Busy, Damaged, DiskFull, Unavailable
from issuance.logs import error_of

Fault = Callable[[], Unavailable]
FULL = (errno.ENOSPC, errno.EDQUOT)

SQLITE: Mapping[int, Fault] = {
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_IOERR: Away,
    sqlite3.SQLITE_CANTOPEN: Away,
    sqlite3.SQLITE_READONLY: Away,
    sqlite3.SQLITE_CORRUPT: Damaged,
    sqlite3.SQLITE_NOTADB: Damaged,
}
"""By the primary result code (sqlite.org/rescode.html)."""

NO_ROOM_FOR_THE_INDEX = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE)
"""Where SQLite tells a full disk as a failed write: the index of its log grows (-shm), the log is copied back."""

POSTGRESQL: Mapping[str, Fault] = {
    "53100": DiskFull,
    "53": Away,  # too many connections, out of memory
    "57P": Away,  # shut down, crashed, not yet started
    "08": Away,
    "25006": Away,  # a standby, which takes no writes
    "58": Away,  # the machine under it
    "XX001": Damaged,
    "XX002": Damaged,
}
"""By the beginning of SQLSTATE (PostgreSQL 15, appendix A), the longest first that fits."""


def fault_of(error: BaseException) -> Unavailable | None:
    """The refusal that says what failed; None when it is no fault of the machinery. Nothing of `error` is repeated."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, NoConnectionLeft):
        return Busy()
    if isinstance(error, OSError):
        return DiskFull() if error.errno in FULL else None
    kind = _kind(error.orig if isinstance(error, DBAPIError) and error.orig else error)
    return kind() if kind else None


def _kind(error: BaseException) -> Fault | None:
    """What a driver says."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        return DiskFull if code in NO_ROOM_FOR_THE_INDEX else SQLITE.get(code & 0xFF)
    if not isinstance(error, psycopg.Error):
        return None
    if not error.sqlstate:  # the other side said nothing any more
        return Away if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
    fits = [each for each in POSTGRESQL if error.sqlstate.startswith(each)]
    return POSTGRESQL[max(fits, key=len)] if fits else None


def told(error: BaseException) -> dict[str, str]:
    """What may be logged of an exception, and which fault of the machinery it is, if it or its cause is one."""
    fault = fault_of(error) or (fault_of(error.__cause__) if error.__cause__ else None)
    return error_of(error) | ({"kind": fault.code} if fault else {})
