"""Until when an application must be registered (house rule E22): dated data in `registration.toml`."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from issuance.document_types.values import Localised, Value
from issuance.errors import RuleViolation
from issuance.values.calendar import add_working_days

Place = Literal["inspectorate", "elsewhere", "influx"]


class RegistrationRules(Value):
    """The terms in force from `from_date`: a count of `unit` for each place where the application was made."""

    from_date: dt.date = Field(alias="from")
    legal_basis: Localised
    unit: Literal["days", "working_days"]
    inspectorate: int
    elsewhere: int
    influx: int
    assumptions: tuple[Localised, ...] = ()

    def due_date(self, made_on: dt.date, place: Place) -> dt.date:
        """The last day to register an application made on `made_on`, which is day 0."""
        count = {"inspectorate": self.inspectorate, "elsewhere": self.elsewhere, "influx": self.influx}[place]
        if self.unit == "working_days":
            return add_working_days(made_on, count)
        return made_on + dt.timedelta(days=count)


@cache
def registration_rules() -> tuple[RegistrationRules, ...]:
    """All blocks, oldest first; read once."""
    data = tomllib.loads(Path(__file__).with_name("registration.toml").read_text(encoding="utf-8"))
    return tuple(sorted(map(RegistrationRules.model_validate, data["rules"]), key=lambda block: block.from_date))


def registration_rules_on(day: dt.date) -> RegistrationRules:
    """The block in force when the application was made; RuleViolation before the first."""
    in_force = [block for block in registration_rules() if block.from_date <= day]
    if not in_force:
        first = registration_rules()[0]
        raise RuleViolation(
            "E22",
            first.legal_basis.en,
            "Registration deadlines are known from %(start)s. Check the date of the application.",
            field="made_on",
            start=f"{first.from_date:%d.%m.%Y}",
        )
    return in_force[-1]
