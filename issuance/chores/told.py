"""The background work of what holders told from the status page: each becomes an act of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from issuance.actors import HOLDER
from issuance.acts import Act, Look
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.appointments import chosen
from issuance.services.public import mistakes, told

PERIODIC = (Periodic("take-told", dt.timedelta(seconds=5)),)


@task("take-told")
def take_told(office: Office) -> None:
    """Take everything out of the boxes."""
    _empty(office, told.first, told.take)
    _empty(office, chosen.first, chosen.take)
    _empty(office, mistakes.first, mistakes.take)


def _empty(office: Office, first: Callable[[Look], UUID | None], take: Callable[[Act, UUID], None]) -> None:
    """Take one after the other, each in an act of its own."""
    while True:
        with office.reading() as look:
            key = first(look)
        if key is None:
            return
        with office.act(HOLDER) as act:
            take(act, key)
