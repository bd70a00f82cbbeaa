"""The production room at a glance: stations with shift, order and blanks; print jobs; how fast the work goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE, Clock
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Shift, Staff, Station
from issuance.services import duties
from issuance.services.production import shifts
from issuance.services.stock import ledger
from issuance.states import JOBS_MADE, JOBS_WAITING, DocumentState, JobState

SILENT_AFTER = dt.timedelta(seconds=90)
"""A station tells its status every 30 seconds: three missed ones and it is not answering."""

PAGE_ROWS = 50
RATE_WINDOW = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Workplace:
    """A station as its operator sees it; `blanks` by stock, `answering` false when it was not heard of lately."""

    station: Station
    shift: Shift | None
    job: PrintJob | None
    blanks: dict[str, int]
    answering: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """How the day goes: documents made today and in the last hour, jobs that wait, and when they will be made."""

    today: int
    last_hour: int
    waiting: int
    expected_end: dt.datetime | None


@dataclass(frozen=True, slots=True)
class StationPace:
    """How a station's day goes: cards made today, and in an hour of the time from its first claim to its last card.

    `per_hour` None: fewer than two cards, from which nothing can be measured.
    """

    today: int
    per_hour: int | None


def workplaces(look: Look, centre_id: UUID | None) -> list[Workplace]:
    """The stations of a centre, by name."""
    query = select(Station).where(Station.centre_id == centre_id, Station.active).order_by(Station.name)
    return [workplace(look, station) for station in look.session.scalars(query)]


def workplace(look: Look, station: Station) -> Workplace:
    """One station as its operator sees it."""
    claimed = select(PrintJob).where(PrintJob.station_id == station.id, PrintJob.state == JobState.CLAIMED)
    heard = station.last_seen
    return Workplace(
        station,
        shifts.open_on(look, station),
        look.session.scalar(claimed),
        ledger.left_at(look, station),
        heard is not None and look.clock.now() - heard <= SILENT_AFTER,
    )


def midnight(clock: Clock) -> dt.datetime:
    """The beginning of the office's day."""
    return dt.datetime.combine(clock.today(), dt.time(), OFFICE_ZONE)


def job_counts(look: Look, centre_id: UUID | None) -> dict[JobState, int]:
    """How many jobs of a centre are in each state; of the ended ones only today's."""
    today = _ended_since(midnight(look.clock))
    where = (PrintJob.centre_id == centre_id, PrintJob.state.not_in(JOBS_MADE) | PrintJob.id.in_(today))
    query = select(PrintJob.state, func.count()).where(*where).group_by(PrintJob.state)
    return {state: count for state, count in look.session.execute(query)}


def jobs(look: Look, centre_id: UUID | None, states: Collection[JobState], *, page: int = 1) -> list[PrintJob]:
    """50 jobs of a centre: waiting ones in the order they will be claimed, of the ended ones today's, newest first."""
    query = (
        select(PrintJob)
        .join(Document, Document.id == PrintJob.document_id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .where(PrintJob.centre_id == centre_id, PrintJob.state.in_(states))
    )
    if set(states) <= set(JOBS_MADE):
        query = query.where(PrintJob.id.in_(_ended_since(midnight(look.clock)))).order_by(PrintJob.id.desc())
    else:
        query = query.order_by(PrintJob.priority, IssuanceRequest.lodged_on, PrintJob.id)
    return list(look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)))


def _ended_since(moment: dt.datetime) -> Select[UUID]:
    """Ids of the jobs that a station or a person ended since."""
    acts = AuditEvent.act.in_(("job.done", "job.spoiled", "job.resolved"))
    return select(AuditSubject.subject_id).join(AuditEvent).where(acts, AuditEvent.at >= moment)


def pace(look: Look, centre_id: UUID | None) -> Pace:
    """Measured from what was really made: the rate of the last hour says when the waiting jobs will be done."""
    waiting = _count(look, PrintJob.centre_id == centre_id, PrintJob.state.in_(JOBS_WAITING))
    today, hour = (
        _count(look, PrintJob.centre_id == centre_id, PrintJob.state == JobState.DONE, PrintJob.id.in_(made))
        for made in (_ended_since(midnight(look.clock)), _ended_since(look.clock.now() - RATE_WINDOW))
    )
    end = look.clock.now() + waiting * RATE_WINDOW / hour if hour and waiting else None
    return Pace(today, hour, waiting, end)


def station_pace(look: Look, station: Station) -> StationPace:
    """Measured from what the station itself reported today."""
    since = (AuditEvent.actor_id == station.id, AuditEvent.at >= midnight(look.clock))
    began = look.session.scalar(select(func.min(AuditEvent.at)).where(AuditEvent.act == "job.claimed", *since))
    done = select(func.count(), func.max(AuditEvent.at)).where(AuditEvent.act == "job.done", *since)
    made, ended = look.session.execute(done).one()
    if began is None or made < 2 or ended <= began:
        return StationPace(made, None)
    return StationPace(made, round(made * dt.timedelta(hours=1) / (ended - began)))


def sent_since(look: Look, found: Collection[PrintJob]) -> dict[UUID, dt.datetime]:
    """Since when each of these jobs is at its bureau, by job."""
    ids = [job.id for job in found if job.state == JobState.SENT]
    query = (
        select(AuditSubject.subject_id, func.max(AuditEvent.at))
        .join(AuditEvent)
        .where(AuditSubject.subject_id.in_(ids), AuditEvent.act == "job.sent")
        .group_by(AuditSubject.subject_id)
    )
    return {job_id: at for job_id, at in look.session.execute(query)}


def _count(look: Look, *where: ColumnElement[bool]) -> int:
    return look.session.scalar(select(func.count()).select_from(PrintJob).where(*where)) or 0


def held_count(look: Look, centre_id: UUID | None) -> int:
    """Jobs of a centre that wait for a person who looks."""
    return _count(look, PrintJob.centre_id == centre_id, PrintJob.state == JobState.HELD)


def to_check(
    look: Look, centre_id: UUID | None, *, barred: bool = False, serial: str = "", page: int = 1
) -> list[PrintJob]:
    """50 jobs whose documents wait for a check by the actor, urgent and oldest first (E25); or those of one blank.

    `barred`: those on which another duty of the actor excludes the check.
    """
    query = (
        select(PrintJob)
        .join(Document, Document.id == PrintJob.document_id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .where(PrintJob.centre_id == centre_id, Document.state == DocumentState.PERSONALISED)
        .order_by(PrintJob.priority, IssuanceRequest.lodged_on, PrintJob.id)
    )
    may_check = duties.open_to(look.actor.id, DutyName.CHECK)
    if serial:
        query = query.where(func.upper(Document.blank_serial) == serial.upper())
    else:
        query = query.where(~may_check if barred else may_check)
    return list(look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)))


def to_check_count(look: Look, centre_id: UUID | None, *, barred: bool = False) -> int:
    """How many documents of a centre wait for a check by the actor, or by somebody else (`barred`)."""
    may_check = duties.open_to(look.actor.id, DutyName.CHECK)
    made = select(Document.id).where(Document.state == DocumentState.PERSONALISED, ~may_check if barred else may_check)
    return _count(look, PrintJob.centre_id == centre_id, PrintJob.document_id.in_(made))


def names_at(look: Look, found: list[PrintJob]) -> dict[UUID, str]:
    """Names of the operators and stations of these jobs, by id."""
    operators = {job.operator_id for job in found if job.operator_id}
    places = {job.station_id for job in found if job.station_id}
    people = select(Staff.id, Staff.full_name).where(Staff.id.in_(operators))
    stations = select(Station.id, Station.name).where(Station.id.in_(places))
    return {key: name for query in (people, stations) for key, name in look.session.execute(query)}
