"""The history of a case in words: every act, by whom and when, without what only the auditor needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.services.trust import audit
from issuance.web.words.acts import ACTS


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the history."""

    what: str
    who: str
    when: dt.datetime
    reason: str = ""


def history(session: Session, case: IssuanceRequest) -> list[Step]:
    """Everything that happened to the request, its documents and print jobs, newest first; openings are left out."""
    documents = list(session.scalars(select(Document.id).where(Document.request_id == case.id)))
    jobs = list(session.scalars(select(PrintJob.id).where(PrintJob.document_id.in_(documents))))
    events = {event.id: event for key in (case.id, *documents, *jobs) for event in audit.life_line(session, key)}
    shown = [event for event in events.values() if not event.act.startswith("case.opened")]
    who = _names(session, shown)
    ordered = sorted(shown, key=lambda event: (event.at, event.id), reverse=True)
    return [_step(event, who.get(event.actor_id) or _machine(event)) for event in ordered]


def _step(event: AuditEvent, who: str) -> Step:
    return Step(str(ACTS.get(event.act, event.act)), who, event.at, event.reason)


def _machine(event: AuditEvent) -> str:
    return str(gettext("a station") if event.actor_kind == "station" else gettext("the register"))


def _names(session: Session, events: Iterable[AuditEvent]) -> dict[UUID | None, str]:
    ids = {event.actor_id for event in events if event.actor_id}
    rows = session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(ids)))
    return {key: name for key, name in rows}
