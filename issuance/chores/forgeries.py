"""The background work of suspected forgeries: their pictures go when their term is over."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.chores import turns
from issuance.office import Office
from issuance.services.public import forgeries

PERIODIC = (Periodic("forget-forgeries", dt.timedelta(days=1)),)


@task("forget-forgeries")
def forget(office: Office) -> None:
    """Delete the pictures of forgeries, so many an act, and what the database itself still has of them."""
    turns.many(office, forgeries.MOST, forgeries.forget_pictures)
    office.database.forget()
