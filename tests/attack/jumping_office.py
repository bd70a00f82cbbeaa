"""An office whose clock a test sets: `gunicorn "tests.attack.jumping_office:serve()"`, ahead by what a file says."""

from __future__ import annotations

import atexit
import datetime as dt
import os
from pathlib import Path

from flask import Flask

from app import create_app, worker
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


def serve() -> Flask:
    """As `app.serve`."""
    app = create_app(clock=SetClock(Path(os.environ[AHEAD_FILE])))
    background = worker(app)
    background.start()
    atexit.register(background.stop)
    return app
