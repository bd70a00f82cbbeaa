"""Spoiled blanks as a person sees them: each is looked for where it was spoiled, and put into the reject bin or missed.

The ledger has it in the bin from the moment it is spoiled; that it truly lies there somebody says who did not spoil it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.orm import lazyload

from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import Centre
from issuance.models.stock import UNSEEN, Blank
from issuance.models.supply import StockMove, Why
from issuance.services import centres
from issuance.services.stock import ledger, losses
from issuance.states import BlankState

LISTED = 50
MOST = 500


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A blank that was spoiled: by which act and when, for which document, by whom as its operator."""

    blank: Blank
    move: StockMove
    document: Document | None
    job: PrintJob | None

    @property
    def why(self) -> Why:
        """The act by which it was spoiled."""
        return Why(self.move.why)


def unseen(look: Look) -> list[Spoiled]:
    """What was spoiled at the actor's centre and nobody saw in the bin yet, by stock and serial: LISTED at most."""
    query = select(Blank.id).where(Blank.centre_id == look.actor.centre_id, text(UNSEEN))
    keys = look.session.scalars(query.order_by(Blank.stock, Blank.serial).limit(LISTED)).all()
    return _spoiled(look, keys)


def count(look: Look) -> Select[int]:
    """How many there are of those, at most MOST, as a query: what is counted is bounded."""
    some = select(Blank.id).where(Blank.centre_id == look.actor.centre_id, text(UNSEEN)).limit(MOST).subquery()
    return select(func.count()).select_from(some)


def scanned(look: Look, typed: str) -> Blank | None:
    """The blank that is looked for at the actor's centre and says this; None for any other."""
    serial = typed.strip()
    blank = ledger.those(look, [serial]).get(serial)
    here = blank is not None and blank.centre_id == look.actor.centre_id
    return blank if blank is not None and here and _is_unseen(blank) else None


def spoiled(look: Look, blank: Blank) -> Spoiled:
    """How this one came to be where it is."""
    return _spoiled(look, [blank.id])[0]


def _spoiled(look: Look, keys: Sequence[UUID]) -> list[Spoiled]:
    last = and_(StockMove.blank_id == Blank.id, StockMove.number == Blank.moved)
    query = select(Blank, StockMove, Document, PrintJob).options(lazyload("*")).join(StockMove, last)  # no persons
    query = query.outerjoin(Document, Document.id == StockMove.document_id)
    query = query.outerjoin(PrintJob, PrintJob.document_id == Document.id).where(Blank.id.in_(keys))
    return [Spoiled(*row) for row in look.session.execute(query.order_by(Blank.stock, Blank.serial))]


def _is_unseen(blank: Blank) -> bool:
    return blank.state == BlankState.SPOILED and not blank.binned


def see(act: Act, blank: Blank, serial: str, seen: str) -> None:
    """A person read the serial from the blank itself, and put it into the reject bin.

    InvalidInput names another one that was read; NotAllowed for who spoiled it.
    """
    _check(act, blank)
    if serial.strip().upper() != blank.serial.upper():
        raise InvalidInput(
            "serial",
            "This says %(found)s, and %(wanted)s is looked for: put it aside, and ask for it by what it says.",
            found=serial.strip() or "-",
            wanted=blank.serial,
        )
    blank.binned = True
    act.record("stock.spoiled_seen", blank, centre_id=blank.centre_id, reason=seen, blank=blank.serial)


def miss(act: Act, blank: Blank, seen: str) -> None:
    """It is nowhere: the ledger has it missing, and whoever meets its serial is told."""
    _check(act, blank)
    losses.declare(act, act.session.get_one(Centre, blank.centre_id), [blank.serial], seen)


def _check(act: Act, blank: Blank) -> None:
    centres.check_own(act, blank)
    act.session.refresh(blank, with_for_update={"of": Blank})
    found = spoiled(act, blank)
    if act.actor.id in {found.move.moved_by, found.job.operator_id if found.job else None}:
        raise NotAllowed("You spoiled this blank, or it was spoiled in your shift. Another person looks for it.")
    if not _is_unseen(blank):
        raise Conflict("Somebody saw to this blank already. Open the list again.")
