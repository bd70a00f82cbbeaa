"""The centres of the office, and what belongs to which: one's own stations and jobs are the only ones to act on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.errors import InvalidInput, NotAllowed, NotFound
from issuance.models.production import PrintJob
from issuance.models.staff import Centre, Station


def named(look: Look, code: str) -> Centre:
    """The centre with this short name; InvalidInput names the field."""
    found = look.session.scalar(select(Centre).where(Centre.code == code))
    if found is None:
        raise InvalidInput("centre", "There is no centre %(code)s. Use the short name of a regional centre.", code=code)
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


def check_own(look: Look, thing: Station | PrintJob) -> None:
    """NotAllowed when a member of staff acts on what is another centre's."""
    if look.actor.kind == "staff" and thing.centre_id != look.actor.centre_id:
        raise NotAllowed("This belongs to another centre. Ask somebody who works there.")
