"""Looking things up: the holder's status page without login, and the staff's search in any script."""

from __future__ import annotations

import datetime as dt
import hmac
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from issuance import references
from issuance.actors import Actor
from issuance.calendar import day_number
from issuance.clock import Clock
from issuance.errors import InvalidInput, NotAllowed, NotFound
from issuance.models.documents import Document
from issuance.models.people import Person, PersonName
from issuance.models.requests import IssuanceRequest
from issuance.services import audit, people
from issuance.states import RequestState
from printing.content import PartialDate

MOST_RESULTS = 50
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


@dataclass(frozen=True)
class PublicStatus:
    """The least a holder needs: no name, no picture, no nationality. `place` is empty for vulnerable persons."""

    state: PublicState
    document_type: str
    day: int
    days: int
    due_on: dt.date
    missing: tuple[str, ...]
    place: str
    address: str
    opening_hours: str


def public_status(session: Session, reference: str, birth_date: str, *, clock: Clock) -> PublicStatus | None:
    """The status behind a reference, when the birth date is the person's; None for anything else.

    Both are compared in any case and in constant time, so that unknown and wrong answers take the same.
    """
    stored = references.normalise(reference)
    row = session.scalar(select(IssuanceRequest).where(IssuanceRequest.reference == (stored or "")))
    expected = row.person.birth_date if row else "0000-00-00"
    agrees = hmac.compare_digest(expected.encode(), _canonical(birth_date).encode())
    return _status(row, clock) if row is not None and agrees else None


def _canonical(birth_date: str) -> str:
    try:
        return str(PartialDate.parse(birth_date))
    except ValueError:
        return "none"


def _status(request: IssuanceRequest, clock: Clock) -> PublicStatus:
    open_place = not request.person.vulnerable
    return PublicStatus(
        state=PUBLIC_STATES[request.state],
        document_type=request.document_type,
        day=day_number(request.lodged_on, clock.today()),
        days=(request.due_on - request.lodged_on).days,
        due_on=request.due_on,
        missing=tuple(request.missing),
        place=request.centre.name if open_place else "",
        address=request.centre.address if open_place else "",
        opening_hours=request.centre.opening_hours if open_place else "",
    )


def search(session: Session, text: str, *, actor: Actor) -> list[IssuanceRequest]:
    """Requests found by scanned code, reference, number, or words of a name in any script; own centre first.

    InvalidInput for less than two letters. At most 50 rows.
    """
    wanted = "".join(char for char in text if unicodedata.category(char) != "Cc").strip()
    if len(wanted) < 2 or len(wanted) > 200:
        raise InvalidInput("search", "Type at least two letters of a name, or scan or type a reference or number.")
    found = session.scalars(_by_code(wanted)).unique().all() or session.scalars(_by_name(wanted)).unique().all()
    return sorted(found, key=lambda request: (request.centre_id != actor.centre_id, -request.lodged_on.toordinal()))


def _by_code(text: str) -> Select[IssuanceRequest]:
    compact = "".join(text.split()).upper()
    number = select(Document.request_id).where(Document.number == compact)
    return (
        select(IssuanceRequest)
        .join(Person)
        .where(
            (IssuanceRequest.reference == (references.normalise(text) or "-"))
            | (IssuanceRequest.case_reference == text)
            | (Person.eurodac_reference == compact)
            | (Person.cnp == compact)
            | IssuanceRequest.id.in_(number)
        )
        .limit(MOST_RESULTS)
    )


def _by_name(text: str) -> Select[IssuanceRequest]:
    """Every word typed begins some word of the person's names."""
    query = select(IssuanceRequest).join(Person)
    for word in people.folded_words(text):
        begins = PersonName.word.startswith(word, autoescape=True)
        query = query.where(Person.id.in_(select(PersonName.person_id).where(begins)))
    return query.order_by(IssuanceRequest.lodged_on.desc()).limit(MOST_RESULTS)


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
    """50 requests of a queue: vulnerable and lone children ahead, then oldest first (E25); of a `due_by` queue by day."""
    query = select(IssuanceRequest).join(Person).where(*work.where())
    if state:
        query = query.where(IssuanceRequest.state == state)
    if document_type:
        query = query.where(IssuanceRequest.document_type == document_type)
    ahead = (Person.vulnerable | IssuanceRequest.unaccompanied).desc()
    order = (IssuanceRequest.due_on,) if work.due_by else (ahead, IssuanceRequest.lodged_on)
    rows = query.order_by(*order, IssuanceRequest.id).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    return list(session.scalars(rows))
