"""What every destruction before two persons has in common, of documents and of blanks: who counted, who saw it."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotAllowed, NotFound
from issuance.models.endings import Destruction
from issuance.services import centres
from issuance.values.codes import one_of

METHODS = ("shredded", "burnt")
MOST = 500
"""Things of one destruction: what two persons read and check in an hour."""

LAST = 20


class Things(StrEnum):
    """What is destroyed, which have minutes of their own."""

    DOCUMENTS = "documents"
    BLANKS = "blanks"


def start(act: Act, things: Things, count: int) -> Destruction:
    """The first person counted so many; Conflict while another destruction of these things waits for its witness."""
    if waiting(act, things) is not None:
        raise Conflict("A destruction waits for its witness. Finish that one first.")
    row = Destruction(
        centre_id=act.actor.centre_id,
        things=things,
        counted_by=act.actor.id,
        counted_at=act.clock.now(),
        count=count,
    )
    act.session.add(row)
    act.session.flush()
    return row


def sign(act: Act, row: Destruction, method: str) -> None:
    """A second person saw them destroyed. NotAllowed for the one who counted."""
    check_waits(act, row)
    if row.counted_by == act.actor.id:
        raise NotAllowed("You counted what is destroyed. Another person witnesses it.")
    row.method = one_of("method", method, METHODS)
    row.witnessed_by, row.witnessed_at = act.actor.id, act.clock.now()


def check_waits(look: Look, row: Destruction) -> None:
    """Conflict for a destruction that is over."""
    centres.check_own(look, row)
    if row.witnessed_at is not None or row.given_up_at is not None:
        raise Conflict("This destruction is finished. Open the bin to see what lies in it.")


def waiting(look: Look, things: Things) -> Destruction | None:
    """The destruction that was counted at the actor's centre and waits for its witness."""
    query = select(Destruction).where(
        Destruction.centre_id == look.actor.centre_id,
        Destruction.things == things,
        Destruction.witnessed_at.is_(None),
        Destruction.given_up_at.is_(None),
    )
    return look.session.scalar(query)


def opened(look: Look, destruction_id: UUID, things: Things) -> Destruction:
    """One of the actor's own centre; NotFound otherwise."""
    row = look.session.get(Destruction, destruction_id)
    if row is None or row.centre_id != look.actor.centre_id or row.things != things:
        raise NotFound("There are no such minutes in your centre. Open the bin.")
    return row


def finished(look: Look, things: Things) -> list[Destruction]:
    """The last destructions of the actor's centre that were witnessed, the newest first."""
    query = select(Destruction).where(
        Destruction.centre_id == look.actor.centre_id,
        Destruction.things == things,
        Destruction.witnessed_at.is_not(None),
    )
    return list(look.session.scalars(query.order_by(Destruction.witnessed_at.desc()).limit(LAST)))
