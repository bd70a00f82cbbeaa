"""What a batch is made of: the jobs that wait and fit, families whole; what of them the pool can make, and why not."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, Text, and_, case, cast, func, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from issuance import document_types
from issuance.acts import Act, Look
from issuance.clock import OFFICE_ZONE
from issuance.db import written
from issuance.errors import Conflict, InvalidInput
from issuance.models.appointments import Appointment
from issuance.models.batches import Batch
from issuance.models.documents import Document
from issuance.models.groups import GroupMember
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Station
from issuance.services import parties, routing
from issuance.services.batches import running
from issuance.services.lists import in_order
from issuance.services.parties import AS_CLAIMED, URGENT
from issuance.services.routing import Standing
from issuance.services.stock import ledger
from issuance.states import JOBS_WAITING, AppointmentState, JobState

Selected: TypeAlias = Select[*tuple[Any, ...]]

PAGE_ROWS = 50
MOST_TICKED = 200
MOST_REASONS = 10
FAMILIES, ALONE = "families", "alone"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the jobs that wait: "" and None say nothing. `within` is days until the holder's appointment.

    Those of a `group` are made in the order of its list.
    """

    document_type: str = ""
    due_by: dt.date | None = None
    family: str = ""
    within: int | None = None
    urgent: bool = False
    group: UUID | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch to be made: of all jobs that are wanted, or of `ticked` ones; by which stations."""

    stations: tuple[UUID, ...]
    wanted: Wanted = field(default_factory=Wanted)
    ticked: tuple[UUID, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """The wanted jobs of one document type: how many, of how many families; what the pool has of their blanks.

    `blanks` None: not counted, as of paper. `why` is what the nearest station of the pool lacks, empty if one can.
    """

    document_type: str
    stock: str
    count: int
    families: int
    blanks: int | None
    makers: tuple[str, ...]
    why: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """What keeps wanted jobs out of the batch: those that cannot be prepared by their trouble as kept; single ones."""

    unprepared: tuple[tuple[Mapping[str, Any], int], ...]
    others: tuple[tuple[PrintJob, tuple[Conflict, ...]], ...]
    other_count: int
    in_batches: tuple[tuple[Batch, int], ...]
    held: int


@dataclass(frozen=True)
class Choice:
    """The jobs that are wanted, as the choosing page shows them."""

    look: Look
    wanted: Wanted
    pool: Sequence[Standing]

    def kinds(self) -> list[Kind]:
        """By document type, whatever the pool can make of them."""
        families = func.count(func.distinct(IssuanceRequest.party_id))
        query = _free(self.look, select(Document.document_type, func.count(), families), self.wanted)
        rows = self.look.session.execute(query.group_by(Document.document_type).order_by(Document.document_type))
        blanks = _blanks(self.look, self.pool)
        return [self._kind(code, count, party, blanks) for code, count, party in rows]

    def _kind(self, code: str, count: int, families: int, blanks: Mapping[str, int]) -> Kind:
        stock = document_types.get(code).stock
        makers = tuple(each.station.name for each in self.pool if code in each.types)
        lacks = [each.lacks.get(code, ()) for each in self.pool]
        why = min(lacks, key=len) if lacks and not makers else ()
        numbered = blanks.get(stock, 0) if ledger.is_numbered(code) else None
        return Kind(code, stock, count, families, numbered, makers, why)

    def count(self) -> int:
        """How many would be in the batch, with the families of those that are wanted."""
        keys = _keys(_rows(self.look, _filters(self.look, self.wanted), self.pool)).subquery()
        return self.look.session.scalar(select(func.count()).select_from(keys)) or 0

    def jobs(self, after: UUID | None) -> list[PrintJob]:
        """Up to 50 of them behind the job `after`, in the order in which they are claimed."""
        rows = _rows(self.look, _filters(self.look, self.wanted), self.pool)
        place = [rows.c[column.key] for column in AS_CLAIMED]
        query, last = _keys(rows), self.look.session.get(PrintJob, after) if after else None
        if last is not None:
            query = query.where(tuple_(*place) > tuple_(*parties.place_of(last), types=[each.type for each in place]))
        return in_order(self.look, PrintJob, self.look.session.scalars(query.order_by(*place).limit(PAGE_ROWS)).all())

    def blocked(self) -> Blocked:
        """What of the wanted is not in it, and why."""
        able = {code for each in self.pool for code in each.types}
        single = and_(_prepared(), Document.document_type.in_(able), ~routing.offered_to_any(self.pool))
        query = _free(self.look, select(PrintJob.id), self.wanted).where(single)
        total = self.look.session.scalar(select(func.count()).select_from(query.subquery())) or 0
        keys = self.look.session.scalars(query.order_by(*AS_CLAIMED).limit(MOST_REASONS)).all() if total else []
        listed = in_order(self.look, PrintJob, keys)
        return Blocked(
            unprepared=self._unprepared(),
            others=tuple((job, routing.why_not(self.pool, job)) for job in listed),
            other_count=total,
            in_batches=self._in_batches(),
            held=self._count(PrintJob.state == JobState.HELD),
        )

    def _unprepared(self) -> tuple[tuple[Mapping[str, Any], int], ...]:
        text = cast(PrintJob.trouble, Text)
        query = _free(self.look, select(text, func.count()), self.wanted).where(~_prepared())
        rows = self.look.session.execute(query.group_by(text).order_by(func.count().desc()).limit(MOST_REASONS))
        return tuple((json.loads(said), count) for said, count in rows)

    def _in_batches(self) -> tuple[tuple[Batch, int], ...]:
        query = _wanted(self.look, select(PrintJob.batch_id, func.count()), self.wanted)
        found = query.where(PrintJob.batch_id.is_not(None), _waits()).group_by(PrintJob.batch_id)
        rows = self.look.session.execute(found.limit(PAGE_ROWS))
        counts = {batch_id: count for batch_id, count in rows}
        batches = self.look.session.scalars(select(Batch).where(Batch.id.in_(counts)).order_by(Batch.number))
        return tuple((batch, counts[batch.id]) for batch in batches)

    def _count(self, *where: ColumnElement[bool]) -> int:
        return self.look.session.scalar(_wanted(self.look, select(func.count()), self.wanted).where(*where)) or 0


def choice(look: Look, wanted: Wanted, stations: Collection[Station]) -> Choice:
    """What there is to choose from, for a pool of these stations."""
    return Choice(look, wanted, routing.standings(look, list(stations)))


def make(act: Act, plan: Plan) -> tuple[Batch, int]:
    """Make a batch that waits to be started, and how many jobs are in it. Families come whole.

    InvalidInput names the field. Conflict when nothing fits, or one of the ticked does not wait any more or is in
    another batch.
    """
    pool = running.pool_of(act, plan.stations)
    if len(plan.ticked) > MOST_TICKED:
        raise InvalidInput("jobs", "Tick at most %(most)s jobs, or make the batch of all that fit.", most=MOST_TICKED)
    batch = _new(act, plan.name.strip())
    running.add_to_pool(act, batch, pool)
    standing = routing.standings(act, list(pool.values()))
    count = _take(act, batch, plan, standing)
    if not count:
        raise Conflict("Nothing that waits fits, or the pool can make none of it. Choose other jobs or stations.")
    if plan.ticked:
        _check_all(act, batch, plan.ticked)
    if plan.wanted.group:
        _rank(act, batch, plan.wanted.group)
    act.record("batch.made", batch, *pool.values(), count=count)
    return batch, count


def _new(act: Act, name: str) -> Batch:
    last = act.session.scalar(select(func.max(Batch.number)).where(Batch.centre_id == act.actor.centre_id))
    number = (last or 0) + 1
    batch = Batch(centre_id=act.actor.centre_id, number=number, position=number, name=name, made_by=act.actor.id)
    batch.made_at, batch.state_by = act.clock.now(), act.actor.id
    try:
        with act.session.begin_nested():
            act.session.add(batch)
    except IntegrityError as error:
        raise Conflict("Somebody made a batch at this very moment. Send it again.") from error
    return batch


def _wants(look: Look, plan: Plan) -> Sequence[ColumnElement[bool]]:
    """On jobs: what is chosen; those have the others of a family too."""
    return [PrintJob.id.in_(plan.ticked)] if plan.ticked else _filters(look, plan.wanted)


def _take(act: Act, batch: Batch, plan: Plan, standing: Sequence[Standing]) -> int:
    """Put the chosen jobs into the batch; what another act took meanwhile stays where it is."""
    free = (PrintJob.batch_id.is_(None), PrintJob.state.in_(JOBS_WAITING), PrintJob.centre_id == batch.centre_id)
    chosen = PrintJob.id.in_(_keys(_rows(act, _wants(act, plan), standing)))
    running.lock_jobs(act, chosen, *free)
    taken = update(PrintJob).where(chosen, *free)
    return running.changed(act, taken.values(batch_id=batch.id, rank=batch.rank, parked=True))


def _rank(act: Act, batch: Batch, group_id: UUID) -> None:
    """Let the jobs of a group be made in the order of its list, a family where its first stands; others come last."""
    query = select(PrintJob.turn_id, func.min(GroupMember.place)).join(Document, Document.id == PrintJob.document_id)
    query = query.join(GroupMember, GroupMember.request_id == Document.request_id)
    mine = (PrintJob.batch_id == batch.id, GroupMember.group_id == group_id)
    rows = act.session.execute(query.where(*mine).group_by(PrintJob.turn_id).order_by(func.min(GroupMember.place)))
    ranks = {turn: batch.rank + at for at, (turn, _) in enumerate(rows)}
    in_turn = case(ranks, value=PrintJob.turn_id, else_=batch.rank + len(ranks))
    running.changed(act, update(PrintJob).where(PrintJob.batch_id == batch.id).values(rank=in_turn))


def _check_all(look: Look, batch: Batch, ticked: Collection[UUID]) -> None:
    found = select(func.count()).where(PrintJob.id.in_(ticked), PrintJob.batch_id == batch.id)
    left = len(set(ticked)) - (look.session.scalar(found) or 0)
    if left:
        raise Conflict(
            "%(count)s of the ticked jobs do not wait any more, are in another batch, or cannot be made by this pool."
            " Open the list again.",
            count=left,
        )


def _rows(look: Look, which: Sequence[ColumnElement[bool]], standing: Sequence[Standing]) -> Subquery:
    """The jobs that the pool can make, each with whether it or another of its turn and type is meant by `which`.

    So a family is not torn, and the jobs are not joined with themselves: until a database has counted an influx, it
    does that row by row.
    """
    meant = case((and_(*which), 1), else_=0)
    whole = func.max(meant).over(partition_by=(PrintJob.turn_id, Document.document_type)).label("is_chosen")
    free = _free(look, select(*AS_CLAIMED, whole), Wanted())
    return free.where(_prepared(), routing.offered_to_any(standing)).subquery()


def _keys(rows: Subquery) -> Selected:
    """The ids of those that are chosen."""
    return select(rows.c.id).where(rows.c.is_chosen == 1)


def _free(look: Look, query: Selected, wanted: Wanted) -> Selected:
    """Of the wanted those that wait and are in no batch."""
    return _wanted(look, query, wanted).where(PrintJob.batch_id.is_(None), _waits())


def _wanted(look: Look, query: Selected, wanted: Wanted) -> Selected:
    joined = query.select_from(PrintJob).join(Document, Document.id == PrintJob.document_id)
    joined = joined.join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
    return joined.where(PrintJob.centre_id == look.actor.centre_id, *_filters(look, wanted))


def _waits() -> ColumnElement[bool]:
    return PrintJob.state.in_(JOBS_WAITING)


def _prepared() -> ColumnElement[bool]:
    """On waiting jobs: it is prepared, or will be in a moment."""
    return or_(PrintJob.state == written(JobState.QUEUED), PrintJob.trouble.is_(None))


def _filters(look: Look, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [PrintJob.state.in_((*JOBS_WAITING, JobState.HELD))]
    if wanted.document_type:
        found.append(Document.document_type == wanted.document_type)
    if wanted.due_by:
        found.append(parties.due_on() <= wanted.due_by)
    if wanted.family:
        alone = IssuanceRequest.party_id.is_(None)
        found.append(alone if wanted.family == ALONE else ~alone)
    if wanted.group:
        there = (GroupMember.group_id == wanted.group, GroupMember.left_at.is_(None))
        found.append(IssuanceRequest.id.in_(select(GroupMember.request_id).where(*there)))
    if wanted.within is not None:
        found.append(_is_expected(look, wanted.within))
    return [*found, PrintJob.priority == URGENT] if wanted.urgent else found


def _is_expected(look: Look, days: int) -> ColumnElement[bool]:
    """On requests: the holder has an appointment within so many days, today's included."""
    last = dt.datetime.combine(look.clock.today() + dt.timedelta(days=days + 1), dt.time(), OFFICE_ZONE)
    booked = select(Appointment.request_id).where(
        Appointment.state == written(AppointmentState.BOOKED),
        Appointment.centre_id == look.actor.centre_id,
        Appointment.request_id.is_not(None),
    )
    return IssuanceRequest.id.in_(booked.where(Appointment.starts_at < last))


def _blanks(look: Look, pool: Sequence[Standing]) -> dict[str, int]:
    """How many blanks of each stock lie in the stations of the pool."""
    found: dict[str, int] = {}
    for stocks in ledger.left_at(look, [each.station for each in pool]).values():
        for stock, count in stocks.items():
            found[stock] = found.get(stock, 0) + count
    return found
