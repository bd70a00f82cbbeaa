"""The history of a case in words: every act, by whom and when, without what only the auditor needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.audit import AuditEvent
from issuance.models.documents import Document
from issuance.models.people import Person
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.privacy import disclosures
from issuance.services.production import documents
from issuance.services.trust import events
from issuance.web.words.codes import LOOKED_UP_FOR
from issuance.web.words.events.acts import act_word, machine_word

OPENINGS = (
    *("case.opened", "check.opened", "portrait.opened", "evidence.opened", "person.opened"),
    *("mandate.file_seen", "review.read"),
)
"""Who looked is for supervisors and auditors."""

BY_POLICE = "person.opened_by_police"


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the history."""

    what: str
    who: str
    when: dt.datetime
    reason: str = ""


def history(look: Look, case: IssuanceRequest) -> list[Step]:
    """Everything that happened to the request, its documents and print jobs, newest first; openings are left out."""
    made = [document.id for document in documents.of_request(look, case)]
    jobs = list(look.session.scalars(select(PrintJob.id).where(PrintJob.document_id.in_(made))))
    happened = events.life_line(look, case.id, *made, *jobs)
    who = events.staff_names(look, happened)
    shown = [event for event in reversed(happened) if not event.act.startswith(OPENINGS)]
    return [_step(event, who) for event in shown]


def history_of(look: Look, document: Document) -> list[Step]:
    """Everything that happened to one document, newest first."""
    happened = [event for event in events.life_line(look, document.id) if event.act != BY_POLICE]
    who = events.staff_names(look, happened)
    return [_step(event, who) for event in reversed(happened)]


def readings(look: Look, person: Person) -> list[Step]:
    """Who opened the person, whichever of their records, a case or a paper of theirs, newest first."""
    happened = disclosures.happened(look, person)
    found = [event for event in reversed(happened) if event.act.startswith(OPENINGS)]
    who = events.staff_names(look, found)
    return [_step(event, who) for event in found]


def _step(event: AuditEvent, who: Mapping[UUID, str]) -> Step:
    staff = who.get(event.actor_id, "") if event.actor_id and event.actor_kind == "staff" else ""
    why = str(LOOKED_UP_FOR.get(str(event.details.get("code")), "")) if event.act == BY_POLICE else ""
    return Step(act_word(event.act), staff or machine_word(event.actor_kind), event.at, event.reason or why)
