"""Shifts: an operator answers for what a station makes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import Conflict, NotAllowed
from issuance.models.staff import RoleName, Shift, Station
from issuance.services.trust import audit


def open_shift(session: Session, station: Station, *, actor: Actor, clock: Clock) -> Shift:
    """An operator opens a shift on a station of the same centre; Conflict when one is open."""
    if station.centre_id != actor.centre_id:
        raise NotAllowed("This station belongs to another centre.")
    if session.scalar(select(Shift.id).where(Shift.station_id == station.id, Shift.closed_at.is_(None))):
        raise Conflict("A shift is already open on this station. It must be closed first.")
    shift = Shift(station_id=station.id, operator_id=actor.id, opened_at=clock.now())
    session.add(shift)
    session.flush()
    audit.record(session, "shift.opened", actor=actor, clock=clock, subjects=[station, shift])
    return shift


def close_shift(session: Session, station: Station, *, actor: Actor, clock: Clock) -> None:
    """The operator, or a supervisor, closes the open shift. The station claims nothing more."""
    shift = session.scalar(select(Shift).where(Shift.station_id == station.id, Shift.closed_at.is_(None)))
    if shift is None:
        raise Conflict("No shift is open on this station.")
    if actor.id != shift.operator_id and RoleName.SUPERVISOR not in actor.roles:
        raise NotAllowed("Only the operator of the shift or a supervisor closes it.")
    shift.closed_at = clock.now()
    audit.record(session, "shift.closed", actor=actor, clock=clock, subjects=[station, shift])


def open_on(session: Session, station: Station) -> Shift | None:
    """The shift that is open on a station."""
    return session.scalar(select(Shift).where(Shift.station_id == station.id, Shift.closed_at.is_(None)))
