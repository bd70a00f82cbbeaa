"""The only way in which a blank moves: its state, its place, the move and the count of both places go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import inspect

from issuance.acts import Act
from issuance.db import uuid7
from issuance.models.stock import Blank
from issuance.models.supply import Place, StockMove, Why
from issuance.services.feeds import ranges
from issuance.services.stock import places
from issuance.states import BlankState, advance

NOTED = "moves of this act"
MADE_ON = (BlankState.CONSUMED, BlankState.SPOILED)


@dataclass(frozen=True)
class Incoming:
    """What new blanks have in common: their stock, the centre at which they come, why, and with which delivery."""

    stock: str
    centre_id: UUID
    why: Why
    delivery_id: UUID | None = None


def receive(act: Act, serials: Iterable[str], of: Incoming) -> list[Blank]:
    """New blanks of the supplier. A serial that the ledger has is refused by the database."""
    to = places.of_centre(act, BlankState.RECEIVED, of.centre_id)
    common = {"stock": of.stock, "centre_id": of.centre_id, "delivery_id": of.delivery_id}
    blanks = [Blank(id=uuid7(), serial=serial, place_id=to.id, moved=1, **common) for serial in serials]
    act.session.add_all(blanks)
    act.session.flush()  # they are received
    for blank in blanks:
        _write(act, blank, None, of.why, ALONE)
    return blanks


@dataclass(frozen=True)
class Besides:
    """What a move says beside who, whence and whither: the second person where the act takes two, and the parcel."""

    witness_id: UUID | None = None
    parcel_id: UUID | None = None


ALONE = Besides()


def move(act: Act, blank: Blank, to: Place, why: Why, besides: Besides = ALONE) -> None:
    """Move a blank to a place, and so to the state of what lies there; Conflict when its life has no such move."""
    origin = blank.place_id
    advance(blank, to.kind, actor=act.actor)
    blank.place_id, blank.centre_id, blank.moved, blank.binned = to.id, to.centre_id, blank.moved + 1, False
    if to.kind not in MADE_ON:
        blank.station_id = to.station_id
    _write(act, blank, origin, why, besides)


def within(act: Act, blank: Blank, to: BlankState, why: Why) -> None:
    """Move a blank to where those of a state are at its own centre."""
    move(act, blank, places.of_centre(act, to, blank.centre_id), why)


def _write(act: Act, blank: Blank, origin: UUID | None, why: Why, besides: Besides) -> None:
    row = StockMove(
        blank_id=blank.id,
        number=blank.moved,
        previous=blank.moved - 1 or None,
        from_id=origin,
        to_id=blank.place_id,
        why=why,
        moved_by=act.actor.id,
        witness_id=besides.witness_id,
        parcel_id=besides.parcel_id,
        document_id=blank.document_id if blank.state in MADE_ON else None,
        at=act.clock.now(),
    )
    act.session.add(row)
    _noted(act).append((row, blank))


def _noted(act: Act) -> list[tuple[StockMove, Blank]]:
    """The moves of this act, which are counted at its end."""
    if NOTED not in act.session.info:
        act.session.info[NOTED] = []
        act.do_last(lambda: _count(act))
    noted: list[tuple[StockMove, Blank]] = act.session.info[NOTED]
    return noted


def _count(act: Act) -> None:
    """Count what moved at both ends, without what a savepoint took back; tell bodies outside what is missing."""
    noted = [(row, blank) for row, blank in _noted(act) if inspect(row).persistent]
    came = Counter((row.to_id, blank.stock) for row, blank in noted)
    went = Counter((row.from_id, blank.stock) for row, blank in noted if row.from_id)
    places.count(act, came, went)
    ranges.tell(act, [blank for _, blank in noted])
