"""Blanks that nobody finds, and those that turn up again: declared by a supervisor, cleared by another person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre
from issuance.models.stock import Blank
from issuance.models.supply import Place, StockMove, Why
from issuance.services import centres
from issuance.services.stock import ledger, moves, places
from issuance.states import BlankState, allowed

MOST = 500
"""Of a list that a person works through."""


def declare(act: Act, centre: Centre, serials: Sequence[str], reason: str) -> int:
    """A supervisor says that nobody finds these blanks of the centre; how many. All of them or none."""
    centres.check_here(act, centre)
    if not reason.strip():
        raise InvalidInput("reason", "Say where you looked and when they were seen last.")
    known = ledger.those(act, serials)
    for serial in serials:
        _check_may_be_missing(known.get(serial), serial, centre)
    to = places.of_centre(act, BlankState.MISSING, centre.id)
    blanks = list(known.values())
    for blank in blanks:
        moves.move(act, blank, to, Why.LOST)
    about: dict[str, Any] = {"count": len(blanks), "first": blanks[0].serial, "last": blanks[-1].serial}
    act.record("stock.missing_declared", centre, centre_id=centre.id, reason=reason.strip(), **about)
    return len(blanks)


def _check_may_be_missing(blank: Blank | None, serial: str, centre: Centre) -> None:
    if blank is None or blank.centre_id != centre.id:
        raise InvalidInput("serials", "The ledger has no blank %(serial)s at this centre.", serial=serial)
    if BlankState.MISSING not in allowed(blank.state):
        raise InvalidInput(
            "serials",
            "%(serial)s is no blank that can be missing: a document was made on it, or it is missing or destroyed"
            " already.",
            serial=serial,
        )


def find(act: Act, blank: Blank, where: str) -> None:
    """A supervisor has a missing blank in hand: it is found, and waits until another person looked at it."""
    if blank.state != BlankState.MISSING:
        raise Conflict("This blank is not missing any more. Open the list again.")
    if not where.strip():
        raise InvalidInput("found", "Say where you looked and what you found.")
    centre_id = act.actor.centre_id or blank.centre_id
    moves.move(act, blank, places.of_centre(act, BlankState.FOUND, centre_id), Why.FOUND)
    act.record("stock.blank_found", blank, centre_id=centre_id, reason=where.strip(), blank=blank.serial)


def clear(act: Act, blank: Blank, *, fit: bool) -> None:
    """Another person looked at a blank that was found: it is fit and goes to the vault, or else to the reject bin.

    NotAllowed for who found it; InvalidInput when something was made on it before it was lost.
    """
    centres.check_own(act, blank)
    if blank.state != BlankState.FOUND:
        raise Conflict("This blank was looked at meanwhile. Open the list again.")
    if act.actor.id == blank.state_by:
        raise NotAllowed("You found this blank. Another person looks at it.")
    if fit and _was_used(act, blank):
        raise InvalidInput("fit", "Something was made on this blank before it was lost: it goes to the reject bin.")
    to = BlankState.IN_VAULT if fit else BlankState.SPOILED
    moves.within(act, blank, to, Why.CLEARED)
    act.record("stock.found_cleared", blank, centre_id=blank.centre_id, blank=blank.serial, fit=fit)


def _was_used(look: Look, blank: Blank) -> bool:
    query = select(StockMove.id).join(Place, Place.id == StockMove.to_id)
    used = query.where(StockMove.blank_id == blank.id, Place.kind.in_((BlankState.CONSUMED, BlankState.SPOILED)))
    return blank.document_id is not None or look.session.scalar(used.limit(1)) is not None


def lying(look: Look, kind: BlankState) -> list[Blank]:
    """The missing, or the found, of the actor's centre by stock and serial; at most MOST."""
    at = (Place.kind == kind, Place.centre_id == look.actor.centre_id)
    query = select(Blank).join(Place, Place.id == Blank.place_id).where(*at)
    return list(look.session.scalars(query.order_by(Blank.stock, Blank.serial).limit(MOST)))


def found(look: Look) -> Select[int]:
    """How many found blanks of the actor's centre wait for a second person, at most MOST, as a query."""
    at = (Place.kind == BlankState.FOUND, Place.centre_id == look.actor.centre_id)
    some = select(Blank.id).join(Place, Place.id == Blank.place_id).where(*at).limit(MOST).subquery()
    return select(func.count()).select_from(some)


def opened(look: Look, blank_id: UUID) -> Blank:
    """A blank of the actor's own centre; NotFound otherwise."""
    blank = look.session.get(Blank, blank_id)
    if blank is None or blank.centre_id != look.actor.centre_id:
        raise NotFound("There is no such blank at your centre. Open the list again.")
    return blank
