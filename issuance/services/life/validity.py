"""Whether a document holds: one function of the document and the day, for every page, list and verdict."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ColumnElement, or_

from issuance.models.documents import Document
from issuance.states import DocumentState


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


IN_THE_MAKING = (DocumentState.PREPARED, DocumentState.PERSONALISED, DocumentState.CHECKED)

HELD_BY_HOLDER = (DocumentState.VALID, DocumentState.SUSPENDED)
"""Handed over, and not ended by an act."""


def standing(document: Document, day: dt.date) -> Standing:
    """What this document is on a day; its last valid day counts as a whole day."""
    if document.state in IN_THE_MAKING:
        return Standing.IN_THE_MAKING
    if document.state in HELD_BY_HOLDER and document.expiry_date is not None and day > document.expiry_date:
        return Standing.EXPIRED
    return Standing(document.state)


def holds(day: dt.date) -> ColumnElement[bool]:
    """On documents: whether `standing` is valid on this day, for lists and counts."""
    in_time = or_(Document.expiry_date.is_(None), Document.expiry_date >= day)
    return (Document.state == DocumentState.VALID) & in_time
