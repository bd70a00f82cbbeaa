"""The background work of suspected forgeries: their pictures go when their term is over."""

from __future__ import annotations

import datetime as dt

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.public import forgeries

PERIODIC = (Periodic("forget-forgeries", dt.timedelta(days=1)),)


@task("forget-forgeries")
def forget(office: Office) -> None:
    """Delete the pictures of forgeries, so many an act, and what the database itself still has of them."""
    gone = forgeries.MOST
    while gone == forgeries.MOST:
        with office.act(SYSTEM) as act:
            gone = forgeries.forget_pictures(act)
    office.database.forget()
