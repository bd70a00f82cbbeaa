"""Documents that hold, counted: what held, what began and what ended in a period, and whether that adds up."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from issuance.acts import Look
from issuance.law.office.statistics import ADULT, UNKNOWN, Dimension, Measure, StatisticsLaw, TableLaw, age_on, months
from issuance.services.life import extensions
from issuance.services.statistics import lives
from issuance.services.statistics.alike import DAY, Asked
from issuance.services.statistics.lives import REPLACED, Life, Span
from issuance.services.statistics.periods import Counted
from issuance.values.calendar import add_months
from issuance.values.codes import Sex

Cell = tuple[str, ...]
"""The codes of a figure, in the order of the table's dimensions."""

Cells = Counter[Cell]
Held = list[tuple[Life, list[Span]]]
"""The documents of one person with the days on which each holds."""


class What(StrEnum):
    """What happened to a document in a period.

    `first` began for somebody who had none for some months, `following` for somebody who had one, `again` by a decree.
    """

    BEFORE = "before"
    FIRST = "first"
    FOLLOWING = "following"
    AGAIN = "again"
    ENDED = "ended"
    AFTER = "after"


class Happened(NamedTuple):
    """One thing that happened, the day on which its person is looked at, and why a document ended."""

    what: What
    day: dt.date
    why: str = ""


class Balance(NamedTuple):
    """What has to add up: the stock before a period, what began and ended in it, and the stock at its end.

    `undated` are documents of which nobody knows when they ended: they are in no figure.
    """

    counted: Counter[What]
    ended: Counter[str]
    undated: int

    @property
    def expected(self) -> int:
        """The stock at the end, as what began and ended says it."""
        began = (What.BEFORE, What.FIRST, What.FOLLOWING, What.AGAIN)
        return sum(self.counted[what] for what in began) - self.counted[What.ENDED]

    @property
    def is_good(self) -> bool:
        """Whether both ways to the stock at the end agree, and every end has its day."""
        return self.expected == self.counted[What.AFTER] and not self.undated


COUNTED = {Measure.FIRST: What.FIRST, Measure.STOCK: What.AFTER, Measure.ENDED: What.ENDED}
"""What of it a table has."""


def count(look: Look, law: StatisticsLaw, table: TableLaw, period: Counted) -> tuple[Cells, Balance]:
    """The figures of a table of documents, and what they are proved by."""
    cells, balance, agreed, undated = Cells(), Balance(Counter(), Counter(), 0), extensions.agreed(look), 0
    wanted = COUNTED[table.measure]
    for group in lives.by_person(look, Asked(law, table, period, agreed)):
        mine = [life for life in group if not life.is_undated]
        undated += len(group) - len(mine)
        held = [(life, lives.spans(life, agreed)) for life in mine if _is_long_enough(table, life)]
        for life, happened in _happenings(law, held, period):
            balance.counted[happened.what] += life.many
            if happened.what is What.ENDED:
                balance.ended[happened.why] += life.many
            if happened.what is wanted and happened.why != REPLACED:
                cells[cell(law, table.dimensions, life, happened)] += life.many
    return cells, balance._replace(undated=undated)


def _is_long_enough(table: TableLaw, life: Life) -> bool:
    return (
        life.printed is None or not table.at_least_months or months(life.issued, life.printed) >= table.at_least_months
    )


def _happenings(law: StatisticsLaw, held: Held, period: Counted) -> Iterator[tuple[Life, Happened]]:
    """What happened in a period to the documents of one person."""
    before, first, last = period.before, period.first, period.last
    for life, found in held:
        for span in found:
            if span.first < first:
                if span.last >= before:
                    yield life, Happened(What.BEFORE, before)
            elif span.first <= last:
                yield life, Happened(_began(law, held, life, span), span.first)
            if span.last >= last:
                if span.first <= last:
                    yield life, Happened(What.AFTER, last)
            elif span.last >= before:
                yield life, Happened(What.ENDED, span.last + DAY, span.why)


def _began(law: StatisticsLaw, held: Held, life: Life, span: Span) -> What:
    """Whether somebody had a document in the months before these days."""
    if span.first != life.began:
        return What.AGAIN
    if len(held) == 1:
        return What.FIRST
    since = add_months(span.first, -law.first_after_months)
    others = (other for each, found in held if each is not life for other in found)
    had_one = any(other.first < span.first and other.last >= since for other in others)
    return What.FOLLOWING if had_one else What.FIRST


def cell(law: StatisticsLaw, dimensions: Sequence[Dimension], life: Life, happened: Happened) -> Cell:
    """In which cell of a table a document is."""
    return tuple(_code(law, dimension, life, happened) for dimension in dimensions)


def _code(law: StatisticsLaw, dimension: Dimension, life: Life, happened: Happened) -> str:
    match dimension:
        case "reason":
            return law.reasons[life.document_type]
        case "document":
            return life.document_type
        case "end":
            return happened.why
        case "citizen":
            return law.citizen(life.nationality)
        case "duration":
            return law.duration(life.issued, life.printed)
        case "age":
            return law.age(life.birth_date, happened.day)
        case "sex":
            return life.sex if life.sex in (Sex.FEMALE, Sex.MALE) else UNKNOWN
        case "minor":
            age = age_on(life.birth_date, happened.day) if life.is_alone else None
            return "UNACC" if age is not None and age < ADULT else "NUNACC"
        case _:
            raise ValueError(f"{dimension} is no dimension of documents")
