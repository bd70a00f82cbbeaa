"""The background work of forms filled in ahead: those whose family did not come are deleted."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.ahead import forms

PERIODIC = (Periodic("purge-ahead", dt.timedelta(hours=1)),)


@task("purge-ahead")
def purge_ahead(office: Office) -> None:
    """Delete what waited for 14 days."""
    with office.upkeep() as look:
        forms.purge(look)
