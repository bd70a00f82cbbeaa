"""Stations and the tokens that enrol them: the register keeps only a token's digest."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import select

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre, Shift, Station
from issuance.services import centres


def add_station(act: Act, name: str, centre: Centre, *, bureau: bool = False) -> tuple[Station, str]:
    """A new station and its token, shown once and kept only as a digest. InvalidInput when the name is taken.

    A `bureau` sends orders away to be made and hears of them days later.
    """
    if act.session.scalar(select(Station.id).where(Station.name == name)):
        raise InvalidInput("station", "There is already a station of this name. Choose another.")
    token = secrets.token_urlsafe(32)
    station = Station(name=name, centre=centre, token_digest=token_digest(token), bureau=bureau)
    act.session.add(station)
    act.session.flush()
    act.record("station.added", station, centre_id=centre.id)
    return station, token


def renew(act: Act, station: Station) -> str:
    """A new token, shown once, for a machine that takes this station's place; the keys of the old one are past."""
    centres.check_own(act, station)
    token = secrets.token_urlsafe(32)
    station.token_digest = token_digest(token)
    station.signing_key = station.sealing_key = station.instance = station.doubted_at = None
    station.ended_well = True
    act.record("station.token_renewed", station, centre_id=station.centre_id)
    return token


def set_limit(act: Act, station: Station, per_hour: int) -> None:
    """How many orders the station may claim within an hour."""
    centres.check_own(act, station)
    station.claims_per_hour = per_hour
    act.record("station.limit_set", station, centre_id=station.centre_id, per_hour=per_hour)


def named(look: Look, name: str) -> Station:
    """The station with this name; InvalidInput when there is none."""
    found = look.session.scalar(select(Station).where(Station.name == name))
    if found is None:
        raise InvalidInput("station", "There is no station of this name. Add it first.")
    return found


def token_digest(token: str) -> str:
    """SHA-256 (hex) of a station's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def station_by_token(look: Look, token: str) -> Station:
    """The active station that holds this token; NotAllowed otherwise."""
    query = select(Station).where(Station.token_digest == token_digest(token), Station.active)
    station = look.session.scalar(query)
    if station is None:
        raise NotAllowed("This token belongs to no station. Set the station up again.")
    return station


def actor_of(station: Station) -> Actor:
    """The station as the author of an act."""
    return Actor(station.id, station.centre_id, kind="station")


def of_centre(look: Look, centre_id: UUID | None) -> list[Station]:
    """Every station of a centre by name, the closed ones too."""
    query = select(Station).where(Station.centre_id == centre_id).order_by(Station.active.desc(), Station.name)
    return list(look.session.scalars(query))


def in_centre(look: Look, station_id: UUID) -> Station:
    """The station of the actor's own centre, open or closed; NotFound also for another centre's."""
    station = look.session.get(Station, station_id)
    if station is None or station.centre_id != look.actor.centre_id:
        raise NotFound("There is no such station. Open the list again.")
    return station


def close_station(act: Act, station: Station) -> None:
    """The station's token is taken no more, from now on, and its shift ends; what it was making is held in the end."""
    centres.check_own(act, station)
    if not station.active:
        raise Conflict("This station is closed already.")
    station.active = False
    for shift in act.session.scalars(select(Shift).where(Shift.station_id == station.id, Shift.closed_at.is_(None))):
        shift.closed_at = act.clock.now()
    act.record("station.closed", station, centre_id=station.centre_id)


def reopen_station(act: Act, station: Station) -> None:
    """The station's token is taken again."""
    centres.check_own(act, station)
    if station.active:
        raise Conflict("This station is open already.")
    station.active = True
    act.record("station.reopened", station, centre_id=station.centre_id)
