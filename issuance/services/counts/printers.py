"""What the printers of a centre counted by themselves, beside what the register has of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Look
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.models.supply import DayPrinter, Place, StockMove, Why
from issuance.services.stations.devices import status_of
from issuance.states import BlankState, JobState


@dataclass(frozen=True, slots=True)
class Reading:
    """What one printer counted (`counted` of `unit`, None: it reports nothing), and the register of the same time.

    `since` is how much more than at the closing before, None without one.
    """

    station: Station
    unit: str
    counted: int | None
    since: int | None
    made: int

    @property
    def differs(self) -> int:
        """How many more the printer counted than the register has; a card has one impression or two."""
        if self.since is None:
            return 0
        if self.unit == "impressions" and self.made <= self.since <= 2 * self.made:
            return 0
        return self.since - self.made


def readings(look: Look, before: Sequence[DayPrinter], since: dt.datetime) -> list[Reading]:
    """The printers of the open stations of the actor's centre, by name, since the closing `before`."""
    centre_id, known = look.actor.centre_id, {row.station_id: row for row in before}
    query = select(Station).where(Station.centre_id == centre_id, Station.active).order_by(Station.name)
    stations = look.session.scalars(query).unique().all()
    made = _made(look, centre_id, since)
    return [_reading(station, made[station.id], known.get(station.id)) for station in stations]


def _reading(station: Station, made: int, before: DayPrinter | None) -> Reading:
    status = status_of(station)
    if status is None or status.counter is None:
        return Reading(station, "", None, None, made)
    unit, counted = status.counter.unit, status.counter.count
    then = before.counted if before is not None and before.unit == unit else None
    return Reading(station, unit, counted, None if then is None else counted - then, made)


def _made(look: Look, centre_id: UUID | None, since: dt.datetime) -> Counter[UUID | None]:
    """The orders of each station that took a blank, and its test prints."""
    ended = (PrintJob.state.in_((JobState.DONE, JobState.SPOILED)), PrintJob.ended_at > since)
    jobs = select(PrintJob.station_id, func.count()).where(PrintJob.centre_id == centre_id, *ended)
    tests = select(Place.station_id, func.count()).join(StockMove, StockMove.from_id == Place.id)
    tested = (Place.kind == BlankState.AT_STATION, Place.centre_id == centre_id)
    tests = tests.where(*tested, StockMove.at > since, StockMove.why == Why.TESTED)
    found: Counter[UUID | None] = Counter()
    for query in (jobs.group_by(PrintJob.station_id), tests.group_by(Place.station_id)):
        for station_id, number in look.session.execute(query):
            found[station_id] += number
    return found
