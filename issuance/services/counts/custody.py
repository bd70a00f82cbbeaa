"""Who may count a place: nobody who had its blanks in hand within the last thirty days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from issuance.acts import Look
from issuance.models.staff import RoleName, Shift, Staff
from issuance.models.supply import Place, StockMove

DAYS = dt.timedelta(days=30)
"""For so long who moved blanks of a place does not count them (US DoJ OIG I-98-02: by disinterested officials)."""

COUNTERS = (
    RoleName.CLERK,
    RoleName.DECISION_OFFICER,
    RoleName.OPERATOR,
    RoleName.QUALITY_OFFICER,
    RoleName.SUPERVISOR,
)
"""Whoever works at a centre; administrators and auditors do none of its work."""


def workers(look: Look, centre_id: UUID) -> list[Staff]:
    """Everybody who works at a centre today, by name."""
    today = look.clock.today()
    query = select(Staff).where(Staff.centre_id == centre_id, Staff.active).order_by(Staff.full_name, Staff.id)
    return [each for each in look.session.scalars(query).unique() if set(each.roles_on(today)) & set(COUNTERS)]


def fit(look: Look, place: Place, besides: UUID | None = None) -> list[Staff]:
    """Who of the place's centre may count it; not who asked for it (`besides`)."""
    people = [each for each in workers(look, place.centre_id) if each.id != besides]
    holders = had(look, place, [each.id for each in people])
    return [each for each in people if each.id not in holders]


def had(look: Look, place: Place, people: Sequence[UUID]) -> set[UUID]:
    """Who of these moved blanks to or from a place, saw them moved, or worked at its station, within DAYS."""
    since = look.clock.now() - DAYS
    here = or_(StockMove.from_id == place.id, StockMove.to_id == place.id)
    found: set[UUID] = set()
    for column in (StockMove.moved_by, StockMove.witness_id):
        query = select(column).where(column.in_(people), StockMove.at >= since, here).distinct()
        found |= set(look.session.scalars(query))
    return found | (_at_station(look, place.station_id, since) if place.station_id else set())


def _at_station(look: Look, station_id: UUID, since: dt.datetime) -> set[UUID]:
    here = select(Shift.operator_id).where(Shift.station_id == station_id)
    opened, still = here.where(Shift.opened_at >= since), here.where(Shift.closed_at.is_(None))
    return set(look.session.scalars(opened)) | set(look.session.scalars(still))
