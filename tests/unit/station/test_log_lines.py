"""What a station logs: a line of JSON each where a program reads it, plain lines at a terminal, no text of an error."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable

import pytest

from card_drivers import logs

NAME = "Ahmad Al-Khatib"


class Terminal(io.StringIO):
    """Where somebody sits."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Logging as it is when a process starts: said in the test itself, since pytest sets its own up just before."""

    def bare() -> None:
        monkeypatch.setattr(logging.getLogger(), "handlers", [])
        monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)

    return bare


def test_each_line_is_json(begin: Callable[[], None]) -> None:
    begin()
    out = io.StringIO()
    logs.configure(out)
    logging.getLogger("card_drivers.station.agent").info("order %s: %s", "01890000", "done")
    logging.getLogger("else").debug("not of interest")
    entry = json.loads(out.getvalue())
    assert entry.pop("timestamp").endswith("+00:00")
    assert entry == {
        "event": "station",
        "level": "info",
        "logger": "card_drivers.station.agent",
        "message": "order 01890000: done",
    }


def test_of_an_error_class_and_place_are_said_and_not_its_text(begin: Callable[[], None]) -> None:
    begin()
    out = io.StringIO()
    logs.configure(out)
    try:
        raise LookupError(NAME)
    except LookupError:
        logging.getLogger("station").exception("it broke")
    entry = json.loads(out.getvalue())
    assert (entry["error"], entry["level"]) == ("LookupError", "error")
    assert entry["where"].startswith("test_log_lines.py:")
    assert NAME not in out.getvalue()


def test_who_sits_at_the_terminal_reads_plain_lines(begin: Callable[[], None]) -> None:
    begin()
    out = Terminal()
    logs.configure(out)
    logging.getLogger("station").info("the feeder is empty")
    assert out.getvalue().endswith(" the feeder is empty\n")
    assert "{" not in out.getvalue()


def test_logging_that_is_set_up_already_stays(begin: Callable[[], None]) -> None:
    begin()
    first, second = io.StringIO(), io.StringIO()
    logs.configure(first)
    logs.configure(second)
    logging.getLogger("station").info("once")
    assert "once" in first.getvalue()
    assert second.getvalue() == ""
