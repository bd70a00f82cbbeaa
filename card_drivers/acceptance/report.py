"""The report of one acceptance: what was tried and found, signed by the station's own key. Holds nobody's data."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from card_drivers.device import ConfigurationError
from card_drivers.order import Abilities, DeviceStatus, Outcome
from card_drivers.station.equipment import replace_file
from card_drivers.station.identity import Identity

SIGNED_AS = b"liman acceptance report\n"
"""What stands before the report when it is signed, so that the signature fits nothing else."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Check(_Part):
    """One thing that was tried: `good` is None when nobody tried it."""

    what: str
    expected: str
    found: str
    good: bool | None


class Used(_Part):
    """One blank that the test took, or may have taken."""

    outcome: Outcome
    blank_serial: str | None = None
    chip_uid: str | None = None
    message: str = ""


class Report(_Part):
    """What was tried on which machine, and with which software."""

    model: str
    made_at: dt.datetime
    software: str
    printer: str
    encoder: str | None
    profile: str | None
    status: DeviceStatus
    abilities: Abilities
    checks: tuple[Check, ...]
    blanks: tuple[Used, ...]
    verdict: Literal["passed", "failed", "incomplete"]


def verdict_of(checks: list[Check]) -> Literal["passed", "failed", "incomplete"]:
    """Failed when anything failed, incomplete when anything was left out."""
    if any(check.good is False for check in checks):
        return "failed"
    return "passed" if all(check.good for check in checks) else "incomplete"


def lines(report: Report) -> list[str]:
    """What was found, for a terminal."""
    words = {True: "good", False: "WRONG", None: "not tried"}
    checks = [f"{words[each.good]}: {each.what}: {each.found} (expected {each.expected})" for each in report.checks]
    serials = [f"{each.blank_serial or 'a blank without serial'} ({each.outcome})" for each in report.blanks]
    used = f"Blanks used, to be recorded as spoiled: {', '.join(serials) or 'none'}."
    return [*checks, used, f"{report.model}: {report.verdict}"]


def write(path: Path, report: Report, identity: Identity) -> None:
    """Write the report and its signature; ConfigurationError when the file cannot be written."""
    content = report.model_dump(mode="json")
    signed = {"report": content, **_encoded(identity, identity.sign(_said(content)))}
    replace_file(path, json.dumps(signed, indent=1, ensure_ascii=False) + "\n")


def read(path: Path, identity: Identity) -> Report:
    """The report in a file; ConfigurationError when it was not signed by this station, or changed since."""
    try:
        signed = json.loads(path.read_bytes())
        signature = base64.b64decode(signed["signature"], validate=True)
        report = Report.model_validate(signed["report"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError("report-unreadable", path=str(path)) from error
    if not identity.has_signed(_said(signed["report"]), signature):
        raise ConfigurationError("report-not-signed", path=str(path))
    return report


def _said(content: dict[str, Any]) -> bytes:
    return SIGNED_AS + json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _encoded(identity: Identity, signature: bytes) -> dict[str, str]:
    key = identity.enrolment().signing_key
    return {"key": base64.b64encode(key).decode(), "signature": base64.b64encode(signature).decode()}
