"""The lives of documents by days: from when to when each held, told from the rows that its acts wrote.

A document holds from its hand-over - one of before this register from its day of issue - to its last day, or for as
long as a decree says so, and no more from the day on which an act ended it. A report of a loss does not end it; its
confirmation does. Asked again in ten years, a day answers the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, String, and_, case, cast, func, or_, select

from issuance.acts import Look
from issuance.clock import office_day
from issuance.models.documents import BEFORE, Document, HandOver
from issuance.models.endings import Ending, LossReport
from issuance.models.people import Person, PersonVersion
from issuance.models.production import Contradiction, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.statistics.alike import DAY, Asked
from issuance.states import DocumentState

EXPIRED, REPLACED = "expired", "replaced"
FOR_EVER = dt.date.max
OWN = "own"
"""The key of a document that is like no other."""

LOSSES = (str(DocumentState.LOST), str(DocumentState.STOLEN))


class Life(NamedTuple):
    """One document that was handed over on the day `began`, to somebody as it says; `how` it `ended` by an act.

    Without `id` it stands for so `many` that are alike; `person` is a key as the database writes it.

    `printed` is its last day. `is_undated`: it ended and nothing says when, or before it began.
    """

    id: UUID | None
    person: str
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
    many: int = 1


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
    if not more:
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


def by_person(look: Look, asked: Asked) -> Iterable[list[Life]]:
    """The lives of documents that may count, those of one person together; one that stands for others, alone."""
    return look.once(asked.key, lambda: _by_person(look, asked))


def _by_person(look: Look, asked: Asked) -> list[list[Life]]:
    persons: dict[object, list[Life]] = {}
    for row in look.session.execute(_query(asked)):
        life = _life(row)
        life = _dated(look, life) if life.is_undated else life
        whose = object() if life.id is None else life.person
        persons.setdefault(whose, []).append(life)
    return list(persons.values())


def _query(asked: Asked) -> Select[Any]:
    """Documents that may count, each alone or one of those alike with how many they are."""
    loss = and_(LossReport.document_id == Document.id, LossReport.outcome.in_(LOSSES))
    says, person, any_of = PersonVersion, Person, func.max
    nationality, sex, birth_date = (
        func.coalesce(getattr(says, name), getattr(person, name)) for name in ("nationality", "sex", "birth_date")
    )
    own = case((asked.is_alike(birth_date), None), else_=Document.id).label(OWN)
    same = Document.document_type, IssuanceRequest.unaccompanied, nationality, sex
    columns: tuple[Any, ...] = (
        *(own, any_of(cast(Document.person_id, String)), any_of(Document.state)),
        *(any_of(Document.issue_date), any_of(Document.expiry_date), any_of(HandOver.at)),
        *(any_of(Ending.at), any_of(Ending.ground), any_of(LossReport.settled_at), any_of(LossReport.outcome)),
        *(any_of(birth_date), func.count(), *same),
    )
    query = (
        select(*columns)
        .outerjoin(HandOver, HandOver.document_id == Document.id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .join(person, person.id == Document.person_id)
        .outerjoin(says, says.id == IssuanceRequest.person_version_id)
        .outerjoin(Ending, Ending.document_id == Document.id)
        .outerjoin(LossReport, loss)
        .outerjoin(asked.renewed, asked.renewed.c.person_id == Document.person_id)
    )
    return query.where(asked.may_count()).group_by(OWN, *same, *asked.traits(birth_date))


def _life(row: Any) -> Life:
    key, person, state, issued, printed, *acts, birth_date, many, code, alone, nationality, sex = row
    handed, ended, ground, lost, outcome = acts
    began, at, how = issued if handed is None else office_day(handed), ended, ground
    if lost is not None and (at is None or lost < at):
        at, how = lost, outcome
    end = None if at is None else office_day(at)
    undated = (end is None and state not in HELD_BY_HOLDER) or (end is not None and end < began)
    days = began, end, how or str(state), issued, printed
    return Life(key, person, code, *days, nationality, birth_date, sex, bool(alone), undated, many)


def _dated(look: Look, life: Life) -> Life:
    """A life that ended without a row that says when: on the day on which a successor was handed over, or a person
    settled a station's report that contradicted it."""
    if life.ended is not None:
        return life
    end = _succeeded(look, life) or _contradicted(look, life)
    return life._replace(ended=end, is_undated=end is None)


def _succeeded(look: Look, life: Life) -> dt.date | None:
    document = look.session.get_one(Document, life.id)
    mine = Document.person_id == document.person_id, Document.exclusive == document.exclusive
    query = select(HandOver.at, Document.issue_date).outerjoin_from(Document, HandOver)
    query = query.where(*mine, Document.id != document.id)
    rows = look.session.execute(query.where(or_(HandOver.at.is_not(None), Document.attempt == BEFORE)))
    days = [office_day(handed) if handed else issued for handed, issued in rows]
    return min((day for day in days if day >= life.began), default=None)


def _contradicted(look: Look, life: Life) -> dt.date | None:
    query = select(func.max(Contradiction.settled_at)).join(PrintJob, PrintJob.id == Contradiction.job_id)
    settled = look.session.scalar(query.where(PrintJob.document_id == life.id))
    return office_day(settled) if settled else None
