"""The background work of what holders told from the status page: each becomes an act of its own."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.chores import turns
from issuance.office import Office
from issuance.services.appointments import chosen
from issuance.services.public import mistakes, told

PERIODIC = (Periodic("take-told", dt.timedelta(seconds=5)),)


@task("take-told")
def take_told(office: Office) -> None:
    """Take everything out of the boxes."""
    turns.empty_box(office, told.first, told.take)
    turns.empty_box(office, chosen.first, chosen.take)
    turns.empty_box(office, mistakes.first, mistakes.take)
