"""Interpreters of a centre, by language and hours, and when each is booked."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from issuance.db import Base, Keyed, Versioned


class Interpreter(Versioned, Base):
    """Somebody who interprets at a centre: which languages (codes with spaces between them), and when.

    `hours` are in the form of a centre's opening hours. How they are reached the register does not keep. It is the
    record of somebody who is present, and no mandate: an interpreter acts for nobody.
    """

    __tablename__ = "interpreter"
    __table_args__ = (
        UniqueConstraint("centre_id", "name"),
        CheckConstraint("to_day IS NULL OR from_day <= to_day", name="begins_before_it_ends"),
    )
    WITNESSED = ("centre_id", "name", "languages", "hours", "from_day", "to_day")
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    name: Mapped[str]
    languages: Mapped[str]
    hours: Mapped[str]
    from_day: Mapped[dt.date]
    to_day: Mapped[dt.date | None]


class InterpreterSlot(Keyed, Base):
    """Half an hour of an interpreter that an appointment takes; one that is longer takes several.

    So nobody is at two appointments at a time, whoever books: the pair is unique.
    """

    __tablename__ = "interpreter_slot"
    __table_args__ = (UniqueConstraint("interpreter_id", "starts_at"),)
    WITNESSED = ("interpreter_id", "appointment_id", "starts_at")
    interpreter_id: Mapped[UUID] = mapped_column(ForeignKey("interpreter.id"))
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"), index=True)
    starts_at: Mapped[dt.datetime]

    interpreter: Mapped[Interpreter] = relationship(lazy="joined")
