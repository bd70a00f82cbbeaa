"""Whether a document holds: one function of the document and the day, for every page, list and verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.states import HANDED_OVER as HANDED_OVER
from issuance.states import IN_THE_MAKING, DocumentState


class Standing(StrEnum):
    """What a document is on a day. The states of its life, and `expired`, which is never stored."""

    IN_THE_MAKING = "in_the_making"
    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    REPLACED = "replaced"
    VOIDED = "voided"
    SURRENDERED = "surrendered"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


HELD_BY_HOLDER = (DocumentState.VALID, DocumentState.SUSPENDED)
"""Handed over, and not ended by an act."""


def standing(document: Document, day: dt.date) -> Standing:
    """What this document is on a day; its last valid day counts as a whole day."""
    return standing_of(document.state, document.expiry_date, day)


def standing_of(state: DocumentState, expiry_date: dt.date | None, day: dt.date) -> Standing:
    """The same, of a document of which only this is read."""
    if state in IN_THE_MAKING:
        return Standing.IN_THE_MAKING
    if state in HELD_BY_HOLDER and expiry_date is not None and day > expiry_date:
        return Standing.EXPIRED
    return Standing(state)


def handed_over(look: Look, request_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """What the document that was handed over for each request is today; requests without one are left out."""
    query = select(Document.request_id, Document.state, Document.expiry_date)
    query = query.where(Document.request_id.in_(request_ids), Document.state.in_(HANDED_OVER))
    today = look.clock.today()
    return {key: standing_of(state, expiry, today) for key, state, expiry in look.session.execute(query)}


def holds(day: dt.date) -> ColumnElement[bool]:
    """On documents: whether `standing` is valid on this day, for lists and counts."""
    in_time = or_(Document.expiry_date.is_(None), Document.expiry_date >= day)
    return (Document.state == DocumentState.VALID) & in_time
