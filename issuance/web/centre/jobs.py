"""The print jobs of the centre by state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext

from issuance.acts import Look
from issuance.models.duties import DutyName
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName
from issuance.services import duties
from issuance.services.duties import Task
from issuance.services.production import floor
from issuance.states import JOBS_WAITING, UNCHECKED, DocumentState, JobState
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import page_number
from issuance.web.frame.rail import Queue

blueprint = Blueprint("jobs", __name__, url_prefix="/production/jobs")


def _waiting(look: Look) -> int:
    return floor.open_count(look, look.actor.centre_id, (*JOBS_WAITING, JobState.CLAIMED))


QUEUES = (Queue(lazy_gettext("Print jobs"), "centre.jobs.listed", OPERATORS, _waiting),)

FILTERS: dict[str, tuple[Any, tuple[JobState, ...]]] = {
    "waiting": (lazy_gettext("Waiting"), JOBS_WAITING),
    "claimed": (lazy_gettext("At a station"), (JobState.CLAIMED,)),
    "sent": (lazy_gettext("At the bureau"), (JobState.SENT,)),
    "held": (lazy_gettext("Held"), (JobState.HELD,)),
    "done": (lazy_gettext("Done today"), (JobState.DONE,)),
    "spoiled": (lazy_gettext("Spoiled today"), (JobState.SPOILED,)),
}


@blueprint.get("")
@allow(*OPERATORS)
def listed() -> str:
    """The print jobs of the centre by state, with the pace of the day."""
    actor = current_actor()
    chosen = request.args.get("state", "waiting")
    chosen = chosen if chosen in FILTERS else "waiting"
    page = page_number()
    with current_office().reading(actor) as look:
        found = floor.jobs(look, actor.centre_id, FILTERS[chosen][1], page=page)
        return render_template(
            "centre/jobs.html",
            jobs=found,
            chosen=chosen,
            chips=_chips(floor.job_counts(look, actor.centre_id), chosen),
            pace=floor.pace(look, actor.centre_id),
            names=floor.names_at(look, found),
            sent_since=floor.sent_since(look, found),
            is_supervisor=RoleName.SUPERVISOR in actor.roles,
            passed=_passed(look, found),
            hides_numbers=RoleName.QUALITY_OFFICER in actor.roles,
            unchecked=UNCHECKED,
            page=page,
            is_last=len(found) < floor.PAGE_ROWS,
        )


def _passed(look: Look, found: Iterable[PrintJob]) -> set[UUID]:
    """The waiting jobs that a shift of this operator passes over: whoever approved a document does not print it."""
    if RoleName.OPERATOR not in look.actor.roles:
        return set()
    waiting = [job for job in found if job.document.state == DocumentState.PREPARED]
    return {
        job.id
        for job in waiting
        if duties.hindrance(look, Task(DutyName.OPERATION, job.document.request, job.document))
    }


def _chips(counts: dict[JobState, int], chosen: str) -> list[tuple[str, str, bool, int]]:
    return [
        (str(label), url_for("centre.jobs.listed", state=key), key == chosen, sum(counts.get(it, 0) for it in states))
        for key, (label, states) in FILTERS.items()
    ]
