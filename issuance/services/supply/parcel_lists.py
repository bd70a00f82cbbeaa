"""Parcels as the two centres see them: what waits for whom, what is late, and what ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.db import written
from issuance.errors import NotFound
from issuance.law.office.clocks import clocks
from issuance.models.supply import Parcel
from issuance.services.stock.serials import SERIAL
from issuance.states import PARCELS_ON_THEIR_WAY, PARCELS_OPEN, ParcelState
from issuance.values.calendar import add_working_days

LAST = 20


def days() -> int:
    """Working days from the second signature to the acknowledgement, after which both centres are warned."""
    return clocks()["parcel"].working_days or 0


def due_on(sent_at: dt.datetime) -> dt.date:
    """The last day on which a parcel that was sent then is acknowledged in time."""
    return add_working_days(office_day(sent_at), days())


@dataclass(frozen=True, slots=True)
class Run:
    """Serials that follow each other."""

    first: str
    last: str
    held: int


def runs(serials: list[str]) -> list[Run]:
    """Sorted serials in runs of those that follow each other."""
    found: list[list[str]] = []
    for serial in serials:
        if found and _follows(found[-1][-1], serial):
            found[-1].append(serial)
        else:
            found.append([serial])
    return [Run(each[0], each[-1], len(each)) for each in found]


def _follows(one: str, other: str) -> bool:
    before, after = SERIAL.fullmatch(one), SERIAL.fullmatch(other)
    if before is None or after is None or before[1] != after[1] or len(before[2]) != len(after[2]):
        return False
    return int(after[2]) == int(before[2]) + 1


def opened(look: Look, parcel_id: UUID) -> Parcel:
    """A parcel of the actor's centre, sent or coming; NotFound otherwise."""
    row = look.session.get(Parcel, parcel_id)
    if row is None or look.actor.centre_id not in (row.centre_id, row.to_centre_id):
        raise NotFound("There is no such parcel of your centre. Open the list again.")
    return row


def scanned(look: Look, code: str) -> Parcel | None:
    """The parcel with this code, if the actor's centre has to do with it."""
    row = look.session.scalar(select(Parcel).where(Parcel.code == code))
    return row if row and look.actor.centre_id in (row.centre_id, row.to_centre_id) else None


def going(look: Look) -> list[Parcel]:
    """What the actor's centre packed or sent and nobody acknowledged, the oldest first."""
    return _listed(look, Parcel.centre_id == look.actor.centre_id, _in(PARCELS_OPEN))


def coming(look: Look) -> list[Parcel]:
    """What is on its way to the actor's centre, or counted there, the oldest first."""
    return _listed(look, Parcel.to_centre_id == look.actor.centre_id, _in(PARCELS_ON_THEIR_WAY))


def _in(states: tuple[ParcelState, ...]) -> ColumnElement[bool]:
    return Parcel.state.in_([written(state) for state in states])  # as the partial index says it


def _listed(look: Look, *where: ColumnElement[bool]) -> list[Parcel]:
    open_ones = _in(PARCELS_OPEN)
    return list(look.session.scalars(select(Parcel).where(open_ones, *where).order_by(Parcel.packed_at)))


def ended(look: Look) -> list[Parcel]:
    """The last parcels of the actor's centre that ended, sent and received, the newest first."""
    found: dict[UUID, Parcel] = {}
    for end in (Parcel.centre_id, Parcel.to_centre_id):
        query = select(Parcel).where(end == look.actor.centre_id, Parcel.ended_at.is_not(None))
        found |= {row.id: row for row in look.session.scalars(query.order_by(Parcel.ended_at.desc()).limit(LAST))}
    return sorted(found.values(), key=lambda row: (row.ended_at, row.code), reverse=True)[:LAST]


def waiting(look: Look) -> int:
    """How many wait for the actor: for the second signature of either centre, or to be counted."""
    here = look.actor.centre_id
    to_sign = (Parcel.centre_id == here) & (Parcel.state == ParcelState.PACKED)
    to_count = (Parcel.to_centre_id == here) & Parcel.state.in_(PARCELS_ON_THEIR_WAY)
    return sum(waits_for(row, look.actor.id) for row in _listed(look, or_(to_sign, to_count)))


def waits_for(row: Parcel, me: UUID | None) -> bool:
    """Whether this person may do what comes next with it."""
    if row.state == ParcelState.PACKED:
        return me != row.packed_by
    mine = {row.packed_by, row.sealed_by}
    return me not in (mine | {row.counted_by} if row.state == ParcelState.COUNTED else mine)


def is_late(look: Look, row: Parcel) -> bool:
    """Whether it should have been acknowledged by now."""
    return row.state in PARCELS_ON_THEIR_WAY and row.sent_at is not None and row.sent_at < _in_time_since(look)


def on_their_way(look: Look) -> list[Parcel]:
    """What of the actor's centre, sent or coming, nobody acknowledged yet, the oldest first."""
    return _listed(look, _in(PARCELS_ON_THEIR_WAY), _of(look))


def late(look: Look) -> list[Parcel]:
    """Of those what should have been acknowledged by now."""
    return _listed(look, _in(PARCELS_ON_THEIR_WAY), _of(look), Parcel.sent_at < _in_time_since(look))


def _of(look: Look) -> ColumnElement[bool]:
    return or_(Parcel.centre_id == look.actor.centre_id, Parcel.to_centre_id == look.actor.centre_id)


def late_count(look: Look) -> Select[int]:
    """How many there are of those, as a query."""
    query = select(func.count()).select_from(Parcel).where(_in(PARCELS_OPEN), _in(PARCELS_ON_THEIR_WAY), _of(look))
    return query.where(Parcel.sent_at < _in_time_since(look))


def _in_time_since(look: Look) -> dt.datetime:
    """What was sent before this moment is late."""
    today = look.clock.today()
    day = today
    while add_working_days(day, days()) >= today:
        day -= dt.timedelta(days=1)
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), OFFICE_ZONE)
