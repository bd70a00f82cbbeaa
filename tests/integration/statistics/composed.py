"""Lives of documents as rows, for counting: whoever held what from when to when, and how it ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.db import uuid7
from issuance.models.decrees import Decree
from issuance.models.documents import Document, HandOver
from issuance.models.endings import Ending, LossReport
from issuance.models.feeds import FeedRow
from issuance.models.people import Person, PersonVersion
from issuance.models.requests import IssuanceRequest, RuleVersion
from issuance.models.staff import Staff
from issuance.models.vault import Blob
from issuance.states import DocumentState, RequestState
from issuance.values import references
from tests.people import SmallOffice

GROUPS = {"RP-R": "residence", "RP-S": "residence", "TPP": "temporary"}
STATES = {
    "replaced": DocumentState.SURRENDERED,
    "protection_ended": DocumentState.VOIDED,
    "lost": DocumentState.LOST,
    "stolen": DocumentState.STOLEN,
    "untold": DocumentState.LOST,
}
NUMBERS = count(1)
Keys = tuple[UUID, UUID | None, UUID]
"""Person, the version of which a document is, and its rules."""


@dataclass
class Lived:
    """One document: handed over at a moment, with so many days to its last day, ended so many hours later.

    `before`: issued before this register, so that nothing says when it was handed over.
    """

    document_type: str
    at: dt.datetime
    days: int
    how: str = ""
    after_hours: int = 0
    before: bool = False


@dataclass
class Who:
    """A person with what their documents say of them, and what the register says since a correction."""

    documents: list[Lived]
    nationality: str = "SYR"
    birth_date: str = "1990-01-01"
    sex: str = "F"
    alone: bool = False
    corrected: str = ""
    vulnerable: bool = False


def clear(office: SmallOffice) -> None:
    """Nothing of any life is left."""
    with office.database.transaction() as session:
        kept = LossReport, Ending, HandOver, FeedRow, Document, Blob, IssuanceRequest, PersonVersion, Person, Decree
        for kind in kept:
            session.execute(delete(kind))


def tell(office: SmallOffice, people: list[Who]) -> None:
    """Write the rows of these lives."""
    with office.database.transaction() as session:
        rules = {row.document_type: row.id for row in session.scalars(select(RuleVersion))}
        by = office.actors["clerk"]
        for who in people:
            person = Person(id=uuid7(), nationality=who.corrected or who.nationality, **_said(who))
            session.add(person)
            session.flush()
            version = None
            if who.corrected:
                version = uuid7()
                kept = {"nationality": who.nationality, "why": "kept", "number": 1}
                session.add(PersonVersion(id=version, person_id=person.id, **kept, **_said(who, version=True)))
            for place, lived in enumerate(who.documents):
                is_last = place == len(who.documents) - 1
                _document(session, (person.id, version, rules[lived.document_type]), who, lived, by, is_last=is_last)


def _said(who: Who, *, version: bool = False) -> dict[str, object]:
    said: dict[str, object] = {
        "family_name": "Al", "mrz_name": "AL", "birth_date": who.birth_date, "sex": who.sex, "status": "refugee",
    }  # fmt: skip
    return said if version else said | {"vulnerable": who.vulnerable}


def _document(session: Session, keys: Keys, who: Who, lived: Lived, by: Actor, *, is_last: bool) -> None:
    person, version, rule = keys
    assert by.centre_id
    assert by.id
    day, number = lived.at.date(), next(NUMBERS)
    ends: dict[str, Any] = {"lodged_on": day, "due_on": day, "ended_on": day, "state": RequestState.DELIVERED}
    request = IssuanceRequest(
        id=uuid7(), reference=references.new_reference(), person_id=person, person_version_id=version,
        centre_id=by.centre_id, document_type=lived.document_type, kind="first", rule_version_id=rule,
        entitlement_source="hand", unaccompanied=who.alone, missing=[], **ends,
    )  # fmt: skip
    session.add(request)
    session.flush()
    blob = Blob(id=uuid7(), request_id=request.id, purpose="content", encrypted=b"")
    session.add(blob)
    session.flush()
    how = lived.how or ("" if is_last else "replaced")
    document = Document(
        id=uuid7(), number=f"T{number:08}", document_type=lived.document_type, exclusive=GROUPS[lived.document_type],
        request=request, person_id=person, issue_date=day, expiry_date=day + dt.timedelta(days=lived.days),
        content_id=blob.id, attempt=0 if lived.before else 1, state=STATES.get(how, DocumentState.VALID),
    )  # fmt: skip
    session.add(document)
    session.flush()
    if not lived.before:
        session.add(HandOver(document_id=document.id, clerk_id=by.id, at=lived.at, identity_confirmed_by="portrait"))
    at = lived.at + dt.timedelta(hours=lived.after_hours)
    if how in ("replaced", "protection_ended"):
        session.add(Ending(document_id=document.id, ground=how, at=at, by=by.id))
    elif how in ("lost", "stolen"):
        session.add(LossReport(
            document=document, centre_id=by.centre_id, kind=how, source="holder", noticed_on=day, in_time=True,
            reported_at=lived.at, outcome=how, settled_at=at, settled_by=by.id,
        ))  # fmt: skip
    session.flush()


def decree(office: SmallOffice, types: list[str], days: tuple[dt.date, dt.date, dt.date, dt.date]) -> None:
    """A decree that was agreed: printed from, printed to, from day, until."""
    with office.database.transaction() as session:
        by = session.scalars(select(Staff.id).limit(1)).one()
        printed_from, printed_to, from_day, until = days
        at = dt.datetime.combine(from_day, dt.time(), dt.UTC)
        session.add(Decree(
            reference="HG 1", article="1", text="words", gazette_day=from_day, types=types, printed_from=printed_from,
            printed_to=printed_to, until=until, from_day=from_day, written_by=by, written_at=at, agreed_at=at,
        ))  # fmt: skip
