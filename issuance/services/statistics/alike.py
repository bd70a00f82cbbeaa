"""Lives that a period cannot tell apart: the database counts them, so that what nothing happened to is a few rows.

Two documents are alike when the period says the same of both, whichever is looked at: they began before it, or both in
it; they hold on the same days of it by what is printed and by decrees; their holders are of one cell all the time (ADR
0102). What an act ended in the period, what began for somebody who has another document, and whose holder reached an
age in it, is like no other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, extract, false, func, not_, or_, select

from issuance.law.office.statistics import ADULT, StatisticsLaw, TableLaw
from issuance.models.documents import BEFORE, Document, HandOver
from issuance.models.endings import Ending, LossReport
from issuance.services.life import extensions
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import HELD_BY_HOLDER
from issuance.services.overview.figures import midnight
from issuance.services.statistics.periods import Counted
from issuance.values.calendar import add_months

Truth = ColumnElement[bool]
ENDS = Ending.at, LossReport.settled_at
"""When an act ended a document; the earlier one counts."""

DAY = dt.timedelta(days=1)
YEAR = 12
"""Months."""

LONGEST = 31
"""Days of a month."""

NO_YEAR = "X"
"""What a birth date begins with when nothing is known of its year."""


@dataclass(frozen=True)
class Asked:
    """What is counted: a table of the law over a period, with all decrees that were `agreed`.

    What it says is of documents that are joined with their `HandOver`, `Ending`, confirmed `LossReport` and `renewed`.
    """

    law: StatisticsLaw
    table: TableLaw
    period: Counted
    agreed: tuple[Extension, ...]

    @property
    def key(self) -> Hashable:
        """What the same lives are an answer to: tables of one period ask for the same ones."""
        return "lives", self.table.types, self.period, self._counts_months

    @cached_property
    def renewed(self) -> Subquery:
        """The persons for whom something began in the period, and who have another document of these types."""
        period, mine = self.period, select(Document.person_id).where(self._has_type)
        after, handed = midnight(period.last + DAY), mine.join(HandOver, HandOver.document_id == Document.id)
        began = handed.where(HandOver.at >= midnight(period.first), HandOver.at < after).union_all(
            mine.where(Document.attempt == BEFORE, Document.issue_date.between(period.first, period.last))
        )
        whose = mine.where(Document.person_id.in_(began))
        return whose.group_by(Document.person_id).having(func.count() > 1).subquery("renewed")

    def may_count(self) -> Truth:
        """Whether they may have held in the period; or, before it, if one of the person's began in it."""
        since = add_months(self.period.first, -self.law.first_after_months)
        odd = or_(*(at < HandOver.at for at in ENDS))  # it ended before it began: that nobody overlooks it
        here = self._held_since(self.period.before) & or_(_is_not_ended(midnight(self.period.first)), odd)
        there = self._held_since(since) & self._is_renewed
        return and_(self._has_type, _began_before(self.period.last + DAY), or_(here, there))

    def is_alike(self, birth_date: Any) -> Truth:
        """Of those that may count: whether there may be others like it."""
        after = midnight(self.period.last + DAY)
        is_dated = or_(Document.state.in_(HELD_BY_HOLDER), *(at >= after for at in ENDS))
        stays = not_(or_(self._runs_out, self._is_decreed, Document.expiry_date.is_(None)))
        is_simple = or_(_began_before(self.period.first), stays)
        return and_(_is_not_ended(after), is_dated, is_simple, not_(self._is_renewed), not_(self._grows(birth_date)))

    def traits(self, birth_date: Any) -> Iterator[ColumnElement[Any]]:
        """In what those of one type, citizenship and sex have to agree to be alike."""
        printed, period = Document.expiry_date, self.period
        yield _began_before(period.first)
        yield case((printed < period.before, "before"), (printed < period.last, "in"))
        yield from (extensions.concern([each]) for each in self._decrees)
        yield case((or_(self._runs_out & self._is_decreed, self._is_short), printed))
        yield case((self._is_short, Document.issue_date))
        yield case(*((is_aged(birth_date, age, self.period.last), age) for age in self._ages))
        yield birth_date >= NO_YEAR

    @property
    def _has_type(self) -> Truth:
        return Document.document_type.in_(sorted(self.table.types))

    @property
    def _is_renewed(self) -> Truth:
        return self.renewed.c.person_id.is_not(None)

    def _held_since(self, day: dt.date) -> Truth:
        longer = extensions.concern(each for each in self.agreed if each.until >= day)
        return or_(Document.expiry_date.is_(None), Document.expiry_date >= day, longer)

    @property
    def _runs_out(self) -> Truth:
        return Document.expiry_date.between(self.period.before, self.period.last - DAY)

    @property
    def _decrees(self) -> list[Extension]:
        """Those that say something that the period can see."""
        return [each for each in self.agreed if each.from_day <= self.period.last and each.until >= self.period.before]

    @property
    def _is_decreed(self) -> Truth:
        return extensions.concern(self._decrees)

    @property
    def _counts_months(self) -> bool:
        return "duration" in self.table.dimensions or self.table.at_least_months > 0

    @property
    def _is_short(self) -> Truth:
        """Whether its days have to say for how many months it is; years say it of a longer one."""
        if not self._counts_months:
            return false()
        most = max(*self.law.durations.values(), self.table.at_least_months)
        years = extract("year", Document.expiry_date) - extract("year", Document.issue_date)
        return or_(Document.expiry_date.is_(None), (years - 1) * YEAR < most)

    @property
    def _ages(self) -> list[int]:
        """The ages at which somebody comes into another cell, the highest first."""
        return sorted({ADULT, *self.law.ages.values()} - {0}, reverse=True)

    def _grows(self, birth_date: Any) -> Truth:
        """Whether its holder reaches such an age after the period's first day."""
        first, last = self.period.first, self.period.last
        return or_(*(~is_aged(birth_date, age, first) & is_aged(birth_date, age, last) for age in self._ages))


def _began_before(day: dt.date) -> Truth:
    before = (Document.attempt == BEFORE) & (Document.issue_date < day)
    return or_(HandOver.at < midnight(day), before)


def _is_not_ended(moment: dt.datetime) -> Truth:
    return and_(*(or_(at.is_(None), at >= moment) for at in ENDS))


def is_aged(birth_date: Any, age: int, day: dt.date) -> Truth:
    """Whether somebody is so old on a day, as `youngest_age` says it: by the letters of the date, and X is the last.

    Of a known day in an unknown month it is right at the end of each month, and in December may be too late before it.
    """
    month, number = f"{day.month:02}", f"{day.day:02}"
    if day.day == LONGEST:  # the end of an unknown day, and of the unknown month of a year
        month, number = "XX" if day.month == YEAR else month, "XX"
    born: Truth = birth_date <= f"{day.year - age:04}-{month}-{number}"
    return born
