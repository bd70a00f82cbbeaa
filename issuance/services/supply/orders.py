"""Orders for blanks: a supervisor asks for their centre, one of the centre that is to send them agrees or refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.db import uuid7, written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre, RoleName
from issuance.models.supply import Parcel, StockOrder
from issuance.services import centres
from issuance.services.supply import deliveries
from issuance.states import ORDERS_OPEN, PARCELS_OPEN, OrderState, ParcelState, advance
from issuance.values import references
from issuance.values.codes import one_of

MOST = 100_000
LAST = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a centre asks for: from which other centre, of which stock, how many, and why.

    `key` is the id of the order: a form that is sent twice asks once.
    """

    of: Centre
    stock: str
    count: int
    why: str
    key: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of an order were packed and how many came."""

    packed: int
    came: int


def ask(act: Act, centre: Centre, said: Wanted) -> StockOrder:
    """A supervisor asks another centre for blanks. InvalidInput names the field."""
    centres.check_here(act, centre)
    _check_supervisor(act)
    if asked := act.session.get(StockOrder, said.key):
        return asked
    one_of("stock", said.stock, deliveries.stocks())
    if said.of.id == centre.id or not said.of.active:
        raise InvalidInput("of", "Blanks are ordered of another centre that is open. Choose it.")
    if not 1 <= said.count <= MOST:
        raise InvalidInput("count", "Say how many blanks, from 1 to %(most)s.", most=MOST)
    if not said.why.strip():
        raise InvalidInput("why", "Say why the centre needs them: who agrees reads it.")
    row = StockOrder(
        id=said.key,
        code=references.new_code(),
        centre=centre,
        from_centre=said.of,
        stock=said.stock,
        wanted=said.count,
        why=said.why.strip(),
        asked_by=act.actor.id,
        asked_at=act.clock.now(),
        state_by=act.actor.id,
    )
    act.session.add(row)
    _record(act, "order.asked", row, reason=row.why)
    return row


def agree(act: Act, order: StockOrder) -> None:
    """A supervisor of the centre that is to send them agrees; NotAllowed for who asked, and for their centre."""
    _answer(act, order, OrderState.AGREED)
    _record(act, "order.agreed", order)


def refuse(act: Act, order: StockOrder, why: str) -> None:
    """The same supervisor does not send them, and says why."""
    if not why.strip():
        raise InvalidInput("answer", "Say why not, and what the centre is to do.")
    _answer(act, order, OrderState.REFUSED)
    order.answer, order.ended_at = why.strip(), act.clock.now()
    _record(act, "order.refused", order, reason=order.answer)


def _answer(act: Act, order: StockOrder, to: OrderState) -> None:
    if act.actor.kind == "staff" and act.actor.centre_id != order.from_centre_id:
        raise NotAllowed("A supervisor of the centre that is to send the blanks answers this order.")
    _check_supervisor(act)
    if act.actor.id == order.asked_by:
        raise NotAllowed("You asked for these blanks. Another person answers.")
    advance(order, to, actor=act.actor)
    order.answered_by, order.answered_at = act.actor.id, act.clock.now()


def withdraw(act: Act, order: StockOrder, why: str) -> None:
    """The centre does not want them, or the rest of them, any more. Conflict while a parcel of it is on its way."""
    centres.check_own(act, order)
    _check_supervisor(act)
    if not why.strip():
        raise InvalidInput("answer", "Say why they are not needed any more.")
    on_way = select(Parcel.id).where(Parcel.order_id == order.id, Parcel.state.in_(PARCELS_OPEN)).limit(1)
    if act.session.scalar(on_way) is not None:
        raise Conflict("A parcel of this order is packed or on its way. Acknowledge it first.")
    advance(order, OrderState.WITHDRAWN, actor=act.actor)
    order.answer, order.ended_at = why.strip(), act.clock.now()
    _record(act, "order.withdrawn", order, reason=order.answer)


def check_packed(order: StockOrder, centre: Centre, to: Centre, stock: str) -> None:
    """InvalidInput when a parcel of this stock, from one centre to another, is none of the order's."""
    if order.state not in (OrderState.AGREED, OrderState.IN_PARTS):
        raise InvalidInput("order", "This order is not agreed to, or has ended. Open it again.")
    if (order.from_centre_id, order.centre_id, order.stock) != (centre.id, to.id, stock):
        raise InvalidInput("order", "This order is of another centre or another stock. Look at it again.")


def note_sent(act: Act, order: StockOrder) -> None:
    """A parcel of the order leaves."""
    if order.state == OrderState.AGREED:
        advance(order, OrderState.IN_PARTS, actor=act.actor)


def note_arrived(act: Act, order: StockOrder) -> None:
    """A parcel of the order was acknowledged: it is done when as many came as were wanted."""
    act.session.flush()
    if order.state == OrderState.IN_PARTS and progress(act, order).came >= order.wanted:
        advance(order, OrderState.DONE, actor=act.actor)
        order.ended_at = act.clock.now()
        _record(act, "order.done", order)


def progress(look: Look, order: StockOrder) -> Progress:
    """How far it is."""
    gone = (ParcelState.UNPACKED, ParcelState.LOST)
    packed = func.sum(Parcel.held).filter(Parcel.state.not_in(gone))
    came = func.sum(Parcel.came).filter(Parcel.state == ParcelState.ARRIVED)
    row = look.session.execute(select(packed, came).where(Parcel.order_id == order.id)).one()
    return Progress(row[0] or 0, row[1] or 0)


def opened(look: Look, order_id: UUID) -> StockOrder:
    """An order by or of the actor's centre; NotFound otherwise."""
    row = look.session.get(StockOrder, order_id)
    if row is None or look.actor.centre_id not in (row.centre_id, row.from_centre_id):
        raise NotFound("There is no such order of your centre. Open the list again.")
    return row


def open_ones(look: Look, end: Any) -> list[StockOrder]:
    """What is open, the oldest first: by the actor's centre, or of it (`end` is StockOrder.centre_id or from_…)."""
    query = select(StockOrder).where(_in(ORDERS_OPEN), end == look.actor.centre_id)
    return list(look.session.scalars(query.order_by(StockOrder.asked_at)))


def ended(look: Look) -> list[StockOrder]:
    """The last that ended, by or of the actor's centre, the newest first."""
    found: dict[UUID, StockOrder] = {}
    for end in (StockOrder.centre_id, StockOrder.from_centre_id):
        query = select(StockOrder).where(end == look.actor.centre_id, StockOrder.ended_at.is_not(None))
        newest = query.order_by(StockOrder.ended_at.desc()).limit(LAST)
        found |= {row.id: row for row in look.session.scalars(newest)}
    return sorted(found.values(), key=lambda row: (row.ended_at, row.code), reverse=True)[:LAST]


def unanswered(look: Look) -> Select[int]:
    """How many wait for an answer of the actor's centre, as a query."""
    asked = (_in(ORDERS_OPEN), StockOrder.state == OrderState.ASKED)
    query = select(func.count()).select_from(StockOrder).where(*asked)
    return query.where(StockOrder.from_centre_id == look.actor.centre_id)


def _in(states: Sequence[OrderState]) -> ColumnElement[bool]:
    return StockOrder.state.in_([written(state) for state in states])  # as the partial index says it


def _check_supervisor(look: Look) -> None:
    if look.actor.kind == "staff" and RoleName.SUPERVISOR not in look.actor.roles:
        raise NotAllowed("Supervisors order blanks and answer orders. Ask one.")


def _record(act: Act, event: str, row: StockOrder, reason: str = "") -> None:
    centre_id = act.actor.centre_id or row.centre_id
    act.record(event, row, centre_id=centre_id, reason=reason, order=row.code, stock=row.stock, count=row.wanted)
