"""A centre that gives appointments, and what tests of its waiting room do again and again."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from issuance.acts import Act
from issuance.clock import OFFICE_ZONE
from issuance.models.appointments import Appointment, Purpose
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import bookings, capacity
from issuance.services.appointments.bookings import Wanted
from issuance.services.appointments.capacity import Given
from tests.people import SmallOffice

LODGING, COLLECTION = Purpose.LODGING, Purpose.COLLECTION
TOMORROW = dt.date(2026, 11, 3)
"""The day after NOON of tests/people.py."""

ROOM_FOR_TWO = Given(1, 10, 20)
"""24 minutes of a slot are booked: two persons."""


def at(hour: int, minute: int = 0, day: dt.date = TOMORROW) -> dt.datetime:
    """A moment by the clock on the wall."""
    return dt.datetime.combine(day, dt.time(hour, minute), OFFICE_ZONE)


def here(act: Act) -> Centre:
    """The centre of the tests."""
    return centres.named(act, "timisoara")


def give(office: SmallOffice, given: Given = ROOM_FOR_TWO) -> None:
    """Let the centre give this to both purposes."""
    with office.act(office.actors["administrator"]) as act:
        capacity.give(act, here(act), {LODGING: given, COLLECTION: given})


def wanted(starts_at: dt.datetime, persons: int = 1, purpose: Purpose = LODGING, key: UUID | None = None) -> Wanted:
    """What somebody asks for."""
    return Wanted(purpose, starts_at, persons, key or uuid4())


def book(office: SmallOffice, want: Wanted, request_id: UUID | None = None) -> Appointment:
    """Let the clerk book it."""
    with office.act(office.actors["clerk"]) as act:
        request = act.session.get_one(IssuanceRequest, request_id) if request_id else None
        return bookings.book(act, here(act), want, request)
