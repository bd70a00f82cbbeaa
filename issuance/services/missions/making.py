"""What a mission's own printer is to make, and how far each of it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.requests import IssuanceRequest
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.casework import queues
from issuance.services.casework.queues import Work
from issuance.services.remote import showings, watches
from issuance.states import JOBS_OPEN, JOBS_WAITING, UNCHECKED, DocumentState, JobState, RequestState

MAKING = (RequestState.APPROVED, RequestState.IN_PRODUCTION)


class Stage(StrEnum):
    """How far a title is that the inspectorate approved."""

    WAITS = "waits"
    PRINTED = "printed"
    HELD = "held"
    TO_SHOW = "to_show"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True)
class Making:
    """One approved title that is not ready yet; `again` is what the quality officer wants shown otherwise."""

    request: IssuanceRequest
    stage: Stage
    again: str = ""


def making(look: Look) -> list[Making]:
    """What was approved for the own mission and is not ready, in the order in which it is printed: 50 at most."""
    wanted = Work(MAKING, look.actor.centre_id, types=centres.mission_types())
    requests = queues.work_page(look, wanted)
    query = select(PrintJob).join(Document, PrintJob.document_id == Document.id)
    query = query.where(Document.request_id.in_([row.id for row in requests]), Document.state.in_(UNCHECKED))
    jobs = {job.document.request_id: job for job in look.session.scalars(query.order_by(PrintJob.id))}
    shown = showings.newest_of_each(look, [job.document for job in jobs.values()])
    found = []
    for request in requests:
        job = jobs.get(request.id)
        showing = shown.get(job.document_id) if job else None
        is_shown = showing is not None and not showing.again
        found.append(Making(request, _stage(job, is_shown=is_shown), showing.again if showing else ""))
    return found


def is_checked_from_afar(look: Look) -> bool:
    """Whether a quality officer of another centre is on duty for this one now."""
    return bool(watches.at(look, look.actor.centre_id, RoleName.QUALITY_OFFICER))


def _stage(job: PrintJob | None, *, is_shown: bool) -> Stage:
    if job is None or job.state in JOBS_WAITING:
        return Stage.WAITS
    if job.document.state == DocumentState.PERSONALISED:
        return Stage.SHOWN if is_shown else Stage.TO_SHOW
    return Stage.HELD if job.state == JobState.HELD or job.state not in JOBS_OPEN else Stage.PRINTED
