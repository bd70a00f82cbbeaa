"""Days as the office counts them: working days, day n of a deadline, ages from dates that may be partly unknown.

Working days skip Saturdays, Sundays and Romanian public holidays (Labour Code Art 139, from the `holidays` package).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

import holidays

from issuance.errors import InvalidInput
from printing.content import PartialDate

_SATURDAY = 5
_OLDEST = 130


@lru_cache(maxsize=64)
def _public_holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("RO", years=year))


def is_public_holiday(day: dt.date) -> bool:
    """Whether `day` is a public holiday in Romania."""
    return day in _public_holidays(day.year)


def is_working_day(day: dt.date) -> bool:
    """Whether the office works on `day`."""
    return day.weekday() < _SATURDAY and not is_public_holiday(day)


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `day`, which itself is day 0 whether worked or not; ValueError below 0."""
    if count < 0:
        raise ValueError(f"cannot add {count} working days: count forward from the earlier day")
    while count:
        day += dt.timedelta(days=1)
        count -= is_working_day(day)
    return day


def day_number(start: dt.date, today: dt.date) -> int:
    """Day n of a term that began on `start`, which is day 0; negative before it."""
    return (today - start).days


def add_years(day: dt.date, years: int) -> dt.date:
    """The anniversary; that of 29 February in an ordinary year is 1 March, so the day before it is 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later (earlier when negative), or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = following - dt.timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def youngest_age(birth_date: str, today: dt.date) -> int | None:
    """The lowest age in full years that `birth_date` (YYYY-MM-DD, XX where unknown) allows; None without a year.

    Unknown parts count as the year's or month's end: who may be a child is treated as one. On 28 February of an
    ordinary year somebody born on 29 February is not yet a year older.
    """
    born = PartialDate.parse(birth_date)
    if born.year is None:
        return None
    birthday = (born.month or 12, born.day or 31)
    return today.year - born.year - ((today.month, today.day) < birthday)


def check_birth_date(text: str, today: dt.date, field: str = "birth_date") -> str:
    """A birth date as kept, `YYYY-MM-DD` with XX where unknown.

    InvalidInput for what is no date, lies in the future, or is more than 130 years ago.
    """
    try:
        born = PartialDate.parse(text.strip())
    except ValueError:
        raise InvalidInput(field, "This is no date. Write YYYY-MM-DD, with XX for what is unknown.") from None
    if born.year is None:
        return str(born)
    if (born.year, born.month or 1, born.day or 1) > (today.year, today.month, today.day):
        raise InvalidInput(field, "This birth date is in the future. Check day, month and year.")
    if born.year < today.year - _OLDEST:
        raise InvalidInput(field, "This birth date is more than %(years)d years ago. Check the year.", years=_OLDEST)
    return str(born)


def check_day(field: str, text: str) -> dt.date | None:
    """A day written `YYYY-MM-DD`; None for nothing. InvalidInput for all else, week dates too."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip(), re.ASCII):
            return dt.date.fromisoformat(text.strip())
    except ValueError:
        pass
    if text.strip():
        raise InvalidInput(field, "This is not a date of the form YYYY-MM-DD.")
    return None


def check_past(field: str, day: dt.date, today: dt.date) -> None:
    """InvalidInput for a day to come, or one of more than 130 years ago."""
    if day > today:
        raise InvalidInput(field, "This day has not come yet. Correct the year.")
    if day.year < today.year - _OLDEST:
        raise InvalidInput(field, "This day is more than %(years)d years ago. Check the year.", years=_OLDEST)
