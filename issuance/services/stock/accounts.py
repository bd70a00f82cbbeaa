"""What lies in each place by the ledger's running counts, and the proof that counts, moves and blanks agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, select, union_all
from sqlalchemy.orm import aliased

from issuance.acts import Act, Look
from issuance.errors import NotFound
from issuance.models.audit import AuditEvent
from issuance.models.staff import RoleName
from issuance.models.stock import Blank
from issuance.models.supply import Balance, Place, StockMove
from issuance.states import BlankState

CHECKED = "stock.balanced"
MOVES = 50
"""Moves that the page of a place shows."""

NAMED = 10
"""Wrong accounts that the event of a proof names."""


@dataclass(frozen=True)
class Account:
    """One stock in one place, counted in three ways: the running counts, the moves, and the blanks themselves.

    `astray` are blanks whose place is not where their last move brought them.
    """

    place: Place
    stock: str
    came: int
    went: int
    moved_in: int
    moved_out: int
    lies: int
    astray: int

    def __str__(self) -> str:
        counts = f"{self.came}-{self.went} {self.moved_in}-{self.moved_out} {self.lies} {self.astray}"
        return f"{self.place.kind} {self.stock} {counts}"


def of_centre(look: Look, centre_id: UUID | None) -> list[Balance]:
    """The accounts of a centre, its stations' too, in the order of a blank's life; none that was never used."""
    query = select(Balance).join(Place, Place.id == Balance.place_id).where(Place.centre_id == centre_id)
    order = list(BlankState)
    rows = look.session.scalars(query).unique()
    return sorted(rows, key=lambda row: (order.index(row.place.kind), _holder(row), row.stock))


def _holder(row: Balance) -> str:
    holder = row.place.station or row.place.to_centre
    return holder.name if holder else ""


def place(look: Look, place_id: UUID) -> Place:
    """A place of the actor's centre, or for an auditor of any; NotFound otherwise."""
    found = look.session.get(Place, place_id)
    if found is None or (RoleName.AUDITOR not in look.actor.roles and found.centre_id != look.actor.centre_id):
        raise NotFound("There is no such place in your centre. Open the list again.")
    return found


def last_moves(look: Look, at: Place) -> list[tuple[StockMove, Blank]]:
    """The newest moves to and from a place, with their blanks."""
    found: list[tuple[StockMove, Blank]] = []
    for end in (StockMove.to_id, StockMove.from_id):
        query = select(StockMove, Blank).join(Blank, Blank.id == StockMove.blank_id).where(end == at.id)
        newest = query.order_by(StockMove.at.desc()).limit(MOVES)
        found += [(move, blank) for move, blank in look.session.execute(newest)]
    return sorted(found, key=lambda pair: (pair[0].at, pair[0].number), reverse=True)[:MOVES]


def wrong(look: Look) -> list[Account]:
    """The accounts that do not balance, found by one statement over the whole ledger: for the background alone.

    Whatever came less whatever went is what lies there, by counts, by moves and by blanks.
    """
    counts: list[Any] = [Balance.came, Balance.went, literal(0), literal(0), literal(0), literal(0)]
    parts: tuple[Select[Any], ...] = (
        select(Balance.place_id.label("place_id"), Balance.stock.label("stock"), *_named(counts)),
        _moves(StockMove.to_id, 2),
        _moves(StockMove.from_id, 3),
        select(Blank.place_id, Blank.stock, *_one(4)),
        _astray(),
    )
    lines = union_all(*parts).subquery()
    sums = [func.sum(lines.c[name]).label(name) for name in COUNTS]
    came, went, moved_in, moved_out, lies, astray = sums
    agree = and_(came == moved_in, went == moved_out, came - went == lies, astray == 0)
    query = select(lines.c.place_id, lines.c.stock, *sums).group_by(lines.c.place_id, lines.c.stock).having(~agree)
    rows = look.session.execute(query).all()
    return [Account(look.session.get_one(Place, row[0]), row[1], *map(int, row[2:])) for row in rows]


COUNTS = ("came", "went", "moved_in", "moved_out", "lies", "astray")


def _named(counts: Sequence[Any]) -> list[Any]:
    return [count.label(name) for name, count in zip(COUNTS, counts, strict=True)]


def _one(place: int) -> list[Any]:
    """A line that counts one, as the count with this place."""
    return _named([literal(int(number == place)) for number in range(len(COUNTS))])


def _moves(end: Any, place: int) -> Select[Any]:
    return select(end, Blank.stock, *_one(place)).join(Blank, Blank.id == StockMove.blank_id).where(end.is_not(None))


def _astray() -> Select[Any]:
    """Blanks that no move, or not the last one, brought to where they are."""
    last, later = aliased(StockMove), aliased(StockMove)
    is_last = (last.blank_id == Blank.id) & (last.number == Blank.moved) & (last.to_id == Blank.place_id)
    is_later = (later.blank_id == Blank.id) & (later.number == Blank.moved + 1)
    query = select(Blank.place_id, Blank.stock, *_one(5)).outerjoin(last, is_last).outerjoin(later, is_later)
    return query.where(last.id.is_(None) | later.id.is_not(None))


def note(act: Act, found: Sequence[Account]) -> None:
    """Keep with the audit what the proof of the ledger said."""
    named = "; ".join(map(str, found[:NAMED]))
    act.record(CHECKED, wrong=len(found), which=named)


def last_proof(look: Look) -> AuditEvent | None:
    """The event of the newest proof; None when there was none yet."""
    query = select(AuditEvent).where(AuditEvent.act == CHECKED)
    return look.session.scalar(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1))
