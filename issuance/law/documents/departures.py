"""When a departure lets a request go ahead: `departures.toml`."""

from __future__ import annotations

import datetime as dt
from functools import cache

from pydantic import Field, model_validator

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import DatedBlock, Sourced, in_force, oldest_first, read


class DepartureRules(DatedBlock):
    """The document is in hand `days_before` the departure, which lies at most `most_days` ahead; calendar days."""

    days_before: int = Field(ge=0)
    most_days: int = Field(ge=1)


class Evidence(Value):
    """A paper that shows a ground."""

    code: str = Field(pattern=r"^[a-z_]+$")
    title: Localised


class Ground(Sourced):
    """Why somebody leaves on that day; `evidence` are the codes of the papers that show it."""

    code: str = Field(pattern=r"^[a-z_]+$")
    title: Localised
    evidence: tuple[str, ...] = Field(min_length=1)


class Departures(Value):
    """Everything of `departures.toml`."""

    rules: tuple[DepartureRules, ...]
    grounds: tuple[Ground, ...]
    evidence: tuple[Evidence, ...]

    @model_validator(mode="after")
    def _check_evidence(self) -> Departures:
        known = {paper.code for paper in self.evidence}
        for ground in self.grounds:
            if set(ground.evidence) - known:
                raise ValueError(f"{ground.code} names evidence that is none")
        return self


@cache
def _departures() -> Departures:
    return Departures.model_validate(read("documents/departures.toml"))


def departure_rules_on(day: dt.date) -> DepartureRules:
    """The rules in force on a day."""
    blocks = oldest_first(_departures().rules)
    too_early = "The register knows no rules about departures before %(start)s."
    return in_force(blocks, day, rule="E25", field="leaves_on", too_early=too_early)


@cache
def grounds() -> dict[str, Ground]:
    """Every ground by its code, in the order of the file."""
    return {ground.code: ground for ground in _departures().grounds}


@cache
def evidence() -> dict[str, Localised]:
    """The title of every paper by its code."""
    return {paper.code: paper.title for paper in _departures().evidence}
