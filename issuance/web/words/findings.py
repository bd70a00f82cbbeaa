"""The findings about a portrait as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext

from issuance.web.words.portrait import ADVICE, CRITERIA
from printing.portraits import photo_quality

IN_PRINT = "print-"


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding as the clerk reads it; `low` and `high` are its limits for the script that moves the frame."""

    id: str
    criterion: str
    measured: str
    limits: str
    passed: bool
    origin: str
    advice: str
    unit: str
    low: float | None
    high: float | None

    @property
    def in_print(self) -> bool:
        """Whether it changes with the crop."""
        return self.id.startswith(IN_PRINT)


def shown(findings: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """The stored findings in words, those outside their limits first."""
    return sorted((_shown(finding) for finding in findings), key=lambda finding: finding.passed)


def _shown(finding: Mapping[str, Any]) -> Shown:
    unit = _unit(finding)
    measured = finding["measured"]
    return Shown(
        id=finding["id"],
        criterion=str(CRITERIA.get(finding["id"], finding["criterion"])),
        measured=format_decimal(round(measured, 1 if abs(measured) >= 10 else 2)) + unit,
        limits=_limits(finding["limit_min"], finding["limit_max"]) + unit,
        passed=finding["passed"],
        origin=_origin(finding),
        advice=str(ADVICE.get(finding["id"], "")),
        unit=unit,
        low=finding["limit_min"],
        high=finding["limit_max"],
    )


def _origin(finding: Mapping[str, Any]) -> str:
    """Where the limits come from; a portrait measured by an earlier version does not know its source."""
    ours = gettext("assumption of ours") if finding["assumption"] else ""
    error = finding.get("error", 0)
    about = gettext("measured to about %(error)s", error=_number(error) + _unit(finding)) if error else ""
    return ", ".join(filter(None, (finding.get("source", ""), ours, about)))


def _unit(finding: Mapping[str, Any]) -> str:
    return f"\N{NO-BREAK SPACE}{finding['unit']}" if finding["unit"] else ""


def _limits(least: float | None, most: float | None) -> str:
    low, high = _number(least), _number(most)
    if low and low == high:
        text = gettext("exactly %(count)s", count=low)
    elif low and high:
        text = gettext("%(low)s to %(high)s", low=low, high=high)
    else:
        text = gettext("at least %(low)s", low=low) if low else gettext("at most %(high)s", high=high)
    return str(text)


def unmeasured(findings: Iterable[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """Why criteria of the face were not measured, and which; an empty list when all were."""
    found = {finding["id"] for finding in findings}
    face, of_mesh = photo_quality.face_criteria(), photo_quality.mesh_criteria()
    absent = [str(CRITERIA[name]) for name in (*face, *of_mesh) if name not in found]
    if "faces" not in found:
        return gettext("No face detector is installed on this server, so the face was not checked."), absent
    if found.issuperset(face):
        return gettext("The models of eyes and mouth are not installed on this server, or were not asked."), absent
    return gettext("No face was found, so nothing was measured on it."), absent


def _number(limit: float | None) -> str:
    return "" if limit is None else str(format_decimal(limit))
