"""What keeps a case at its centre: an order that a station has, a document that lies there (ADR 0068)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from issuance.acts import Look
from issuance.db import written
from issuance.models.appointments import Appointment
from issuance.models.documents import Document
from issuance.models.production import Contradiction, PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.services.production import documents
from issuance.states import ENDED, JOBS_WAITING, UNDECIDED, AppointmentState, BatchState, JobState, RequestState

MOVED = "moved"
ELSEWHERE, ENDED_CASE, MADE, CLAIMED, HELD = "is_elsewhere", "has_ended", "is_made", "is_claimed", "is_held"
IN_BATCH, CONTRADICTED, BOOKED = "is_in_batch", "is_contradicted", "is_booked"
FAMILY, BOOKLET, CLOSED, NO_SUPERVISOR, CHANGED = (
    "family_stays",
    "no_booklet",
    "centre_closed",
    "no_supervisor",
    "changed_meanwhile",
)

WHY: dict[str, str] = {
    ELSEWHERE: "It belongs to another centre already. Search for it by its reference.",
    ENDED_CASE: "It has ended and stays where it was. The next request is lodged at the other centre.",
    MADE: "Its document is made and lies here. It is checked and handed over here; nothing of it is carried away.",
    CLAIMED: "A station has its order. Wait until the station has said how it ended, then look again.",
    HELD: "Its job is held. Settle it at the machine first; what is to be made again can go then.",
    IN_BATCH: "Its job is in a batch that was started. Take it out of the batch first.",
    CONTRADICTED: "A station's report about it contradicts the register. Look into that first.",
    BOOKED: "An appointment to collect it is booked here. Tell the holder and cancel it first.",
    FAMILY: "Somebody of its family cannot go now. Send them together later, or say that the others go alone.",
    BOOKLET: "No booklet is free at a station of the other centre. Load booklets there, then send it again.",
    CLOSED: "The other centre is closed. Choose another one.",
    NO_SUPERVISOR: "Who sent it is not supervisor of this centre any more. Somebody who is sends it again.",
    CHANGED: "Somebody changed it at this moment. Look at the case, and send it again.",
}
"""What each code says to the supervisor, with what to do next."""

BY_JOB = {JobState.HELD: HELD, JobState.DONE: MADE}
STARTED = (BatchState.RUNNING, BatchState.PAUSED)


def of(look: Look, requests: Collection[IssuanceRequest], *, lock: bool = False) -> dict[UUID, str]:
    """The codes of what keeps these requests here, by request; what can go is left out.

    With `lock` nobody claims, prepares or puts into a batch what is judged, until the act ends.
    """
    jobs = newest_jobs(look, requests, lock=lock)
    ids = [request.id for request in requests]
    contradicted, booked = _contradicted(look, ids), _booked(look, ids)
    found = {}
    for request in requests:
        code = _by_state(request, jobs.get(request.id))
        code = code or (CONTRADICTED if request.id in contradicted else BOOKED if request.id in booked else "")
        if code:
            found[request.id] = code
    return found


def newest_jobs(look: Look, requests: Collection[IssuanceRequest], *, lock: bool = False) -> dict[UUID, PrintJob]:
    """The job of the newest attempt of each of these requests that is decided, as it is in the database now."""
    attempts = documents.of_requests(look, {each.id for each in requests if each.state not in UNDECIDED})
    keys = [found[0].id for found in attempts.values()]
    query = select(PrintJob).where(PrintJob.document_id.in_(keys)).order_by(PrintJob.id)
    if lock:
        query = query.with_for_update(of=PrintJob).execution_options(populate_existing=True)
    jobs = look.session.scalars(query.options(selectinload(PrintJob.batch)))
    return {job.document.request_id: job for job in jobs}


def _by_state(request: IssuanceRequest, job: PrintJob | None) -> str:
    if request.state in ENDED:
        return ENDED_CASE
    if request.state in (RequestState.READY, RequestState.UNCOLLECTED):
        return MADE
    if request.state in UNDECIDED or job is None:
        return ""
    if job.state not in JOBS_WAITING:
        return BY_JOB.get(job.state, CLAIMED)
    return IN_BATCH if job.batch and job.batch.state in STARTED else ""


def _contradicted(look: Look, ids: Collection[UUID]) -> set[UUID]:
    query = select(Document.request_id).join(PrintJob, PrintJob.document_id == Document.id)
    query = query.join(Contradiction, Contradiction.job_id == PrintJob.id)
    return set(look.session.scalars(query.where(Contradiction.settled_at.is_(None), Document.request_id.in_(ids))))


def _booked(look: Look, ids: Collection[UUID]) -> set[UUID]:
    booked = (Appointment.request_id.in_(ids), Appointment.state == written(AppointmentState.BOOKED))
    return {key for key in look.session.scalars(select(Appointment.request_id).where(*booked)) if key}
