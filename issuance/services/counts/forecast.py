"""How long the blanks of a centre last: by what was used in the last four weeks, on the office's working days.

Counted by the background, so that no page counts a history; a page divides what lies there by it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.models.stock import Blank
from issuance.models.supply import Balance, Place, StockMove, StockUse, Why
from issuance.states import BlankState
from issuance.values.calendar import is_working_day

WINDOW = 28
"""Days that are looked at: four weeks have each weekday as often."""

DELIVERY_DAYS = 30
"""Working days from the order of blanks to the vault: about six weeks, as makers of secured cards and booklets take
for a call-off from a framework contract. Our assumption; a setting of the supplier when one is known."""

LEAST_DAYS = 5
"""Working days with a ledger before a forecast is made: a week."""

USABLE = (BlankState.IN_VAULT, BlankState.IN_TRANSIT, BlankState.AT_CENTRE, BlankState.AT_STATION)
USES = (Why.MADE, Why.TESTED, Why.GIVEN_UP, Why.RESTORED)
"""A document made or tried, a test print, a number given up: what takes a blank away for good."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a centre used of its stocks on so many working days."""

    working_days: int
    last_day: dt.date
    used: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a stock lasts: `days_left` working days, None where nothing can be said from what was used."""

    stock: str
    lying: int
    used: int
    working_days: int
    days_left: int | None

    @property
    def is_short(self) -> bool:
        """Whether an order of today would come too late, or none is left of what is used."""
        return self.days_left is not None and self.days_left < DELIVERY_DAYS


def count(look: Look) -> dict[UUID, Use]:
    """What each centre used up to yesterday, as far as the ledger goes back: for the background alone."""
    today = look.clock.today()
    places: dict[UUID, list[UUID]] = {}
    for place in look.session.scalars(select(Place)).unique():
        places.setdefault(place.centre_id, []).append(place.id)
    return {centre_id: _of_centre(look, centre_id, here, today) for centre_id, here in places.items()}


def _of_centre(look: Look, centre_id: UUID, here: list[UUID], today: dt.date) -> Use:
    begun = look.session.scalar(select(func.min(StockMove.at)).where(StockMove.to_id.in_(here)))
    first = today - dt.timedelta(days=WINDOW)
    if begun is not None:
        first = max(first, office_day(begun))
    days = [first + dt.timedelta(days=n) for n in range((today - first).days)]
    return Use(sum(map(is_working_day, days)), today - dt.timedelta(days=1), _used(look, centre_id, first, today))


def _used(look: Look, centre_id: UUID, first: dt.date, today: dt.date) -> Counter[str]:
    begin, end = (dt.datetime.combine(day, dt.time(), OFFICE_ZONE) for day in (first, today))
    ends = select(Place.id).where(
        Place.centre_id == centre_id, Place.kind.in_((BlankState.CONSUMED, BlankState.SPOILED))
    )
    query = (
        select(Blank.stock, func.count())
        .join(StockMove, StockMove.blank_id == Blank.id)
        .where(StockMove.to_id.in_(look.session.scalars(ends).all()), StockMove.at >= begin, StockMove.at < end)
        .where(StockMove.why.in_(USES))
        .group_by(Blank.stock)
    )
    return Counter({stock: number for stock, number in look.session.execute(query)})


def keep(look: Look, found: Mapping[UUID, Use]) -> None:
    """Put what was counted in the place of what was counted before."""
    look.session.execute(delete(StockUse))
    look.session.add_all(
        StockUse(centre_id=centre_id, stock=stock, used=used, working_days=use.working_days, last_day=use.last_day)
        for centre_id, use in found.items()
        for stock, used in use.used.items()
    )


def of_centre(look: Look, centre_id: UUID | None) -> list[Forecast]:
    """How long each stock of a centre lasts, the shortest first; what was never used last."""
    lies: Counter[str] = Counter()
    query = select(Balance.stock, Balance.came - Balance.went).join(Place, Place.id == Balance.place_id)
    here = (Place.centre_id == centre_id, Place.kind.in_(USABLE), Place.to_centre_id.is_(None))
    for stock, number in look.session.execute(query.where(*here)):
        lies[stock] += number
    used = {row.stock: row for row in look.session.scalars(select(StockUse).where(StockUse.centre_id == centre_id))}
    found = [_forecast(stock, lies[stock], used.get(stock)) for stock in sorted({*lies, *used})]
    return sorted(found, key=lambda each: (each.days_left is None, each.days_left or 0, each.stock))


def _forecast(stock: str, lying: int, use: StockUse | None) -> Forecast:
    if use is None or not use.used or use.working_days < LEAST_DAYS:
        return Forecast(stock, lying, use.used if use else 0, use.working_days if use else 0, None)
    return Forecast(stock, lying, use.used, use.working_days, lying * use.working_days // use.used)


def short(look: Look) -> int:
    """How many stocks of the actor's centre end before an order of today would come."""
    return sum(each.is_short for each in of_centre(look, look.actor.centre_id))
