"""The background work of transfers: each family goes in an act of its own, the others have their turn in between."""

from __future__ import annotations

import datetime as dt
import time
from uuid import UUID

from issuance.background import enqueue, task
from issuance.chores import turns
from issuance.office import Office
from issuance.services.transfers import hindrances, moving
from issuance.services.transfers.asking import TASK

SLICE = 1.0
"""Seconds for which the cases of one centre hold the thread."""


@task(TASK, longest=dt.timedelta(minutes=1))
def transfer(office: Office, centre_id: str) -> None:
    """Let the cases go that a centre sent, for a while."""
    ends = time.monotonic() + SLICE
    with office.reading() as look:
        waiting = moving.waiting(look, UUID(centre_id))
    while waiting and time.monotonic() < ends:
        _one(office, waiting.pop(0))
    if waiting:
        with office.upkeep() as look:
            enqueue(look.session, TASK, clock=office.clock, centre_id=centre_id)


def _one(office: Office, transfer_id: UUID) -> None:
    """One family, for who sent it; what the register refuses stays, and says why."""
    with office.reading() as look:
        author = moving.author(look, transfer_id)
    why = hindrances.CHANGED if author else hindrances.NO_SUPERVISOR
    turns.do_for(
        office,
        author,
        lambda act: moving.go_on(act, transfer_id),
        lambda act: moving.leave_out(act, transfer_id, why),
    )
