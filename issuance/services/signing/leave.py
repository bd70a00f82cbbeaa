"""Whether a job may be signed: the process that signs looks itself, and believes what the audit saw alone.

Who can write to the database can make a document, a decision and a job out of nothing, but no event with a MAC of the
office. So job, document and decision must be as an act left them, and two persons must have had a hand in the request.
A job that was prepared once and is put back by hand is not as its act left it: nothing is signed twice (ADR 0108).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from issuance import witness
from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.audit import AuditEvent, AuditWitness
from issuance.models.duties import Duty, DutyName, DutyOverride
from issuance.models.production import PrintJob
from issuance.services.trust import audit_adoption
from issuance.states import JobState

PERSONS = 2
BEFORE = (DutyName.LODGING, DutyName.CASE, DutyName.DECISION)
"""What is done of a request before its document is made."""


class NotLeft(Conflict):
    """Nothing is signed for this job: an administrator looks who changed the register."""

    code = "not_left"


def check(look: Look, job_id: UUID) -> None:
    """NotLeft when nothing may be signed for this job."""
    job = look.session.get_one(PrintJob, job_id)
    done = look.session.scalars(select(Duty).where(Duty.request_id == job.document.request_id)).all()
    decisions = [row for row in done if row.duty == DutyName.DECISION]
    if not decisions or len(_persons(look, done)) < PERSONS:
        raise NotLeft("Two persons have not approved this document: nothing is signed. Tell the administrator.")
    rows = [("print_job", job.id), ("document", job.document_id), *(("duty", row.id) for row in decisions)]
    if job.state != JobState.PREPARING or not all(_is_vouched(look, kind, key) for kind, key in rows):
        raise NotLeft(
            "The audit did not see this order as it stands, or it was signed before: nothing is signed. The"
            " administrator runs flask verify-audit."
        )


def _persons(look: Look, done: Iterable[Duty]) -> set[UUID]:
    """Who worked on a request before its document was made, and who gave leave to do more than one part."""
    before = [row for row in done if row.duty in BEFORE]
    leaves = select(DutyOverride.given_by).where(DutyOverride.id.in_([row.override_id for row in before]))
    return {row.staff_id for row in before} | {who for who in look.session.scalars(leaves) if who}


def _is_vouched(look: Look, kind: str, key: UUID) -> bool:
    """Whether a row says what its newest event says, and that event is the office's own."""
    newest = select(AuditEvent).join(AuditWitness, AuditWitness.event_id == AuditEvent.id)
    mine = newest.where(AuditWitness.kind == kind, AuditWitness.subject_id == key)
    event = look.session.scalar(mine.order_by(AuditWitness.number.desc()).limit(1))
    if event is None or event.mac != audit_adoption.mac_of(look, event):
        return False
    return not witness.contradicted(look.session, look.event_key, kind, [key])
