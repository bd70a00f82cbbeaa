"""Whatever is put into a log call, personal data does not come out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog

from issuance import logs

NAME = "Ahmad Al-Khatib"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def line(out: io.StringIO) -> dict[str, object]:
    entry = json.loads(out.getvalue())
    assert isinstance(entry, dict)
    return entry


def test_an_act_is_logged_with_its_ids_and_times(out: io.StringIO) -> None:
    request_id = uuid4()
    structlog.get_logger().info(
        "request",
        route="/desk/requests/<uuid:request_id>",
        method="POST",
        status=303,
        milliseconds=12.5,
        request_id=request_id,
    )
    entry = line(out)
    assert isinstance(entry.pop("timestamp"), str)
    assert entry == {
        "event": "request",
        "level": "info",
        "route": "/desk/requests/<uuid:request_id>",
        "method": "POST",
        "status": 303,
        "milliseconds": 12.5,
        "request_id": str(request_id),
    }


@pytest.mark.parametrize(
    "words",
    [
        {"name": NAME},
        {"person": "ahmad"},
        {"person_id": NAME},
        {"path": f"/status/{NAME}"},
        {"act": {"name": NAME}},
        {"state": NAME},
        {"act": "Ahmad"},
        {"task": [NAME]},
        {"where": f"{NAME}, born 1990"},
        {"kind": "أحمد"},
        {"birth_date": "1990-01-01"},
        {"cnp": "7790101350016"},
    ],
)
def test_a_name_in_a_key_does_not_come_out(out: io.StringIO, words: dict[str, object]) -> None:
    structlog.get_logger().warning("request", **words)
    text = out.getvalue()
    assert logs.MASK in text
    assert not any(secret in text for secret in ("Ahmad", "ahmad", "Khatib", "1990", "7790101350016", "\\u0623", "أ"))


def test_an_event_is_a_code_and_no_sentence(out: io.StringIO) -> None:
    structlog.get_logger().info(f"lodged {NAME}")
    assert line(out)["event"] == logs.MASK


def test_an_error_is_logged_by_class_and_place_without_its_text(out: io.StringIO) -> None:
    def look_up() -> None:
        raise LookupError(f"no such person: {NAME}")

    try:
        look_up()
    except LookupError:
        structlog.get_logger().exception("request")
    entry = line(out)
    assert entry["error"] == "LookupError"
    assert str(entry["where"]).startswith("test_logs.py:")
    assert "look_up" in str(entry["where"])
    assert "Ahmad" not in out.getvalue()


def test_a_library_speaks_without_its_text(out: io.StringIO) -> None:
    logger = logging.getLogger("somebody.else")
    logger.info("not of interest")
    try:
        raise ValueError(NAME)
    except ValueError:
        logger.exception("failed for %s at /status/%s", NAME, NAME)
    entry = line(out)
    assert (entry["event"], entry["logger"], entry["level"]) == ("library", "somebody.else", "error")
    assert entry["error"] == "ValueError"
    assert str(entry["where"]).startswith("test_logs.py:")
    assert "Ahmad" not in out.getvalue()


def test_below_info_nothing_is_written(out: io.StringIO) -> None:
    structlog.get_logger().debug("request", status=200)
    assert out.getvalue() == ""
