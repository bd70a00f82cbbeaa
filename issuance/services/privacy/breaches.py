"""Whom could an account, or a station, have seen between two moments: for Art 33 and 34, from the audit's own events.

The list is made in the background, a week at a time, by the index of events by author and time and that of print
jobs by station and claim; so it costs what the account did, and not what the register holds (ADR 0103). What a week
says is read while nothing is written, and put into the list in a short transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CTE, Select, Subquery, func, or_, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from issuance.acts import Act, Look
from issuance.background import enqueue
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.law.office.privacy import privacy_rules_on
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.privacy import Breach, BreachLine
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre, RoleName, Staff, Station
from issuance.services.trust import events
from issuance.values.names import check_text

LIST = "list-breach"
"""The task that makes the list."""

ASKING = (RoleName.SUPERVISOR, RoleName.AUDITOR)
LONGEST = dt.timedelta(days=366)
SLICE = dt.timedelta(days=7)
"""What one step of the list looks through."""

SEARCHED = "case.searched"
PAGE_ROWS = 50


@dataclass(frozen=True)
class Question:
    """Who, from when to when, since when the office knows, and why it is asked."""

    who: UUID
    from_at: dt.datetime
    to_at: dt.datetime
    known_at: dt.datetime
    reason: str


# Asked


def ask(act: Act, question: Question) -> Breach:
    """Ask for a list, which is made in the background. A supervisor asks about the own centre. InvalidInput names the
    field."""
    account, station = act.session.get(Staff, question.who), act.session.get(Station, question.who)
    found = account or station
    if found is None:
        raise InvalidInput("who", "Choose an account or a station of the list.")
    if RoleName.AUDITOR not in act.actor.roles and found.centre_id != act.actor.centre_id:
        raise NotAllowed("This account or station is another centre's. An auditor asks about it.")
    _check_times(act, question)
    row = Breach(
        account_id=account.id if account else None,
        station_id=station.id if station else None,
        from_at=question.from_at,
        to_at=question.to_at,
        known_at=question.known_at,
        due_at=due(question.known_at),
        reason=check_text("reason", question.reason.strip()),
        centre_id=found.centre_id,
        asked_by=act.actor.id,
        asked_at=act.clock.now(),
    )
    act.session.add(row)
    act.session.flush()
    enqueue(act.session, LIST, clock=act.clock, breach_id=str(row.id))
    act.record("breach.asked", row, found, reason=row.reason)
    return row


def due(known_at: dt.datetime) -> dt.datetime:
    """Until when the authority is told (Art 33(1)): hours that truly pass, whatever the clocks on the wall do."""
    return known_at.astimezone(dt.UTC) + dt.timedelta(hours=privacy_rules_on(known_at.date()).breach_hours)


def _check_times(act: Act, question: Question) -> None:
    if question.to_at <= question.from_at:
        raise InvalidInput("to_at", "The end lies before the beginning. Give a later one.")
    if question.to_at - question.from_at > LONGEST:
        raise InvalidInput("to_at", "Ask for a year at most; ask again for what was before.")
    if question.to_at > act.clock.now():
        raise InvalidInput("to_at", "This moment has not come yet.")
    if question.known_at > act.clock.now():
        raise InvalidInput("known_at", "This moment has not come yet.")


def report(act: Act, breach: Breach, because: str = "") -> None:
    """The supervisory authority was told now (Art 33); after the hours of the law it is told why so late too.

    Conflict when it was told before, InvalidInput without that reason.
    """
    if breach.reported_at is not None:
        raise Conflict("The authority was told already. Open the page again.")
    breach.reported_at, breach.reported_by = act.clock.now(), act.actor.id
    if breach.reported_at > breach.due_at:
        if not because.strip():
            raise InvalidInput("because", "The hours of the law are over: write why the authority is told so late.")
        breach.late_because = check_text("because", because.strip())
    act.record("breach.reported", breach, in_time=breach.reported_at <= breach.due_at)


# Made in the background


class Shown(NamedTuple):
    """A case that a stretch of the time showed: when first and last, and by how many acts."""

    request_id: UUID
    first_at: dt.datetime
    last_at: dt.datetime
    times: int


@dataclass(frozen=True)
class Walked:
    """What a stretch of the time says: which cases were shown, and how many searches were asked."""

    begin: dt.datetime
    end: dt.datetime
    found: Sequence[Shown]
    searches: int = 0


def walk(look: Look, breach_id: UUID) -> Walked | None:
    """Look through the next stretch of a list, while nothing is written; None when the list is whole."""
    row = look.session.get_one(Breach, breach_id)
    if row.is_whole:
        return None
    begin = row.walked_to or row.from_at
    end = min(begin + SLICE, row.to_at)
    if row.account_id:
        return Walked(begin, end, _by_account(look, row.account_id, begin, end), _searches(look, row, begin, end))
    return Walked(begin, end, _by_station(look, row, begin, end))


def keep(look: Look, breach_id: UUID, walked: Walked) -> bool:
    """Keep what a stretch says; whether more is to be done. Of two workers one writes each stretch."""
    row = look.session.scalars(select(Breach).where(Breach.id == breach_id).with_for_update()).one()
    if (row.walked_to or row.from_at) == walked.begin and not row.is_whole:
        row.searches += walked.searches
        if walked.found:
            _write(look, row, walked.found)
        row.walked_to = walked.end
        if row.is_whole:
            lines = select(func.count()).select_from(BreachLine).where(BreachLine.breach_id == row.id)
            row.listed = look.session.scalars(lines).one()
    return not row.is_whole


def end(act: Act, breach_id: UUID) -> None:
    """The list is whole, which is recorded."""
    row = act.session.get_one(Breach, breach_id)
    act.record("breach.listed", row, hits=row.listed, centre_id=row.centre_id)


def _by_account(look: Look, account_id: UUID, begin: dt.datetime, end: dt.datetime) -> Sequence[Shown]:
    """The cases that acts of the account were about; an act that is about a case and its person is one."""
    event, subject = AuditEvent, AuditSubject
    query = select(event.id, event.at, subject.kind, subject.subject_id).join(subject, event.id == subject.event_id)
    acts = look.once("acts", lambda: events.acts(look))
    query = query.where(event.actor_id == account_id, event.act.in_(acts), event.at >= begin, event.at < end)
    mine = query.cte("mine")
    ways = (_shown(mine, kind, key, request_id, *joins) for kind, (key, request_id, *joins) in LEADING.items())
    return _counted(look, union(*ways).subquery("shown"))


def _shown(mine: CTE, kind: str, key: Any, request_id: Any, *joins: Any) -> Select[Any]:
    """By which acts on things of one kind a case was shown, and when."""
    query = select(mine.c.id, mine.c.at, request_id.label("request_id")).select_from(mine)
    query = query.join(key.class_, key == mine.c.subject_id).where(mine.c.kind == kind)
    for target, on in joins:
        query = query.join(target, on)
    return query


def _by_station(look: Look, row: Breach, begin: dt.datetime, end: dt.datetime) -> Sequence[Shown]:
    """The cases whose documents the station was given to make."""
    query = select(PrintJob.id, PrintJob.claimed_at.label("at"), Document.request_id)
    query = query.join(Document, PrintJob.document_id == Document.id).where(PrintJob.station_id == row.station_id)
    return _counted(look, query.where(PrintJob.claimed_at >= begin, PrintJob.claimed_at < end).subquery("shown"))


def _counted(look: Look, shown: Subquery) -> Sequence[Shown]:
    """What was shown, case by case in the order of the list, counted by the database."""
    request_id, at = shown.c.request_id, shown.c.at
    query = select(request_id, func.min(at), func.max(at), func.count()).group_by(request_id).order_by(request_id)
    return [Shown(*row) for row in look.session.execute(query)]


def _searches(look: Look, row: Breach, begin: dt.datetime, end: dt.datetime) -> int:
    asked = select(func.count()).where(AuditEvent.actor_id == row.account_id, AuditEvent.act == SEARCHED)
    return look.session.scalar(asked.where(AuditEvent.at >= begin, AuditEvent.at < end)) or 0


_MINE = or_(IssuanceRequest.person_id == Person.id, IssuanceRequest.person_id == Person.merged_into)
LEADING: Mapping[str, tuple[Any, ...]] = {
    "request": (IssuanceRequest.id, IssuanceRequest.id),
    "document": (Document.id, Document.request_id),
    "print_job": (PrintJob.id, Document.request_id, (Document, Document.id == PrintJob.document_id)),
    "person": (Person.id, IssuanceRequest.id, (IssuanceRequest, _MINE)),
}
"""What an act may be about that shows a person: its key, the case's, and the joins between; of a person all cases."""


def _write(look: Look, row: Breach, found: Sequence[Shown]) -> None:
    """Put what was found into the list. Stretches come one after another, so a case that is there was seen before."""
    insert = postgresql.insert if look.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    said = insert(BreachLine.__table__)  # type: ignore[arg-type]
    again = {"last_at": said.excluded.last_at, "times": BreachLine.times + said.excluded.times}
    said = said.on_conflict_do_update(index_elements=["breach_id", "request_id"], set_=again)
    look.session.connection().execute(said, [{"breach_id": row.id, **each._asdict()} for each in found])


# Looking


def breach(look: Look, breach_id: UUID) -> Breach:
    """The question with this id; NotFound also for another centre's, to a supervisor."""
    row = look.session.get(Breach, breach_id)
    if row is None or not _may_see(look, row):
        raise NotFound("There is no such list. Open the page again.")
    return row


def _may_see(look: Look, row: Breach) -> bool:
    return RoleName.AUDITOR in look.actor.roles or row.centre_id == look.actor.centre_id


def newest(look: Look) -> list[Breach]:
    """The newest questions that the actor may see."""
    query = select(Breach).order_by(Breach.asked_at.desc(), Breach.id.desc()).limit(PAGE_ROWS)
    if RoleName.AUDITOR not in look.actor.roles:
        query = query.where(Breach.centre_id == look.actor.centre_id)
    return list(look.session.scalars(query))


def untold(look: Look) -> list[Breach]:
    """Those about the actor's centre of which the authority was not told yet, what is due first ahead."""
    mine = (Breach.centre_id == look.actor.centre_id, Breach.reported_at.is_(None))
    return list(look.session.scalars(select(Breach).where(*mine).order_by(Breach.due_at, Breach.id).limit(PAGE_ROWS)))


def names(look: Look, rows: Iterable[Breach]) -> dict[UUID, str]:
    """Whose account or which station each question is about, by its key."""
    listed = list(rows)
    accounts = select(Staff.id, Staff.full_name).where(Staff.id.in_({row.account_id for row in listed}))
    stations = select(Station.id, Station.name).where(Station.id.in_({row.station_id for row in listed}))
    found = {key: name for query in (accounts, stations) for key, name in look.session.execute(query)}
    return {row.id: found[key] for row in listed if (key := row.account_id or row.station_id)}


def lines(look: Look, row: Breach, after: UUID | None = None, most: int = PAGE_ROWS) -> Sequence[BreachLine]:
    """So many lines of a list, from the one after this case: the references alone are shown."""
    query = select(BreachLine).where(BreachLine.breach_id == row.id).order_by(BreachLine.request_id).limit(most)
    query = query.options(joinedload(BreachLine.request))
    if after:
        query = query.where(BreachLine.request_id > after)
    return look.session.scalars(query).all()


def export(act: Act, row: Breach) -> list[tuple[str, str, dt.datetime, dt.datetime, int]]:
    """The whole list for who tells the persons (Art 34): reference, centre, first, last, how often. Recorded."""
    if not row.is_whole:
        raise Conflict("The list is not whole yet. Look again in a minute.")
    request, line = IssuanceRequest, BreachLine
    query = select(request.reference, Centre.name, line.first_at, line.last_at, line.times)
    query = query.join(request, request.id == line.request_id).join(Centre, Centre.id == request.centre_id)
    rows = act.session.execute(query.where(line.breach_id == row.id).order_by(request.reference))
    found = [(reference, centre, first, last, times) for reference, centre, first, last, times in rows]
    act.record("breach.exported", row, hits=len(found))
    return found
