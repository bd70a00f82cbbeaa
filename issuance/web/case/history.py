"""The history of a case in words: every act, by whom and when, without what only the auditor needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import Staff
from issuance.services.trust import audit

ACTS: dict[str, Any] = {
    "case.opened": lazy_gettext("Case opened"),
    "case.opened_elsewhere": lazy_gettext("Case opened by another centre"),
    "case.closed": lazy_gettext("Case handling closed the person's case"),
    "request.lodged": lazy_gettext("Request lodged"),
    "request.incomplete": lazy_gettext("Something is missing; the holder was told"),
    "request.complete": lazy_gettext("Complete, sent to the decision officer"),
    "request.replacement_reason": lazy_gettext("Reason of the replacement stated"),
    "request.approved": lazy_gettext("Approved"),
    "request.refused": lazy_gettext("Refused"),
    "request.sent_back": lazy_gettext("Sent back to the desk"),
    "request.withdrawn": lazy_gettext("Withdrawn"),
    "person.spelling_confirmed": lazy_gettext("Latin spelling confirmed"),
    "person.residence_recorded": lazy_gettext("Proof of residence recorded"),
    "portrait.added": lazy_gettext("Portrait taken or uploaded"),
    "portrait.accepted": lazy_gettext("Portrait accepted"),
    "portrait.cropped": lazy_gettext("Another part of the portrait chosen for print"),
    "portrait.reused": lazy_gettext("Earlier portrait used again"),
    "notice.given": lazy_gettext("Notice of rights and duties given"),
    "job.queued": lazy_gettext("Print job ready for a station"),
    "job.claimed": lazy_gettext("Print job claimed by a station"),
    "job.sent": lazy_gettext("Sent to the bureau"),
    "job.done": lazy_gettext("Printed"),
    "job.spoiled": lazy_gettext("Spoiled, a new number was made"),
    "job.held": lazy_gettext("Held: nobody knows yet what the machine did"),
    "job.not_started": lazy_gettext("Not started, queued again"),
    "job.resolved": lazy_gettext("Held job resolved"),
    "document.checked": lazy_gettext("Read back and found equal"),
    "document.rejected": lazy_gettext("Rejected at the check"),
    "document.handed_over": lazy_gettext("Handed over"),
    "chip.read_asked": lazy_gettext("Chip reading asked for"),
    "chip.read": lazy_gettext("Chip read"),
    "chip.channel_opened": lazy_gettext("Secure channel to the blank chip opened"),
    "chip.channel_refused": lazy_gettext("Secure channel to the blank chip refused"),
    "retention.applied": lazy_gettext("Biometrics deleted under the retention rules"),
    "retention.key_destroyed": lazy_gettext("Everything encrypted was destroyed under the retention rules"),
}


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
