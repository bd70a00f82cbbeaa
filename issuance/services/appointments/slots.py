"""The slots of a day, worked out from the hours and the capacity of a centre: half hours, and the minutes left in each.

A slot begins by the clock on the wall and is kept in UTC, so that one before a change of clocks stays where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, union_all
from sqlalchemy.orm import QueryableAttribute

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.models.appointments import Appointment, Purpose
from issuance.models.holders import ToldTime
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import Given
from issuance.states import AppointmentState
from issuance.values.hours import open_on

SLOT = dt.timedelta(minutes=30)
SLOT_MINUTES = 30

AHEAD = 60
"""So many days ahead somebody may book."""


class Place(Protocol):
    """What slots are worked out from: a centre, or as much of one as the public pages may read."""

    @property
    def id(self) -> UUID:
        """Its key."""

    @property
    def opening_hours(self) -> str:
        """As kept: `Mo-Fr 09:00-12:00`."""


Takes = tuple[dt.datetime, int]
"""Minutes that are taken of a slot."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a centre for one purpose: its slots, what may be booked of each, and what is."""

    slots: tuple[dt.datetime, ...]
    given: Given
    taken: tuple[Takes, ...]

    @property
    def bookable(self) -> int:
        """The minutes of a slot less those kept for who comes without."""
        return self.given.counters * SLOT_MINUTES * (100 - self.given.reserve) // 100

    def free(self, slot: dt.datetime) -> int:
        """The minutes of a slot that are left. What was booked by other hours counts wherever it reaches."""
        return self.bookable - sum(minutes for at, minutes in self.taken if abs(at - slot) < SLOT)

    def has_room(self, slot: dt.datetime, persons: int) -> bool:
        """Whether so many fit in there: who needs more than a slot takes those after it too, without a break."""
        if not self.bookable:
            return False
        parts = spread(slot, persons * self.given.minutes, self.bookable)
        return all(at in self.slots and minutes <= self.free(at) for at, minutes in parts)


def spread(slot: dt.datetime, minutes: int, bookable: int) -> Iterator[Takes]:
    """The minutes of one appointment, slot by slot: whole slots as long as they fill one, then the rest."""
    while minutes > 0:
        yield slot, min(minutes, bookable)
        slot, minutes = slot + SLOT, minutes - bookable


def slots_on(opening_hours: str, day: dt.date) -> tuple[dt.datetime, ...]:
    """When the slots of a day begin, in UTC; a rest shorter than a slot is none."""
    found = []
    for begin, end in open_on(opening_hours, day):
        at, closing = (dt.datetime.combine(day, time, OFFICE_ZONE).astimezone(dt.UTC) for time in (begin, end))
        while at + SLOT <= closing:
            found.append(at)
            at += SLOT
    return tuple(found)


def day_of(look: Look, centre: Place, purpose: Purpose, day: dt.date, *, besides: Collection[UUID] = ()) -> Day:
    """A day as it is booked now; without the appointments `besides`, which are about to move.

    What holders chose and no act has made an appointment yet is booked too.
    """
    given = capacity.given(look, centre.id)[purpose]
    empty = Day(slots_on(centre.opening_hours, day), given, ())
    query = select(Appointment.id, Appointment.starts_at, Appointment.minutes).where(
        *of_day(centre.id, day), Appointment.purpose == purpose, Appointment.state != AppointmentState.CANCELLED
    )
    told = select(ToldTime.id, ToldTime.starts_at, ToldTime.minutes).where(
        ToldTime.centre_id == centre.id, ToldTime.purpose == purpose, _within(ToldTime.starts_at, day)
    )
    rows: Iterable[Any] = look.session.execute(union_all(query, told)) if empty.bookable else ()
    taken = [each for key, at, minutes in rows if key not in besides for each in spread(at, minutes, empty.bookable)]
    return Day(empty.slots, given, tuple(taken))


def of_day(centre_id: UUID, day: dt.date) -> tuple[ColumnElement[bool], ...]:
    """The appointments of a centre on a day."""
    return Appointment.centre_id == centre_id, _within(Appointment.starts_at, day)


def _within(moment: QueryableAttribute[Any], day: dt.date) -> ColumnElement[bool]:
    return and_(moment >= midnight(day), moment < midnight(day + dt.timedelta(days=1)))


def open_days(look: Look, centre: Place, count: int) -> list[dt.date]:
    """The next days, from today, on which the centre is open: at most `count`."""
    today = look.clock.today()
    days = (today + dt.timedelta(days=ahead) for ahead in range(AHEAD + 1))
    return [day for day in days if slots_on(centre.opening_hours, day)][:count]


def midnight(day: dt.date) -> dt.datetime:
    """The first moment of a day in Bucharest."""
    return dt.datetime.combine(day, dt.time(), OFFICE_ZONE)
