"""The background work of what somebody needs: it ends with its last day."""

from __future__ import annotations

import datetime as dt

from issuance.actors import SYSTEM
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.care import observations

PERIODIC = (Periodic("lapse-observations", dt.timedelta(hours=1)),)


@task("lapse-observations", alone=True)
def lapse_observations(office: Office) -> None:
    """End the observations whose last day is over."""
    with office.reading() as look:
        over = observations.lapsing(look)
    if over:
        with office.act(SYSTEM) as act:
            observations.lapse(act, over)
