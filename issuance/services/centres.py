"""The centres of the office, and who works where: people act in their own centre, or where a roster puts them."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy import and_, or_, select

from issuance import document_types
from issuance.actors import Actor
from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotAllowed, NotFound
from issuance.models.duties import Roster
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, RoleName, Staff, Station

ELSEWHERE = "This belongs to another centre. A reason lets you look; only who works there, or is on its roster, acts."


class OfCentre(Protocol):
    """A request, a print job, a station: whatever belongs to a centre."""

    @property
    def centre_id(self) -> UUID:
        """Whose it is."""


def mission_types() -> list[str]:
    """The document types that a mission abroad issues, once the inspectorate approved them (E6)."""
    return [code for code, kind in document_types.load().items() if kind.issued_by == "mission"]


def makes(centre: Centre) -> list[str]:
    """The document types for which somebody asks at a centre, and which are made there."""
    return mission_types() if centre.mission else list(document_types.load())


def check_makes(centre: Centre, *types: str) -> None:
    """InvalidInput when a mission abroad would make anything but what missions issue."""
    if set(types) - set(makes(centre)):
        message = "%(centre)s is a mission abroad: it makes %(types)s alone. Choose another centre."
        raise InvalidInput("centre", message, centre=centre.name, types=", ".join(makes(centre)))


def hands(centre: Centre) -> RoleName:
    """Who works at the machines of a centre: at a mission abroad nobody but its own people."""
    return RoleName.MISSION if centre.mission else RoleName.OPERATOR


def named(look: Look, code: str) -> Centre:
    """The centre with this short name, where work begins; InvalidInput when there is none, or it is closed."""
    found = any_named(look, code)
    if not found.active:
        raise InvalidInput("centre", "The centre %(code)s is closed. Use another one.", code=code)
    return found


def names(look: Look) -> dict[str, str]:
    """The name of each centre by its short name."""
    return {code: name for code, name in look.session.execute(select(Centre.code, Centre.name))}


def any_named(look: Look, code: str) -> Centre:
    """The centre with this short name, open or closed; InvalidInput names the field."""
    found = look.session.scalar(select(Centre).where(Centre.code == code))
    if found is None:
        raise InvalidInput("centre", "There is no centre %(code)s. Use the short name of a regional centre.", code=code)
    return found


def listed(look: Look) -> list[Centre]:
    """The centres of the office by name, the open ones first."""
    return list(look.session.scalars(select(Centre).order_by(Centre.active.desc(), Centre.name)))


def with_id(look: Look, centre_id: UUID) -> Centre:
    """The centre with this id; NotFound when there is none."""
    found = look.session.get(Centre, centre_id)
    if found is None:
        raise NotFound("There is no such centre. Open the list again.")
    return found


def own_station(look: Look, station_id: UUID) -> Station:
    """The station of the actor's own centre with this id; NotFound for a closed one, and for another centre's."""
    station = look.session.get(Station, station_id)
    if station is None or not station.active or station.centre_id != look.actor.centre_id:
        raise NotFound("There is no such station. Open the list again.")
    return station


def own_job(look: Look, job_id: UUID) -> PrintJob:
    """The print job of the actor's own centre with this id; NotFound also for another centre's."""
    job = look.session.get(PrintJob, job_id)
    if job is None or job.centre_id != look.actor.centre_id:
        raise NotFound("There is no such job in your centre. Open the list again.")
    return job


def check_own(look: Look, thing: OfCentre) -> None:
    """NotAllowed when a member of staff acts on what is another centre's, whatever reason was typed."""
    if look.actor.kind == "staff" and thing.centre_id != look.actor.centre_id:
        raise NotAllowed(ELSEWHERE)


def check_here(look: Look, centre: Centre) -> None:
    """NotAllowed when a member of staff acts for a centre where they do not work."""
    if look.actor.kind == "staff" and centre.id != look.actor.centre_id:
        raise NotAllowed(ELSEWHERE)


# The roster: the only way to act at another centre. `current_actor` makes its day's entry the actor's centre.


WATCH_ROLES = (RoleName.DECISION_OFFICER, RoleName.QUALITY_OFFICER)
"""What somebody does for another centre from their own (`services.remote.watches`)."""

WEEKDAYS = "1234567"


@dataclass(frozen=True, slots=True)
class Hours:
    """Which duty somebody does from their own centre, and when: from a time to the next such time, on days of a week.

    `weekdays` are those on which it begins, Monday 1 to Sunday 7.
    """

    role: str
    from_time: dt.time
    to_time: dt.time
    weekdays: str = WEEKDAYS


@dataclass(frozen=True, slots=True)
class Stay:
    """Who works at the actor's centre for a while, from one day to another, and why; with `hours` from a distance."""

    email: str
    from_day: dt.date
    to_day: dt.date
    reason: str
    hours: Hours | None = None


def add_to_roster(act: Act, stay: Stay) -> Roster:
    """A supervisor takes somebody of another centre onto the roster of the own one. InvalidInput names the field."""
    if RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor of the centre keeps its roster. Ask one.")
    person = act.session.scalar(select(Staff).where(Staff.email == stay.email.strip().lower()))
    if person is None or not person.active:
        raise InvalidInput(
            "email", "There is no account with this address. Ask the person for the one they log in with."
        )
    if person.id == act.actor.id or person.centre_id == act.actor.centre_id:
        raise InvalidInput("email", "This person works here already. The roster is for people of other centres.")
    if stay.to_day < max(stay.from_day, act.clock.today()):
        raise InvalidInput("to_day", "The last day lies before the first, or has passed. Give a later one.")
    if not stay.reason.strip():
        raise InvalidInput("reason", "Say why somebody of another centre works here.")
    if stay.hours:
        _check_hours(act, person, stay.hours)
    entry = Roster(
        staff=person,
        centre_id=act.actor.centre_id,
        from_day=stay.from_day,
        to_day=stay.to_day,
        reason=stay.reason.strip(),
        given_by=act.actor.id,
        **(asdict(stay.hours) if stay.hours else {}),
    )
    act.session.add(entry)
    act.record(
        "roster.added", entry, person, reason=entry.reason, until=entry.to_day.isoformat(), duty=entry.role or "all"
    )
    return entry


def _check_hours(look: Look, person: Staff, hours: Hours) -> None:
    if hours.role not in WATCH_ROLES or hours.role not in person.roles_on(look.clock.today()):
        raise InvalidInput("role", "This account does not have this role today. Choose another duty or person.")
    if not hours.weekdays or set(hours.weekdays) - set(WEEKDAYS):
        raise InvalidInput("weekdays", "Choose at least one day of the week on which the hours begin.")


def end_stay(act: Act, entry: Roster) -> None:
    """A supervisor of the centre ends an entry of its roster now."""
    check_own(act, entry)
    if RoleName.SUPERVISOR not in act.actor.roles:
        raise NotAllowed("A supervisor of the centre keeps its roster. Ask one.")
    entry.ended_at = entry.ended_at or act.clock.now()
    act.record("roster.ended", entry, entry.staff)


def roster(look: Look) -> list[Roster]:
    """Who is or will be on the roster of the actor's centre, the next to leave first."""
    query = select(Roster).where(Roster.centre_id == look.actor.centre_id, Roster.ended_at.is_(None))
    last = look.clock.today() - dt.timedelta(days=1)  # its hours last until this morning
    over = or_(Roster.to_day > last, and_(Roster.to_day == last, Roster.role != ""))
    rows = look.session.scalars(query.where(over).order_by(Roster.to_day, Roster.id))
    return list(rows.unique())


def own_entry(look: Look, entry_id: UUID) -> Roster:
    """The entry of the own centre's roster with this id; NotFound also for another centre's."""
    entry = look.session.get(Roster, entry_id)
    if entry is None or entry.centre_id != look.actor.centre_id:
        raise NotFound("There is no such entry in the roster of your centre. Open the list again.")
    return entry


def stays(look: Look, staff_id: UUID) -> list[tuple[Roster, Centre]]:
    """At which other centres somebody works today, with all their roles, by the entry that says so."""
    today = look.clock.today()
    query = select(Roster, Centre).join(Centre, Centre.id == Roster.centre_id)
    query = query.where(Roster.staff_id == staff_id, Roster.role == "", Roster.ended_at.is_(None))
    rows = look.session.execute(query.where(Roster.from_day <= today, Roster.to_day >= today).order_by(Centre.name))
    return [(entry, centre) for entry, centre in rows.unique()]


def in_the_name_of(look: Look, staff_id: UUID, centre_id: UUID | None, role: RoleName) -> Actor | None:
    """Who asked at a centre for what happens later, as its author; None when they may not do it there any more."""
    account = look.session.get_one(Staff, staff_id)
    roles = frozenset(account.roles_on(look.clock.today())) if account.active else frozenset[RoleName]()
    if role not in roles:
        return None
    if account.centre_id == centre_id:
        return Actor(account.id, centre_id, roles)
    entry = next((entry.id for entry, centre in stays(look, account.id) if centre.id == centre_id), None)
    return Actor(account.id, centre_id, roles, roster=entry) if entry else None
