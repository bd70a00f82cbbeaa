"""The one source of time. Moments are UTC; the day is Bucharest's, as the law counts it (docs/law.md, section 2).

Anybody who can set a machine's clock can date a document, end a deadline and destroy what is to be kept. So beside its
time a clock says what its machine's counter says, which nobody sets (ADR 0024).
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Europe/Bucharest")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def office_day(moment: dt.datetime) -> dt.date:
    """The calendar day in Romania at an aware `moment`; ValueError for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone has no day in Bucharest")
    return moment.astimezone(OFFICE_ZONE).date()


@dataclass(frozen=True, slots=True)
class Counter:
    """Seconds since this machine was started, sleep included. Counters of two starts (`boot`) do not compare."""

    boot: str
    seconds: float


class Clock(Protocol):
    """What every act takes its time from."""

    def now(self) -> dt.datetime:
        """This moment, aware, in UTC."""

    def today(self) -> dt.date:
        """The calendar day in Europe/Bucharest."""

    def counter(self) -> Counter:
        """What passed on this machine, whatever its clock was set to."""

    def ahead_of(self, other: dt.datetime) -> dt.timedelta:
        """How far this clock is ahead of another machine's, which says `other` at this moment."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """This moment, aware, in UTC."""
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        """The calendar day in Europe/Bucharest."""
        return office_day(self.now())

    def counter(self) -> Counter:
        """What passed on this machine, whatever its clock was set to."""
        return Counter(BOOT_ID.read_text("ascii").strip(), time.clock_gettime(time.CLOCK_BOOTTIME))

    def ahead_of(self, other: dt.datetime) -> dt.timedelta:
        """How far this clock is ahead of another machine's, which says `other` at this moment."""
        return self.now() - other


class FixedClock:
    """A clock that stands still until moved: for tests and drills."""

    def __init__(self, now: dt.datetime) -> None:
        office_day(now)  # refuses a time without zone
        self._now = now.astimezone(dt.UTC)
        self._boot, self._passed, self._ahead = uuid4().hex, 0.0, dt.timedelta()

    def now(self) -> dt.datetime:
        """The moment it stands at, aware, in UTC."""
        return self._now

    def today(self) -> dt.date:
        """The calendar day in Europe/Bucharest."""
        return office_day(self._now)

    def counter(self) -> Counter:
        """What passed since it was made."""
        return Counter(self._boot, self._passed)

    def ahead_of(self, other: dt.datetime) -> dt.timedelta:
        """How far it was set ahead: the other machines of a test or drill have its own time."""
        return self._ahead

    def advance(self, step: dt.timedelta) -> None:
        """Let `step` pass."""
        self._now += step
        self._passed += step.total_seconds()

    def set_ahead(self, step: dt.timedelta) -> None:
        """Set it `step` ahead, or behind, as somebody sets a machine's clock: nothing passes."""
        self._now += step
        self._ahead += step
