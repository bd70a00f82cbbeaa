"""The page of one print job: where it can be made, and what can be done while it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.acts import Look
from issuance.models.documents import Document
from issuance.models.production import PrintJob
from issuance.models.staff import RoleName, Station
from issuance.services import centres, routing
from issuance.services.casework import decisions
from issuance.services.production import floor, jobs
from issuance.services.routing import Standing
from issuance.states import JOBS_WAITING, UNCHECKED, JobState
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence

blueprint = Blueprint("job", __name__, url_prefix="/production/jobs")

ANY = "any"
AGAIN, WITHDRAW = "again", "withdraw"


@blueprint.get("/<uuid:job_id>")
@allow(*OPERATORS)
def show(job_id: UUID) -> str:
    """One job: what its document needs, which station can make it now and which cannot, and why."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        job = centres.own_job(look, job_id)
        standing = routing.of_centre(look, job.centre_id)
        return render_template(
            "centre/job.html",
            job=job,
            need=routing.needs().get(job.document.document_type),
            stations=[_place(each, job) for each in standing],
            may_try_again=(job.state == JobState.PREPARING and job.trouble is not None) or _is_refused(standing, job),
            names=floor.names_at(look, [job]),
            waits=job.state in JOBS_WAITING,
            is_supervisor=RoleName.SUPERVISOR in actor.roles,
            hides_number=RoleName.QUALITY_OFFICER in actor.roles and job.document.state in UNCHECKED,
        )


def _place(standing: Standing, job: PrintJob) -> tuple[Station, list[str], Any]:
    """A station, why it does not make this job now, and what it said when it did not start it."""
    aside = standing.aside.get(job.document.request_id)
    return standing.station, [sentence(why) for why in standing.against(job)], aside.trouble if aside else None


def _is_refused(standing: Sequence[Standing], job: PrintJob) -> bool:
    """Whether a station steps aside from a queued job, or from one of its type."""
    document = job.document
    aside = [row for each in standing for row in each.aside.values()]
    same = [
        row for row in aside if document.request_id == row.request_id or document.document_type == row.document_type
    ]
    return job.state == JobState.QUEUED and bool(same)


@blueprint.route("/<uuid:job_id>/elsewhere", methods=["GET", "POST"])
@allow(*OPERATORS)
def elsewhere(job_id: UUID) -> ResponseReturnValue:
    """Send the job to one station of the centre or to its bureau, or to any of them again."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _send_elsewhere(job_id, form)
    with current_office().reading(current_actor()) as look:
        job = centres.own_job(look, job_id)
        page = render_template(
            "centre/job_elsewhere.html",
            form=form,
            job=job,
            waits=job.state in JOBS_WAITING,
            choices=_choices(look, job_id),
        )
    return make_response(page, form.status)


def _choices(look: Look, job_id: UUID) -> list[tuple[str, str, str]]:
    """Every station with what speaks against it, and any of them."""
    job = centres.own_job(look, job_id)
    standing = routing.of_centre(look, job.centre_id)
    anyone = (ANY, gettext("Any station of the centre"), gettext("The first that can make it and is free."))
    return [
        anyone,
        *((str(each.station.id), _name(each), _hint(each, job.document)) for each in standing),
    ]


def _name(standing: Standing) -> str:
    name = standing.station.name
    return gettext("%(station)s, the bureau", station=name) if standing.station.bureau else name


def _hint(standing: Standing, document: Document) -> str:
    lacks = standing.lacks_for(document)
    return " ".join(map(sentence, lacks)) or gettext("Can make it now.")


def _send_elsewhere(job_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().act(current_actor()) as act:
        job = centres.own_job(act, job_id)
        chosen = form.choice("station", [value for value, _, _ in _choices(act, job_id)])
        reason = form.text("reason", limit=500, lines=True)
        form.check()
        station = None if chosen == ANY else centres.own_station(act, UUID(chosen))
        jobs.send_elsewhere(act, job, station, reason)
    flash(gettext("Noted. The job goes there."), "done")
    return redirect(url_for("centre.job.show", job_id=job_id), 303)


@blueprint.route("/<uuid:job_id>/cancel", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def cancel(job_id: UUID) -> ResponseReturnValue:
    """End a job that no station has claimed: it is made anew, or its request is withdrawn."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _cancel(job_id, form)
    with current_office().reading(current_actor()) as look:
        job = centres.own_job(look, job_id)
        page = render_template(
            "centre/job_cancel.html", form=form, job=job, waits=job.state in JOBS_WAITING, choices=_ends()
        )
    return make_response(page, form.status)


def _ends() -> list[tuple[str, str, str]]:
    """What can follow."""
    return [
        (
            AGAIN,
            gettext("It is made anew"),
            gettext("The same content under a new number, signed and composed again. The request goes on."),
        ),
        (
            WITHDRAW,
            gettext("The request is withdrawn"),
            gettext("Nothing is made. The status page says so; who is still due a document lodges another request."),
        ),
    ]


def _cancel(job_id: UUID, form: Form) -> ResponseReturnValue:
    follows = form.choice("follows", (AGAIN, WITHDRAW))
    reason = form.text("reason", limit=500, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        decisions.cancel(act, centres.own_job(act, job_id), reason, again=follows == AGAIN)
    flash(gettext("The job is cancelled, and its number with it."), "done")
    return redirect(url_for("centre.jobs.listed", state="unmade"), 303)


@blueprint.post("/<uuid:job_id>/try-again")
@allow(*OPERATORS)
def try_again(job_id: UUID) -> ResponseReturnValue:
    """Somebody saw to what was wrong: it is prepared, or offered to the stations, now and not at its next turn."""
    with current_office().act(current_actor()) as act:
        jobs.try_again(act, centres.own_job(act, job_id))
    flash(gettext("It is tried again within seconds."), "info")
    return redirect(url_for("centre.job.show", job_id=job_id), 303)
