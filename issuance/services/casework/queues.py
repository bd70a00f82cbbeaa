"""The work queues of a centre: which requests wait, how many, in which order (E25)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, true
from sqlalchemy.orm import aliased

from issuance.acts import Look
from issuance.models.duties import DutyName
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest
from issuance.services import duties, parties
from issuance.services.casework import cases
from issuance.services.lists import OWN, Order, in_order, number
from issuance.states import RequestState

PAGE_ROWS = 50

SORTS = {
    "name": Person.mrz_name,
    "reference": IssuanceRequest.reference,
    "document": IssuanceRequest.document_type,
    "days": IssuanceRequest.due_on,
}
"""What a queue can be sorted by besides its own order."""


def count(look: Look, state: RequestState, centre_id: UUID | None) -> int:
    """How many requests of a centre are in one state, whoever asks."""
    query = select(func.count()).select_from(IssuanceRequest)
    return number(look, query.where(*Work((state,), centre_id).where()))


@dataclass(frozen=True)
class Work:
    """Which requests of a centre make up a work queue: those in `states`, with `due_by` only those due by that day.

    `types` are the document types, all when it is empty. `together`: of those lodged together for one document type
    (`services.parties`) one stands for all.
    """

    states: Collection[RequestState]
    centre_id: UUID | None
    due_by: dt.date | None = None
    types: Collection[str] = ()
    together: bool = False

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions of the queue, on requests with their persons."""
        conditions = [IssuanceRequest.state.in_(self.states), IssuanceRequest.centre_id == self.centre_id]
        conditions += [IssuanceRequest.document_type.in_(self.types)] if self.types else []
        conditions += [parties.due_on() <= self.due_by] if self.due_by else []
        return conditions + ([~self._another_stands()] if self.together else [])

    def _another_stands(self) -> ColumnElement[bool]:
        """Whether another of the party stands in the queue for this request: the most urgent, then the first lodged."""
        other, person = aliased(IssuanceRequest), aliased(Person)
        same = (getattr(other, name) == getattr(IssuanceRequest, name) for name in ("party_id", "document_type"))
        waits = (other.state.in_(self.states), other.centre_id == self.centre_id, other.person_id == person.id)
        ahead, behind = parties.ahead(other, person), parties.ahead()
        first = (ahead & ~behind) | ((ahead == behind) & (other.id < IssuanceRequest.id))
        return exists().where(*same, *waits, first)


def work_counts(look: Look, work: Work) -> dict[tuple[str, str], int]:
    """How many requests a queue holds, by state and document type."""
    kinds = (IssuanceRequest.state, IssuanceRequest.document_type)
    rows = look.session.execute(
        select(*kinds, func.count()).join(Person).where(*work.where(), *cases.open_to(look)).group_by(*kinds)
    )
    return {(str(state), code): count for state, code, count in rows}


def how_many(look: Look, work: Work) -> Select[int]:
    """How many requests it holds, as a query."""
    query = select(func.count()).select_from(IssuanceRequest).join(Person)
    return query.where(*work.where(), *cases.open_to(look))


def work_page(look: Look, work: Work, *, page: int = 1, order: Order = OWN) -> list[IssuanceRequest]:
    """50 requests of a queue: those who go ahead, then oldest first (E25); by day with `due_by`; or as `order` says."""
    rows = _in_order(look, work, order).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    return in_order(look, IssuanceRequest, look.session.scalars(rows).all())


def next_one(look: Look, work: Work, duty: DutyName, *, besides: UUID | None = None) -> IssuanceRequest | None:
    """The request of a queue that the actor takes up next: the first on which no duty of theirs excludes `duty`."""
    mine = [] if duty == DutyName.CASE else [duties.requests_open_to(look.actor.id, duty)]
    query = _in_order(look, work).where(IssuanceRequest.id != besides if besides else true(), *mine)
    found = look.session.scalar(query.limit(1))
    return look.session.get(IssuanceRequest, found) if found else None


def _in_order(look: Look, work: Work, order: Order = OWN) -> Select[UUID]:
    """The ids of a queue, the most urgent first unless another order is asked."""
    query = select(IssuanceRequest.id).join(Person).where(*work.where(), *cases.open_to(look))
    own = (parties.due_on(),) if work.due_by else (parties.ahead().desc(), IssuanceRequest.lodged_on)
    return order.of(query, SORTS, (*own, IssuanceRequest.id))
