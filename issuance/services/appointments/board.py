"""What everybody in a waiting room sees: the tickets that are called, and to which counter. Nothing else is read."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.appointments import Ticket, label
from issuance.models.staff import Centre
from issuance.states import TicketState

ROWS = 6
"""What can be read from the last row of chairs."""


@dataclass(frozen=True, slots=True)
class Called:
    """A ticket and the counter to go to."""

    ticket: str
    counter: int


def called(look: Look, centre: str) -> list[Called]:
    """Whom the centre with this short name calls now, the last call first: at most ROWS. NotFound for no such centre.

    It is one statement: any number of screens ask for it all the time.
    """
    now = and_(Ticket.centre_id == Centre.id, Ticket.day == look.clock.today(), Ticket.state == TicketState.CALLED)
    query = select(Ticket.purpose, Ticket.number, Ticket.counter).select_from(Centre).outerjoin(Ticket, now)
    query = query.where(Centre.code == centre, Centre.active).order_by(Ticket.called_at.desc(), Ticket.id).limit(ROWS)
    rows = look.session.execute(query).all()
    if not rows:
        raise NotFound("There is no waiting room here. Compare the address with the one of your centre.")
    return [Called(label(purpose, number), counter) for purpose, number, counter in rows if counter]
