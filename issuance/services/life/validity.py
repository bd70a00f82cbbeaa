"""Whether a document holds: one function of the document and the day, for every page, list and verdict.

What is printed counts, unless a decree lets its class hold longer on that day (`life.extensions`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.services.life import extensions
from issuance.services.life.extensions import Extension
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


class Held(NamedTuple):
    """What is read of a document to say whether it holds; `expiry_date` is what is printed."""

    state: DocumentState
    document_type: str
    expiry_date: dt.date | None


HELD = (Document.state, Document.document_type, Document.expiry_date)
"""The columns of a `Held`."""

HELD_BY_HOLDER = (DocumentState.VALID, DocumentState.SUSPENDED)
"""Handed over, and not ended by an act."""


def standing(look: Look, document: Document, day: dt.date | None = None) -> Standing:
    """What this document is on a day, else today; its last valid day counts as a whole day."""
    return standing_of(look, _held(document), day)


def standing_of(look: Look, held: Held, day: dt.date | None = None) -> Standing:
    """The same, of a document of which only this is read."""
    if held.state in IN_THE_MAKING:
        return Standing.IN_THE_MAKING
    if held.state in HELD_BY_HOLDER and _is_over(look, held, day or look.clock.today()):
        return Standing.EXPIRED
    return Standing(held.state)


def _is_over(look: Look, held: Held, day: dt.date) -> bool:
    printed = held.expiry_date
    if printed is None or day <= printed:
        return False
    return extensions.of(look, held.document_type, printed, day) is None


def extension(look: Look, document: Document, day: dt.date | None = None) -> Extension | None:
    """By which decision this document holds longer than is printed, on a day or today; None by none."""
    return extension_of(look, _held(document), day)


def extension_of(look: Look, held: Held, day: dt.date | None = None) -> Extension | None:
    """The same, of a document of which only this is read. What was reported or ended holds by no decision."""
    printed = held.expiry_date
    if held.state != DocumentState.VALID or printed is None:
        return None
    found = extensions.of(look, held.document_type, printed, day or look.clock.today())
    return found if found is not None and found.until > printed else None


def last_day(look: Look, held: Held) -> dt.date | None:
    """The last day on which a document that holds does: by a decision, else as printed; None where none is printed."""
    found = extension_of(look, held)
    return found.until if found else held.expiry_date


def _held(document: Document) -> Held:
    return Held(document.state, document.document_type, document.expiry_date)


def handed_over(look: Look, request_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """What the document that was handed over for each request is today; requests without one are left out."""
    query = select(Document.request_id, *HELD)
    query = query.where(Document.request_id.in_(request_ids), Document.state.in_(HANDED_OVER))
    return {key: standing_of(look, Held._make(held)) for key, *held in look.session.execute(query)}


def holds(look: Look, day: dt.date | None = None) -> ColumnElement[bool]:
    """On documents: whether `standing` is valid on a day, else today; for lists and counts."""
    day = day or look.clock.today()
    in_force = (each for each in extensions.agreed(look) if each.is_in_force(day))
    in_time = or_(Document.expiry_date.is_(None), Document.expiry_date >= day, extensions.concern(in_force))
    return (Document.state == DocumentState.VALID) & in_time
