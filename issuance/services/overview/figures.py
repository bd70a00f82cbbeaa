"""The figures of an office over some days: how much was issued, how long it took, how much was spoiled."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE, office_day
from issuance.models.documents import Document, HandOver, QualityCheck
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.states import JobState

MOST_DAYS = 366
Number = TypeVar("Number", int, float)


def midnight(day: dt.date) -> dt.datetime:
    """The first moment of a day in Bucharest."""
    return dt.datetime.combine(day, dt.time(), OFFICE_ZONE)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Bucharest, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Every day of it."""
        return [self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """From the first moment of it to the first after it."""
        return midnight(self.first), midnight(self.last + dt.timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Issued:
    """One document that was handed over: on which day, and the days from the lodging to the passed check."""

    centre: str
    document_type: str
    day: dt.date
    took: int
    in_time: bool
    """Whether it was ready within the term of its request (E4)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How much of something was issued, how long it took, and what the machines spoiled of it.

    `median` and `p90` are days from lodging to a passed check; `in_time` the share that was ready within its term, and
    `spoiled` the share of cards and booklets that was spoiled or rejected: None where nothing was made.
    """

    name: str
    issued: int
    median: int | None
    p90: int | None
    in_time: float | None
    spoiled: float | None


Made = Counter[tuple[str, str, bool]]
"""How many documents were made, by centre, type and whether they were spoiled or rejected."""


def issued(look: Look, period: Period, centre_id: UUID | None) -> list[Issued]:
    """What was handed over in a period, at one centre or (None) at all."""
    begin, end = period.moments
    passed = select(func.max(QualityCheck.checked_at)).where(
        QualityCheck.document_id == Document.id, QualityCheck.passed
    )
    query = (
        select(
            Centre.code,
            Document.document_type,
            HandOver.at,
            passed.scalar_subquery(),
            IssuanceRequest.lodged_on,
            IssuanceRequest.due_on,
        )
        .join(Document, Document.id == HandOver.document_id)
        .join(IssuanceRequest, IssuanceRequest.id == Document.request_id)
        .join(Centre, Centre.id == IssuanceRequest.centre_id)
        .where(HandOver.at >= begin, HandOver.at < end)
    )
    if centre_id:
        query = query.where(IssuanceRequest.centre_id == centre_id)
    return [
        Issued(centre, code, office_day(at), (ready_on - lodged_on).days, ready_on <= due_on)
        for centre, code, at, checked_at, lodged_on, due_on in look.session.execute(query)
        for ready_on in [office_day(checked_at or at)]
    ]


def made(look: Look, period: Period, centre_id: UUID | None) -> Made:
    """What the machines made in a period, good or not."""
    begin, end = period.moments
    rejected = select(QualityCheck.id).where(QualityCheck.document_id == Document.id, ~QualityCheck.passed).exists()
    is_bad = (PrintJob.state == JobState.SPOILED) | rejected
    query = (
        select(Centre.code, Document.document_type, is_bad, func.count())
        .join(Document, Document.id == PrintJob.document_id)
        .join(Centre, Centre.id == PrintJob.centre_id)
        .where(PrintJob.state.in_((JobState.DONE, JobState.SPOILED)))
        .where(PrintJob.ended_at >= begin, PrintJob.ended_at < end)
        .group_by(Centre.code, Document.document_type, is_bad)
    )
    here = [centre_id] if centre_id else select(Centre.id)  # of each centre by the index, of all of them too
    query = query.where(PrintJob.centre_id.in_(here))
    return Counter({(centre, code, bool(bad)): number for centre, code, bad, number in look.session.execute(query)})


def by(found: Iterable[Issued], of_made: Made, key: Callable[[str, str], str]) -> list[Figures]:
    """The figures by what `key` makes of centre and type, in its order."""
    listed, parts = list(found), dict[str, list[Issued]]()
    for each in listed:
        parts.setdefault(key(each.centre, each.document_type), []).append(each)
    good, bad = Counter[str](), Counter[str]()
    for (centre, code, is_bad), number in of_made.items():
        (bad if is_bad else good)[key(centre, code)] += number
    names = sorted({*parts, *good, *bad})
    return [_figures(name, parts.get(name, []), good[name], bad[name]) for name in names]


def _figures(name: str, found: Sequence[Issued], good: int, bad: int) -> Figures:
    took = sorted(each.took for each in found)
    return Figures(
        name,
        len(found),
        percentile(took, 50),
        percentile(took, 90),
        sum(each.in_time for each in found) / len(found) if found else None,
        bad / (good + bad) if good + bad else None,
    )


def percentile(ordered: Sequence[Number], percent: int) -> Number | None:
    """The smallest value that `percent` of them do not exceed (nearest rank); None of nothing."""
    return ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None


def per_day(found: Iterable[Issued], period: Period) -> list[tuple[dt.date, int]]:
    """How many were handed over on every day of a period."""
    counted = Counter(each.day for each in found)
    return [(day, counted[day]) for day in period.days]
