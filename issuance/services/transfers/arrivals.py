"""Cases that came from other centres: a supervisor takes note of them, so that none comes unseen."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select, text

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotAllowed
from issuance.models.staff import RoleName
from issuance.models.transfers import UNSEEN, Transfer

LISTED = 50


def unseen(look: Look) -> list[Transfer]:
    """What came to the own centre and nobody took note of, the longest there first: LISTED at most."""
    return list(look.session.scalars(_unseen(look).order_by(Transfer.id).limit(LISTED)))


def count(look: Look) -> Select[int]:
    """How many there are of those, as a query."""
    return select(func.count()).select_from(_unseen(look).with_only_columns(Transfer.id).order_by(None).subquery())


def see(act: Act, transfer_ids: Collection[UUID]) -> int:
    """A supervisor took note of these; how many. Conflict when none of them came here unseen."""
    if RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor of the centre takes note of what comes. Ask one.")
    rows = act.session.scalars(_unseen(act).where(Transfer.id.in_(transfer_ids)).with_for_update(of=Transfer)).all()
    if not rows:
        raise Conflict("Somebody took note of these already, or sent them on. Open the list again.")
    for row in rows:
        row.seen_by, row.seen_at = act.actor.id, act.clock.now()
    act.record("transfer.seen", *(row.request for row in rows), count=len(rows))
    return len(rows)


def _unseen(look: Look) -> Select[Transfer]:
    return select(Transfer).where(Transfer.to_centre_id == look.actor.centre_id, text(UNSEEN))
