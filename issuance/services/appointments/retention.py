"""Appointments and tickets go some days after their own: until then the supervisor sees who kept them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from issuance.acts import Act
from issuance.models.appointments import Appointment, Ticket
from issuance.services.appointments.slots import midnight
from issuance.services.interpreters import booking

KEPT = 30
"""Days after their day."""

MOST = 500
"""How many tickets, and how many appointments, one act deletes."""


def forget(act: Act) -> int:
    """Delete what is older than it is kept, an appointment after its ticket; how many, none when nothing is."""
    last = act.clock.today() - dt.timedelta(days=KEPT)
    tickets = act.session.scalars(select(Ticket).where(Ticket.day < last).limit(MOST)).all()
    kept = select(Ticket.appointment_id).where(Ticket.appointment_id == Appointment.id).exists()
    old = select(Appointment).where(Appointment.starts_at < midnight(last), ~kept)
    rows = tickets or act.session.scalars(old.limit(MOST)).all()
    booking.forget(act, [row.id for row in rows])
    for row in rows:
        act.session.delete(row)
    if rows:
        act.record("appointment.forgotten", count=len(rows))
    return len(rows)
