"""The outbox towards bodies outside: what is no move of a document is told by `tell`; what of it waits.

What is a move of a document, or a report of its loss, nobody has to tell: `models.feeds.hearing` hears of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from issuance.acts import Act, Look
from issuance.db import wait_turn, written
from issuance.law.office.feeds import Happening, Recipient, recipients
from issuance.models.documents import Document
from issuance.models.feeds import FeedFile, FeedRow, hearing
from issuance.models.feeds.hearing import About
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest

CODES: Mapping[str, type] = {
    "ground": str,
    "order_to_leave": bool,
    "appeal_suspends": bool,
    "final_on": dt.date,
    "place": str,
}
"""What may be said of a step of a case, and as what: codes, answers and days, never words about a person."""

MOST_COUNTED = 10_000
GOAL = dt.timedelta(minutes=15)
"""From what happened to the signed file that says so."""


# Telling


def tell(act: Act, fact: Happening, subject: Person | Document, **codes: str | bool | dt.date) -> int:
    """Tell whoever hears of such a step what happened to a person's case; how many were told.

    `codes` are those of CODES: TypeError for another. A document stands for its person, in whose order it is told.
    """
    person_id = subject.person_id if isinstance(subject, Document) else subject.id
    wait_turn(act.session, f"feeds of {person_id}")
    act.flush()
    said = {name: _plain(name, value) for name, value in codes.items()}
    is_document = isinstance(subject, Document)
    about = About(
        subject=f"person {person_id}",
        document_type=subject.document_type if isinstance(subject, Document) else "",
        day=act.clock.today(),
        at=act.clock.now(),
        known={"case": case_of(act, subject)},
        document_id=subject.id if is_document else None,
        person_id=person_id,
        codes=said,
    )
    return hearing.hear(act.session.connection(), fact, about)


def end_right(act: Act, document: Document, ground: str) -> None:
    """A document was withdrawn since the right that it showed has ended: both is told, the right once.

    Whoever decided on the right may have told of its end before, with more to say.
    """
    said = select(FeedRow.id).where(
        FeedRow.person_id == document.person_id,
        FeedRow.fact == recipients()["return_system"].told[Happening.RIGHT_ENDED],
        FeedRow.day >= document.issue_date,
    )
    if act.session.scalar(said.limit(1)) is None:
        tell(act, Happening.RIGHT_ENDED, act.session.get_one(Person, document.person_id), ground=ground)
    tell(act, Happening.DOCUMENT_WITHDRAWN, document, ground=ground)


def case_of(look: Look, subject: Person | Document) -> str:
    """By what the other side knows a case: case handling's reference of the newest request, else the request's own."""
    query = select(IssuanceRequest.case_reference, IssuanceRequest.reference)
    if isinstance(subject, Document):
        query = query.where(IssuanceRequest.id == subject.request_id)
    else:
        query = query.where(IssuanceRequest.person_id == subject.id).order_by(IssuanceRequest.id.desc()).limit(1)
    found = look.session.execute(query).first()
    return (found.case_reference or found.reference) if found else ""


def _plain(name: str, value: str | bool | dt.date) -> str | bool:
    if not isinstance(value, CODES.get(name, ())):
        raise TypeError(f"a feed says {', '.join(CODES)}, each as what it is: not {name} as a {type(value).__name__}")
    return value.isoformat() if isinstance(value, dt.date) else value


# Looking


@dataclass(frozen=True)
class Standing:
    """How a recipient is served: rows that wait for a signed file (at most MOST_COUNTED are counted), since when the
    oldest does, files without every answer, rows that the other side refused."""

    recipient: Recipient
    unsent: int
    oldest: dt.datetime | None
    unanswered: int
    refused: int


def standing(look: Look, recipient: Recipient) -> Standing:
    """How one recipient is served."""
    mine = FeedRow.recipient == recipient.code
    some = select(FeedRow.id).where(mine, FeedRow.file_id.is_(None)).limit(MOST_COUNTED).subquery()
    open_files = (FeedFile.recipient == recipient.code, FeedFile.settled_at.is_(None))
    files = select(FeedFile.id).where(*open_files).limit(MOST_COUNTED).subquery()
    return Standing(
        recipient,
        look.session.scalar(select(func.count()).select_from(some)) or 0,
        oldest(look, recipient.code),
        look.session.scalar(select(func.count()).select_from(files)) or 0,
        look.session.scalar(select(func.count()).select_from(refused(recipient.code).subquery())) or 0,
    )


def oldest(look: Look, code: str) -> dt.datetime | None:
    """Since when the oldest row waits that is in no signed file; None when none waits."""
    waits = select(FeedRow.at).where(FeedRow.recipient == code, FeedRow.file_id.is_(None)).order_by(FeedRow.id)
    unsigned = select(FeedFile.made_at).where(FeedFile.recipient == code, FeedFile.signed_at.is_(None))
    first = look.session.scalar(unsigned.order_by(FeedFile.number).limit(1))
    moments = [moment for moment in (look.session.scalar(waits.limit(1)), first) if moment]
    return min(moments, default=None)


def is_late(look: Look, moment: dt.datetime | None) -> bool:
    """Whether what waits since then waits longer than it should."""
    return moment is not None and look.clock.now() - moment > GOAL


def refused(code: str | None = None) -> Select[UUID]:
    """The rows that a recipient, or any, refused and of which nobody said what becomes of them, as a query."""
    is_open = (FeedRow.refused != written(""), FeedRow.acknowledged_at.is_(None))
    mine = [FeedRow.recipient == code] if code else []
    return select(FeedRow.id).where(*is_open, *mine).order_by(FeedRow.recipient, FeedRow.id).limit(MOST_COUNTED)
