"""Times that holders choose at the status page: free ones, one of them taken, changed or given back (ADR 0079).

The public pages put what was chosen into a box (`ToldTime`), which counts as booked from that moment; the office makes
it an appointment, by its own act, within seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select

from issuance.acts import Act, Look
from issuance.clock import office_day
from issuance.db import uuid7
from issuance.errors import Conflict, InvalidInput
from issuance.models.appointments import Appointment, Purpose
from issuance.models.holders import ToldTime
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services import duties
from issuance.services.appointments import bookings, capacity, slots
from issuance.services.appointments.bookings import TO_COLLECT, TO_SPEAK, Wanted
from issuance.services.appointments.slots import AHEAD
from issuance.states import RequestState

DAYS_SHOWN = 4
DAYS_LOOKED_AT = 10
"""So many open days are looked at, until DAYS_SHOWN have a free time."""

PURPOSES = dict.fromkeys(TO_COLLECT, Purpose.COLLECTION) | dict.fromkeys(TO_SPEAK, Purpose.LODGING)
"""What the holder comes for, by where the request stands."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a holder comes."""

    id: UUID
    opening_hours: str
    address: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What a holder may choose a time for. `key` is the appointment's, also of one to be; `starts_at` is its time now.

    `needed_by` is the last day that helps.
    `purpose` is None where there is nothing to come for now: what is booked can be given back only.
    """

    request_id: UUID
    at: At
    purpose: Purpose | None
    key: UUID
    persons: int
    starts_at: dt.datetime | None
    needed_by: dt.date | None = None


def visit_of(look: Look, holder: ColumnElement[bool]) -> Visit | None:
    """What this holder (`receipts.shown_by`) may choose; None for who needs a place that is not public."""
    request = (IssuanceRequest.id, IssuanceRequest.state, IssuanceRequest.needed_by, duties.unclosed())
    columns = (*request, Centre.id, Centre.opening_hours)
    booked = (Appointment.id, Appointment.purpose, Appointment.persons, Appointment.starts_at)
    query = (
        select(*columns, Centre.address, *booked, ToldTime.id, ToldTime.starts_at)
        .join_from(IssuanceRequest, Person, IssuanceRequest.person_id == Person.id)
        .join(Centre, IssuanceRequest.centre_id == Centre.id)
        .outerjoin(Appointment, bookings.booked_of(IssuanceRequest.id))
        .outerjoin(ToldTime, ToldTime.request_id == IssuanceRequest.id)
        .where(holder, Person.hides_place.is_(False))
    )
    row = look.session.execute(query).one_or_none()
    if row is None:
        return None
    request_id, state, needed_by, unclosed, *where, key, booked_for, persons, starts_at, told, told_time = row
    comes_for = None if unclosed and state in TO_COLLECT else PURPOSES.get(RequestState(state))
    if key and booked_for != comes_for:
        comes_for = None  # what is booked for another counter is given back first
    now = told_time if told else starts_at
    return Visit(request_id, At(*where), comes_for, told or key or uuid7(), persons or 1, now, needed_by)


def free(look: Look, visit: Visit) -> list[dt.datetime]:
    """The free times of the next open days, so many days with one as are shown."""
    if visit.purpose is None:
        return []
    found: list[dt.datetime] = []
    for day in slots.open_days(look, visit.at, DAYS_LOOKED_AT):
        found += _free_on(look, visit, visit.purpose, day)
        if len({office_day(each) for each in found}) == DAYS_SHOWN:
            break
    return found


def _free_on(look: Look, visit: Visit, purpose: Purpose, day: dt.date) -> list[dt.datetime]:
    now, shown = look.clock.now(), slots.day_of(look, visit.at, purpose, day, besides=(visit.key,))
    in_time = (each for each in shown.slots if each > now and not bookings.is_too_late(visit.needed_by, each))
    return [each for each in in_time if shown.has_room(each, visit.persons)]


def choose(look: Look, holder: ColumnElement[bool], starts_at: dt.datetime) -> None:
    """Take a time, or another one instead. InvalidInput when it is none that is free."""
    visit = _in_turn(look, holder)
    if visit is None or visit.purpose is None:
        return
    now = look.clock.now()
    soon = now < starts_at <= now + dt.timedelta(days=AHEAD)
    if not soon or starts_at not in _free_on(look, visit, visit.purpose, office_day(starts_at)):
        raise InvalidInput("starts_at", "This time is taken. Choose another one.")
    minutes = visit.persons * capacity.given(look, visit.at.id)[visit.purpose].minutes
    _put(look, visit, visit.purpose, starts_at, minutes)


def give_back(look: Look, holder: ColumnElement[bool]) -> None:
    """Cancel what is booked or was chosen; nothing when there is nothing."""
    visit = _in_turn(look, holder)
    if visit is None or visit.starts_at is None:
        return
    told = look.session.scalar(select(ToldTime).where(ToldTime.request_id == visit.request_id))
    booked = look.session.execute(select(Appointment.purpose).where(bookings.booked_of(visit.request_id))).scalar()
    if booked:
        _put(look, visit, Purpose(booked), None, 0)
    elif told:
        look.session.delete(told)


def _in_turn(look: Look, holder: ColumnElement[bool]) -> Visit | None:
    """What the holder may choose, once nobody else books there."""
    visit = visit_of(look, holder)
    if visit is None:
        return None
    bookings.take_turn(look, visit.at.id)
    return visit_of(look, holder)


def _put(look: Look, visit: Visit, purpose: Purpose, starts_at: dt.datetime | None, minutes: int) -> None:
    row = look.session.scalar(select(ToldTime).where(ToldTime.request_id == visit.request_id))
    if row is None:
        row = ToldTime(id=visit.key, request_id=visit.request_id, centre_id=visit.at.id)
        look.session.add(row)
    row.purpose, row.starts_at, row.minutes, row.told_at = purpose, starts_at, minutes, look.clock.now()


# The office


def first(look: Look) -> UUID | None:
    """What was told first and not yet taken."""
    return look.session.scalar(select(ToldTime.id).order_by(ToldTime.told_at).limit(1))


def take(act: Act, key: UUID) -> None:
    """Make of what was told the appointment, or the end of one, and empty the box of it.

    What the desk did meanwhile stands: then it came to nothing, and the event says so.
    """
    row = act.session.get(ToldTime, key)
    if row is None:
        return
    bookings.lock(act, row.centre_id)
    row = act.session.get(ToldTime, key, populate_existing=True, with_for_update=True)
    if row is None:
        return
    request = act.session.get_one(IssuanceRequest, row.request_id)
    told = (Purpose(row.purpose), row.starts_at)
    act.session.delete(row)
    act.session.flush()  # it is booked once, not twice
    try:
        with act.attempt():
            _make(act, key, request, *told)
    except (Conflict, InvalidInput):
        act.record("appointment.not_made", request, centre_id=request.centre_id)


def _make(act: Act, key: UUID, request: IssuanceRequest, purpose: Purpose, starts_at: dt.datetime | None) -> None:
    booked = act.session.get(Appointment, key)
    if booked is None and starts_at is not None:
        bookings.book(act, request.centre, Wanted(purpose, starts_at, 1, key), request)
    elif booked is None:
        raise Conflict("This appointment is over. Make a new one.")
    elif starts_at is None:
        bookings.cancel(act, booked)
    else:
        bookings.move(act, booked, starts_at)
