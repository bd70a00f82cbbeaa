"""The print jobs of the centre by state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName
from issuance.services import duties, parties, routing
from issuance.services.production import floor
from issuance.services.production.floor import JobList
from issuance.services.routing import Standing
from issuance.states import JOBS_WAITING, UNCHECKED, DocumentState, JobState
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import page_number
from issuance.web.frame.i18n import sentence
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("jobs", __name__, url_prefix="/production/jobs")


def _waiting(look: Look) -> Select[int]:
    return floor.in_states(look.actor.centre_id, (*JOBS_WAITING, JobState.CLAIMED))


def _stuck(look: Look) -> int:
    return floor.JobLists(look, look.actor.centre_id).stuck_count()


QUEUES = (
    Queue(lazy_gettext("Print jobs"), "centre.jobs.listed", OPERATORS, _waiting, key="p", group=Group.PRODUCTION),
    Queue(
        lazy_gettext("Jobs nobody can make"),
        "centre.jobs.stuck",
        OPERATORS,
        _stuck,
        urgent=True,
        group=Group.PRODUCTION,
    ),
)

LABELS: dict[JobList, Any] = {
    JobList.WAITING: lazy_gettext("Waiting"),
    JobList.STUCK: lazy_gettext("Nobody can make"),
    JobList.CLAIMED: lazy_gettext("At a station"),
    JobList.SENT: lazy_gettext("At the bureau"),
    JobList.HELD: lazy_gettext("Held"),
    JobList.DONE: lazy_gettext("Done today"),
    JobList.SPOILED: lazy_gettext("Spoiled today"),
    JobList.UNMADE: lazy_gettext("Not made today"),
}

WAITING = (JobList.WAITING, JobList.STUCK)
"""The lists in which requests that were lodged together stand under one heading."""


@blueprint.get("")
@allow(*OPERATORS)
def listed() -> str:
    """The print jobs of the centre by state, with the pace of the day."""
    chosen = request.args.get("state", "")
    return _list(JobList(chosen) if chosen in set(JobList) - {JobList.STUCK} else JobList.WAITING)


@blueprint.get("/stuck")
@allow(*OPERATORS)
def stuck() -> str:
    """The jobs that could not be prepared, or that no station of the centre can make now, each with its reason."""
    return _list(JobList.STUCK)


def _list(chosen: JobList) -> str:
    actor, page = current_actor(), page_number()
    with current_office().reading(actor) as look:
        lists = floor.JobLists(look, actor.centre_id)
        found = lists.jobs(chosen, page=page)
        return render_template(
            "centre/jobs.html",
            jobs=found,
            chosen=chosen,
            here=lambda page: _address(chosen, page),
            chips=_chips(lists.counts(), chosen),
            pace=floor.pace(look, actor.centre_id),
            names=floor.names_at(look, found),
            batches=floor.batches_of(look, found),
            parties=parties.of_jobs(look, found) if chosen in WAITING else {},
            sent_since=floor.sent_since(look, found),
            reasons=_reasons(lists.standing, found) if chosen is JobList.STUCK else {},
            is_supervisor=RoleName.SUPERVISOR in actor.roles,
            passed=_passed(look, found),
            hides_numbers=RoleName.QUALITY_OFFICER in actor.roles,
            unchecked=UNCHECKED,
            page=page,
            is_last=len(found) < floor.PAGE_ROWS,
        )


def _address(chosen: JobList, page: int | None = None) -> str:
    if chosen is JobList.STUCK:
        return url_for("centre.jobs.stuck", page=page)
    return url_for("centre.jobs.listed", state=chosen, page=page)


def _reasons(standing: Sequence[Standing], found: Iterable[PrintJob]) -> dict[UUID, list[str]]:
    """Why each of these queued jobs is made nowhere; what could not be prepared says so itself."""
    queued = [job for job in found if job.state == JobState.QUEUED]
    return {job.id: [sentence(why) for why in routing.why_not(standing, job)] for job in queued}


def _passed(look: Look, found: Iterable[PrintJob]) -> set[UUID]:
    """The waiting jobs that a shift of this operator passes over: whoever approved a document does not print it."""
    if RoleName.OPERATOR not in look.actor.roles:
        return set()
    waiting = {job.document_id: job.id for job in found if job.document.state == DocumentState.PREPARED}
    return {waiting[key] for key in duties.barred(look, DutyName.OPERATION, waiting)}


def _chips(counts: dict[JobList, int], chosen: JobList) -> list[tuple[str, str, bool, int]]:
    return [(str(label), _address(each), each is chosen, counts[each]) for each, label in LABELS.items()]
