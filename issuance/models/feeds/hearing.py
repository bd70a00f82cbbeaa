"""Where feeds hear of what happens: rows are written in the transaction that moves a document, whichever act does.

Called by the mappers of `models.documents` and `models.endings`, and by `services.feeds` for what is no such move.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Insert, insert, select

from issuance import document_types
from issuance.clock import Clock, SystemClock
from issuance.db import uuid7
from issuance.law.office.feeds import COUNTRY, Happening, Recipient, recipients
from issuance.models.feeds import FeedRow
from issuance.states import DocumentState

Known = Mapping[str, str | bool]

CLOCK, LATER = "clock", "told_later"
"""By which names a session knows the clock of its act, and what is told at the end of a table."""

AS_NOW = {
    DocumentState.VALID: Happening.HANDED_OVER,
    DocumentState.SUSPENDED: Happening.SUSPENDED,
    DocumentState.LOST: Happening.LOST,
    DocumentState.STOLEN: Happening.STOLEN,
    DocumentState.VOIDED: Happening.VOIDED,
    DocumentState.REPLACED: Happening.REPLACED,
    DocumentState.SURRENDERED: Happening.SURRENDERED,
    DocumentState.DAMAGED: Happening.DAMAGED,
}
"""What it was that brought a document to where it stands; destroying what was given back is nobody's matter."""


@dataclass(frozen=True)
class About:
    """What something happened to, and on which day; `at` is when the register heard of it.

    `known` is what may be said of it, of which each recipient has its part; `codes` are of the happening itself.
    `history` is told to whom nothing was told of the subject before.
    """

    subject: str
    document_type: str
    day: dt.date
    at: dt.datetime
    known: Known
    document_id: UUID | None = None
    person_id: UUID | None = None
    codes: Known = field(default_factory=dict)
    history: bool = False


TELL = insert(FeedRow)

SHAPES: Mapping[str, tuple[str, ...]] = {
    "case": ("case", "type", "number", "issued", "until"),
    "number": ("number", "to", "code", "country", "held"),
    "reference": ("case",),
}
"""What each shape of `feeds.toml` says of a thing."""


def of_document(
    document_type: str, number: str, case: str, days: tuple[dt.date, dt.date | None]
) -> dict[str, str | bool]:
    """What may be said of a document: its own words, the case's reference, its day of issue and its last one."""
    kind = document_types.get(document_type)
    issued, until = days
    known: dict[str, str | bool] = {"type": document_type, "number": number, "case": case}
    known |= {"code": kind.mrz.code if kind.mrz else "", "country": COUNTRY, "held": "issued"}
    known["issued"] = issued.isoformat()
    return known | ({"until": until.isoformat()} if until else {})


def moved(earlier: DocumentState | None, now: DocumentState) -> Happening | None:
    """What a move of a document that was handed over is to whoever is told."""
    again = now == DocumentState.VALID and earlier == DocumentState.SUSPENDED
    return Happening.VALID_AGAIN if again else AS_NOW.get(now)


def clock_of(info: Mapping[object, object]) -> Clock:
    """The clock of the act whose session has this `info`."""
    clock = info.get(CLOCK)
    return clock if clock is not None else SystemClock()  # type: ignore[return-value]


def hear(connection: Connection, happening: Happening, about: About) -> int:
    """Write a row for each recipient that is told of it and does not know it already; how many."""
    listening = [one for one in recipients().values() if one.hears(happening, about.document_type)]
    return sum(tell_one(connection, one, happening, about) for one in listening)


def of_new(happening: Happening, about: About) -> list[dict[str, Any]]:
    """The rows of `hear` for what is made in this very transaction, of which nobody was told: nothing is asked."""
    listening = [one for one in recipients().values() if one.hears(happening, about.document_type)]
    return [row for one in listening if (row := _row(one, happening, about, (0, "")))]


def write(connection: Connection, info: Mapping[Any, Any], statement: Insert, rows: list[dict[str, Any]]) -> None:
    """Insert these now; while the session of this `info` gathers rows, at the end of their table, all together."""
    if (later := info.get(LATER)) is not None:
        later.setdefault(statement, []).extend(rows)
    elif rows:
        connection.execute(statement, rows)


def tell_one(connection: Connection, recipient: Recipient, happening: Happening, about: About) -> bool:
    """Write the row of one recipient; False when it knows that already. Of a subject one transaction does at a time."""
    row = _row(recipient, happening, about, _last(connection, recipient, about))
    if row:
        connection.execute(TELL, [row])
    return row is not None


def _last(connection: Connection, recipient: Recipient, about: About) -> tuple[int, str]:
    """What the recipient was told last of the subject, and how many times it was told."""
    mine = FeedRow.recipient == recipient.code, FeedRow.subject == about.subject
    last = connection.execute(select(FeedRow.nth, FeedRow.fact).where(*mine).order_by(FeedRow.nth.desc()).limit(1))
    nth, fact = last.first() or (0, "")
    return nth, fact


def _row(recipient: Recipient, happening: Happening, about: About, last: tuple[int, str]) -> dict[str, Any] | None:
    fact, (nth, before) = recipient.told[happening], last
    if about.document_id and ((nth and about.history) or not recipient.is_news(fact, before)):
        return None
    said = {name: about.known[name] for name in SHAPES[recipient.shape] if name in about.known}
    row: dict[str, Any] = {"id": uuid7()}
    row |= {"recipient": recipient.code, "subject": about.subject, "nth": nth + 1, "fact": fact, "day": about.day}
    row |= {"says": said | dict(about.codes), "document_id": about.document_id, "person_id": about.person_id}
    row |= {"at": about.at, "history": about.history, "columns": "", "refused": ""}
    return row
