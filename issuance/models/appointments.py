"""The waiting room: how much time a centre has for what, who comes when, and the tickets of the day.

Nothing here names anybody: an appointment knows a request at most, and goes some days after its own.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, state_column
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.states import AppointmentState, TicketState


class Purpose(StrEnum):
    """What somebody comes for."""

    LODGING = "lodging"
    COLLECTION = "collection"


LETTERS = {Purpose.LODGING: "A", Purpose.COLLECTION: "C"}
"""What the tickets of a purpose begin with."""

RESERVE = 20
"""Per cent of a slot that nobody books, until the centre says otherwise: it is for those who come without."""

BOOKED = "state = 'booked'"


class Capacity(Keyed, Base):
    """How many counters a centre opens for a purpose, how many minutes each takes for a person, and per cent of their
    time that is kept for those who come without an appointment.
    """

    __tablename__ = "capacity"
    __table_args__ = (
        UniqueConstraint("centre_id", "purpose"),
        CheckConstraint("counters >= 0 AND minutes > 0 AND reserve BETWEEN 0 AND 99", name="can_be_worked"),
    )
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    purpose: Mapped[str]
    counters: Mapped[int]
    minutes: Mapped[int]
    reserve: Mapped[int] = mapped_column(default=RESERVE)


class Appointment(Keyed, Base):
    """So many persons come at a time to a centre. `minutes` is what they take of its slots, as it was said then.

    Who has the `code` changes or cancels it. A collection knows its request, a lodging knows nobody.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("ix_appointment_centre_id_starts_at", "centre_id", "starts_at"),
        Index("ix_appointment_request_id", "request_id"),
        Index(
            "uq_appointment_one_booked",
            "request_id",
            unique=True,
            sqlite_where=text(BOOKED),
            postgresql_where=text(BOOKED),
        ),
        CheckConstraint("persons > 0 AND minutes > 0", name="takes_time"),
    )
    WITNESSED = ("centre_id", "purpose", "starts_at", "persons", "minutes", "request_id", "state", "state_by")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    purpose: Mapped[str]
    starts_at: Mapped[dt.datetime] = mapped_column(index=True)
    persons: Mapped[int]
    minutes: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("request.id"))
    state: Mapped[AppointmentState] = state_column(AppointmentState, AppointmentState.BOOKED)
    state_by: Mapped[UUID | None]

    centre: Mapped[Centre] = relationship()
    request: Mapped[IssuanceRequest | None] = relationship()


class Ticket(Keyed, Base):
    """A place in the waiting room of a centre, on one day. `number` counts within day and purpose.

    `turn_at` is when its turn begins: of `first` ones their slot, or their arrival when they cannot wait; of the others
    their arrival. `code` is the appointment's, or one of its own. `counter` called it last.
    """

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("centre_id", "day", "purpose", "number"),)
    WITNESSED = ("centre_id", "day", "purpose", "number", "appointment_id", "state", "state_by")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    day: Mapped[dt.date] = mapped_column(index=True)
    purpose: Mapped[str]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"), unique=True)
    first: Mapped[bool] = mapped_column(default=False)
    turn_at: Mapped[dt.datetime]
    given_at: Mapped[dt.datetime]
    counter: Mapped[int | None]
    called_at: Mapped[dt.datetime | None]
    state: Mapped[TicketState] = state_column(TicketState, TicketState.WAITING)
    state_by: Mapped[UUID | None]

    appointment: Mapped[Appointment | None] = relationship()

    @property
    def label(self) -> str:
        """What the holder reads: `A001`."""
        return label(self.purpose, self.number)


def label(purpose: str, number: int) -> str:
    """How a ticket is called."""
    return f"{LETTERS[Purpose(purpose)]}{number:03}"
