"""The background work of what the gateway of SMS told: each is put down at its notice."""

from __future__ import annotations

import datetime as dt

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.notices import receipts

PERIODIC = (Periodic("take-receipts", dt.timedelta(seconds=5)),)


@task("take-receipts")
def take_receipts(office: Office) -> None:
    """Take everything out of the box that can be put down."""
    with office.reading() as look:
        told = receipts.first(look)
    while told:
        with office.upkeep() as look:
            taken = receipts.take(look, *told)
        if not taken:
            with office.act(SYSTEM) as act:
                receipts.refuse(act, told[0])
        with office.reading() as look:
            told = receipts.first(look)
