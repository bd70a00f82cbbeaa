"""Entry at the border with a return title: whoever crosses has it no more (E6).

Border police look a document up by its number, of any centre, and see no person: each look is recorded.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from issuance.acts import Act, Look
from issuance.errors import InvalidInput, NotAllowed
from issuance.models.documents import Document
from issuance.models.staff import RoleName
from issuance.services.life import arrivals, endings

ENTRY = "entry"
"""The ground of the law by which a return title ends."""


@dataclass(frozen=True)
class Crossing:
    """Where and on which day somebody entered with a document."""

    point: str
    day: dt.date


def look_up(act: Act, number: str) -> Document:
    """The document with this number, whatever its centre; InvalidInput when there is none. The look is recorded."""
    _check_at_border(act)
    document = _numbered(act, number)
    act.record("document.checked_at_border", document, centre_id=document.request.centre_id)
    return document


def enter(act: Act, number: str, crossing: Crossing) -> Document:
    """Its holder entered with this return title: it is void. InvalidInput names the field."""
    _check_at_border(act)
    document = _numbered(act, number)
    if not crossing.point.strip():
        raise InvalidInput("point", "Say at which border crossing point the person entered.")
    if not document.issue_date <= crossing.day <= act.clock.today():
        raise InvalidInput("day", "On that day nobody entered with it: it was not issued yet, or the day is to come.")
    evidence = f"{crossing.point.strip()}, {crossing.day:%d.%m.%Y}"
    endings.end_at_border(act, document, ENTRY, evidence)
    arrivals.arrived(act, document, crossing.day)
    return document


def may_enter(document: Document) -> bool:
    """Whether the document ends when its holder enters."""
    return any(ground.code == ENTRY for ground in endings.offered(document, {RoleName.BORDER_POLICE}))


def _check_at_border(look: Look) -> None:
    if RoleName.BORDER_POLICE not in look.actor.roles:
        raise NotAllowed("Border police look documents up at the border. At the centre, search for the case.")


def numbered(look: Look, number: str) -> Document | None:
    """The document with this number, to be shown to who looked it up."""
    return look.session.scalar(select(Document).where(Document.number == number.strip().upper()))


def _numbered(look: Look, number: str) -> Document:
    found = numbered(look, number)
    if found is None:
        raise InvalidInput("number", "The register has no document with this number. Read it again from the document.")
    return found
