"""The production room at a glance: stations with shift, order and blanks; print jobs; how fast the work goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, or_, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE, Clock
from issuance.db import written
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.batches import Batch
from issuance.models.documents import Document
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob
from issuance.models.staff import Shift, Staff, Station
from issuance.services import duties, routing
from issuance.services.care import protection
from issuance.services.lists import in_order, number
from issuance.services.parties import AS_CHECKED, AS_CLAIMED
from issuance.services.production import shifts
from issuance.services.routing import Standing
from issuance.services.stock import ledger
from issuance.states import JOBS_ENDED, JOBS_OPEN, JOBS_UNMADE, JOBS_WAITING, DocumentState, JobState

SILENT_AFTER = dt.timedelta(seconds=90)
"""A station tells its status every 30 seconds: three missed ones and it is not answering."""

PAGE_ROWS = 50
RATE_WINDOW = dt.timedelta(hours=1)


class JobList(StrEnum):
    """The lists of the page of print jobs. Every open job is in exactly one, and every one that ended today."""

    WAITING = "waiting"
    STUCK = "stuck"
    CLAIMED = "claimed"
    SENT = "sent"
    HELD = "held"
    DONE = "done"
    SPOILED = "spoiled"
    UNMADE = "unmade"


STATES: dict[JobList, tuple[JobState, ...]] = {
    JobList.WAITING: JOBS_WAITING,
    JobList.STUCK: JOBS_WAITING,
    JobList.CLAIMED: (JobState.CLAIMED,),
    JobList.SENT: (JobState.SENT,),
    JobList.HELD: (JobState.HELD,),
    JobList.DONE: (JobState.DONE,),
    JobList.SPOILED: (JobState.SPOILED,),
    JobList.UNMADE: JOBS_UNMADE,
}
"""The states of each list; of those that wait, the stuck ones are in a list of their own."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """A station as its operator sees it; `blanks` by stock, `answering` false when it was not heard of lately.

    `sheets` is how many of a file an office printer is given now, which nobody hears of.
    """

    station: Station
    shift: Shift | None
    job: PrintJob | None
    blanks: dict[str, int]
    answering: bool
    sheets: int = 0


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
    return _workplaces(look, look.session.scalars(query).all())


def workplace(look: Look, station: Station) -> Workplace:
    """One station as its operator sees it."""
    return _workplaces(look, [station])[0]


def _workplaces(look: Look, stations: Sequence[Station]) -> list[Workplace]:
    """What is asked of the register is asked once for all stations."""
    ids = [station.id for station in stations]
    claimed = (PrintJob.station_id.in_(ids), PrintJob.state == written(JobState.CLAIMED))
    one = select(PrintJob).where(*claimed, PrintJob.print_file_id.is_(None))
    jobs = {job.station_id: job for job in look.session.scalars(one)}
    sheets = _sheets(look, [station.id for station in stations if station.office_printer])
    open_shifts, blanks = shifts.all_open(look, stations), ledger.left_at(look, stations)
    return [
        Workplace(
            station,
            open_shifts.get(station.id),
            jobs.get(station.id),
            blanks[station.id],
            _answers(station, look.clock),
            sheets.get(station.id, 0),
        )
        for station in stations
    ]


def _sheets(look: Look, printers: Collection[UUID]) -> dict[UUID | None, int]:
    """How many sheets each of these office printers is given now."""
    if not printers:
        return {}
    query = select(PrintJob.station_id, func.count()).where(PrintJob.print_file_id.is_not(None))
    here = query.where(PrintJob.station_id.in_(printers), PrintJob.state == written(JobState.CLAIMED))
    return {station_id: count for station_id, count in look.session.execute(here.group_by(PrintJob.station_id))}


def _answers(station: Station, clock: Clock) -> bool:
    if station.office_printer:
        return True
    return station.last_seen is not None and clock.now() - station.last_seen <= SILENT_AFTER


def midnight(clock: Clock) -> dt.datetime:
    """The beginning of the office's day."""
    return dt.datetime.combine(clock.today(), dt.time(), OFFICE_ZONE)


class JobLists:
    """The jobs of one centre by list. Which station can make what is asked once for all of them."""

    def __init__(self, look: Look, centre_id: UUID | None) -> None:
        self._look, self._centre_id = look, centre_id

    @cached_property
    def standing(self) -> list[Standing]:
        """What each station of the centre can make now."""
        return routing.of_centre(self._look, self._centre_id)

    def counts(self) -> dict[JobList, int]:
        """How many jobs are in each list."""
        of_centre = PrintJob.centre_id == self._centre_id
        kinds = select(PrintJob.state, func.count()).where(of_centre).group_by(PrintJob.state)
        still = kinds.where(PrintJob.state.in_(JOBS_OPEN))
        today = kinds.where(PrintJob.state.in_(JOBS_ENDED), PrintJob.ended_at >= midnight(self._look.clock))
        counts = {state: count for query in (still, today) for state, count in self._look.session.execute(query)}
        found = {each: sum(counts.get(state, 0) for state in states) for each, states in STATES.items()}
        stuck = self.stuck_count()
        return found | {JobList.WAITING: found[JobList.WAITING] - stuck, JobList.STUCK: stuck}

    def stuck_count(self) -> int:
        """How many jobs nobody can make, or that cannot be prepared."""
        stuck = self._listed(JobList.STUCK).subquery()
        return number(self._look, select(func.count()).select_from(stuck))

    def jobs(self, wanted: JobList, *, page: int = 1) -> list[PrintJob]:
        """50 of a list: waiting ones in the order they will be claimed, of the ended ones today's, newest first."""
        ended = set(STATES[wanted]) <= set(JOBS_ENDED)
        ordered = self._listed(wanted).order_by(*((PrintJob.id.desc(),) if ended else AS_CLAIMED))
        return _page(self._look, ordered, page)

    def _listed(self, wanted: JobList) -> Select[UUID]:
        query = select(PrintJob.id).where(PrintJob.centre_id == self._centre_id, PrintJob.state.in_(STATES[wanted]))
        if wanted in (JobList.WAITING, JobList.STUCK):
            return query.join(Document).where(self._is_stuck() if wanted is JobList.STUCK else ~self._is_stuck())
        ended = set(STATES[wanted]) <= set(JOBS_ENDED)
        return query.where(PrintJob.ended_at >= midnight(self._look.clock)) if ended else query

    def _is_stuck(self) -> ColumnElement[bool]:
        """On waiting jobs and their documents: it could not be prepared, or no station can make it now."""
        to_any = routing.offered_to_any(self.standing)
        unprepared = and_(PrintJob.state == written(JobState.PREPARING), PrintJob.trouble.is_not(None))
        return or_(unprepared, and_(PrintJob.state == written(JobState.QUEUED), ~to_any))


def in_states(centre_id: UUID | None, states: Collection[JobState]) -> Select[int]:
    """How many jobs of a centre are in these states, as a query."""
    return _count(PrintJob.centre_id == centre_id, PrintJob.state.in_(states))


def open_count(look: Look, centre_id: UUID | None, states: Collection[JobState]) -> int:
    """How many they are."""
    return number(look, in_states(centre_id, states))


def _page(look: Look, query: Select[UUID], page: int) -> list[PrintJob]:
    keys = look.session.scalars(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS))
    return in_order(look, PrintJob, keys.all())


def pace(look: Look, centre_id: UUID | None) -> Pace:
    """Measured from what was really made: the rate of the last hour says when the waiting jobs will be done."""
    waiting, of_centre = open_count(look, centre_id, JOBS_WAITING), PrintJob.centre_id == centre_id
    today, hour = (
        number(look, _count(of_centre, PrintJob.state == JobState.DONE, PrintJob.ended_at >= moment))
        for moment in (midnight(look.clock), look.clock.now() - RATE_WINDOW)
    )
    end = look.clock.now() + waiting * RATE_WINDOW / hour if hour and waiting else None
    return Pace(today, hour, waiting, end)


def station_pace(look: Look, station: Station) -> StationPace:
    """Measured from what the station itself reported today."""
    since = (AuditEvent.actor_id == station.id, AuditEvent.at >= midnight(look.clock))
    claimed, done = AuditEvent.act == "job.claimed", AuditEvent.act == "job.done"
    measured = (
        func.min(AuditEvent.at).filter(claimed),
        func.count().filter(done),
        func.max(AuditEvent.at).filter(done),
    )
    began, made, ended = look.session.execute(select(*measured).where(or_(claimed, done), *since)).one()
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


def _count(*where: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(PrintJob).where(*where)


def to_check(
    look: Look, centre_id: UUID | None, *, barred: bool = False, serial: str = "", page: int = 1
) -> list[PrintJob]:
    """50 jobs whose documents wait for a check by the actor, urgent and oldest first (E25).

    Or those on one blank or of one number, as `serial` says, which may be a whole MRZ. `barred`: those on which another
    duty of the actor excludes the check.
    """
    made = _unchecked(None if serial else _may_check(look, barred=barred)).c
    query = select(made.id).where(made.centre_id == centre_id).order_by(*(made[column.key] for column in AS_CHECKED))
    if serial:
        numbered = literal("".join(serial.split()).upper()).contains(made.number)
        query = query.where(or_(func.upper(made.blank_serial) == serial.upper(), numbered))
    return _page(look, query, page)


def to_check_count(look: Look, centre_id: UUID | None, *, barred: bool = False) -> int:
    """How many documents of a centre wait for a check by the actor, or by somebody else (`barred`)."""
    made = _unchecked(_may_check(look, barred=barred))
    return number(look, select(func.count()).select_from(made).where(made.c.centre_id == centre_id))


def _may_check(look: Look, *, barred: bool) -> ColumnElement[bool]:
    """On documents: whether the actor may check it, or may not."""
    may = duties.open_to(look.actor.id, DutyName.CHECK) & protection.documents_open_to(look)
    return ~may if barred else may


def _unchecked(where: ColumnElement[bool] | None) -> CTE:
    """The jobs of documents that wait for their check: few, and not to be looked for among all jobs of a centre."""
    query = select(*AS_CHECKED, PrintJob.centre_id, Document.blank_serial, Document.number).join(Document)
    query = query.where(Document.state == written(DocumentState.PERSONALISED))
    return (query if where is None else query.where(where)).cte("unchecked").prefix_with("MATERIALIZED")


def batches_of(look: Look, found: Collection[PrintJob]) -> dict[UUID, Batch]:
    """The batches of these jobs, by id."""
    ids = {job.batch_id for job in found if job.batch_id}
    return {row.id: row for row in look.session.scalars(select(Batch).where(Batch.id.in_(ids)))} if ids else {}


def names_at(look: Look, found: list[PrintJob]) -> dict[UUID, str]:
    """Names of the operators and stations of these jobs, by id."""
    operators = {job.operator_id for job in found if job.operator_id}
    places = {place for job in found for place in (job.station_id, job.wanted_station_id) if place}
    people = select(Staff.id, Staff.full_name).where(Staff.id.in_(operators))
    stations = select(Station.id, Station.name).where(Station.id.in_(places))
    return {key: name for query in (people, stations) for key, name in look.session.execute(query)}
