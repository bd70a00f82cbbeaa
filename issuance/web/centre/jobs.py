"""The print jobs of the centre by state."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.production import floor
from issuance.states import JOBS_WAITING, JobState
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.lists import page_number
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
            page=page,
            is_last=len(found) < floor.PAGE_ROWS,
        )


def _chips(counts: dict[JobState, int], chosen: str) -> list[tuple[str, str, bool, int]]:
    return [
        (str(label), url_for("centre.jobs.listed", state=key), key == chosen, sum(counts.get(it, 0) for it in states))
        for key, (label, states) in FILTERS.items()
    ]
