"""Who was granted protection and not told of rights and duties yet, or did not ask for the document (E7).

Both are asked among what is open: cases of a centre that have not ended, and grants that wait.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.models.rights import Grant
from issuance.services.lists import in_order, total
from issuance.services.persons import notices
from issuance.services.rights import grants
from issuance.states import OPEN

MOST = 50
"""Rows of a list: those that wait longest. The next follow as these are done."""


class Waiting(NamedTuple):
    """A grant whose document nobody asked for, and whether its person was told of rights and duties."""

    grant: Grant
    is_told: bool


def not_told(look: Look) -> list[IssuanceRequest]:
    """The open cases of the centre about a document of protection whose person was not told, those due first ahead."""
    query = select(IssuanceRequest.id).where(*_not_told(look)).order_by(IssuanceRequest.due_on, IssuanceRequest.id)
    return in_order(look, IssuanceRequest, look.session.scalars(query.limit(MOST)).all())


def not_asked(look: Look) -> list[Waiting]:
    """The grants noted at the centre whose document nobody asked for, the oldest decisions first."""
    query = select(Grant, notices.is_told(Grant.person_id)).join(Grant.request).where(*_not_asked(look))
    rows = look.session.execute(query.order_by(Grant.decided_on, Grant.id).limit(MOST))
    return [Waiting(grant, is_told) for grant, is_told in rows]


def how_many_not_told(look: Look) -> Select[int]:
    """How many cases `not_told` is of, as a query."""
    return select(func.count()).select_from(IssuanceRequest).where(*_not_told(look))


def how_many_not_asked(look: Look) -> Select[int]:
    """How many grants `not_asked` is of, as a query."""
    return select(func.count()).select_from(Grant).join(Grant.request).where(*_not_asked(look))


def how_many(look: Look) -> Select[int]:
    """How many there are of both, as a query."""
    return total([how_many_not_told(look), how_many_not_asked(look)])


def _not_told(look: Look) -> list[ColumnElement[bool]]:
    return [
        IssuanceRequest.centre_id == look.actor.centre_id,
        IssuanceRequest.state.in_(OPEN),
        IssuanceRequest.document_type.in_(grants.told_types(look)),
        ~notices.is_told(IssuanceRequest.person_id),
    ]


def _not_asked(look: Look) -> list[ColumnElement[bool]]:
    return [IssuanceRequest.centre_id == look.actor.centre_id, Grant.ended_at.is_(None)]
