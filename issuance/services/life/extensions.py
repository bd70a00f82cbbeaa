"""Which class of documents holds longer than is printed, by which decision: a few rules by days, read once a look.

No document is changed by a decree: whether one holds is asked of `life.validity`, which asks here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, or_, select

from issuance.acts import Act, Look
from issuance.models.decrees import Decree
from issuance.models.documents import Document

ASKED = (
    Decree.reference,
    Decree.types,
    Decree.printed_from,
    Decree.printed_to,
    Decree.from_day,
    Decree.until,
    Decree.over_from,
    Decree.agreed_at,
)
"""What is read of a decree: never its text, nor who wrote it. The public pages may read nothing else."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A decree that was agreed: documents of its class hold on the days `from_day` to `until`, both included.

    Its class: `types`, and a printed last day from `printed_from` to `printed_to`. One that a later decree ended is
    over the day before that. Before `agreed_at` nobody could know of it.
    """

    reference: str
    types: tuple[str, ...]
    printed_from: dt.date
    printed_to: dt.date
    from_day: dt.date
    until: dt.date
    agreed_at: dt.datetime

    def has(self, document_type: str, printed: dt.date) -> bool:
        """Whether a document of this type and printed last day is of its class."""
        return document_type in self.types and self.printed_from <= printed <= self.printed_to

    def is_in_force(self, day: dt.date) -> bool:
        """Whether its documents hold by it on this day."""
        return self.from_day <= day <= self.until


def agreed(look: Look) -> tuple[Extension, ...]:
    """Every extension that was agreed, also one that is over or still to come: it answers for its days."""
    return look.once("extensions", lambda: _agreed(look))


def _agreed(look: Look) -> tuple[Extension, ...]:
    query = select(*ASKED).where(Decree.agreed_at.is_not(None), Decree.until.is_not(None)).order_by(Decree.agreed_at)
    return tuple(_extension(row) for row in look.session.execute(query))


def _extension(row: Row[Any]) -> Extension:
    last: dt.date = row.until if row.over_from is None else min(row.until, row.over_from - dt.timedelta(days=1))
    days = row.printed_from, row.printed_to, row.from_day, last
    return Extension(row.reference, tuple(row.types), *days, row.agreed_at)


def of(look: Look, document_type: str, printed: dt.date, day: dt.date) -> Extension | None:
    """By which decision a document of this type and printed last day holds longest on this day, None by none."""
    found = [each for each in agreed(look) if each.is_in_force(day) and each.has(document_type, printed)]
    return max(found, key=lambda each: (each.until, each.from_day, each.agreed_at), default=None)


def count_term(act: Act, document: Document) -> None:
    """The document ended today: its term of retention counts from now, unless its last day had passed before."""
    printed, today = document.expiry_date, act.clock.today()
    if printed is not None and of(act, document.document_type, printed, today) is not None:
        document.request.retained_since = today
    else:
        document.request.count_term_from(today)


def concern(extensions: Iterable[Extension]) -> ColumnElement[bool]:
    """On documents: whether one of these has them in its class, as `Extension.has`."""
    return or_(false(), *(in_class(each.types, each.printed_from, each.printed_to) for each in extensions))


def in_class(types: Iterable[str], printed_from: dt.date, printed_to: dt.date) -> ColumnElement[bool]:
    """On documents: whether they are of these types, and their printed last day lies between both days."""
    return and_(Document.document_type.in_(sorted(types)), Document.expiry_date.between(printed_from, printed_to))
