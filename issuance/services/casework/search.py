"""Looking things up: the holder's status page without login, and the staff's search in any script."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, and_, exists, false, func, select, union_all
from sqlalchemy import case as case_when
from sqlalchemy.orm import Session

from issuance.actors import Actor
from issuance.clock import Clock
from issuance.errors import InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.people import Person, PersonName
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Centre
from issuance.services.persons import people
from issuance.services.trust import audit
from issuance.states import RequestState
from issuance.values import references
from issuance.values.calendar import day_number

MOST_RESULTS = 50
LAST_CHARACTER = "\U0010ffff"
PAGE_ROWS = 50


class PublicState(StrEnum):
    """What the holder sees, in eight states (domain section 4)."""

    RECEIVED = "received"
    MISSING = "missing"
    EXAMINED = "examined"
    IN_PRODUCTION = "in_production"
    READY = "ready"
    COLLECTED = "collected"
    REFUSED = "refused"
    CLOSED = "closed"


PUBLIC_STATES = {
    RequestState.LODGED: PublicState.RECEIVED,
    RequestState.INCOMPLETE: PublicState.MISSING,
    RequestState.COMPLETE: PublicState.EXAMINED,
    RequestState.APPROVED: PublicState.IN_PRODUCTION,
    RequestState.IN_PRODUCTION: PublicState.IN_PRODUCTION,
    RequestState.READY: PublicState.READY,
    RequestState.UNCOLLECTED: PublicState.READY,
    RequestState.DELIVERED: PublicState.COLLECTED,
    RequestState.REFUSED: PublicState.REFUSED,
    RequestState.WITHDRAWN: PublicState.CLOSED,
    RequestState.CLOSED: PublicState.CLOSED,
}
TO_COME_FOR = (PublicState.MISSING, PublicState.READY, PublicState.REFUSED)
"""The states that ask the holder to come to the office."""


@dataclass(frozen=True)
class PublicStatus:
    """The least a holder needs: no name, no picture, no nationality.

    `missing` are codes, shown while something is missing. `place`, `address` and `opening_hours` say where to go when
    there is a reason to go; they are empty for vulnerable persons.
    """

    state: PublicState
    document_type: str
    lodged_on: dt.date
    due_on: dt.date
    day: int
    missing: tuple[str, ...] = ()
    place: str = ""
    address: str = ""
    opening_hours: str = ""

    @property
    def days(self) -> int:
        """How many days the law gives."""
        return day_number(self.lodged_on, self.due_on)


def public_status(session: Session, reference: str, birth_date: str, *, clock: Clock) -> PublicStatus | None:
    """The status behind a reference, when the birth date (YYYY-MM-DD, XX where unknown) is the person's; else None.

    One statement compares both, so that unknown, wrong and malformed answers are the same work. It reads no names.
    """
    found = session.execute(_public(references.normalise(reference) or "", birth_date)).one_or_none()
    return _status(found, clock.today()) if found else None


def _public(reference: str, birth_date: str) -> Select[Any]:
    request, centre = IssuanceRequest, Centre
    columns = (request.state, request.document_type, request.lodged_on, request.due_on, request.missing)
    return (
        select(*columns, Person.vulnerable, centre.name, centre.address, centre.opening_hours)
        .join_from(request, Person, request.person_id == Person.id)
        .join(centre, request.centre_id == centre.id)
        .where(request.reference == reference, Person.birth_date == birth_date)
    )


def _status(found: Row[Any], today: dt.date) -> PublicStatus:
    state, code, lodged_on, due_on, missing, vulnerable, *place = tuple[Any, ...](found)
    shown = PUBLIC_STATES[state]
    return PublicStatus(
        shown,
        code,
        lodged_on,
        due_on,
        day_number(lodged_on, today),
        tuple(missing) if shown is PublicState.MISSING else (),
        *(place if shown in TO_COME_FOR and not vulnerable else ()),
    )


def search(session: Session, text: str, *, actor: Actor) -> list[IssuanceRequest]:
    """Requests found by scanned code, reference, number, or words of a name in any script; own centre first.

    InvalidInput for less than two letters. At most 50 rows, the newest.
    """
    wanted = "".join(char for char in text if unicodedata.category(char) != "Cc").strip()
    if len(wanted) < 2 or len(wanted) > 200:
        raise InvalidInput("search", "Type at least two letters of a name, or scan or type a reference or number.")
    by_code, by_name = IssuanceRequest.id.in_(_with_code(wanted)), _with_name(people.folded_words(wanted))
    return _found(session, by_code, actor) or _found(session, by_name, actor)


def _found(session: Session, where: ColumnElement[bool], actor: Actor) -> list[IssuanceRequest]:
    elsewhere = case_when((IssuanceRequest.centre_id == actor.centre_id, 0), else_=1)
    order = (elsewhere, IssuanceRequest.lodged_on.desc(), IssuanceRequest.id.desc())
    return list(session.scalars(select(IssuanceRequest).where(where).order_by(*order).limit(MOST_RESULTS)))


def _with_code(text: str) -> CompoundSelect[Any]:
    """The ids of requests known by this code. One select each: an OR over tables would use no index."""
    compact = "".join(text.split()).upper()
    ids, of_person = select(IssuanceRequest.id), select(IssuanceRequest.id).join(Person)
    return union_all(
        ids.where(IssuanceRequest.reference == (references.normalise(text) or "")),
        ids.where(IssuanceRequest.case_reference.in_((text, text.upper()))),
        of_person.where(Person.eurodac_reference == compact),
        of_person.where(Person.cnp == compact),
        select(Document.request_id).where(Document.number == compact),
    )


def _with_name(words: Collection[str]) -> ColumnElement[bool]:
    """Each of `words` begins some word of the person's names; nobody's when there are none.

    The longest leads, being the rarest: each person it finds is asked for the others.
    """
    if not words:
        return false()
    rarest, *others = sorted(words, key=len, reverse=True)
    person_id = IssuanceRequest.person_id
    conditions = [exists().where(PersonName.person_id == person_id, _begins(word)) for word in others]
    return and_(person_id.in_(select(PersonName.person_id).where(_begins(rarest))), *conditions)


def _begins(word: str) -> ColumnElement[bool]:
    """As a range of the index; a LIKE would use it only under some settings of either database."""
    return and_(PersonName.word >= word, PersonName.word <= word + LAST_CHARACTER)


class OtherCentre(NotAllowed):
    """The case belongs to another centre: looking asks for a reason."""

    code = "other_centre"


def case(session: Session, request_id: UUID, *, actor: Actor) -> IssuanceRequest:
    """A case to act on. OtherCentre when it is another centre's and `actor.reason` does not say why."""
    request = session.get(IssuanceRequest, request_id)
    if request is None:
        raise NotFound("There is no such case. Search for it by reference or name.")
    if request.centre_id != actor.centre_id and not actor.reason.strip():
        raise OtherCentre("This case belongs to another centre. Say why you look; the auditor sees it.")
    return request


def open_case(session: Session, request_id: UUID, *, actor: Actor, clock: Clock) -> IssuanceRequest:
    """A case opened by a member of staff to be looked at: recorded, with the reason when it is another centre's."""
    request = case(session, request_id, actor=actor)
    elsewhere = request.centre_id != actor.centre_id
    audit.record(
        session,
        "case.opened_elsewhere" if elsewhere else "case.opened",
        actor=actor,
        clock=clock,
        subjects=[request, request.person],
        centre_id=request.centre_id,
        reason=actor.reason if elsewhere else "",
    )
    return request


def queue(session: Session, state: RequestState, centre_id: UUID | None) -> list[IssuanceRequest]:
    """The requests of a centre in one state: vulnerable and lone children ahead, then oldest first (E25)."""
    query = _in_state(state, centre_id).join(Person)
    ahead = (Person.vulnerable | IssuanceRequest.unaccompanied).desc()
    return list(session.scalars(query.order_by(ahead, IssuanceRequest.lodged_on, IssuanceRequest.id).limit(500)))


def count(session: Session, state: RequestState, centre_id: UUID | None) -> int:
    """How many requests of a centre are in one state."""
    return session.scalar(select(func.count()).select_from(_in_state(state, centre_id).subquery())) or 0


def _in_state(state: RequestState, centre_id: UUID | None) -> Select[IssuanceRequest]:
    return select(IssuanceRequest).where(IssuanceRequest.state == state, IssuanceRequest.centre_id == centre_id)


@dataclass(frozen=True)
class Work:
    """Which requests of a centre make up a work queue: those in `states`, with `due_by` only those due by that day."""

    states: Collection[RequestState]
    centre_id: UUID | None
    due_by: dt.date | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions of the queue."""
        conditions = [IssuanceRequest.state.in_(self.states), IssuanceRequest.centre_id == self.centre_id]
        return conditions + ([IssuanceRequest.due_on <= self.due_by] if self.due_by else [])


def work_counts(session: Session, work: Work) -> dict[tuple[str, str], int]:
    """How many requests a queue holds, by state and document type."""
    kinds = (IssuanceRequest.state, IssuanceRequest.document_type)
    rows = session.execute(select(*kinds, func.count()).where(*work.where()).group_by(*kinds))
    return {(str(state), code): count for state, code, count in rows}


def work_page(
    session: Session, work: Work, *, state: str = "", document_type: str = "", page: int = 1
) -> list[IssuanceRequest]:
    """50 requests of a queue: vulnerable and lone children ahead, then oldest first (E25); by day with `due_by`."""
    query = select(IssuanceRequest).join(Person).where(*work.where())
    if state:
        query = query.where(IssuanceRequest.state == state)
    if document_type:
        query = query.where(IssuanceRequest.document_type == document_type)
    ahead = (Person.vulnerable | IssuanceRequest.unaccompanied).desc()
    order = (IssuanceRequest.due_on,) if work.due_by else (ahead, IssuanceRequest.lodged_on)
    rows = query.order_by(*order, IssuanceRequest.id).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    return list(session.scalars(rows))
