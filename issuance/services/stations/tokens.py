"""Stations and their tokens: a station is known by a token of which the register keeps only a digest."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import InvalidInput, NotAllowed
from issuance.models.staff import Centre, Station
from issuance.services.trust import audit


def add_station(session: Session, name: str, centre: Centre, *, actor: Actor, clock: Clock) -> tuple[Station, str]:
    """A new station and its token, shown once and kept only as a digest. InvalidInput when the name is taken."""
    if session.scalar(select(Station.id).where(Station.name == name)):
        raise InvalidInput("station", "There is already a station of this name. Choose another.")
    token = secrets.token_urlsafe(32)
    station = Station(name=name, centre=centre, token_digest=token_digest(token))
    session.add(station)
    session.flush()
    audit.record(session, "station.added", actor=actor, clock=clock, subjects=[station], centre_id=centre.id)
    return station, token


def named(session: Session, name: str) -> Station:
    """The station with this name; InvalidInput when there is none."""
    found = session.scalar(select(Station).where(Station.name == name))
    if found is None:
        raise InvalidInput("station", "There is no station of this name. Add it first.")
    return found


def token_digest(token: str) -> str:
    """SHA-256 (hex) of a station's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def station_by_token(session: Session, token: str) -> Station:
    """The active station that holds this token; NotAllowed otherwise."""
    query = select(Station).where(Station.token_digest == token_digest(token), Station.active)
    station = session.scalar(query)
    if station is None:
        raise NotAllowed("This token belongs to no station. Set the station up again.")
    return station
