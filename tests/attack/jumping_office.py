"""An office whose clock a test sets: `python -m tests.attack.jumping_office`, ahead by what a file says."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

from app import serve
from issuance.clock import SystemClock, office_day

AHEAD_FILE = "CLOCK_AHEAD_FILE"


class SetClock(SystemClock):
    """The machine's clock as somebody sets it ahead; what passes on the machine is what passes."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> dt.datetime:
        """The machine's time and the seconds in the file."""
        return super().now() + dt.timedelta(seconds=float(self._file.read_text()))

    def today(self) -> dt.date:
        """The day of that time."""
        return office_day(self.now())


if __name__ == "__main__":
    sys.exit(serve((), SetClock(Path(os.environ[AHEAD_FILE]))))
