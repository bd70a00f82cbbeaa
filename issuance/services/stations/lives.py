"""One station, one life: its keys are enrolled once, and one of its processes lives (ADR 0028).

A process that starts names the instances its folder remembers. It takes over when the living one is among them and has
gone. When an instance speaks that was taken over from, there are two of this station: neither is answered until two
persons have said which one lives.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import ColumnElement, Select, func, select

from card_drivers.order import Enrolment, Result, Start
from issuance.acts import Act, Look
from issuance.clock import Clock
from issuance.errors import Conflict, NotAllowed, NotFound
from issuance.models.staff import Station
from issuance.models.stations import StationInstance
from issuance.services import centres
from issuance.services.production import contradictions, jobs
from issuance.services.stations import tokens

HEARD_EVERY = dt.timedelta(seconds=5)
"""A sign of life is written this often at most."""

SHOWN = 6
"""How many of the newest processes two persons choose between."""


class NotLiving(Conflict):
    """This process is not the one that the register knows as the station."""

    code = "not_living"


def enrol(act: Act, token: str, keys: Enrolment) -> Station:
    """The station of this token has these keys from now on. NotAllowed for a token that was used with others."""
    station = tokens.station_by_token(act, token)
    if (station.signing_key, station.sealing_key) == (keys.signing_key, keys.sealing_key):
        return station  # it did not hear the answer
    if station.signing_key is not None:
        raise NotAllowed("This token was used before. Have an administrator make a new one for this station.")
    station.signing_key, station.sealing_key = keys.signing_key, keys.sealing_key
    act.record("station.enrolled", station, centre_id=station.centre_id)
    return station


def signed(look: Look, station_id: UUID, said: bytes, signature: bytes) -> Station:
    """The active station that signed `said`; NotAllowed for anybody else."""
    station = look.session.get(Station, station_id)
    if station is None or not station.active or station.signing_key is None or not _is_by(station, said, signature):
        raise NotAllowed("This request is by no station of ours. Have an administrator enrol the station.")
    return station


def forged(act: Act, station_id: UUID) -> None:
    """Somebody without its key spoke in the name of this station; nobody knows that it was the station."""
    station = act.session.get_one(Station, station_id)
    act.record("station.forged", station, centre_id=station.centre_id)


def _is_by(station: Station, said: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(station.signing_key or b"").verify(signature, said)
    except InvalidSignature:
        return False
    return True


def start(act: Act, asked: Start, instance: UUID, *, station: Station) -> NotLiving | None:
    """A process starts: it is the station from now on, or why not. Asking again is harmless."""
    here = act.session.get_one(Station, station.id, with_for_update={"of": Station}, populate_existing=True)
    row = find(act, here, instance) or _first_heard(act, here, instance, asked.host)
    refusal = _refusal(act, here, row, asked)
    if refusal is None and here.instance != instance:
        _take_over(act, here, row)
        act.record("station.started", here, centre_id=here.centre_id)
    elif refusal is not None and row.refused_at is None:
        row.refused_at = act.clock.now()
        act.record("station.start_refused", here, centre_id=here.centre_id)
    return refusal


def _first_heard(act: Act, station: Station, instance: UUID, host: str) -> StationInstance:
    row = StationInstance(station_id=station.id, instance=instance, host=host, started_at=act.clock.now())
    act.session.add(row)
    return row


def _refusal(look: Look, station: Station, row: StationInstance, asked: Start) -> NotLiving | None:
    if station.doubted_at is not None:
        return NotLiving("Two machines speak as this station. Two persons must say in Liman which one lives.")
    if station.instance in (None, row.instance):
        return None
    if station.instance not in asked.before:
        return NotLiving("This is a copy or an old folder of the station. Two persons must say in Liman that it lives.")
    silent_since = look.clock.now() - dt.timedelta(seconds=look.settings.station_silence_seconds)
    if not station.ended_well and station.last_seen is not None and station.last_seen > silent_since:
        return NotLiving("Another process of this station was heard a moment ago. If there is none, wait a little.")
    return None


def _take_over(act: Act, station: Station, row: StationInstance) -> None:
    past = select(StationInstance).where(StationInstance.station_id == station.id, StationInstance.past_at.is_(None))
    for other in act.session.scalars(past):
        other.past_at = act.clock.now()
    station.instance, station.ended_well, station.doubted_at = row.instance, False, None
    station.last_seen = act.clock.now()
    row.refused_at = row.past_at = None


def end(act: Act, *, station: Station) -> None:
    """The living process ends as it should."""
    here = act.session.get_one(Station, station.id)
    here.ended_well = True
    act.record("station.ended", here, centre_id=here.centre_id)


def is_living(station: Station, instance: UUID) -> bool:
    """Whether this process is the one that lives, and nobody doubts it."""
    return station.instance == instance and station.doubted_at is None


def stranger(act: Act, instance: UUID, *, station: Station) -> NotLiving:
    """A process that is not the living one spoke. When it lived before, there are two: the station is doubted."""
    here = act.session.get_one(Station, station.id, with_for_update={"of": Station}, populate_existing=True)
    row = find(act, here, instance)
    if row is not None and row.past_at is not None and here.doubted_at is None:
        here.doubted_at = act.clock.now()
        act.record("station.doubted", here, centre_id=here.centre_id)
    return NotLiving("This process is not the one that Liman knows as this station.")


def report_of_stranger(act: Act, result: Result, instance: UUID, *, station: Station) -> NotLiving:
    """What a process that is not the living one says became of an order: it is evidence, and settles nothing."""
    job = jobs.claimed_job(act, result.claim_id, station, lock=True)
    if not contradictions.agrees(job, result):
        contradictions.keep(act, job, result, instance, station=station)
    return stranger(act, instance, station=station)


def is_due(station: Station, clock: Clock) -> bool:
    """Whether the next sign of life is to be written."""
    return station.last_seen is None or clock.now() - station.last_seen >= HEARD_EVERY


def heard(look: Look, *, station: Station) -> None:
    """The living process spoke. Nobody acts, so it is no event."""
    look.session.get_one(Station, station.id).last_seen = look.clock.now()


def choose(act: Act, station: Station, instance: UUID) -> bool:
    """A person says which process lives; whether it lives now. It does when a second person says the same."""
    centres.check_own(act, station)
    row = find(act, station, instance)
    if row is None or (instance == station.instance and station.doubted_at is None):
        raise NotFound("There is no such process of this station. Open the page again.")
    if row.chosen_by == act.actor.id:
        raise NotAllowed("You said so already. A second person must say the same.")
    first = row.chosen_by is None
    for other in instances(act, station):
        other.chosen_by = None
    if first:
        row.chosen_by = act.actor.id
        act.record("station.life_chosen", station, centre_id=station.centre_id)
        return False
    _take_over(act, station, row)
    for other in instances(act, station):
        other.refused_at = None
    act.record("station.life_confirmed", station, centre_id=station.centre_id)
    return True


def find(look: Look, station: Station, instance: UUID) -> StationInstance | None:
    """What is known of one process of a station."""
    query = select(StationInstance).where(
        StationInstance.station_id == station.id, StationInstance.instance == instance
    )
    return look.session.scalar(query)


def instances(look: Look, station: Station) -> list[StationInstance]:
    """The processes between which two persons may have to choose: the living one and those that were refused."""
    query = select(StationInstance).where(StationInstance.station_id == station.id).order_by(StationInstance.id.desc())
    query = query.limit(SHOWN)
    return [row for row in look.session.scalars(query) if row.refused_at or row.chosen_by or _speaks(station, row)]


def _speaks(station: Station, row: StationInstance) -> bool:
    """The living one, and while it is doubted those before it."""
    return row.past_at is None or station.doubted_at is not None


def doubted(look: Look) -> list[Station]:
    """The stations of the actor's centre that wait for two persons: doubted, or with a process that was refused."""
    return list(look.session.scalars(select(Station).where(_doubted(look)).order_by(Station.name)))


def doubted_count(look: Look) -> Select[int]:
    """How many of those there are, as a query."""
    return select(func.count()).select_from(Station).where(_doubted(look))


def _doubted(look: Look) -> ColumnElement[bool]:
    refused = select(StationInstance.station_id).where(StationInstance.refused_at.is_not(None))
    is_doubted = Station.doubted_at.is_not(None) | Station.id.in_(refused)
    return (Station.centre_id == look.actor.centre_id) & Station.active & is_doubted
