"""What the holder sees of a request: eight plain states behind a reference and a birth date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select

from issuance.acts import Look
from issuance.document_types import Rules
from issuance.models.documents import Document
from issuance.models.endings import ToldLoss, Uncollected
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, Outlook, RuleVersion
from issuance.models.staff import Centre
from issuance.services import duties, rule_versions
from issuance.services.life import collection
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import HANDED_OVER, HELD, Held, Standing
from issuance.services.public import verdict
from issuance.states import RequestState
from issuance.values import references
from issuance.values.calendar import day_number


class PublicState(StrEnum):
    """What the holder sees, in eight states (docs/law.md, section 4)."""

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
AHEAD_FOR = (PublicState.EXAMINED, PublicState.IN_PRODUCTION)
"""The states in which the holder waits for the office alone."""

TO_COME_FOR = (PublicState.MISSING, PublicState.READY, PublicState.REFUSED)
"""The states that ask the holder to come to the office."""


@dataclass(frozen=True)
class Ahead:
    """What the holder may expect (`services.overview.outlook`).

    How many come before, how many documents the centre hands over on a working day, by which day it is ready in nine
    of ten cases, and an earlier day that was said before.
    """

    before: int
    a_day: int | None
    expected_on: dt.date | None
    said_before: dt.date | None


@dataclass(frozen=True)
class PublicStatus:
    """The least a holder needs: no name, no picture, no nationality.

    `rules` are those of the lodging. `missing` are codes, shown while something is missing. `place`, `address` and
    `opening_hours` say where to go when there is a reason to go; they are empty for vulnerable persons. What nobody
    collects may be taken until the day `collect_until`. `standing` is what the document that was collected is today.
    `extension` is the decision by which it holds longer than is printed. `ahead` is None where the holder waits for
    nothing, and until it was worked out.
    """

    state: PublicState
    document_type: str
    rules: Rules
    lodged_on: dt.date
    due_on: dt.date
    day: int
    missing: tuple[str, ...] = ()
    place: str = ""
    address: str = ""
    opening_hours: str = ""
    collect_until: dt.date | None = None
    standing: Standing | None = None
    extension: Extension | None = None
    ahead: Ahead | None = None

    @property
    def days(self) -> int:
        """How many days the law gives."""
        return day_number(self.lodged_on, self.due_on)


def public_status(look: Look, reference: str, birth_date: str) -> PublicStatus | None:
    """The status behind a reference, when the birth date (YYYY-MM-DD, XX where unknown) is the person's; else None.

    One statement compares both, so that unknown, wrong and malformed answers are the same work. It reads no names.
    """
    found = look.session.execute(_public(references.normalise(reference) or "", birth_date)).one_or_none()
    return _status(look, found, look.clock.today()) if found else None


def _public(reference: str, birth_date: str) -> Select[Any]:
    request, centre = IssuanceRequest, Centre
    columns = (
        request.state,
        request.document_type,
        RuleVersion.content,
        request.lodged_on,
        request.due_on,
        request.missing,
    )
    held = (*HELD, ToldLoss.told_at)
    ahead = (Outlook.place, Outlook.a_day, Outlook.expected_on, Outlook.said_before)
    return (
        select(
            *columns,
            duties.unclosed(),
            *(
                Uncollected.ready_on,
                *held,
                *ahead,
                Person.vulnerable,
                centre.name,
                centre.address,
                centre.opening_hours,
            ),
        )
        .join_from(request, Person, request.person_id == Person.id)
        .join(centre, request.centre_id == centre.id)
        .join(RuleVersion, request.rule_version_id == RuleVersion.id)
        .outerjoin(Uncollected, (Uncollected.request_id == request.id) & Uncollected.left_at.is_(None))
        .outerjoin(Outlook, Outlook.request_id == request.id)
        .outerjoin(Document, (Document.request_id == request.id) & Document.state.in_(HANDED_OVER))
        .outerjoin(ToldLoss, ToldLoss.document_id == Document.id)
        .where(request.reference == reference, Person.birth_date == birth_date)
    )


def _status(look: Look, found: Row[Any], today: dt.date) -> PublicStatus:
    state, code, rules, lodged_on, due_on, missing, unclosed, *others = tuple[Any, ...](found)
    ready_on, *document, told_at, queued, a_day, expected_on, said_before, vulnerable, name, address, hours = others
    shown = PUBLIC_STATES[state]
    if shown is PublicState.READY and unclosed:  # nobody is called for what may not be handed over yet
        shown = PublicState.IN_PRODUCTION
    standing, extension = _standing(look, document, told_at)
    name, address, hours = (name, address, hours) if shown in TO_COME_FOR and not vulnerable else ("", "", "")
    return PublicStatus(
        shown,
        code,
        rule_versions.read(rules),
        lodged_on,
        due_on,
        day_number(lodged_on, today),
        tuple(missing) if shown is PublicState.MISSING else (),
        name,
        address,
        hours,
        collection.last_day(look, code, ready_on) if ready_on else None,
        standing,
        extension,
        Ahead(queued - 1, a_day, expected_on, said_before) if queued and shown in AHEAD_FOR else None,
    )


def _standing(look: Look, read: list[Any], told_at: dt.datetime | None) -> tuple[Standing | None, Extension | None]:
    """What the document that was collected is, and by which decision; nothing where none was."""
    return verdict.standing_told(look, Held._make(read), told_at) if read[0] else (None, None)
