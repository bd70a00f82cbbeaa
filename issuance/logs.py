"""Structured logs on standard error, one JSON object a line, that cannot carry personal data.

What is not on the list is not written: keys are checked by name, ids by their shape, and an event must be a code such
as `task_failed`. The text of exceptions and of other libraries' messages is never written, as it quotes input; the
class and the place in the source say which message it was.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp", "logger", "error", "where"}  # what happened
    | {"route", "method", "status", "milliseconds", "surface", "support"}  # of a web request; what its error page shows
    | {"act", "kind", "document_type", "outcome", "state", "version"}  # of an act
    | {"task", "attempts", "count", "chain", "position"}  # of the background
)
"""Keys that may be written besides those ending in `_id`. `route` is the rule, never the path."""

MASK = "***"
CODE = re.compile(r"[a-z][a-z0-9_.-]{0,60}")
FROM_SOURCE = frozenset(
    {"timestamp", "logger", "error", "where", "route", "method", "document_type", "chain", "support"}
)
OF_SOURCE = re.compile(r"[A-Za-z0-9_.:<>/+\- ]{1,200}")
"""What is written in our source, or made by it, may have capitals and spaces; everything else is a lower case code."""

PLAIN = (bool, int, float, type(None))
OWN_FRAMES = 3


def configure(stream: TextIO | None = None) -> None:
    """Send our logs (from info) and the libraries' (from warning) to standard error. Called once, by the root."""
    stream = stream or sys.stderr
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, _stamp, _exception, only_allowed, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LibraryFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def error_of(error: BaseException) -> dict[str, str]:
    """What may be logged of an exception: its class, and the last places in the source. Never its text."""
    frames = traceback.extract_tb(error.__traceback__)[-OWN_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": " < ".join(reversed(places))}


def only_allowed(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that masks every key and value that is not on the list."""
    return {key: _safe(key, value) for key, value in entry.items()}


class LibraryFormatter(logging.Formatter):
    """A library's record as JSON: where it was written and what was raised, without its text."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry: dict[str, Any] = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        entry["where"] = f"{record.filename}:{record.lineno} {record.funcName}"
        if record.exc_info and record.exc_info[1] is not None:
            entry |= error_of(record.exc_info[1])
        entry["timestamp"] = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        return json.dumps(only_allowed(None, "", entry))


def _safe(key: str, value: Any) -> Any:
    if key.endswith("_id"):
        return _id(value)
    if key not in ALLOWED:
        return MASK
    if isinstance(value, PLAIN):
        return value
    shape = OF_SOURCE if key in FROM_SOURCE else CODE
    return str(value) if shape.fullmatch(str(value)) else MASK


def _id(value: Any) -> str | None:
    try:
        return None if value is None else str(UUID(str(value)))
    except ValueError:
        return MASK


def _stamp(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    entry["timestamp"] = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return entry


def _exception(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn `exc_info` of `log.exception` into the class and place of the error."""
    given = entry.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    return entry if error is None else {**entry, **error_of(error)}


def _as_json(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> str:
    return json.dumps(entry)
