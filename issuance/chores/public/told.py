"""The background work of what holders told from the status page: each becomes an act of its own."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.chores import turns
from issuance.office import Office
from issuance.services.appointments import chosen
from issuance.services.notices import lost, offered
from issuance.services.public import mistakes, told

PERIODIC = (Periodic("take-told", dt.timedelta(seconds=5)),)


@task("take-told")
def take_told(office: Office) -> None:
    """Take everything out of the boxes."""
    turns.empty_box(office, told.first, told.take)
    turns.empty_box(office, chosen.first, chosen.take)
    turns.empty_box(office, mistakes.first, mistakes.take)
    turns.empty_box(office, offered.first, offered.take)
    turns.empty_box(office, offered.first_typed, offered.take_typed)
    _send_references(office)


def _send_references(office: Office) -> None:
    """Whose it is gets the reference that somebody lost."""
    with office.reading() as look:
        key = lost.first(look)
    while key is not None:
        with office.upkeep() as look:
            lost.take(look, key)
        with office.reading() as look:
            key = lost.first(look)
