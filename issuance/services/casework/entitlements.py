"""Entitlements that a clerk typed and case handling never confirmed: flagged, listed by day, sampled by the auditor.

Clerk and decision officer together could invent a decision; nothing else in the register would know.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from issuance.acts import Act, Look
from issuance.db import written
from issuance.errors import Conflict, InvalidInput, NotAllowed, NotFound
from issuance.models.audit import AuditEvent, AuditSubject
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName

SAMPLE = 10
"""How many of a week's the auditor looks at."""

SEEN = "entitlement.seen"


def is_typed(request: IssuanceRequest) -> bool:
    """Whether the decision behind this request was typed at a desk and did not come from case handling."""
    return request.entitlement_source == "hand" and bool(request.decision_number)


TYPED = (IssuanceRequest.entitlement_source == written("hand")) & (IssuanceRequest.decision_number != "")


def on_day(look: Look, day: dt.date, centre_id: UUID | None) -> list[IssuanceRequest]:
    """The requests lodged on this day whose entitlement was typed, in one centre or all."""
    query = select(IssuanceRequest).where(*_on(day, day, centre_id)).order_by(IssuanceRequest.id)
    return list(look.session.scalars(query))


def count_on(day: dt.date, centre_id: UUID | None) -> Select[int]:
    """How many they are, as a query."""
    return select(func.count()).select_from(IssuanceRequest).where(*_on(day, day, centre_id))


def _on(first: dt.date, last: dt.date, centre_id: UUID | None) -> list[ColumnElement[bool]]:
    here = [IssuanceRequest.centre_id == centre_id] if centre_id else []
    return [TYPED, IssuanceRequest.lodged_on >= first, IssuanceRequest.lodged_on <= last, *here]


def monday(day: dt.date) -> dt.date:
    """The first day of the week of `day`."""
    return day - dt.timedelta(days=day.weekday())


def sample(look: Look, week: dt.date) -> list[IssuanceRequest]:
    """Ten of the week's typed entitlements, of all centres: drawn by digest, so that each look draws the same.

    InvalidInput for a week that is not over: its sample would still change.
    """
    if week + dt.timedelta(days=7) > look.clock.today():
        raise InvalidInput("week", "This week is not over. Choose an earlier one.")
    query = select(IssuanceRequest).where(*_on(week, week + dt.timedelta(days=6), None))
    return sorted(look.session.scalars(query), key=lambda request: _lot(week, request.id))[:SAMPLE]


def _lot(week: dt.date, request_id: UUID) -> bytes:
    return hashlib.sha256(f"{week} {request_id}".encode()).digest()


def say(act: Act, request: IssuanceRequest, in_order: bool, note: str) -> None:
    """An auditor compared a sampled entitlement with the file: in order, or not, and then what was found."""
    if RoleName.AUDITOR not in act.actor.roles:
        raise NotAllowed("An auditor says whether a sampled entitlement is in order. Ask one.")
    if request not in sample(act, monday(request.lodged_on)):
        raise NotFound("This request is not in the sample of its week. Open the sample again.")
    if request.id in said(act, [request]):
        raise Conflict("It was said already whether this is in order. Open the sample again.")
    if not in_order and not note.strip():
        raise InvalidInput("note", "Say what is not in order; the supervisor of the centre reads this.")
    act.record("entitlement.seen", request, centre_id=request.centre_id, reason=note.strip(), in_order=in_order)


def said(look: Look, requests: Iterable[IssuanceRequest]) -> dict[UUID, AuditEvent]:
    """What the auditor said about these requests, by request."""
    query = select(AuditSubject.subject_id, AuditEvent).join(AuditEvent, AuditEvent.id == AuditSubject.event_id)
    ids = [request.id for request in requests]
    rows = look.session.execute(query.where(AuditEvent.act == SEEN, AuditSubject.subject_id.in_(ids)))
    return {request_id: event for request_id, event in rows}
