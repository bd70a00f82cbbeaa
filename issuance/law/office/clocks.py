"""Every term that runs (docs/law.md): who answers for it, and what happens when it has passed: `clocks.toml`."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import Sourced, read

Passing = Literal["refused", "escalated", "counted"]


class Clock(Sourced):
    """One term, of the rule `rule` of docs/law.md.

    `roles` answer for it, it is near `warn_days` before its end, and `after` says what comes then. `late`: an act that
    comes late is noted, until somebody says why. `stands`: while what it does not pass. `working_days`: how long it
    runs, where no other file says so.
    """

    code: str
    rule: str = ""
    title: Localised
    begins: Localised
    roles: tuple[str, ...]
    warn_days: int = Field(ge=0)
    passing: Passing
    after: Localised
    late: bool = False
    stands: Localised | None = None
    working_days: int | None = Field(default=None, ge=1)


class Reason(Value):
    """Why an act came late."""

    code: str
    title: Localised


@cache
def clocks() -> dict[str, Clock]:
    """Every clock by its code, in the order of the file."""
    return {clock.code: clock for clock in map(Clock.model_validate, read("office/clocks.toml")["clocks"])}


@cache
def reasons() -> dict[str, Localised]:
    """Why an act came late, by code."""
    return {reason.code: reason.title for reason in map(Reason.model_validate, read("office/clocks.toml")["reasons"])}
