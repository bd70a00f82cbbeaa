"""The background work of what holders may expect: worked out anew for one centre after the other."""

from __future__ import annotations

import datetime as dt

from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services import centres
from issuance.services.overview import outlook

PERIODIC = (Periodic("look-ahead", dt.timedelta(hours=1)),)


@task("look-ahead")
def look_ahead(office: Office) -> None:
    """What the holders of open requests may expect now."""
    with office.reading() as look:
        places = [centre.id for centre in centres.listed(look)]
    for centre_id in places:
        with office.reading() as look:
            pace = outlook.pace_of(look, centre_id)
        with office.upkeep() as look:
            outlook.work_out(look, centre_id, pace)
