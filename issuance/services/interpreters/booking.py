"""Interpreters booked with appointments: who is free then, one of them taken, and what a moved appointment does.

Half an hour of an interpreter is a row with a unique pair (`InterpreterSlot`), so that nobody is at two places at once.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.errors import Conflict, InvalidInput, NotFound
from issuance.law.persons.rights import TEXT_LANGUAGE
from issuance.models.appointments import Appointment
from issuance.models.interpreters import Interpreter, InterpreterSlot
from issuance.services import centres
from issuance.services.interpreters import register
from issuance.states import AppointmentState
from issuance.values.hours import open_on

SLOT = dt.timedelta(minutes=30)
TAKEN = "This interpreter is at another appointment then. Choose another one, or another time."


def language_of(appointment: Appointment) -> str:
    """The language for which an interpreter is needed; empty where nobody knows who comes, and for Romanian."""
    language = appointment.request.person.language if appointment.request else ""
    return "" if language == TEXT_LANGUAGE else language


def booked(look: Look, appointment: Appointment) -> Interpreter | None:
    """The interpreter of an appointment."""
    query = select(Interpreter).join(InterpreterSlot, InterpreterSlot.interpreter_id == Interpreter.id)
    return look.session.scalar(query.where(InterpreterSlot.appointment_id == appointment.id).limit(1))


def of_day(look: Look, interpreter: Interpreter, day: dt.date) -> list[InterpreterSlot]:
    """What an interpreter is booked for on a day, by time."""
    first = dt.datetime.combine(day, dt.time(), OFFICE_ZONE)
    after = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), OFFICE_ZONE)
    mine = (InterpreterSlot.interpreter_id == interpreter.id, InterpreterSlot.starts_at >= first)
    query = select(InterpreterSlot).where(*mine, InterpreterSlot.starts_at < after)
    return list(look.session.scalars(query.order_by(InterpreterSlot.starts_at)))


def free(look: Look, appointment: Appointment) -> list[Interpreter]:
    """Those of the centre who interpret the language, work at that time, and are nowhere else then."""
    language, times = language_of(appointment), _times(appointment)
    if not language:
        return []
    there = register.speaking(look, language, office_day(appointment.starts_at))
    at_it = [row for row in there if _works(row, appointment)]
    busy = select(InterpreterSlot.interpreter_id).where(
        InterpreterSlot.interpreter_id.in_([row.id for row in at_it]),
        InterpreterSlot.starts_at.in_(times),
        InterpreterSlot.appointment_id != appointment.id,
    )
    taken = set(look.session.scalars(busy))
    return [row for row in at_it if row.id not in taken]


def book(act: Act, appointment: Appointment, interpreter_id: UUID | None) -> Interpreter:
    """The interpreter is at this appointment, and no other is. InvalidInput on `interpreter` for who is not free."""
    centres.check_own(act, appointment)
    if appointment.state != AppointmentState.BOOKED:
        raise Conflict("This appointment is over. Make a new one.")
    chosen = next((row for row in free(act, appointment) if row.id == interpreter_id), None)
    if chosen is None:
        raise InvalidInput("interpreter", TAKEN)
    _release(act, appointment)
    if not _take(act, appointment, chosen):
        raise InvalidInput("interpreter", TAKEN)
    act.record("interpreter.booked", appointment, chosen, *_case(appointment), centre_id=appointment.centre_id)
    return chosen


def send_away(act: Act, appointment: Appointment) -> None:
    """No interpreter is at this appointment any more. NotFound when none was."""
    centres.check_own(act, appointment)
    if _release(act, appointment) is None:
        raise NotFound("No interpreter is booked with this appointment. Open it again.")
    act.record("interpreter.released", appointment, *_case(appointment), centre_id=appointment.centre_id)


def follow(act: Act, appointment: Appointment) -> None:
    """The appointment was moved or cancelled: its interpreter comes along when free, else has the time back.

    A part of that act.
    """
    chosen = _release(act, appointment)
    if chosen is None:
        return
    goes_on = appointment.state == AppointmentState.BOOKED and chosen in free(act, appointment)
    if not (goes_on and _take(act, appointment, chosen)):
        act.record("interpreter.released", appointment, *_case(appointment), centre_id=appointment.centre_id)


def forget(act: Act, appointments: list[UUID]) -> None:
    """The slots of appointments that are deleted. A part of that act."""
    for slot in act.session.scalars(select(InterpreterSlot).where(InterpreterSlot.appointment_id.in_(appointments))):
        act.session.delete(slot)
    act.session.flush()


def _take(act: Act, appointment: Appointment, chosen: Interpreter) -> bool:
    """Whether nobody else took one of the half hours at this moment."""
    try:
        with act.apart():
            for at in _times(appointment):
                act.session.add(InterpreterSlot(interpreter=chosen, appointment_id=appointment.id, starts_at=at))
    except IntegrityError:
        return False
    return True


def _release(act: Act, appointment: Appointment) -> Interpreter | None:
    slots = act.session.scalars(select(InterpreterSlot).where(InterpreterSlot.appointment_id == appointment.id)).all()
    for slot in slots:
        act.session.delete(slot)
    act.session.flush()
    return slots[0].interpreter if slots else None


def _times(appointment: Appointment) -> list[dt.datetime]:
    """The half hours of the clock that an appointment touches, so that any two at one time have one in common."""
    first = appointment.starts_at.replace(minute=appointment.starts_at.minute // 30 * 30)
    count = -(-(_end(appointment) - first) // SLOT)
    return [first + number * SLOT for number in range(count)]


def _end(appointment: Appointment) -> dt.datetime:
    return appointment.starts_at + dt.timedelta(minutes=appointment.minutes)


def _works(interpreter: Interpreter, appointment: Appointment) -> bool:
    """Whether the interpreter's hours hold the whole appointment, by the clock on the wall."""
    begins, ends = appointment.starts_at.astimezone(OFFICE_ZONE), _end(appointment).astimezone(OFFICE_ZONE)
    spans = open_on(interpreter.hours, begins.date())
    return any(first <= begins.time() and ends.time() <= last for first, last in spans)


def _case(appointment: Appointment) -> list[object]:
    return [appointment.request] if appointment.request else []
