"""The one source of time. Moments are UTC; the day is Bucharest's, as the law counts it (docs/law.md, section 2)."""

from __future__ import annotations

import datetime as dt
from typing import Protocol
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Europe/Bucharest")


def office_day(moment: dt.datetime) -> dt.date:
    """The calendar day in Romania at an aware `moment`; ValueError for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone has no day in Bucharest")
    return moment.astimezone(OFFICE_ZONE).date()


class Clock(Protocol):
    """What every act takes its time from."""

    def now(self) -> dt.datetime:
        """This moment, aware, in UTC."""

    def today(self) -> dt.date:
        """The calendar day in Europe/Bucharest."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """This moment, aware, in UTC."""
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        """The calendar day in Europe/Bucharest."""
        return office_day(self.now())


class FixedClock:
    """A clock that stands still until moved: for tests and drills."""

    def __init__(self, now: dt.datetime) -> None:
        office_day(now)  # refuses a time without zone
        self._now = now.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """The moment it stands at, aware, in UTC."""
        return self._now

    def today(self) -> dt.date:
        """The calendar day in Europe/Bucharest."""
        return office_day(self._now)

    def advance(self, step: dt.timedelta) -> None:
        """Move by `step`."""
        self._now += step
