"""A worker as a process of its own, with tasks that a test watches: `python -m tests.attack.slow_worker URL FOLDER`.

`slow` notes that it began and waits until the file `go` is there; `lead`, every second, notes when it began and ended.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from pathlib import Path

from issuance import background
from issuance.background import Periodic, jobs, process
from issuance.clock import SystemClock
from issuance.db import Database

LEADS_FOR = 0.4  # seconds


def slow(folder: Path) -> None:
    """Begin, and go on when told to."""
    _note(folder, "begun")
    while not (folder / "go").exists():
        time.sleep(0.05)
    _note(folder, "done")


def lead(folder: Path) -> None:
    """Something that two may never do at once."""
    _note(folder, "lead", "begins")
    time.sleep(LEADS_FOR)
    _note(folder, "lead", "ends")


def _note(folder: Path, file: str, word: str = "") -> None:
    with (folder / file).open("a") as out:
        out.write(f"{os.getpid()} {word}\n")


if __name__ == "__main__":
    jobs.PATIENCE = 4.0
    handlers = {"slow": slow, "lead": lead}
    timetable = [Periodic("lead", dt.timedelta(seconds=1))]
    at = Path(sys.argv[2])
    process.run(background.worker(Database(sys.argv[1]), handlers, SystemClock(), at, periodic=timetable, idle=0.2))
