"""What a station logs on standard error: one JSON object a line, or plain lines for who sits at the terminal.

It holds codes, ids, and what machines say of themselves; nothing of whom a document is for. Of an exception the class
and the place are written, never its text, as that may quote what was sent.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from pathlib import Path
from typing import TextIO

FRAMES = 3


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        said = {"event": "station", "level": record.levelname.lower(), "timestamp": when, "logger": record.name}
        return json.dumps(said | {"message": record.getMessage()} | error_of(record), ensure_ascii=False)


def error_of(record: logging.LogRecord) -> dict[str, str]:
    """The class of what was raised and where, if anything was."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": " < ".join(reversed(places))}


def configure(stream: TextIO) -> None:
    """Write there what is logged from here on, from info; where logging is set up already it stays as it is."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s") if stream.isatty() else Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
