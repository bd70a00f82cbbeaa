"""The periods of statistics: whole months, quarters and years that are over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from issuance.errors import InvalidInput
from issuance.law.office.statistics import Frequency
from issuance.services.overview.figures import Period
from issuance.values.calendar import add_months

MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.YEAR: 12}
FIRST_YEAR = 2000
"""Before it nobody asks."""


@dataclass(frozen=True, slots=True)
class Counted(Period):
    """The days of a period, both included, and how SDMX names it: `2026-03`, `2026-Q1`, `2026`."""

    name: str

    @property
    def before(self) -> dt.date:
        """The day before it began."""
        return self.first - dt.timedelta(days=1)


def of_month(frequency: Frequency, year: int, month: int) -> Counted:
    """The period of this kind that has the month in it. InvalidInput for what is no month."""
    if not 1 <= month <= MONTHS[Frequency.YEAR]:
        raise InvalidInput("month", "Give a month from 1 to 12.")
    if not FIRST_YEAR <= year <= dt.MAXYEAR - 1:
        raise InvalidInput("year", "Give a year from %(first)s on.", first=FIRST_YEAR)
    length = MONTHS[frequency]
    first = dt.date(year, (month - 1) // length * length + 1, 1)
    names = {
        Frequency.MONTH: f"{year}-{month:02}",
        Frequency.QUARTER: f"{year}-Q{(month + 2) // 3}",
        Frequency.YEAR: f"{year}",
    }
    return Counted(first, add_months(first, length) - dt.timedelta(days=1), names[frequency])


def check_over(period: Counted, today: dt.date) -> None:
    """InvalidInput for a period whose last day is not over: what is counted may still change."""
    if period.last >= today:
        raise InvalidInput(
            "month",
            "%(period)s is not over before %(day)s: a statistic counts whole periods. Choose an earlier one.",
            period=period.name,
            day=f"{period.last + dt.timedelta(days=1):%d.%m.%Y}",
        )
