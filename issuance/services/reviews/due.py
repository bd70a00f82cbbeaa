"""The reviews of a centre that are open, those whose next step is due first ahead (docs/law.md, E9)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Look
from issuance.models.requests import IssuanceRequest
from issuance.models.reviews import Review
from issuance.services.lists import in_order
from issuance.states import ReviewState

MOST = 100
"""Rows of the list: those due first. The next follow as these go on."""

SOON = dt.timedelta(days=7)
"""How far ahead a step is due soon."""


def listed(look: Look) -> list[Review]:
    """The open reviews of the centre, the next due first; those that wait for a court last."""
    query = select(Review.id).join(IssuanceRequest, IssuanceRequest.id == Review.request_id).where(*_open(look))
    query = query.order_by(*_order()).limit(MOST)
    return look.still(listed, lambda: in_order(look, Review, look.session.scalars(query).all()))


def _order() -> list[ColumnElement[object]]:
    return [Review.due_on.is_(None), Review.due_on, Review.id]  # type: ignore[list-item]


def how_many(look: Look) -> Select[int]:
    """How many reviews of the centre are open, as a query."""
    return _count().where(*_open(look))


def how_many_due(look: Look) -> Select[int]:
    """Of how many the next step is due within a week, is late, or waits for a second officer."""
    soon = Review.due_on <= look.clock.today() + SOON
    return _count().where(*_open(look), soon | (Review.state == ReviewState.PROPOSED))


def _count() -> Select[int]:
    joined = IssuanceRequest.id == Review.request_id
    return select(func.count()).select_from(Review).join(IssuanceRequest, joined)


def _open(look: Look) -> list[ColumnElement[bool]]:
    return [IssuanceRequest.centre_id == look.actor.centre_id, Review.ended_at.is_(None)]
