"""The background work of what the gateway of SMS told: each is put down at its notice."""

from __future__ import annotations

import datetime as dt

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.notices import delivery_reports

TAKE = "take-receipts"
"""As releases before called it: their rows of it are done by this one."""

PERIODIC = (Periodic(TAKE, dt.timedelta(seconds=5)),)


@task(TAKE)
def take_delivery_reports(office: Office) -> None:
    """Take everything out of the box that can be put down."""
    with office.reading() as look:
        told = delivery_reports.first(look)
    while told:
        with office.upkeep() as look:
            taken = delivery_reports.take(look, *told)
        if not taken:
            with office.act(SYSTEM) as act:
                delivery_reports.refuse(act, told[0])
        with office.reading() as look:
            told = delivery_reports.first(look)
