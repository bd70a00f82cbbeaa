"""What a centre should order today: stocks that end before an order of today would come, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from issuance.acts import Look
from issuance.models.supply import StockOrder
from issuance.services.counts import forecast
from issuance.services.counts.forecast import Forecast
from issuance.services.supply import orders

DAYS = 2 * forecast.DELIVERY_DAYS
"""Working days that a suggested order lasts, with what lies there: twice a delivery, so that none is urgent."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A stock that is short, and how many blanks of it would last DAYS."""

    stock: str
    lying: int
    days_left: int
    count: int


def of_centre(look: Look) -> list[Suggestion]:
    """What the actor's centre should order today, without what it asked for already; the shortest first."""
    asked = {row.stock for row in orders.open_ones(look, StockOrder.centre_id)}
    short = [each for each in forecast.of_centre(look, look.actor.centre_id) if each.is_short]
    return [_suggested(each) for each in short if each.stock not in asked]


def _suggested(each: Forecast) -> Suggestion:
    need = -(-each.used * DAYS // each.working_days)
    return Suggestion(each.stock, each.lying, each.days_left or 0, max(1, need - each.lying))
