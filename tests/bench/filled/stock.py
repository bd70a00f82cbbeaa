"""The ledger of blanks of the filled office: what lies where, each blank by one opening move, and the counts of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random
from typing import Any
from uuid import UUID

from issuance.models.stock import Blank
from issuance.models.supply import Balance, Place, StockMove, Why
from issuance.states import BlankState
from tests.bench.filled.bulk import Bulk, key_at

BEGUN = dt.timedelta(days=400)
"""So long ago the ledger began."""

Where = tuple[BlankState, UUID, UUID | None]


class Stock:
    """Puts blanks into the register, as the upgrade to the ledger left them."""

    def __init__(self, rows: Bulk, now: dt.datetime) -> None:
        self._rows, self.now, self._random = rows, now, Random(9)
        self._places: dict[Where, UUID] = {}
        self._came: Counter[tuple[UUID, str]] = Counter()

    def add(self, key: UUID, state: BlankState, **blank: Any) -> None:
        """One blank in this state, at its centre."""
        station = blank.get("station_id") if state == BlankState.AT_STATION else None
        place = self._place((state, blank["centre_id"], station))
        self._came[place, blank["stock"]] += 1
        self._rows.add(Blank, id=key, state=state, place_id=place, moved=1, **blank)
        opening = {"number": 1, "to_id": place, "why": Why.OPENING, "at": self.now - BEGUN}
        self._rows.add(StockMove, id=key, blank_id=key, document_id=blank.get("document_id"), **opening)

    def end(self) -> None:
        """The running counts."""
        for (place, stock), came in self._came.items():
            self._rows.add(Balance, id=key_at(self.now, self._random), place_id=place, stock=stock, came=came)

    def _place(self, where: Where) -> UUID:
        if where not in self._places:
            kind, centre, station = where
            self._places[where] = key_at(self.now, self._random)
            self._rows.add(Place, id=self._places[where], kind=kind, centre_id=centre, station_id=station)
        return self._places[where]
