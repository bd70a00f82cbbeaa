"""What the office counts for others, in which columns and codes (docs/law.md, R2): `statistics.toml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from typing import Literal

from babel.core import get_global
from pydantic import Field

from issuance.document_types.values import Localised, Value
from issuance.law.blocks import Sourced, read
from issuance.values.calendar import add_months, youngest_age

UNKNOWN, TOTAL = "UNK", "TOTAL"
ADULT = 18
ALPHA_2 = 2
Dimension = Literal["reason", "document", "end", "citizen", "duration", "age", "sex", "minor", "centre", "indicator"]


class Measure(StrEnum):
    """What of documents, requests or centres a table counts."""

    FIRST = "first"
    STOCK = "stock"
    ENDED = "ended"
    LODGED = "lodged"
    CENTRES = "centres"


class Frequency(StrEnum):
    """How long the periods of a table are, as SDMX writes it."""

    YEAR = "A"
    QUARTER = "Q"
    MONTH = "M"


class TableLaw(Sourced):
    """One table. Documents of fewer months than `at_least_months` are none of it."""

    code: str = Field(pattern=r"^[a-z-]+$")
    dataflow: str
    title: Localised
    frequency: Frequency
    measure: Measure
    types: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    at_least_months: int = 0


class StatisticsLaw(Value):
    """Everything of `statistics.toml`."""

    geo: str
    unit: str
    first_after_months: int
    citizens: Mapping[str, str]
    ages: Mapping[str, int]
    durations: Mapping[str, int]
    reasons: Mapping[str, str]
    tables: tuple[TableLaw, ...]
    assumptions: tuple[Localised, ...] = ()

    def table(self, code: str) -> TableLaw | None:
        """The table of this code."""
        return next((table for table in self.tables if table.code == code), None)

    def citizen(self, nationality: str) -> str:
        """A nationality of the register (ICAO) as statistics write it; unknown for none, and for what is no State."""
        if found := self.citizens.get(nationality):
            return found
        alias: list[str] = get_global("territory_aliases").get(nationality, [])
        return alias[0] if len(alias) == 1 and len(alias[0]) == ALPHA_2 else UNKNOWN

    def age(self, birth_date: str, day: dt.date) -> str:
        """The age group on a day; who may be younger is."""
        years = age_on(birth_date, day)
        return UNKNOWN if years is None else _step(self.ages, max(years, 0))

    def duration(self, issued: dt.date, last_day: dt.date | None) -> str:
        """How long a document is for, in full months of its first and its last day."""
        return TOTAL if last_day is None else _step(self.durations, months(issued, last_day))


@lru_cache(maxsize=1 << 15)
def age_on(birth_date: str, day: dt.date) -> int | None:
    """The lowest age that a birth date allows on a day: of a stock many were born on one."""
    return youngest_age(birth_date, day)


@lru_cache(maxsize=4096)
def months(issued: dt.date, last_day: dt.date) -> int:
    """The full months from a first to a last day, both included."""
    after = last_day + dt.timedelta(days=1)
    count = (after.year - issued.year) * 12 + after.month - issued.month
    return max(0, count - (add_months(issued, count) > after))


def _step(steps: Mapping[str, int], value: int) -> str:
    return [code for code, least in steps.items() if least <= value][-1]


@cache
def statistics_law() -> StatisticsLaw:
    """What is in force; read once."""
    return StatisticsLaw.model_validate(read("office/statistics.toml"))
