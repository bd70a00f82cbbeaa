"""What the files of a register hold: everything that a thief of the disk would read."""

from __future__ import annotations

from pathlib import Path

from issuance.office import Office


def stored(office: Office) -> bytes:
    """The bytes of a SQLite register, its write-ahead log and its shared memory."""
    path = str(office.database.engine.url.database)
    files = [Path(path), Path(f"{path}-wal"), Path(f"{path}-shm")]
    return b"".join(file.read_bytes() for file in files if file.exists())
