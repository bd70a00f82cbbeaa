"""What the holder sees of a request: eight plain states behind a reference and a birth date, or a receipt's code."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select

from issuance.acts import Look
from issuance.document_types import Rules
from issuance.models.appointments import Appointment
from issuance.models.documents import Document
from issuance.models.endings import ToldLoss, Uncollected
from issuance.models.holders import ToldTime
from issuance.models.people import Person
from issuance.models.requests import IssuanceRequest, Outlook, RuleVersion
from issuance.models.staff import Centre
from issuance.services import duties, rule_versions
from issuance.services.appointments import bookings
from issuance.services.life import collection
from issuance.services.life.extensions import Extension
from issuance.services.life.validity import HANDED_OVER, HELD, Held, Standing
from issuance.services.public import mistakes, receipts, verdict
from issuance.states import RequestState
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

ENDED = (PublicState.COLLECTED, PublicState.CLOSED)

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
    `opening_hours` say where to go when there is a reason to go; they are empty for who needs a place that is not
    public. What nobody collects may be taken until the day `collect_until`. `standing` is what the document that was
    collected is today.
    `extension` is the decision by which it holds longer than is printed. `ahead` is None where the holder waits for
    nothing, and until it was worked out.
    `needed_by` is an earlier day than the law's by which it shall be ready, of those that are not yet.
    `comes_at` is when they have an appointment, `chooses` whether they may take a time; not of those.
    `mistake` is what became of what they said is wrong (`mistakes.shown`).
    """

    reference: str
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
    needed_by: dt.date | None = None
    comes_at: dt.datetime | None = None
    chooses: bool = False
    mistake: str = ""

    @property
    def days(self) -> int:
        """How many days the law gives."""
        return day_number(self.lodged_on, self.due_on)


def public_status(look: Look, reference: str, birth_date: str) -> PublicStatus | None:
    """The status of the request whose holder shows `reference` and birth date, or its receipt's code; else None.

    As in `receipts.shown_by`. One statement compares both, so that unknown, wrong and malformed answers are the same
    work. It reads no names.
    """
    condition, values = receipts.holder(reference, birth_date)
    since = look.clock.now() - mistakes.SHOWN_FOR
    found = look.session.execute(_public(condition), {**values, "since": since}).one_or_none()
    return _status(look, found, look.clock.today()) if found else None


@cache
def _public(holder: ColumnElement[bool]) -> Select[Any]:
    """The statement of a look-up, made once for each of the two ways to ask: to make it takes longer than to run it."""
    request, centre = IssuanceRequest, Centre
    columns = (
        request.reference,
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
                Person.hides_place,
                centre.name,
                centre.address,
                centre.opening_hours,
                Appointment.starts_at,
                ToldTime.id,
                ToldTime.starts_at,
                request.needed_by,
                mistakes.shown(bindparam("since")),
            ),
        )
        .join_from(request, Person, request.person_id == Person.id)
        .join(centre, request.centre_id == centre.id)
        .join(RuleVersion, request.rule_version_id == RuleVersion.id)
        .outerjoin(Uncollected, (Uncollected.request_id == request.id) & Uncollected.left_at.is_(None))
        .outerjoin(Outlook, Outlook.request_id == request.id)
        .outerjoin(Document, (Document.request_id == request.id) & Document.state.in_(HANDED_OVER))
        .outerjoin(ToldLoss, ToldLoss.document_id == Document.id)
        .outerjoin(Appointment, bookings.booked_of(request.id))
        .outerjoin(ToldTime, ToldTime.request_id == request.id)
        .where(holder)
    )


def _status(look: Look, found: Row[Any], today: dt.date) -> PublicStatus:
    reference, state, code, rules, lodged_on, due_on, missing, unclosed, *others = tuple[Any, ...](found)
    *others, booked_at, told, told_time, needed_by, mistake = others
    ready_on, *document, told_at, queued, a_day, expected_on, said_before, is_hidden, name, address, hours = others
    shown = PUBLIC_STATES[state]
    if shown is PublicState.READY and unclosed:  # nobody is called for what may not be handed over yet
        shown = PublicState.IN_PRODUCTION
    standing, extension = _standing(look, document, told_at)
    comes_at = (told_time if told else booked_at) if shown not in ENDED and not is_hidden else None
    goes = not is_hidden and (shown in TO_COME_FOR or comes_at is not None)
    name, address, hours = (name, address, hours) if goes else ("", "", "")
    return PublicStatus(
        reference,
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
        needed_by if needed_by and needed_by < due_on and shown in AHEAD_FOR else None,
        comes_at,
        shown in TO_COME_FOR and not is_hidden,
        mistake or "",
    )


def _standing(look: Look, read: list[Any], told_at: dt.datetime | None) -> tuple[Standing | None, Extension | None]:
    """What the document that was collected is, and by which decision; nothing where none was."""
    return verdict.standing_told(look, Held._make(read), told_at) if read[0] else (None, None)
