"""Requests of one household that were lodged together, a party: made one after another, handed over at once (ADR 0049).

A party is kept on its requests, and the place of its jobs on the jobs: a claim walks one index and asks for no family.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true, tuple_, update

from issuance.acts import Act, Look
from issuance.db import is_new
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Shift, Station
from issuance.states import ENDED, JOBS_OPEN, JOBS_WAITING, UNCHECKED, WITHOUT_DOCUMENT, JobState, RequestState

URGENT, NORMAL = 0, 1
AS_LODGED = (PrintJob.lodged_on, PrintJob.turn_id, PrintJob.id)
"""The oldest first, the jobs of a party one after another."""

AS_CLAIMED = (PrintJob.priority, PrintJob.rank, *AS_LODGED)
"""The order in which stations claim jobs: urgent ones first (E25), then batches in their order, then the oldest."""

AS_CHECKED = (PrintJob.priority, *AS_LODGED)
"""The order in which documents are checked: urgent and oldest first (E25)."""


def ahead(request: type[IssuanceRequest] = IssuanceRequest, person: type[Person] = Person) -> ColumnElement[bool]:
    """On requests with their persons: vulnerable persons, lone children and who leaves on a day go ahead (E25)."""
    return person.vulnerable | request.unaccompanied | request.needed_by.is_not(None)


def goes_ahead(request: IssuanceRequest) -> bool:
    """The same of one request."""
    return request.person.vulnerable or request.unaccompanied or request.needed_by is not None


def due_on(request: type[IssuanceRequest] = IssuanceRequest) -> ColumnElement[dt.date]:
    """On requests: the day by which it is to be handed over, by the law or for a departure before that."""
    return case((request.needed_by < request.due_on, request.needed_by), else_=request.due_on)


def priority_of(request: IssuanceRequest) -> int:
    """The lane of its job when it is ordered."""
    return URGENT if goes_ahead(request) else NORMAL


def place_of(job: PrintJob) -> tuple[int, int, dt.date, UUID, UUID]:
    """The place of a job among the claims, as `AS_CLAIMED` has it."""
    return (job.priority, job.rank, job.lodged_on, job.turn_id, job.id)


def behind(job: PrintJob) -> ColumnElement[bool]:
    """On jobs: claimed after this one."""
    types = [column.type for column in AS_CLAIMED]
    return tuple_(*AS_CLAIMED) > tuple_(*place_of(job), types=types)


LEFT_TO_ITS_STATION = dt.timedelta(minutes=15)
"""How long other stations leave a party to the one that claimed of it last."""

IN_THE_MAKING = (RequestState.APPROVED, RequestState.IN_PRODUCTION, RequestState.READY)
MAKING = (JobState.CLAIMED, JobState.SENT, JobState.DONE)


def join(act: Act, request: IssuanceRequest, household: Collection[UUID]) -> None:
    """The request comes with those of these persons that were lodged at its centre on its day and are still open."""
    if is_new(request.person):  # nobody came with somebody who was never there
        return
    others = act.session.execute(
        select(IssuanceRequest.id, IssuanceRequest.party_id).where(
            IssuanceRequest.person_id.in_(household),
            IssuanceRequest.centre_id == request.centre_id,
            IssuanceRequest.lodged_on == request.lodged_on,
            IssuanceRequest.state.not_in(ENDED),
        )
    ).all()
    members, known = {row.id for row in others}, {row.party_id for row in others} - {None}
    if len(members) < 2 or (len(known) == 1 and all(row.party_id for row in others)):
        return
    first = min(members | known)
    joined = or_(IssuanceRequest.id.in_(members), IssuanceRequest.party_id.in_(known))
    act.session.execute(update(IssuanceRequest).where(joined).values(party_id=first))
    place(act, first)


def order_anew(act: Act, *mine: ColumnElement[bool], ahead: bool = True) -> None:
    """What is made for these (conditions on documents) and not checked yet goes ahead, families whole; or no more.

    Who was ahead for another reason when it was ordered stays so, but for a family that was ahead for this one alone.
    """
    query = select(PrintJob.id, IssuanceRequest.party_id).join(Document, PrintJob.document_id == Document.id)
    query = query.join(IssuanceRequest, Document.request_id == IssuanceRequest.id)
    query = query.where(*mine, Document.state.in_(UNCHECKED), PrintJob.state.in_((*JOBS_OPEN, JobState.DONE)))
    wanted = URGENT if ahead else NORMAL
    found = act.session.execute(query.where(PrintJob.priority != wanted)).all()
    if not found:
        return
    ids = sorted(job_id for job_id, _ in found)
    act.session.scalars(select(PrintJob.id).where(PrintJob.id.in_(ids)).with_for_update(of=PrintJob)).all()
    act.session.execute(update(PrintJob).where(PrintJob.id.in_(ids)).values(priority=wanted))
    for party_id in {party_id for _, party_id in found if party_id}:
        place(act, party_id, anew=not ahead)


def place(act: Act, party_id: UUID, *, anew: bool = False) -> None:
    """What waits of a party takes the place of its earliest job, and goes ahead with whoever of it goes ahead (E25).

    `anew`: however it was ordered.
    """
    of_party = select(PrintJob.id, PrintJob.turn_id, PrintJob.priority, PrintJob.state)
    query = of_party.join(Document).join(Document.request).where(IssuanceRequest.party_id == party_id)
    jobs = act.session.execute(query.where(PrintJob.state.in_(JOBS_OPEN))).all()
    waiting = [job.id for job in jobs if job.state in JOBS_WAITING]
    if not waiting:
        return
    ahead = _has_ahead(act, party_id) or (not anew and any(job.priority == URGENT for job in jobs))
    # Locked in one order: two that place the same jobs wait for each other and never in a circle.
    ids = select(PrintJob.id).where(PrintJob.id.in_(waiting)).order_by(PrintJob.id).with_for_update(of=PrintJob)
    act.session.scalars(ids).all()
    act.session.execute(
        update(PrintJob)
        .where(PrintJob.id.in_(waiting), PrintJob.state.in_(JOBS_WAITING))
        .values(turn_id=min(job.turn_id for job in jobs), priority=URGENT if ahead else NORMAL)
    )


def _has_ahead(look: Look, party_id: UUID) -> bool:
    """Whether somebody goes ahead whose document is being made, or waits for those of the others."""
    query = select(IssuanceRequest.id).join(Person).where(IssuanceRequest.party_id == party_id, ahead())
    return look.session.scalar(query.where(IssuanceRequest.state.in_(IN_THE_MAKING)).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Begun:
    """Documents of a type of which a party is being made at a station."""

    station_id: UUID | None
    party_id: UUID | None
    document_type: str


def begun(look: Look, centre_id: UUID | None) -> list[Begun]:
    """What the stations of a centre with an open shift claimed of parties within the last minutes."""
    since = look.clock.now() - LEFT_TO_ITS_STATION
    query = (
        select(PrintJob.station_id, IssuanceRequest.party_id, Document.document_type)
        .select_from(PrintJob)
        .join(Document)
        .join(Document.request)
        .where(PrintJob.station_id.in_(select(Station.id).where(Station.centre_id == centre_id)))
        .where(PrintJob.claimed_at > since, PrintJob.state.in_(MAKING), IssuanceRequest.party_id.is_not(None))
        .where(exists().where(Shift.station_id == PrintJob.station_id, Shift.closed_at.is_(None)))
        .distinct()
    )
    return [Begun(*row) for row in look.session.execute(query)]


def left_to(station: Station, found: Iterable[Begun]) -> ColumnElement[bool]:
    """On jobs joined with their documents: not of a party whose documents of this type another station makes now."""
    elsewhere = {(each.party_id, each.document_type) for each in found if each.station_id != station.id}
    return and_(true(), *(~_of_party(party_id, code) for party_id, code in sorted(elsewhere, key=str)))


def _of_party(party_id: UUID | None, document_type: str) -> ColumnElement[bool]:
    members = select(IssuanceRequest.id).where(IssuanceRequest.party_id == party_id)
    return and_(Document.document_type == document_type, Document.request_id.in_(members))


@dataclass(frozen=True)
class Party:
    """A party as the production room sees it: how many persons, how many documents wait there, and the references of
    those whose documents do not."""

    persons: int
    ready: int
    others: tuple[str, ...]


def of_jobs(look: Look, jobs: Iterable[PrintJob]) -> dict[UUID, Party]:
    """The parties of these jobs, by their id."""
    ids = {job.document.request.party_id for job in jobs} - {None}
    waits = exists().where(
        Document.request_id == IssuanceRequest.id, PrintJob.document_id == Document.id, PrintJob.state.in_(JOBS_WAITING)
    )
    query = select(IssuanceRequest.party_id, IssuanceRequest.person_id, IssuanceRequest.reference, waits.label("waits"))
    query = query.where(IssuanceRequest.party_id.in_(ids), IssuanceRequest.state.not_in(WITHOUT_DOCUMENT))
    rows = look.session.execute(query.order_by(IssuanceRequest.id)).all() if ids else []
    found: dict[UUID, Party] = {}
    for key in {row.party_id for row in rows}:
        members = [row for row in rows if row.party_id == key]
        others = tuple(row.reference for row in members if not row.waits)
        found[key] = Party(len({row.person_id for row in members}), len(members) - len(others), others)
    return found


def in_state(look: Look, cases: Collection[IssuanceRequest], state: RequestState) -> dict[UUID, int]:
    """How many requests of the party and type of each of these cases are in this state, by case; none for one alone."""
    ids = {each.party_id for each in cases} - {None}
    kinds = (IssuanceRequest.party_id, IssuanceRequest.document_type, IssuanceRequest.centre_id)
    query = select(*kinds, func.count()).where(IssuanceRequest.party_id.in_(ids), IssuanceRequest.state == state)
    rows = look.session.execute(query.group_by(*kinds)).all() if ids else []
    counts = {(party, code, centre): count for party, code, centre, count in rows}
    found = {each.id: counts.get((each.party_id, each.document_type, each.centre_id), 0) for each in cases}
    return {key: count for key, count in found.items() if count > 1}


def others(look: Look, request: IssuanceRequest) -> list[IssuanceRequest]:
    """The other requests of its party that get or got a document, the oldest first."""
    if request.party_id is None:
        return []
    query = select(IssuanceRequest).where(
        IssuanceRequest.party_id == request.party_id,
        IssuanceRequest.id != request.id,
        IssuanceRequest.state.not_in(WITHOUT_DOCUMENT),
    )
    return list(look.session.scalars(query.order_by(IssuanceRequest.id)))
