"""How it goes now: a lane a station, a bar a batch; measured from what ended within the last half hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, literal, select, union_all

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.models.batches import Batch
from issuance.models.production import PrintJob
from issuance.models.staff import Station
from issuance.services import parties, routing
from issuance.services.batches import running
from issuance.services.lists import in_order
from issuance.services.production import floor
from issuance.services.production.floor import Workplace
from issuance.states import JOBS_MADE, JobState

WINDOW = dt.timedelta(minutes=30)
NEXT = 3
ENOUGH = 2
"""Of fewer cards no rate can be told."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What ended within the window: documents made, since the first of them was claimed; and what was spoiled."""

    made: int = 0
    spoiled: int = 0
    took: dt.timedelta = WINDOW

    @property
    def per_hour(self) -> float | None:
        """Documents an hour; None when too few ended to say."""
        if self.made < ENOUGH or not self.took:
            return None
        return self.made * dt.timedelta(hours=1) / self.took


@dataclass(frozen=True, slots=True)
class Lane:
    """A station: what it makes, what it claims next, and how fast it was; `spoiled_today` of its cards."""

    place: Workplace
    following: Sequence[PrintJob]
    rate: Rate
    spoiled_today: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A batch by what became of its jobs. A spoiled one is made again, so it counts beside the whole."""

    batch: Batch
    pool: Sequence[Station]
    counts: Mapping[JobState, int]
    rate: Rate
    now: dt.datetime

    def _in(self, *states: JobState) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def done(self) -> int:
        """Made."""
        return self._in(JobState.DONE)

    @property
    def working(self) -> int:
        """At a station, or at a bureau."""
        return self._in(JobState.CLAIMED, JobState.SENT)

    @property
    def held(self) -> int:
        """Nobody knows how they ended."""
        return self._in(JobState.HELD)

    @property
    def spoiled(self) -> int:
        """Spoiled ones, and those that were not started once their number was spent."""
        return self._in(JobState.SPOILED, JobState.NOT_STARTED)

    @property
    def left(self) -> int:
        """What no station has yet."""
        return self._in(JobState.PREPARING, JobState.QUEUED)

    @property
    def total(self) -> int:
        """Documents of the batch, each counted once."""
        return self.done + self.working + self.held + self.left

    @property
    def percent(self) -> int:
        """How much is done, rounded down."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def expected_end(self) -> dt.datetime | None:
        """When all of it will be made at the measured rate; None when nothing is left, or no rate is known."""
        if not self.rate.per_hour or not self.left + self.working:
            return None
        return self.now + dt.timedelta(hours=(self.left + self.working) / self.rate.per_hour)

    @property
    def ends_today(self) -> bool:
        """Whether that is before midnight."""
        end = self.expected_end
        return end is not None and end.astimezone(OFFICE_ZONE).date() == self.now.astimezone(OFFICE_ZONE).date()


def lanes(look: Look, centre_id: UUID | None) -> list[Lane]:
    """The stations of a centre by name."""
    places = floor.workplaces(look, centre_id)
    following = _following(look, places)
    rates = _rates(look, centre_id).by_station
    spoiled = _spoiled_today(look, centre_id)
    return [
        Lane(
            place,
            following.get(place.station.id, []),
            rates.get(place.station.id, Rate()),
            spoiled.get(place.station.id, 0),
        )
        for place in places
    ]


def bars(look: Look, batches: Collection[Batch]) -> list[Bar]:
    """How far these batches of one centre are, in this order."""
    if not batches:
        return []
    counts: dict[UUID | None, dict[JobState, int]] = {batch.id: {} for batch in batches}
    query = select(PrintJob.batch_id, PrintJob.state, func.count()).where(PrintJob.batch_id.in_(counts))
    for batch_id, state, count in look.session.execute(query.group_by(PrintJob.batch_id, PrintJob.state)):
        counts[batch_id][state] = count
    rates = _rates(look, next(iter(batches)).centre_id).by_batch
    pools, now = running.pools(look, batches), look.clock.now()
    return [Bar(each, pools[each.id], counts[each.id], rates.get(each.id, Rate()), now) for each in batches]


@dataclass(frozen=True, slots=True)
class _Rates:
    by_station: Mapping[UUID | None, Rate]
    by_batch: Mapping[UUID | None, Rate]


def _rates(look: Look, centre_id: UUID | None) -> _Rates:
    """What ended within the window, by station and by batch."""
    since = look.clock.now() - WINDOW
    measured = (func.count(), func.min(PrintJob.claimed_at))
    query = select(PrintJob.station_id, PrintJob.batch_id, PrintJob.state, *measured).where(
        PrintJob.centre_id == centre_id, PrintJob.state.in_(JOBS_MADE), PrintJob.ended_at >= since
    )
    rows = look.session.execute(query.group_by(PrintJob.station_id, PrintJob.batch_id, PrintJob.state)).all()
    found = [dict[UUID | None, Rate](), dict[UUID | None, Rate]()]
    for row in rows:
        for key, rates in zip(row[:2], found, strict=True):
            rates[key] = _with(rates.get(key), row[2], row[3], look.clock.now() - max(since, row[4] or since))
    return _Rates(*found)


def _with(rate: Rate | None, state: JobState, count: int, took: dt.timedelta) -> Rate:
    before = rate or Rate(took=dt.timedelta())
    made, spoiled = (count, 0) if state == JobState.DONE else (0, count)
    return Rate(before.made + made, before.spoiled + spoiled, max(before.took, took))


def _spoiled_today(look: Look, centre_id: UUID | None) -> dict[UUID | None, int]:
    query = select(PrintJob.station_id, func.count()).where(
        PrintJob.centre_id == centre_id,
        PrintJob.state == JobState.SPOILED,
        PrintJob.ended_at >= floor.midnight(look.clock),
    )
    return {station_id: count for station_id, count in look.session.execute(query.group_by(PrintJob.station_id))}


def _following(look: Look, places: Sequence[Workplace]) -> dict[UUID, list[PrintJob]]:
    """What each station with an open shift would claim next, asked in one statement."""
    working = {place.station.id: place.shift for place in places if place.shift}
    stations = [place.station for place in places if place.station.id in working]
    if not stations:
        return {}
    found = parties.begun(look, stations[0].centre_id)
    asked = []
    for number, each in enumerate(routing.standings(look, stations)):
        claims = each.claimable(working[each.station.id].operator_id, found).with_only_columns(PrintJob.id)
        first = claims.limit(NEXT).subquery()
        asked.append(select(literal(number), first.c.id))
    rows = look.session.execute(union_all(*asked)).all()
    jobs = {job.id: job for job in in_order(look, PrintJob, [row[1] for row in rows])}
    return {
        station.id: sorted((jobs[row[1]] for row in rows if row[0] == number), key=parties.place_of)
        for number, station in enumerate(stations)
    }
