"""The departures of a centre: what waits for a supervisor, what runs, what was not handed over in time."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from issuance.acts import Look
from issuance.models.appointments import Appointment
from issuance.models.departures import Departure
from issuance.models.requests import IssuanceRequest
from issuance.services.appointments import bookings
from issuance.services.appointments.slots import midnight
from issuance.services.casework import cases

LISTED = 50


def open_here(look: Look, until: dt.date | None = None) -> list[Departure]:
    """What was noted here and has not ended, what is needed first ahead, LISTED at most; until a day, agreed ones."""
    soon = (Departure.agreed_at.is_not(None), Departure.needed_by <= until) if until else ()
    query = _here(look).where(*soon)
    return list(look.session.scalars(query.order_by(Departure.needed_by, Departure.id).limit(LISTED)))


def to_settle(look: Look) -> Select[int]:
    """How many wait for a supervisor, or were not handed over in time, as a query."""
    late = or_(Departure.agreed_at.is_(None), Departure.needed_by < look.clock.today())
    return select(func.count()).select_from(_here(look).where(late).with_only_columns(Departure.id).subquery())


def comes_too_late(look: Look, rows: list[Departure]) -> dict[UUID, Appointment]:
    """Of these requests those with an appointment to collect that lies after the day, by request."""
    query = select(Appointment).where(or_(false(), *(_after(row) for row in rows if row.agreed_at)))
    return {row.request_id: row for row in look.session.scalars(query) if row.request_id} if rows else {}


def _after(row: Departure) -> ColumnElement[bool]:
    after = Appointment.starts_at >= midnight(row.needed_by + dt.timedelta(days=1))
    return and_(bookings.booked_of(row.request_id), after)


def _here(look: Look) -> Select[Departure]:
    """They are few, and not to be looked for among all requests of a centre."""
    running = select(Departure.id, Departure.request_id).where(Departure.ended_at.is_(None))
    few = running.cte("leaving").prefix_with("MATERIALIZED")
    query = select(Departure).join(few, few.c.id == Departure.id)
    query = query.join(IssuanceRequest, IssuanceRequest.id == few.c.request_id)
    return query.where(IssuanceRequest.centre_id == look.actor.centre_id, *cases.open_to(look))
