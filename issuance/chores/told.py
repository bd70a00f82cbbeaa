"""The background work of what holders told from the status page: each becomes an act of its own."""

from __future__ import annotations

import datetime as dt

from issuance.actors import HOLDER
from issuance.background import Periodic, task
from issuance.office import Office
from issuance.services.public import told

PERIODIC = (Periodic("take-told", dt.timedelta(seconds=5)),)


@task("take-told")
def take_told(office: Office) -> None:
    """Take every report out of the box."""
    with office.reading() as look:
        document_id = told.first(look)
    while document_id:
        with office.act(HOLDER) as act:
            told.take(act, document_id)
        with office.reading() as look:
            document_id = told.first(look)
