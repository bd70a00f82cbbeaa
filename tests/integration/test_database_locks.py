"""What a process holds of the register's file is kept while it opens further connections."""

from __future__ import annotations

import os
from pathlib import Path

from issuance import migrate
from issuance.db import Database


def locks(path: Path) -> int:
    """How many locks this process has on a file, as the kernel lists them."""
    inode, ours = f":{path.stat().st_ino}", str(os.getpid())
    lines = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return sum(ours in words and any(word.endswith(inode) for word in words) for words in lines)


def test_another_connection_drops_no_lock(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    database = Database(sqlite_url)
    with database.engine.connect() as first:
        first.exec_driver_sql("SELECT count(*) FROM staff").scalar()
        held = locks(path)
        assert held > 0
        with database.engine.connect() as second:
            second.exec_driver_sql("SELECT count(*) FROM staff").scalar()
            assert locks(path) >= held
    database.engine.dispose()


def test_nothing_locks_a_table() -> None:
    """Rows are locked, and what two hosts may never both do by an advisory lock."""
    folder = Path(migrate.__file__).parent
    assert [path for path in folder.rglob("*.py") if "LOCK TABLE" in path.read_text("utf-8").upper()] == []
