"""The lives of documents by days: from when to when each held, told from the rows that its acts wrote.

A document holds from its hand-over - one of before this register from its day of issue - to its last day, or for as
long as a decree says so, and no more from the day on which an act ended it. A report of a loss does not end it; its
confirmation does. Asked again in ten years, a day answers the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, type_coerce
from sqlalchemy.types import DateTime, NullType

from issuance.acts import Look
from issuance.clock import office_day
from issuance.law.office.statistics import StatisticsLaw
from issuance.models.documents import Document, HandOver
from issuance.models.endings import Ending, LossReport
from issuance.models.people import Person, PersonVersion
from issuance.models.production import Contradiction, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.life import extensions
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.overview.figures import midnight
from issuance.services.statistics.periods import Counted
from issuance.states import DocumentState
from issuance.values.calendar import add_months

DAY = dt.timedelta(days=1)
EXPIRED, REPLACED = "expired", "replaced"
FOR_EVER = dt.date.max
BEFORE = 0
"""The attempt of a document that was issued before this register: it began on its day of issue."""

LOSSES = (str(DocumentState.LOST), str(DocumentState.STOLEN))


class Life(NamedTuple):
    """One document that was handed over on the day `began`, to somebody as it says; `how` it `ended` by an act.

    `id` and `person` are keys as the database's driver gives them.

    `printed` is its last day. `is_undated`: it ended and nothing says when, or before it began.
    """

    id: object
    person: object
    document_type: str
    began: dt.date
    ended: dt.date | None
    how: str
    issued: dt.date
    printed: dt.date | None
    nationality: str
    birth_date: str
    sex: str
    is_alone: bool
    is_undated: bool


class Span(NamedTuple):
    """Days at whose end a document holds, both included, and `why` it did no more after them."""

    first: dt.date
    last: dt.date
    why: str


def spans(life: Life, agreed: Collection[Extension]) -> list[Span]:
    """The days on which a document holds, in their order: a decree may let it hold on, or again.

    One that ended on the day of its hand-over has none.
    """
    began, end, last = life.began, life.ended, life.printed or FOR_EVER
    more = [each for each in agreed if each.has(life.document_type, last)] if agreed else ()
    if not more:  # nearly every one: there are half a million
        return _cut(((began, last),), end, life.how) if began <= last else []
    days = _joined([(began, last), *((max(each.from_day, began), each.until) for each in more)])
    return _cut(days, end, life.how)


def _cut(days: Iterable[tuple[dt.date, dt.date]], end: dt.date | None, how: str) -> list[Span]:
    """The same days, but none from the one on which an act ended it."""
    found = []
    for first, last in days:
        if end is None or last < end:
            found.append(Span(first, last, EXPIRED))
        elif first < end:
            found.append(Span(first, end - DAY, how))
    return found


def _joined(days: Iterable[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    """The days without gaps and without those that are none."""
    joined: list[tuple[dt.date, dt.date]] = []
    for first, last in sorted(pair for pair in days if pair[0] <= pair[1]):
        if joined and joined[-1][1] >= first - DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def by_person(look: Look, law: StatisticsLaw, types: Collection[str], period: Counted) -> Iterable[list[Life]]:
    """The lives of documents of these types that may count in a period, those of one person together."""
    day, persons = _cached(office_day), dict[object, list[Life]]()
    for row in look.session.execute(_query(look, types, add_months(period.first, -law.first_after_months), period)):
        life = _life(row, day)
        life = _dated(look, life) if life.is_undated else life
        persons.setdefault(life.person, []).append(life)
    return persons.values()


def _query(look: Look, types: Collection[str], since: dt.date, period: Counted) -> Select[Any]:
    """Documents of the types that were handed over before the end of a period and may have held since a day."""
    loss = and_(LossReport.document_id == Document.id, LossReport.outcome.in_(LOSSES))
    longer = extensions.concern(each for each in extensions.agreed(look) if each.until >= since)
    says, person = PersonVersion, Person
    columns: tuple[Any, ...] = (
        *(_plain(Document.id), _plain(Document.person_id), Document.document_type, _plain(Document.state)),
        *(Document.issue_date, Document.expiry_date, _plain(IssuanceRequest.unaccompanied)),
        *(_moment(HandOver.at, "handed"), _moment(Ending.at, "ended"), Ending.ground),
        *(_moment(LossReport.settled_at, "settled"), LossReport.outcome),
        func.coalesce(says.nationality, person.nationality),
        func.coalesce(says.birth_date, person.birth_date),
        func.coalesce(says.sex, person.sex),
    )
    query = (
        select(*columns)
        .outerjoin(HandOver, HandOver.document_id == Document.id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .join(person, person.id == Document.person_id)
        .outerjoin(says, says.id == IssuanceRequest.person_version_id)
        .outerjoin(Ending, Ending.document_id == Document.id)
        .outerjoin(LossReport, loss)
    )
    held = or_(Document.expiry_date.is_(None), Document.expiry_date >= since, longer)
    before = (Document.attempt == BEFORE) & (Document.issue_date <= period.last)
    began = or_(HandOver.at < midnight(period.last + DAY), before)
    return query.where(Document.document_type.in_(sorted(types)), began, held)


def _plain(column: Any) -> Any:
    """A column as its driver gives it: nothing is made of half a million values that are only compared."""
    return type_coerce(column, NullType())


def _moment(column: Any, name: str) -> Any:
    """A moment as its driver gives it: SQLite's without a zone, which is UTC."""
    return type_coerce(column, DateTime(timezone=True)).label(name)


def _life(row: Any, day: Callable[[dt.datetime], dt.date]) -> Life:
    key, person, code, state, issued, printed, alone, handed, ended, ground, lost, outcome, *says = row
    began, at, how = issued if handed is None else day(handed), ended, ground
    if lost is not None and (at is None or lost < at):
        at, how = lost, outcome
    end = None if at is None else day(at)
    undated = (end is None and state not in HELD_BY_HOLDER) or (end is not None and end < began)
    nationality, birth_date, sex = says
    days = began, end, how or str(state), issued, printed
    return Life(key, person, code, *days, nationality, birth_date, sex, bool(alone), undated)


def _dated(look: Look, life: Life) -> Life:
    """A life that ended without a row that says when: on the day on which a successor was handed over, or a person
    settled a station's report that contradicted it."""
    if life.ended is not None:
        return life
    end = _succeeded(look, life) or _contradicted(look, life)
    return life._replace(ended=end, is_undated=end is None)


def _succeeded(look: Look, life: Life) -> dt.date | None:
    document = look.session.get_one(Document, UUID(str(life.id)))
    mine = Document.person_id == document.person_id, Document.exclusive == document.exclusive
    query = select(HandOver.at, Document.issue_date).outerjoin_from(Document, HandOver)
    query = query.where(*mine, Document.id != document.id)
    rows = look.session.execute(query.where(or_(HandOver.at.is_not(None), Document.attempt == BEFORE)))
    days = [office_day(handed) if handed else issued for handed, issued in rows]
    return min((day for day in days if day >= life.began), default=None)


def _contradicted(look: Look, life: Life) -> dt.date | None:
    query = select(func.max(Contradiction.settled_at)).join(PrintJob, PrintJob.id == Contradiction.job_id)
    settled = look.session.scalar(query.where(PrintJob.document_id == UUID(str(life.id))))
    return office_day(settled) if settled else None


def _cached(tell: Callable[[dt.datetime], dt.date]) -> Callable[[dt.datetime], dt.date]:
    """The same, asked once for a quarter of an hour: no day of any zone begins within one."""
    known: dict[tuple[dt.date, int, int], dt.date] = {}

    def day(moment: dt.datetime) -> dt.date:
        quarter = moment.date(), moment.hour, moment.minute // 15
        found = known.get(quarter)
        if found is None:
            found = known[quarter] = tell(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
        return found

    return day
