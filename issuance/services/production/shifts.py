"""Shifts: an operator answers for what a station makes."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.errors import Conflict, NotAllowed
from issuance.models.staff import RoleName, Shift, Staff, Station
from issuance.services import centres
from issuance.services.stock import stacks


def open_shift(act: Act, station: Station) -> Shift:
    """An operator, at a mission one of its people, opens a shift on a station of the same centre; Conflict when one is
    open."""
    centres.check_own(act, station)
    if act.actor.kind == "staff" and centres.hands(station.centre) not in act.actor.roles:
        raise NotAllowed("An operator opens a shift; on a station of a mission abroad one of its own people does.")
    if act.session.scalar(select(Shift.id).where(Shift.station_id == station.id, Shift.closed_at.is_(None))):
        raise Conflict("A shift is already open on this station. It must be closed first.")
    shift = Shift(station_id=station.id, operator_id=act.actor.id, opened_at=act.clock.now())
    act.session.add(shift)
    act.session.flush()
    act.record("shift.opened", station, shift)
    return shift


def close_shift(act: Act, station: Station) -> None:
    """The operator, or a supervisor, closes the open shift, its stacks counted. The station claims nothing more."""
    centres.check_own(act, station)
    shift = act.session.scalar(select(Shift).where(Shift.station_id == station.id, Shift.closed_at.is_(None)))
    if shift is None:
        raise Conflict("No shift is open on this station.")
    if act.actor.id != shift.operator_id and RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("Only the operator of the shift or a supervisor closes it.")
    stacks.check_none(act, station)
    shift.closed_at = act.clock.now()
    act.record("shift.closed", station, shift)


def open_on(look: Look, station: Station) -> Shift | None:
    """The shift that is open on a station."""
    return all_open(look, [station]).get(station.id)


def all_open(look: Look, stations: Iterable[Station]) -> dict[UUID, Shift]:
    """The shifts that are open on these stations, by station."""
    ids = [station.id for station in stations]
    query = select(Shift).where(Shift.station_id.in_(ids), Shift.closed_at.is_(None))
    found = look.session.scalars(query.options(joinedload(Shift.operator).lazyload(Staff.given)))
    return {shift.station_id: shift for shift in found}
