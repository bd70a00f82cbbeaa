"""A count is asked for, by a supervisor or by lot, and who counts is drawn from those who may."""

from __future__ import annotations

import hashlib
from random import Random
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Detail, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import RoleName, Staff
from issuance.models.supply import CountLot, Place, StockCount
from issuance.services import centres
from issuance.services.counts import custody
from issuance.services.supply import deliveries
from issuance.services.trust import audit_chain
from issuance.states import BlankState
from issuance.values.codes import one_of

COUNTABLE = (
    BlankState.IN_VAULT,
    BlankState.AT_CENTRE,
    BlankState.AT_STATION,
    BlankState.SPOILED,
    BlankState.FOUND,
)
"""Where blanks can be laid on a table; what is on its way is counted by who takes it over."""


def is_countable(place: Place) -> bool:
    """Whether somebody can go there and count."""
    return place.kind in COUNTABLE


def head_of(look: Look, centre_id: UUID) -> str:
    """The digest at the end of a centre's audit chain, "" before its first event is linked."""
    return audit_chain.last_place(look.session, str(centre_id)).digest


def chance(head: str, *about: str) -> Random:
    """Chance that hangs on the audit's end and on what is drawn: no secret, and the same whenever it is drawn again."""
    seed = hashlib.sha256("|".join((head, *about)).encode()).digest()
    return Random(int.from_bytes(seed))  # noqa: S311 (who knows the next event's digest could forge the audit)


def ask(act: Act, place: Place, stock: str) -> StockCount:
    """A supervisor wants one stock of a place counted now; who counts is drawn.

    Conflict while a count of it is open.
    """
    centres.check_own(act, place)
    _check_supervisor(act)
    one_of("stock", stock, deliveries.stocks())
    if not is_countable(place):
        raise InvalidInput("place", "Blanks of this place cannot be laid on a table. Choose another place.")
    row = _open(act, StockCount(place=place, stock=stock, asked_by=act.actor.id))
    if row is None:
        raise Conflict("A count of this stock in this place is open already. Open the list again.")
    act.record("count.asked", row, centre_id=row.centre_id, reason="", **_about(row))
    return row


def draw(act: Act, place: Place, stock: str, lot: CountLot) -> bool:
    """A lot fell on this account: it is to be counted. False while a count of it is open."""
    row = _open(act, StockCount(place=place, stock=stock, lot_id=lot.id))
    if row is not None:
        act.record("count.asked", row, centre_id=row.centre_id, reason="", **_about(row))
    return row is not None


def _open(act: Act, row: StockCount) -> StockCount | None:
    """Keep it, with somebody who fits if there is one; None when one is open."""
    place = row.place
    row.centre_id, row.asked_at, row.head = place.centre_id, act.clock.now(), head_of(act, place.centre_id)
    people = custody.fit(act, place, besides=row.asked_by)
    if people:
        row.counter = chance(row.head, str(place.id), row.stock).choice(people)
    try:
        with act.session.begin_nested():
            act.session.add(row)
    except IntegrityError:
        return None
    return row


def name(act: Act, count: StockCount, staff_id: UUID, reason: str) -> None:
    """A supervisor names who counts: somebody who fits, or anybody when nobody does. InvalidInput names the field."""
    centres.check_own(act, count)
    _check_supervisor(act)
    if count.counted_at is not None:
        raise Conflict("This was counted meanwhile. Open the list again.")
    if not reason.strip():
        raise InvalidInput("reason", "Say why this person counts, and not who was drawn.")
    may = candidates(act, count)
    person = next((each for each in may if each.id == staff_id), None)
    if person is None:
        raise InvalidInput("counter", "This person may not count here. Choose one of the list.")
    count.counter, count.named_by, count.reason = person, act.actor.id, reason.strip()
    count.with_custody = person.id in custody.had(act, count.place, [person.id])
    about = _about(count) | {"with_custody": count.with_custody}
    act.record("count.counter_named", count, centre_id=count.centre_id, reason=count.reason, **about)


def candidates(look: Look, count: StockCount) -> list[Staff]:
    """Whom a supervisor may name, besides themselves: those who fit, or everybody when nobody does."""
    others = {look.actor.id, count.asked_by}
    people = [each for each in custody.fit(look, count.place) if each.id not in others]
    return people or [each for each in custody.workers(look, count.centre_id) if each.id not in others]


def opened(look: Look, count_id: UUID) -> StockCount:
    """A count of the actor's own centre; NotFound otherwise."""
    row = look.session.get(StockCount, count_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such count at your centre. Open the list again.")
    return row


def mine(look: Look) -> list[StockCount]:
    """What the actor is to count, the oldest first."""
    query = select(StockCount).where(*_mine(look)).order_by(StockCount.asked_at)
    return list(look.session.scalars(query).unique())


def mine_count(look: Look) -> Select[int]:
    """How much that is, as a query."""
    return select(func.count()).select_from(StockCount).where(*_mine(look))


def _mine(look: Look) -> tuple[ColumnElement[bool], ...]:
    waits = (StockCount.counter_id == look.actor.id, StockCount.counted_at.is_(None))
    return (*waits, StockCount.centre_id == look.actor.centre_id)


def blind(look: Look) -> set[tuple[UUID, str]]:
    """The accounts that the actor is to count, and so may not see what the ledger has there."""
    return {(row.place_id, row.stock) for row in mine(look)}


def check_not_blind(look: Look, place: Place) -> None:
    """NotAllowed while the actor is to count something of this place."""
    if any(place_id == place.id for place_id, _ in blind(look)):
        raise NotAllowed("You are to count this place. What the ledger has there is shown when you have counted.")


def _check_supervisor(look: Look) -> None:
    if look.actor.kind == "staff" and RoleName.SUPERVISOR not in look.actor.roles:
        raise NotAllowed("A supervisor asks for counts and names who counts. Ask one.")


def _about(row: StockCount) -> dict[str, Detail]:
    """What its events say of a count."""
    about: dict[str, Detail] = {"stock": row.stock, "place": row.place.kind, "drawn": row.lot_id is not None}
    return about | ({"account": row.counter_id} if row.counter_id else {})
