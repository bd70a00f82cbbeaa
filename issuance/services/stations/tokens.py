"""Stations and the tokens that enrol them: the register keeps only a token's digest."""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.staff import Centre, Shift, Station
from issuance.services import centres


def add_station(act: Act, name: str, centre: Centre, *, bureau: bool = False) -> tuple[Station, str]:
    """A new station and its token, shown once and kept only as a digest. InvalidInput when the name is taken.

    A `bureau` sends orders away to be made and hears of them days later. A token that an administrator makes
    waits for a second one.
    """
    token = secrets.token_urlsafe(32)
    made = Station(name=name, centre=centre, token_digest=token_digest(token), token_by=_maker(act), bureau=bureau)
    return _add(act, made), token


def add_office_printer(act: Act, name: str, centre: Centre) -> Station:
    """A new office printer, which has no program: no token enrols one. InvalidInput when the name is taken."""
    nobodys = token_digest(secrets.token_urlsafe(32))
    return _add(act, Station(name=name, centre=centre, token_digest=nobodys, office_printer=True))


def _add(act: Act, station: Station) -> Station:
    name, centre = station.name, station.centre
    centres.check_here(act, centre)
    if not name.strip():
        raise InvalidInput("station", "Give the station a name, for example that of its room.")
    if act.session.scalar(select(Station.id).where(Station.name == name)):
        raise InvalidInput("station", "There is already a station of this name. Choose another.")
    act.session.add(station)
    act.session.flush()
    act.record("station.added", station, centre_id=centre.id)
    return station


def renew(act: Act, station: Station) -> str:
    """A new token, shown once, for a machine that takes this station's place; the keys of the old one are past."""
    centres.check_own(act, station)
    if station.office_printer:
        raise Conflict("An office printer has no program that would enrol. Close it, and add a station.")
    token = secrets.token_urlsafe(32)
    station.token_digest, station.token_by, station.token_agreed_by = token_digest(token), _maker(act), None
    station.signing_key = station.sealing_key = station.instance = station.doubted_at = None
    station.ended_well = True
    act.record("station.token_renewed", station, centre_id=station.centre_id)
    return token


def agree(act: Act, station: Station) -> None:
    """A second administrator agrees that a machine may enrol with the station's token. NotAllowed for who made it."""
    centres.check_own(act, station)
    if not station.token_waits:
        raise Conflict("The token of this station waits for nobody. Open the list again.")
    if station.token_by == act.actor.id:
        raise NotAllowed("You made this token. Another administrator agrees to it.")
    station.token_agreed_by = act.actor.id
    act.record("station.token_agreed", station, centre_id=station.centre_id)


def _maker(act: Act) -> UUID | None:
    """Who made a token that waits for a second person; nobody when the command line made it."""
    return act.actor.id if act.actor.kind == "staff" else None


def count_to_agree(look: Look) -> Select[int]:
    """How many tokens of the actor's centre wait for somebody who did not make them, as a query."""
    waits = (Station.token_by != look.actor.id, Station.token_agreed_by.is_(None), Station.active)
    return select(func.count()).select_from(Station).where(Station.centre_id == look.actor.centre_id, *waits)


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
    if station.token_waits:
        raise NotAllowed("Another administrator has to agree to this token first. Start the station again then.")
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
