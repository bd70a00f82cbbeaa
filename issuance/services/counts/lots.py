"""Lots that nobody can know before and everybody can draw again: they hang on the end of the audit chain.

Each working day some accounts of a centre may be drawn for a surprise count: so that within a month a twentieth of
them is, and nobody knows when (ADR 0063).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from issuance.acts import Act, Look
from issuance.models.staff import Centre
from issuance.models.supply import Balance, CountLot, StockCount
from issuance.services.counts import asking
from issuance.services.stock import accounts
from issuance.values.calendar import is_working_day

SHARE = 0.05
"""Of a centre's accounts, counted by surprise within a month; at least one."""

Drawn = TypeVar("Drawn")


def draw(act: Act, centre: Centre) -> CountLot | None:
    """Draw the surprise counts of a centre for today; None when today was drawn, or nobody works today."""
    today = act.clock.today()
    if not is_working_day(today) or _drawn_on(act, centre, today):
        return None
    among = [row for row in accounts.of_centre(act, centre.id) if _is_something(row)]
    lot = CountLot(centre_id=centre.id, day=today, head=asking.head_of(act, centre.id), among=len(among), drawn=0)
    try:
        with act.session.begin_nested():
            act.session.add(lot)
    except IntegrityError:
        return None  # another worker draws at this moment
    for row in _chosen(act, lot, among):
        lot.drawn += asking.draw(act, row.place, row.stock, lot)
    act.record("count.drawn", lot, centre_id=centre.id, among=lot.among, drawn=lot.drawn)
    return lot


def _is_something(row: Balance) -> bool:
    return asking.is_countable(row.place) and row.came > row.went


def _drawn_on(look: Look, centre: Centre, day: dt.date) -> bool:
    query = select(CountLot.id).where(CountLot.centre_id == centre.id, CountLot.day == day)
    return look.session.scalar(query) is not None


def _chosen(look: Look, lot: CountLot, among: Sequence[Balance]) -> list[Balance]:
    """Of the accounts that were not drawn this month: each lot still owed falls on today as likely as on another day.

    On the month's last working day all that are owed are drawn.
    """
    done = _drawn_in_month(look, lot)
    free = [row for row in among if (row.place_id, row.stock) not in done]
    owed = -(-len(among) * int(SHARE * 100) // 100) - len(done)
    chance = asking.chance(lot.head, str(lot.centre_id), lot.day.isoformat())
    falling = sum(chance.random() * _days_left(lot.day) < 1 for _ in range(max(0, owed)))
    return chance.sample(free, min(falling, len(free)))


def _drawn_in_month(look: Look, lot: CountLot) -> set[tuple[UUID, str]]:
    first = lot.day.replace(day=1)
    query = select(StockCount.place_id, StockCount.stock).join(CountLot, CountLot.id == StockCount.lot_id)
    rows = look.session.execute(query.where(CountLot.centre_id == lot.centre_id, CountLot.day >= first))
    return {(place_id, stock) for place_id, stock in rows}


def _days_left(day: dt.date) -> int:
    """The working days of the month from this one on."""
    later = (day + dt.timedelta(days=n) for n in range(31))
    return sum(is_working_day(each) for each in later if each.month == day.month)
