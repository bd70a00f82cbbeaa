"""The background work of confirmations that holders made or withdrew: each becomes an event of an act of its own."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.chores import turns
from issuance.office import Office
from issuance.services.public import confirmations

PERIODIC = (
    Periodic("record-confirmations", dt.timedelta(seconds=5)),
    Periodic("purge-confirmations", dt.timedelta(hours=1)),
)


@task("record-confirmations")
def record_confirmations(office: Office) -> None:
    """Record all that waits for it."""
    turns.empty_box(office, confirmations.first, confirmations.take)


@task("purge-confirmations")
def purge_confirmations(office: Office) -> None:
    """Delete the confirmations that ended."""
    with office.upkeep() as look:
        confirmations.purge(look)
