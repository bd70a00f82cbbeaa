"""Appointments and tickets go some days after their own: until then the supervisor sees who kept them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete

from issuance.acts import Look
from issuance.models.appointments import Appointment, Ticket
from issuance.services.appointments.slots import midnight

KEPT = 30
"""Days after their day."""


def purge(look: Look) -> None:
    """Delete what is older than it is kept; what an appointment's ticket says goes first."""
    last = look.clock.today() - dt.timedelta(days=KEPT)
    look.session.execute(delete(Ticket).where(Ticket.day < last))
    look.session.execute(delete(Appointment).where(Appointment.starts_at < midnight(last)))
