"""Who looked at the holder's file by a mandate: what the status page tells them (E12)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from issuance.acts import Look
from issuance.clock import office_day
from issuance.db import written
from issuance.models.mandates import Body, Mandate, MandateUse
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services.public import receipts

LOOKED_AT = 50
SHOWN = 5
"""So many looks are told, each body once a day."""


def lately(look: Look, reference: str, birth_date: str) -> list[tuple[str, dt.date]]:
    """Which bodies looked at the file of this holder, and on which days, the newest first.

    `reference` and `birth_date` as in `status.public_status`.
    """
    query = (
        select(Body.name, MandateUse.at)
        .join(Mandate, Mandate.body_id == Body.id)
        .join(MandateUse, MandateUse.mandate_id == Mandate.id)
        .join(IssuanceRequest, IssuanceRequest.person_id == MandateUse.person_id)
        .join(Person, Person.id == IssuanceRequest.person_id)
        .where(receipts.shown_by(reference, birth_date), MandateUse.what == written("file_seen"))
    )
    rows = look.session.execute(query.order_by(MandateUse.at.desc()).limit(LOOKED_AT))
    return list(dict.fromkeys((name, office_day(at)) for name, at in rows))[:SHOWN]
