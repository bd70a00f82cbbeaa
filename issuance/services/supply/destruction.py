"""Spoiled blanks of a centre's reject bin, destroyed before two persons, with minutes (docs/law.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotAllowed
from issuance.models.endings import Destruction
from issuance.models.production import PrintJob
from issuance.models.stock import Blank
from issuance.models.supply import Place, Why
from issuance.services.life import minutes
from issuance.services.life.minutes import MOST, Things
from issuance.services.stock import ledger, moves, places
from issuance.states import BlankState

BLANKS = Things.BLANKS


def bin_of(look: Look) -> list[Blank]:
    """What lies in the reject bin of the actor's centre, by stock and serial; at most what one destruction takes."""
    query = select(Blank).join(Place, Place.id == Blank.place_id).where(*_lies(look))
    return list(look.session.scalars(query.order_by(Blank.stock, Blank.serial).limit(MOST)))


def count(look: Look) -> Select[int]:
    """How many lie there, at most MOST, as a query: what is counted is bounded."""
    some = select(Blank.id).join(Place, Place.id == Blank.place_id).where(*_lies(look)).limit(MOST).subquery()
    return select(func.count()).select_from(some)


def _lies(look: Look) -> tuple[ColumnElement[bool], ...]:
    of_centre = (Place.kind == BlankState.SPOILED, Place.centre_id == look.actor.centre_id)
    return (*of_centre, Blank.destruction_id.is_(None))


def counted(look: Look, row: Destruction) -> list[Blank]:
    """What one destruction takes."""
    return list(look.session.scalars(select(Blank).where(Blank.destruction_id == row.id).order_by(Blank.serial)))


def begin(act: Act, serials: Sequence[str]) -> Destruction:
    """A first person takes blanks out of the reject bin and scans each.

    InvalidInput names one that does not lie there; Conflict while another destruction waits for its witness.
    """
    if len(serials) > MOST:
        raise InvalidInput("serials", "At most %(most)s blanks at once. Do the others afterwards.", most=MOST)
    known = ledger.those(act, serials)
    for serial in serials:
        _check_in_bin(act, serial, known.get(serial))
    row = minutes.start(act, BLANKS, len(known))
    for blank in known.values():
        blank.destruction_id, blank.binned = row.id, True
    act.record("destruction.blanks_counted", row, centre_id=row.centre_id, hits=row.count)
    return row


def _check_in_bin(look: Look, serial: str, blank: Blank | None) -> None:
    if blank is not None:
        ledger.check_not_missing(blank)
    lies = blank is not None and blank.state == BlankState.SPOILED and blank.centre_id == look.actor.centre_id
    if blank is None or not lies or blank.destruction_id is not None:
        raise InvalidInput(
            "serials", "%(serial)s does not lie in the reject bin of this centre. Put it aside and look it up.",
            serial=serial,
        )  # fmt: skip


def witness(act: Act, row: Destruction, method: str) -> None:
    """A second person read the serials too and saw them destroyed.

    NotAllowed for the one who counted, and for who spoiled one of them: nobody hides what they did.
    """
    minutes.check_waits(act, row)
    blanks = counted(act, row)
    if act.actor.id in _spoilers(act, blanks):
        raise NotAllowed("One of these blanks was spoiled by you or in your shift. Another person witnesses.")
    minutes.sign(act, row, method)
    to = places.of_centre(act, BlankState.DESTROYED, row.centre_id)
    for blank in blanks:
        moves.move(act, blank, to, Why.DESTROYED, moves.Besides(witness_id=row.counted_by))
    act.record("destruction.blanks_witnessed", row, centre_id=row.centre_id, hits=len(blanks))


def _spoilers(look: Look, blanks: Sequence[Blank]) -> set[UUID | None]:
    made = [blank.document_id for blank in blanks if blank.document_id]
    operators = select(PrintJob.operator_id).where(PrintJob.document_id.in_(made))
    return ({blank.state_by for blank in blanks} | set(look.session.scalars(operators))) - {None}


def give_up(act: Act, row: Destruction) -> None:
    """The count was wrong or nobody came: the blanks lie in the reject bin again."""
    minutes.check_waits(act, row)
    for blank in counted(act, row):
        blank.destruction_id = None
    row.given_up_at = act.clock.now()
    act.record("destruction.given_up", row, centre_id=row.centre_id)
