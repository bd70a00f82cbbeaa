"""Tickets of a waiting room: given at the door, called by a counter, in the order of ADR 0050."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotFound, StaleState
from issuance.models.appointments import Appointment, Purpose, Ticket
from issuance.models.staff import Centre
from issuance.services import centres
from issuance.services.appointments import bookings
from issuance.services.appointments.slots import SLOT
from issuance.states import AppointmentState, TicketState, advance
from issuance.values import references

LAST_COUNTER = 99
LOST = "There is no such ticket in your centre today. Open the list again."


@dataclass(frozen=True, slots=True)
class Seat:
    """A counter: its number, what it is for, and the ticket that its page showed as called (None for none)."""

    counter: int
    purposes: Collection[Purpose]
    seen: UUID | None = None


# At the door


def give(act: Act, centre: Centre, purpose: Purpose, key: UUID, *, urgent: bool = False) -> Ticket:
    """A ticket for who comes without an appointment. `key` is its id: a form that is sent twice gives one ticket."""
    centres.check_here(act, centre)
    bookings.lock(act, centre.id)
    if given := act.session.get(Ticket, key):
        return given
    if not centre.active:
        raise Conflict("This centre is closed. Nobody waits there.")
    ticket = Ticket(id=key, centre_id=centre.id, purpose=purpose, code=references.new_code())
    ticket.turn_at, ticket.first = act.clock.now(), urgent
    return _given(act, ticket)


def arrive(act: Act, appointment: Appointment, *, urgent: bool = False) -> Ticket:
    """The ticket of who comes with an appointment of today; the same when they ask again. Conflict when it is over."""
    centres.check_own(act, appointment)
    bookings.lock(act, appointment.centre_id)
    act.session.refresh(appointment, with_for_update=True)
    if appointment.state == AppointmentState.CAME:
        return act.session.scalars(select(Ticket).where(Ticket.appointment_id == appointment.id)).one()
    bookings.come(act, appointment)
    now, late = act.clock.now(), act.clock.now() >= appointment.starts_at + SLOT
    ticket = Ticket(
        centre_id=appointment.centre_id,
        purpose=appointment.purpose,
        code=appointment.code,
        appointment=appointment,
        first=urgent or not late,
        turn_at=now if late else min(now, appointment.starts_at) if urgent else appointment.starts_at,
    )
    return _given(act, ticket)


def _given(act: Act, ticket: Ticket) -> Ticket:
    ticket.day, ticket.given_at, ticket.state_by = act.clock.today(), act.clock.now(), act.actor.id
    last = select(func.max(Ticket.number)).where(
        Ticket.centre_id == ticket.centre_id, Ticket.day == ticket.day, Ticket.purpose == ticket.purpose
    )
    with act.session.no_autoflush:
        ticket.number = (act.session.scalar(last) or 0) + 1
    act.session.add(ticket)
    subjects = [ticket, ticket.appointment] if ticket.appointment else [ticket]
    act.record("ticket.given", *subjects, centre_id=ticket.centre_id, ticket=ticket.label, urgent=ticket.first)
    return ticket


# At a counter


def call_next(act: Act, seat: Seat) -> Ticket:
    """Call whose turn it is; who is at the counter is done. StaleState when the page had shown another ticket there."""
    centre_id = _begin(act)
    if not 1 <= seat.counter <= LAST_COUNTER:
        raise InvalidInput("counter", "Give the number of your counter, from 1 to %(most)s.", most=LAST_COUNTER)
    before = at_counter(act, seat.counter)
    if (before.id if before else None) != seat.seen:
        raise StaleState("Somebody was called at this counter meanwhile. Look who, before you call the next.")
    ticket = act.session.scalar(_in_order(act, centre_id, seat.purposes).limit(1))
    if ticket is None:
        raise Conflict("Nobody waits for this counter.")
    if before:
        advance(before, TicketState.DONE, actor=act.actor)
    _call(act, ticket, seat.counter, *([before] if before else []))
    return ticket


def call_again(act: Act, ticket: Ticket, counter: int) -> None:
    """Call somebody who was called before, and was not there. Conflict for one who waits or is done."""
    _begin(act, ticket)
    if ticket.state != TicketState.CALLED:
        before = at_counter(act, counter)
        if before:
            raise Conflict("Somebody is at this counter. Say first that they are done, or not there.")
        if ticket.state != TicketState.ABSENT:
            raise Conflict("This ticket was not called, or is done. Call the next.")
    elif ticket.counter != counter:
        raise Conflict("Another counter has called this ticket. Call the next.")
    _call(act, ticket, counter)


def absent(act: Act, ticket: Ticket) -> None:
    """Who was called is not there: they can be called again. Conflict for one who was not called."""
    _begin(act, ticket)
    advance(ticket, TicketState.ABSENT, actor=act.actor)
    act.record("ticket.absent", ticket, ticket=ticket.label)


def done(act: Act, ticket: Ticket) -> None:
    """Who was called has what they came for, and nobody is called after them. Conflict for one who was not called."""
    _begin(act, ticket)
    advance(ticket, TicketState.DONE, actor=act.actor)
    act.record("ticket.done", ticket, ticket=ticket.label)


def _call(act: Act, ticket: Ticket, counter: int, *others: Ticket) -> None:
    if ticket.state != TicketState.CALLED:
        advance(ticket, TicketState.CALLED, actor=act.actor)
    ticket.counter, ticket.called_at = counter, act.clock.now()
    act.record("ticket.called", ticket, *others, ticket=ticket.label, counter=counter)


def _begin(act: Act, ticket: Ticket | None = None) -> UUID:
    if ticket:
        centres.check_own(act, ticket)
    centre_id = ticket.centre_id if ticket else act.actor.centre_id
    assert centre_id  # no machine calls anybody
    bookings.lock(act, centre_id)
    if ticket:
        act.session.refresh(ticket, with_for_update=True)
    return centre_id


# Looking


def _in_order(look: Look, centre_id: UUID | None, purposes: Collection[Purpose]) -> Select[Ticket]:
    """Who waits, as called: whose slot has begun and who cannot wait; then who came without; then the early."""
    turn_has_come = and_(Ticket.first, Ticket.turn_at <= look.clock.now())
    waits = (*_today(look, centre_id), Ticket.state == TicketState.WAITING, Ticket.purpose.in_(purposes))
    order = (turn_has_come.desc(), Ticket.turn_at, Ticket.given_at, Ticket.number)
    return select(Ticket).where(*waits).order_by(*order)


def _today(look: Look, centre_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    return Ticket.centre_id == centre_id, Ticket.day == look.clock.today()


def waiting(look: Look, purposes: Collection[Purpose] = tuple(Purpose)) -> list[Ticket]:
    """Who waits in the actor's centre, as they will be called."""
    return list(look.session.scalars(_in_order(look, look.actor.centre_id, purposes)))


def count_waiting(look: Look) -> Select[int]:
    """How many wait in the actor's centre, as a query."""
    return select(func.count()).where(*_today(look, look.actor.centre_id), Ticket.state == TicketState.WAITING)


def not_there(look: Look) -> list[Ticket]:
    """Who was called today in the actor's centre and was not there, the last one first."""
    query = select(Ticket).where(*_today(look, look.actor.centre_id), Ticket.state == TicketState.ABSENT)
    return list(look.session.scalars(query.order_by(Ticket.called_at.desc())))


def at_counter(look: Look, counter: int) -> Ticket | None:
    """Whom a counter of the actor's centre has called and not let go."""
    query = select(Ticket).where(*_today(look, look.actor.centre_id), Ticket.state == TicketState.CALLED)
    return look.session.scalar(query.where(Ticket.counter == counter).order_by(Ticket.called_at.desc()).limit(1))


def own(look: Look, ticket_id: UUID) -> Ticket:
    """The ticket of the actor's own centre with this id, today's; NotFound also for another centre's."""
    ticket = look.session.get(Ticket, ticket_id)
    if ticket is None or ticket.centre_id != look.actor.centre_id or ticket.day != look.clock.today():
        raise NotFound(LOST)
    return ticket
