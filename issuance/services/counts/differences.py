"""What is not as it should be when a day is closed, each thing by its name; how often it stops the closing: never."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from issuance.acts import Look
from issuance.services.counts import results
from issuance.services.counts.printers import Reading
from issuance.services.lists import number
from issuance.services.stock import accounts, doubts, strays
from issuance.services.supply import parcel_lists
from issuance.states import BlankState


class Name(StrEnum):
    """What is not as it should be."""

    DAY_NOT_CLOSED = "day_not_closed"
    GONE_MISSING = "gone_missing"
    NOT_TAKEN = "not_taken"
    """Handed over, and nobody said that they have them."""

    PARCEL_LATE = "parcel_late"
    """Sent to or by this centre, and not acknowledged in time."""

    FOUND = "found"
    NOT_COUNTED = "not_counted"
    COUNT_DIFFERS = "count_differs"
    STRAY = "stray"
    IN_DOUBT = "in_doubt"
    PRINTER = "printer"
    LEDGER = "ledger"
    """The last proof of the ledger found accounts that do not balance."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them: about what (a stock, a day, a station, a place and a stock; "" for the centre), and how many."""

    name: Name
    about: str
    count: int

    @property
    def key(self) -> str:
        """By which a word on it is sent."""
        return f"{self.name}:{self.about}"


@dataclass(frozen=True, slots=True)
class Line:
    """One account of a day: what lay there, came, went, and lies there now."""

    place_id: UUID
    kind: BlankState
    station: str
    to_centre: str
    stock: str
    opening: int
    came: int
    went: int
    total_came: int

    @property
    def closing(self) -> int:
        """What lies there."""
        return self.opening + self.came - self.went

    @property
    def is_idle(self) -> bool:
        """Whether nothing lies there, and nothing came or went."""
        return not (self.opening or self.came or self.went)


def all_of(
    look: Look, lines: Sequence[Line], printers: Iterable[Reading], missed: Iterable[dt.date]
) -> list[Difference]:
    """Every difference at the actor's centre now, in the order of their names."""
    found = [Difference(Name.DAY_NOT_CLOSED, day.isoformat(), 1) for day in missed]
    found += [*_lying(lines), Difference(Name.PARCEL_LATE, "", number(look, parcel_lists.late_count(look)))]
    for row in results.unsettled(look, look.actor.centre_id):
        name = Name.COUNT_DIFFERS if row.counted_at else Name.NOT_COUNTED
        found.append(Difference(name, f"{row.place.kind} {row.stock} {row.id.hex[-6:]}", row.differ or 1))
    found.append(Difference(Name.STRAY, "", number(look, strays.count(look))))
    found.append(Difference(Name.IN_DOUBT, "", number(look, doubts.count(look))))
    found += [Difference(Name.PRINTER, each.station.name, each.differs) for each in printers]
    proof = accounts.last_proof(look)
    found.append(Difference(Name.LEDGER, "", proof.details["wrong"] if proof else 0))
    return [each for each in found if each.count]


def _lying(lines: Sequence[Line]) -> list[Difference]:
    """What went missing since, and what waits between two hands, by stock."""
    missing, waiting, found = Counter[str](), Counter[str](), Counter[str]()
    for line in lines:
        missing[line.stock] += line.came if line.kind == BlankState.MISSING else 0
        waiting[line.stock] += line.closing if line.kind == BlankState.IN_TRANSIT and not line.to_centre else 0
        found[line.stock] += line.closing if line.kind == BlankState.FOUND else 0
    named = ((Name.GONE_MISSING, missing), (Name.NOT_TAKEN, waiting), (Name.FOUND, found))
    return [Difference(name, stock, count) for name, counts in named for stock, count in sorted(counts.items())]
