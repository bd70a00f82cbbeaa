"""Accounts, centres, stations and shifts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import Conflict, InvalidInput, NotAllowed
from issuance.models.staff import Centre, Role, RoleName, Shift, Staff, Station
from issuance.services.trust import audit

CENTRES = {
    "bucuresti": ("București", "Str. Vasile Stolnicul 15, București"),
    "timisoara": ("Timișoara", "Str. Armoniei 33, Timișoara"),
    "galati": ("Galați", "Str. Eroilor 14, Galați"),
    "radauti": ("Rădăuți", "Str. Bogdan Vodă 1, Rădăuți"),
    "somcuta": ("Șomcuta Mare", "Str. Mihai Eminescu 3, Șomcuta Mare"),
    "giurgiu": ("Giurgiu", "Șos. Sloboziei 1, Giurgiu"),
}
OPENING_HOURS = "Mo-Fr 09:00-12:00, 14:00-16:00"


CASE_HANDLING = "case-handling@liman.example"


def found_centres(session: Session) -> None:
    """The regional centres of domain section 1, the roles, and case handling's account; what exists stays as it is."""
    known = set(session.scalars(select(Centre.code)))
    for code, (name, address) in CENTRES.items():
        if code not in known:
            session.add(Centre(code=code, name=name, address=address, opening_hours=OPENING_HOURS))
    roles = set(session.scalars(select(Role.name)))
    session.add_all(Role(name=role) for role in RoleName if role not in roles)
    session.flush()
    if session.scalar(select(Staff.id).where(Staff.email == CASE_HANDLING)) is None:
        _add_case_handling(session)


def _add_case_handling(session: Session) -> None:
    account = Staff(email=CASE_HANDLING, full_name="Case handling", fs_uniquifier=secrets.token_hex(16), active=False)
    account.centre = centre(session, "bucuresti")
    session.add(account)
    session.flush()


def lodger(session: Session, email: str = CASE_HANDLING) -> Actor:
    """Who answers for an imported file: an account, or case handling itself, which cannot log in."""
    account = session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("--as", "There is no account with this address.")
    return Actor(account.id, account.centre_id, kind="system" if email == CASE_HANDLING else "staff")


def add_account(
    session: Session,
    email: str,
    full_name: str,
    centre: Centre,
    roles: Iterable[RoleName],
    password_hash: str,
    *,
    actor: Actor,
    clock: Clock,
) -> Staff:
    """A new account; InvalidInput when the address is taken."""
    if session.scalar(select(Staff.id).where(Staff.email == email)):
        raise InvalidInput("email", "There is already an account with this address.")
    names = [str(role) for role in roles]
    account = Staff(
        email=email,
        full_name=full_name,
        centre=centre,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(16),
        roles=list(session.scalars(select(Role).where(Role.name.in_(names)))),
    )
    session.add(account)
    session.flush()
    audit.record(
        session,
        "account.added",
        actor=actor,
        clock=clock,
        subjects=[account],
        centre_id=centre.id,
        roles=", ".join(sorted(names)),
    )
    return account


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


def centre(session: Session, code: str) -> Centre:
    """The centre with this short name; InvalidInput names the field."""
    found = session.scalar(select(Centre).where(Centre.code == code))
    if found is None:
        raise InvalidInput("centre", "There is no centre %(code)s. Use the short name of a regional centre.", code=code)
    return found


def station(session: Session, name: str) -> Station:
    """The station with this name; InvalidInput when there is none."""
    found = session.scalar(select(Station).where(Station.name == name))
    if found is None:
        raise InvalidInput("station", "There is no station of this name. Add it first.")
    return found


def reset_second_factor(session: Session, email: str, *, actor: Actor, clock: Clock) -> None:
    """Forget the second factor of an account whose owner lost it; InvalidInput when there is no such account."""
    account = session.scalar(select(Staff).where(Staff.email == email))
    if account is None:
        raise InvalidInput("email", "There is no account with this address.")
    account.tf_primary_method = account.tf_totp_secret = None
    audit.record(session, "account.second_factor_reset", actor=actor, clock=clock, subjects=[account])


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
