"""Reports that do not fit what is settled: kept whole, they hold the request until a person looked (ADR 0028)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, select

from card_drivers.order import Outcome, Result
from issuance.acts import Act, Look
from issuance.errors import Conflict, NotFound
from issuance.models.documents import Document
from issuance.models.production import Contradiction, PrintJob
from issuance.models.staff import Station
from issuance.services.production import troubles
from issuance.states import DocumentState, JobState, advance

SAME = {Outcome.DONE: JobState.DONE, Outcome.SPOILED: JobState.SPOILED, Outcome.NOT_STARTED: JobState.NOT_STARTED}
"""What a report says, and the state of a job that was settled that way."""


def agrees(job: PrintJob, result: Result) -> bool:
    """Whether a late report says what was settled meanwhile: the same end, on the same blank if one was read."""
    if job.id != result.order_id:
        return False
    if result.outcome is Outcome.NOT_STARTED and job.fetched_at is None and job.state == JobState.QUEUED:
        return True
    reads_same = not result.blank_serial or result.blank_serial == job.document.blank_serial
    return SAME.get(result.outcome) == job.state and reads_same


def keep(act: Act, job: PrintJob, result: Result, instance: UUID | None, *, station: Station) -> None:
    """Keep the report as it came: an open job is held, a valid document suspended. The same report again is known."""
    report = result.model_dump(mode="json")
    if any(known.report == report for known in of_job(act, job)):
        return
    row = Contradiction(job_id=job.id, station_id=station.id, instance=instance, at=act.clock.now(), report=report)
    act.session.add(row)
    if job.state in (JobState.CLAIMED, JobState.SENT):
        troubles.hold(act, job, troubles.of(Conflict("The station says what it cannot know. A person must look.")))
    if job.document.state == DocumentState.VALID:
        advance(job.document, DocumentState.SUSPENDED, actor=act.actor)
    act.record(
        "job.contradicted",
        job,
        job.document,
        job.document.request,
        centre_id=job.centre_id,
        outcome=result.outcome,
        blank=result.blank_serial or "",
    )


def of_no_claim(act: Act, result: Result, *, station: Station) -> NotFound | None:
    """The refusal of a report for an order that this station never claimed, which changes nothing; None for its own."""
    job = act.session.scalar(select(PrintJob).where(PrintJob.claim_id == result.claim_id))
    if job is not None and job.station_id == station.id:
        return None
    subjects = [job] if job is not None else []
    act.record("station.report_refused", station, *subjects, centre_id=station.centre_id, outcome=result.outcome)
    return NotFound("This station has no such claim.")


def of_job(look: Look, job: PrintJob) -> list[Contradiction]:
    """Every report that contradicted a job, settled or not."""
    return list(look.session.scalars(select(Contradiction).where(Contradiction.job_id == job.id)))


def listed(look: Look) -> list[Contradiction]:
    """What the supervisor of the centre has to settle, the oldest first."""
    query = select(Contradiction).join(PrintJob, PrintJob.id == Contradiction.job_id)
    query = query.where(Contradiction.settled_at.is_(None), PrintJob.centre_id == look.actor.centre_id)
    return list(look.session.scalars(query.order_by(Contradiction.at)))


def count(look: Look) -> Select[int]:
    """How many there are of those, as a query: each is asked for its centre, where a join would read all its jobs."""
    of_centre = select(PrintJob.id).where(PrintJob.id == Contradiction.job_id)
    of_centre = of_centre.where(PrintJob.centre_id == look.actor.centre_id)
    query = select(func.count()).select_from(Contradiction)
    return query.where(Contradiction.settled_at.is_(None), of_centre.exists())


def opened(look: Look, contradiction_id: UUID) -> Contradiction:
    """One of the actor's own centre; NotFound otherwise."""
    row = look.session.get(Contradiction, contradiction_id)
    if row is None or row.job.centre_id != look.actor.centre_id:
        raise NotFound("There is no such report in your centre. Open the list again.")
    return row


def is_open(look: Look, document: Document) -> bool:
    """Whether a report about a document of the same request contradicts the register and is not settled."""
    query = (
        select(Contradiction.id)
        .join(PrintJob, PrintJob.id == Contradiction.job_id)
        .join(Document, Document.id == PrintJob.document_id)
        .where(Contradiction.settled_at.is_(None), Document.request_id == document.request_id)
        .limit(1)
    )
    return look.session.scalar(query) is not None


def check_none(look: Look, document: Document) -> None:
    """Conflict while there is one."""
    if is_open(look, document):
        raise Conflict("A station's report contradicts the register. The supervisor must look into it first.")
