"""What a restore lost, by name: stations, differences, held jobs, and the numbers that are never valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from uuid import UUID

from sqlalchemy import func, select

from issuance import document_types
from issuance.acts import Look
from issuance.models.documents import NumberRange
from issuance.models.production import PrintJob
from issuance.models.recovery import Difference, Reconciliation, RegisterEpoch
from issuance.models.staff import Centre, Station
from issuance.models.stock import Blank
from issuance.services.production.documents import FIRST_NUMBER
from issuance.services.recovery import reconciliation
from issuance.services.trust import epochs
from issuance.states import BlankState


@dataclass(frozen=True)
class Skipped:
    """Document numbers that lie in no range: from `first` to `last`, both never valid."""

    first: str
    last: str


@dataclass(frozen=True)
class Report:
    """The last restore as a centre sees it, or all centres. `unsure` counts the blanks of stations that are open."""

    epoch: RegisterEpoch
    stations: list[Reconciliation]
    differences: list[Difference]
    held: list[PrintJob]
    skipped: list[Skipped]
    unsure: dict[UUID, int]

    @property
    def open(self) -> int:
        """How many things are still to be settled."""
        stations = sum(row.closed_at is None for row in self.stations)
        return stations + sum(each.way is None for each in self.differences) + len(self.held)


def newest(look: Look, centre_id: UUID | None = None) -> Report | None:
    """What the last restore left, of one centre or of all; None when there was none."""
    epoch = epochs.newest(look)
    if epoch is None:
        return None
    here = select(Reconciliation).join(Station).where(Reconciliation.epoch_id == epoch.id).order_by(Station.name)
    here = here.where(Station.centre_id == centre_id) if centre_id else here
    stations = list(look.session.scalars(here))
    of_these = Difference.reconciliation_id.in_([row.id for row in stations])
    differences = look.session.scalars(select(Difference).where(of_these).order_by(Difference.id))
    centres = [centre_id] if centre_id else list(look.session.scalars(select(Centre.id)))
    held = [job for each in centres for job in reconciliation.held(look, each)]
    return Report(epoch, stations, list(differences), held, list(skipped(look, epoch)), _unsure(look, stations))


def open_count(look: Look, centre_id: UUID | None) -> int:
    """How many stations, differences and held jobs of a centre are still to be settled."""
    report = newest(look, centre_id)
    return report.open if report else 0


def skipped(look: Look, epoch: RegisterEpoch) -> Iterator[Skipped]:
    """The numbers of each type that no range has, up to where this epoch began."""
    query = select(NumberRange).order_by(NumberRange.prefix, NumberRange.first_value)
    ranges = {prefix: list(some) for prefix, some in groupby(look.session.scalars(query), lambda it: it.prefix)}
    for kind in sorted({each.number_prefix: each for each in document_types.load().values()}.values(), key=str):
        ends = [(FIRST_NUMBER, FIRST_NUMBER - 1)]
        ends += [(it.first_value, it.last_value) for it in ranges.get(kind.number_prefix, [])]
        ends.append((max(epoch.first_value, ends[-1][1] + 1), 0))
        for (_, before), (after, _) in pairwise(ends):
            if after > before + 1:
                yield Skipped(kind.number(before + 1), kind.number(after - 1))


def _unsure(look: Look, stations: list[Reconciliation]) -> dict[UUID, int]:
    """Blanks that the ledger has at a station of which nobody knows yet what it used."""
    open_ones = [row.station_id for row in stations if row.closed_at is None]
    query = (
        select(Blank.station_id, func.count())
        .where(Blank.station_id.in_(open_ones), Blank.state == BlankState.AT_STATION)
        .group_by(Blank.station_id)
    )
    return {station_id: count for station_id, count in look.session.execute(query) if station_id}
