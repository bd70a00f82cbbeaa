"""A run of slots for many who come together: each has an appointment of their own, families at one time (ADR 0100).

What is done to a run is a part of an act that records it once; `bookings` does the same for one appointment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from issuance.acts import Act
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput
from issuance.models.appointments import Appointment, Purpose
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import bookings, slots
from issuance.services.appointments.slots import Day
from issuance.services.interpreters import booking
from issuance.states import AppointmentState, advance
from issuance.values import references


@dataclass(frozen=True, slots=True)
class Run:
    """From when on they come, and for what."""

    purpose: Purpose
    starts_at: dt.datetime


def reserve(act: Act, centre: Centre, run: Run, families: Sequence[Sequence[IssuanceRequest]]) -> list[Appointment]:
    """An appointment for each of these, one after another and families at one time, so that all are done that day.

    InvalidInput as of `bookings.book`, also where fewer fit than come. Who has an appointment must not be among them.
    """
    centres.check_here(act, centre)
    bookings.lock(act, centre.id)
    if not centre.active:
        raise Conflict("This centre is closed. Nobody makes an appointment there.")
    day = bookings.day_for(act, centre, run, besides=())
    times = _times(day, run.starts_at, [len(family) for family in families])
    rows = [
        _appointment(act, centre, replace(run, starts_at=at), request)
        for request, at in zip((each for family in families for each in family), times, strict=True)
    ]
    for row in rows:
        row.minutes = day.given.minutes
    act.session.add_all(rows)
    return rows


def move(act: Act, centre: Centre, run: Run, families: Sequence[Sequence[Appointment]]) -> None:
    """All of these come from another time on. InvalidInput as of `reserve`; their codes stay."""
    centres.check_here(act, centre)
    bookings.lock(act, centre.id)
    rows = [row for family in families for row in family]
    day = bookings.day_for(act, centre, run, besides=frozenset(row.id for row in rows))
    for row, at in zip(rows, _times(day, run.starts_at, [len(family) for family in families]), strict=True):
        if row.request:
            bookings.check_in_time(row.request, at)
        row.starts_at, row.minutes = at, day.given.minutes
        booking.follow(act, row)


def give_back(act: Act, centre: Centre, rows: Sequence[Appointment]) -> None:
    """None of these comes: others have their time."""
    centres.check_here(act, centre)
    bookings.lock(act, centre.id)
    for row in rows:
        advance(row, AppointmentState.CANCELLED, actor=act.actor)
        booking.follow(act, row)


def _appointment(act: Act, centre: Centre, run: Run, request: IssuanceRequest) -> Appointment:
    bookings.check_in_time(request, run.starts_at)
    row = Appointment(id=uuid7(), centre=centre, purpose=run.purpose, starts_at=run.starts_at, persons=1)
    row.code, row.request, row.state_by = references.new_code(), request, act.actor.id
    return row


def _times(day: Day, starts_at: dt.datetime, sizes: Sequence[int]) -> Iterator[dt.datetime]:
    """When each person comes, family by family from this slot on. InvalidInput where the day has no room for all."""
    placed, at = list[dt.datetime](), starts_at
    for size in sizes:
        together = size * day.given.minutes <= day.bookable
        for persons in [size] if together else [1] * size:
            at = _first_with_room(day, at, persons, (len(placed), sum(sizes)))
            taken = tuple(slots.spread(at, persons * day.given.minutes, day.bookable))
            day = replace(day, taken=day.taken + taken)
            placed += [at] * persons
    return iter(placed)


def _first_with_room(day: Day, at: dt.datetime, persons: int, fits: tuple[int, int]) -> dt.datetime:
    found = next((slot for slot in day.slots if slot >= at and day.has_room(slot, persons)), None)
    if found is None:
        raise InvalidInput(
            "starts_at",
            "From this time on there is room for %(fits)s of %(persons)s persons. Choose an earlier time or another"
            " day, or let the administrator open more counters.",
            fits=fits[0],
            persons=fits[1],
        )
    return found
