"""Deliveries of a supplier: announced by a manifest, then counted out of the boxes by a person who did not type it.

The manifest is the list of what may come: what came and is not on it stays out of the ledger and goes to the
supervisor, what is on it and did not come is missing from the first day (ADR 0058).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import IntegrityError

from issuance import document_types
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre
from issuance.models.stock import Blank
from issuance.models.supply import Delivery, StockMove, Why
from issuance.services import centres
from issuance.services.stock import ledger, moves, places, serials, strays
from issuance.services.stock.strays import Kind
from issuance.states import BlankState
from issuance.values.codes import one_of

LAST = 20


@dataclass(frozen=True)
class Manifest:
    """What a supplier announces: the number of its papers, of which stock, and every serial."""

    reference: str
    stock: str
    serials: Sequence[str]


@dataclass(frozen=True)
class Counted:
    """What a count found: how many came, what is absent though it was announced, what came and was not."""

    came: int
    absent: list[str]
    strange: list[str]


def stocks() -> list[str]:
    """The stocks of blanks that document types are printed on."""
    return sorted({kind.stock for kind in document_types.load().values() if kind.form != "paper"})


def announce(act: Act, centre: Centre, said: Manifest) -> Delivery:
    """Take a manifest into the ledger: its blanks are received and wait to be counted.

    InvalidInput names a serial that the ledger has already.
    """
    centres.check_here(act, centre)
    one_of("stock", said.stock, stocks())
    if not said.reference.strip():
        raise InvalidInput("reference", "Type the number of the supplier's delivery papers.")
    _check_new(act, said)
    row = Delivery(
        centre_id=centre.id,
        reference=said.reference.strip(),
        stock=said.stock,
        announced=len(said.serials),
        announced_by=act.actor.id,
        announced_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    try:
        with act.session.begin_nested():
            moves.receive(act, said.serials, moves.Incoming(said.stock, centre.id, Why.ANNOUNCED, row.id))
    except IntegrityError as error:
        raise Conflict("Somebody announced one of these serials at this moment. Send the manifest again.") from error
    _record(act, "stock.delivery_announced", row, said.serials)
    return row


def _check_new(look: Look, said: Manifest) -> None:
    if len(said.serials) > serials.MOST_AT_ONCE:
        raise InvalidInput("serials", "At most %(most)s blanks a delivery.", most=serials.MOST_AT_ONCE)
    for blank in ledger.those(look, said.serials).values():
        if blank.stock != said.stock:
            sentence = "%(serial)s is in the ledger already, and of another stock. Look at the manifest again."
        else:
            sentence = "%(serial)s is in the ledger already. Look whether this manifest was typed before."
        raise InvalidInput("serials", sentence, serial=blank.serial)


def count(act: Act, delivery: Delivery, found: Sequence[str]) -> Counted:
    """A second person counted what lies in the boxes, without the manifest. NotAllowed for who typed that.

    What came is in the vault, what did not is missing; what was not announced goes to the supervisor's list.
    """
    centres.check_own(act, delivery)
    if delivery.counted_at is not None:
        raise Conflict("This delivery was counted meanwhile. Open the list again.")
    if act.actor.id is not None and act.actor.id == delivery.announced_by:
        raise NotAllowed("You typed this manifest. Another person counts what came.")
    announced = {blank.serial: blank for blank in _blanks(act, delivery)}
    meant = [word if word in announced else word.upper() for word in found]
    here = set(meant)
    vault = places.of_centre(act, BlankState.IN_VAULT, delivery.centre_id)
    missing = places.of_centre(act, BlankState.MISSING, delivery.centre_id)
    for serial, blank in announced.items():
        came = serial in here
        moves.move(act, blank, vault if came else missing, Why.COUNTED if came else Why.LOST)
    absent = [serial for serial in announced if serial not in here]
    strange = [serial for serial in dict.fromkeys(meant) if serial not in announced]
    _tell(act, strange)
    delivery.came = len(announced) - len(absent)
    delivery.counted_by, delivery.counted_at = act.actor.id, act.clock.now()
    _record(act, "stock.delivery_counted", delivery, list(announced), missing=len(absent), strange=len(strange))
    return Counted(delivery.came, absent, strange)


def _tell(act: Act, strange: Sequence[str]) -> None:
    known = ledger.those(act, strange)
    for serial in strange:
        is_missing = serial in known and known[serial].state == BlankState.MISSING
        strays.keep(act, Kind.MISSING if is_missing else Kind.NOT_ANNOUNCED, serial, station=None)


def _record(act: Act, event: str, row: Delivery, of: Sequence[str], **more: Any) -> None:
    about: dict[str, Any] = {"stock": row.stock, "count": len(of), "first": of[0], "last": of[-1]}
    act.record(event, row, centre_id=row.centre_id, **about, **more)


def _blanks(look: Look, delivery: Delivery) -> list[Blank]:
    query = select(Blank).where(Blank.delivery_id == delivery.id)
    return list(look.session.scalars(query.order_by(Blank.serial)))


def waiting(look: Look) -> list[Delivery]:
    """What was announced at the actor's centre and not counted yet, the oldest first."""
    return list(look.session.scalars(select(Delivery).where(*_waits(look)).order_by(Delivery.announced_at)))


def waiting_count(look: Look) -> Select[int]:
    """How many those are, as a query."""
    return select(func.count()).select_from(Delivery).where(*_waits(look))


def _waits(look: Look) -> tuple[ColumnElement[bool], ...]:
    return Delivery.centre_id == look.actor.centre_id, Delivery.counted_at.is_(None)


def counted(look: Look) -> list[Delivery]:
    """The last deliveries of the actor's centre that were counted, the newest first."""
    query = select(Delivery).where(Delivery.centre_id == look.actor.centre_id, Delivery.counted_at.is_not(None))
    return list(look.session.scalars(query.order_by(Delivery.counted_at.desc()).limit(LAST)))


def opened(look: Look, delivery_id: UUID) -> Delivery:
    """One of the actor's own centre; NotFound otherwise."""
    row = look.session.get(Delivery, delivery_id)
    if row is None or row.centre_id != look.actor.centre_id:
        raise NotFound("There is no such delivery at your centre. Open the list again.")
    return row


def absent(look: Look, delivery: Delivery) -> list[str]:
    """The serials of a delivery that were announced and did not come."""
    query = select(Blank.serial).join(StockMove, StockMove.blank_id == Blank.id)
    query = query.where(Blank.delivery_id == delivery.id, StockMove.number == 2, StockMove.why == Why.LOST)
    return list(look.session.scalars(query.order_by(Blank.serial)))
