"""Until when an application must be registered (docs/law.md, E22): dated data in `registration.toml`."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Literal, get_args

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import DatedBlock, in_force, oldest_first, read
from issuance.values.calendar import add_working_days

Place = Literal["inspectorate", "elsewhere", "influx"]
PLACES: tuple[Place, ...] = get_args(Place)
"""Where an application was made; `influx` wherever, when there were too many at once."""


class RegistrationRules(DatedBlock):
    """The terms of one block: a count of `unit` for each place where the application was made."""

    unit: Literal["days", "working_days"]
    inspectorate: int
    elsewhere: int
    influx: int

    def due_date(self, made_on: dt.date, place: Place) -> dt.date:
        """The last day to register an application made on `made_on`, which is day 0."""
        count = {"inspectorate": self.inspectorate, "elsewhere": self.elsewhere, "influx": self.influx}[place]
        if self.unit == "working_days":
            return add_working_days(made_on, count)
        return made_on + dt.timedelta(days=count)


class Late(Value):
    """Why an application was registered late."""

    code: str
    title: Localised


@cache
def registering() -> frozenset[str]:
    """The document types whose first request registers an application."""
    return frozenset(read("persons/registration.toml")["types"])


@cache
def late_reasons() -> dict[str, Localised]:
    """Why an application was registered late, by code."""
    found = map(Late.model_validate, read("persons/registration.toml")["late"])
    return {late.code: late.title for late in found}


@cache
def registration_rules() -> tuple[RegistrationRules, ...]:
    """All blocks, oldest first; read once."""
    return oldest_first(map(RegistrationRules.model_validate, read("persons/registration.toml")["rules"]))


def registration_rules_on(day: dt.date) -> RegistrationRules:
    """The block in force when the application was made; RuleViolation before the first."""
    return in_force(
        registration_rules(),
        day,
        rule="E22",
        field="applied_on",
        too_early="Registration deadlines are known from %(start)s. Check the date of the application.",
    )
