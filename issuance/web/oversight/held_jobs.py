"""The supervisor's pages of jobs that no machine can end: held ones, and those at a bureau."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from card_drivers.order import Outcome
from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.production import floor, held_jobs
from issuance.services.production.floor import JobList
from issuance.services.stock import ledger
from issuance.services.trust import events
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Queue
from issuance.web.words.acts import act_word

blueprint = Blueprint("held_jobs", __name__, url_prefix="/oversight")

SUPERVISORS = (RoleName.SUPERVISOR,)


def _held(look: Look) -> int:
    return floor.held_count(look, look.actor.centre_id)


QUEUES = (Queue(lazy_gettext("Held jobs"), "oversight.held_jobs.listed", SUPERVISORS, _held, urgent=True),)

OUTCOMES = (
    (
        Outcome.DONE,
        lazy_gettext("Done"),
        lazy_gettext("The finished document lies in the tray. It goes to the quality check."),
    ),
    (
        Outcome.NOT_STARTED,
        lazy_gettext("Not started"),
        lazy_gettext("No blank was touched. A second person must say so too; the job goes on under a new number."),
    ),
    (
        Outcome.SPOILED,
        lazy_gettext("Spoiled"),
        lazy_gettext("The blank is used and unusable. Its number is cancelled; a new number and job follow."),
    ),
)


@blueprint.get("/held")
@allow(*SUPERVISORS)
def listed() -> str:
    """Jobs of the centre of which nobody knows how they ended."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        jobs = floor.JobLists(look, actor.centre_id).jobs(JobList.HELD)
        return render_template("oversight/held.html", jobs=jobs, names=floor.names_at(look, jobs), actor=actor)


@blueprint.route("/held/<uuid:job_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def resolve(job_id: UUID) -> ResponseReturnValue:
    """Say how a held job ended, after looking at the machine."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _resolve(job_id, form)
    with current_office().reading(current_actor()) as look:
        job = centres.own_job(look, job_id)
        page = render_template(
            "oversight/resolve.html",
            form=form,
            job=job,
            names=floor.names_at(look, [job]),
            story=[(act_word(event.act), event) for event in events.life_line(look, job.id)],
            outcomes=[(str(value), label, hint) for value, label, hint in OUTCOMES],
            numbered=ledger.is_numbered(job.document.document_type),
            is_operator=current_actor().id == job.operator_id,
            is_first=current_actor().id == job.not_started_by,
        )
    return make_response(page, form.status)


def _resolve(job_id: UUID, form: Form) -> ResponseReturnValue:
    office = current_office()
    outcome = form.choice("outcome", [str(value) for value, _, _ in OUTCOMES])
    serial = form.text("blank_serial", required=False, limit=60)
    seen = form.text("seen", limit=500, lines=True)
    form.check()
    with office.act(current_actor()) as act:
        settled = held_jobs.resolve(act, centres.own_job(act, job_id), Outcome(outcome), serial, seen)
    if settled:
        flash(gettext("The job is resolved."), "done")
    else:
        flash(gettext("Your word is kept. A second person must look and say the same."), "info")
    return redirect(url_for("oversight.held_jobs.listed"), 303)


@blueprint.route("/sent/<uuid:job_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def sent(job_id: UUID) -> ResponseReturnValue:
    """Stop waiting for a bureau that never answers: the job is held, to be resolved as any other."""
    office, form = current_office(), Form.sent()
    if request.method == "POST":
        with form.catch():
            reason = form.text("reason", limit=500, lines=True)
            form.check()
            with office.act(current_actor()) as act:
                held_jobs.stop_waiting(act, centres.own_job(act, job_id), reason)
            return redirect(url_for("oversight.held_jobs.resolve", job_id=job_id), 303)
    with office.reading(current_actor()) as look:
        job = centres.own_job(look, job_id)
        page = render_template(
            "oversight/sent.html",
            form=form,
            job=job,
            names=floor.names_at(look, [job]),
            since=floor.sent_since(look, [job]).get(job.id),
        )
    return make_response(page, form.status)
