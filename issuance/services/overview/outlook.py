"""What a holder may expect: the place in the queue of the centre, how fast it works, and by when it is ready.

The day is measured, not promised: of those whose document was handed over lately nine of ten were ready so many days
after the lodging. A place never grows, and a day becomes a later one only together with the day that was said before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest, Outlook
from issuance.services.overview import figures
from issuance.services.overview.figures import Issued, Period
from issuance.states import RequestState

QUEUED = (RequestState.COMPLETE, RequestState.APPROVED, RequestState.IN_PRODUCTION)
"""Requests that wait for the office alone; of others the holder decides how long it takes."""

DAYS = 28
"""Days that are measured."""

LEAST = 10
"""So many documents at least: of fewer nobody can say what is usual."""

IN_TEN = 90
"""Percent that were ready by the day: nine of ten."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a centre is: documents on a working day, days from lodging to ready of nine of ten; None unknown."""

    a_day: int | None = None
    days: int | None = None


def pace_of(look: Look, centre_id: UUID) -> Pace:
    """What was measured of a centre in the last DAYS days."""
    last = look.clock.today() - dt.timedelta(days=1)
    return pace(figures.issued(look, Period(last - dt.timedelta(days=DAYS - 1), last), centre_id))


def pace(found: Sequence[Issued]) -> Pace:
    """How fast these were made; a day on which none was handed over is no working day."""
    if len(found) < LEAST:
        return Pace()
    working_days = len({each.day for each in found})
    return Pace(round(len(found) / working_days), figures.percentile(sorted(each.took for each in found), IN_TEN))


def work_out(look: Look, centre_id: UUID, pace: Pace) -> None:
    """Say anew what the holders of the queued requests of a centre may expect; of those that left it nothing."""
    here, request = IssuanceRequest.centre_id == centre_id, IssuanceRequest
    queued = look.session.execute(
        select(request.id, request.lodged_on)
        .where(here, request.state.in_(QUEUED))
        .order_by(request.lodged_on, request.id)
    )
    lodged: dict[UUID, dt.date] = {request_id: lodged_on for request_id, lodged_on in queued}
    told = {row.request_id: row for row in look.session.scalars(select(Outlook).join(request).where(here))}
    for place, (request_id, lodged_on) in enumerate(lodged.items(), 1):
        row = told.pop(request_id, None) or Outlook(request_id=request_id, place=place)
        row.place, row.a_day = min(place, row.place), pace.a_day
        _expect(row, _usual_day(row, lodged_on, pace), look.clock.today())
        look.session.add(row)
    look.session.execute(delete(Outlook).where(Outlook.request_id.in_(told)))


def _usual_day(row: Outlook, lodged_on: dt.date, pace: Pace) -> dt.date | None:
    """When nine of ten would be ready; what was said already as long as too little was measured."""
    return row.expected_on if pace.days is None else lodged_on + dt.timedelta(days=pace.days)


def _expect(row: Outlook, usual: dt.date | None, today: dt.date) -> None:
    """Say a day that is still to come; what was said before stays beside it until it holds again."""
    expected, said = usual if usual and usual >= today else None, row.said_before or row.expected_on
    row.expected_on = expected
    row.said_before = said if said and (expected is None or said < expected) else None
