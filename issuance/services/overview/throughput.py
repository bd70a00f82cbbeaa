"""How fast the machines of a centre work: documents an hour, and how many minutes each step from the order on took."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import InstrumentedAttribute

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.models.documents import QualityCheck
from issuance.models.production import PrintJob
from issuance.models.staff import Centre
from issuance.services.overview.figures import Period, percentile
from issuance.states import JobState

MOST_DAYS = 14
"""Days of one look: at 5,000 documents a day some 70,000 rows are read."""

HOURS = range(24)


class Step(StrEnum):
    """What is measured of a document, in the order in which it happens."""

    TO_MACHINE = "to_machine"
    """From the order, which is the approval or the next attempt, until a station claimed it."""

    MAKING = "making"
    TO_CHECK = "to_check"
    """From the machine to the first check, passed or not."""


Moments = tuple[dt.datetime | None, dt.datetime | None, dt.datetime, dt.datetime | None]
"""When it was ordered, claimed, ended and first checked."""


@dataclass(frozen=True, slots=True)
class Made:
    """One document that left a machine, good or spoiled: where, when (of Bucharest), and the minutes of its steps."""

    centre: str
    ended: dt.datetime
    spoiled: bool
    minutes: dict[Step, float]


@dataclass(frozen=True, slots=True)
class Took:
    """How long a step took: of how many documents it is known, the median and what nine of ten did not exceed."""

    number: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Throughput:
    """What a centre, or all, made on some days.

    `an_hour` counts the hours in which anything was made, so that a night does not make a machine slow; `spoiled` is
    the share of what left a machine that was spoiled there or failed its first check. None where nothing was made.
    """

    made: int
    hours: int
    an_hour: float | None
    spoiled: float | None
    took: dict[Step, Took]


def made(look: Look, period: Period, centre_id: UUID | None) -> list[Made]:
    """What left the machines in a period, at one centre or (None) at all."""
    begin, end = period.moments
    query = (
        select(
            Centre.code,
            PrintJob.state,
            PrintJob.ordered_at,
            PrintJob.claimed_at,
            PrintJob.ended_at,
            _first_check(QualityCheck.checked_at),
            _first_check(QualityCheck.passed),
        )
        .join(Centre, Centre.id == PrintJob.centre_id)
        .where(PrintJob.state.in_((JobState.DONE, JobState.SPOILED)), PrintJob.station_id.is_not(None))
        .where(PrintJob.ended_at >= begin, PrintJob.ended_at < end)
    )
    query = query.where(PrintJob.centre_id.in_([centre_id] if centre_id else select(Centre.id)))
    return [
        Made(code, ended.astimezone(OFFICE_ZONE), state == JobState.SPOILED or passed is False, _minutes(moments))
        for code, state, ordered, claimed, ended, checked, passed in look.session.execute(query)
        for moments in [(ordered, claimed, ended, checked)]
    ]


def _first_check(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """What the first check of its document said."""
    of_it = select(column).where(QualityCheck.document_id == PrintJob.document_id)
    return of_it.order_by(QualityCheck.id).limit(1).scalar_subquery()


def _minutes(moments: Moments) -> dict[Step, float]:
    """The steps of which both ends are known."""
    pairs = zip(Step, moments, moments[1:], strict=False)
    return {step: (end - begin).total_seconds() / 60 for step, begin, end in pairs if begin and end}


def of(found: Sequence[Made]) -> Throughput:
    """The figures of all these together."""
    hours = len({(each.ended.date(), each.ended.hour) for each in found})
    return Throughput(
        made=len(found),
        hours=hours,
        an_hour=len(found) / hours if hours else None,
        spoiled=sum(each.spoiled for each in found) / len(found) if found else None,
        took={step: _took(each.minutes[step] for each in found if step in each.minutes) for step in Step},
    )


def _took(minutes: Iterable[float]) -> Took:
    ordered = sorted(minutes)
    return Took(len(ordered), percentile(ordered, 50), percentile(ordered, 90))


def by(found: Iterable[Made], key: Callable[[Made], str]) -> dict[str, Throughput]:
    """The figures by what `key` makes of each, in its order."""
    parts: dict[str, list[Made]] = {}
    for each in found:
        parts.setdefault(key(each), []).append(each)
    return {name: of(parts[name]) for name in sorted(parts)}


def per_hour(found: Iterable[Made], day: dt.date) -> list[int]:
    """How many left the machines in each hour of a day of Bucharest; an hour that a clock change repeats is one."""
    counted = Counter(each.ended.hour for each in found if each.ended.date() == day)
    return [counted[hour] for hour in HOURS]
