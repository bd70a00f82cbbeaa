"""The supervisor's pages of jobs that no machine can end: held ones, and those at a bureau."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select

from card_drivers.order import Outcome
from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.production import floor, held_jobs
from issuance.services.production.floor import JobList
from issuance.services.stock import ledger
from issuance.services.trust import events
from issuance.states import JobState
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.questions import End, Question, Tree
from issuance.web.words.events.acts import act_word

blueprint = Blueprint("held_jobs", __name__, url_prefix="/oversight")

SUPERVISORS = (RoleName.SUPERVISOR,)


def _held(look: Look) -> Select[int]:
    return floor.in_states(look.actor.centre_id, (JobState.HELD,))


QUEUES = (
    Queue(
        lazy_gettext("Held jobs"), "oversight.held_jobs.listed", SUPERVISORS, _held, urgent=True, group=Group.PRODUCTION
    ),
)


QUESTIONS = {
    "": Question(
        lazy_gettext("Is there a document in the output tray?"),
        lazy_gettext("Where finished documents come out of the station; of a bureau, among what it delivered."),
        ((lazy_gettext("Yes, there is one"), "tray"), (lazy_gettext("No, the tray is empty"), "inside")),
    ),
    "tray": Question(
        lazy_gettext("Is it whole and finished?"),
        lazy_gettext("Printed on every side, nothing shifted, torn or stained. The check reads it afterwards."),
        ((lazy_gettext("Yes, it looks finished"), "finished"), (lazy_gettext("No, or I am not sure"), "unfinished")),
    ),
    "inside": Question(
        lazy_gettext("Is there one in the reject tray or inside the printer?"),
        lazy_gettext("Open the printer when it stands still."),
        ((lazy_gettext("Yes, there is one"), "jammed"), (lazy_gettext("No, nothing is there"), "feeder")),
    ),
    "feeder": Question(
        lazy_gettext("Do the blanks lie in the feeder as they were, and none was taken?"),
        lazy_gettext("Read the serial of the first one, and compare it with the last document that was made."),
        (
            (lazy_gettext("Yes, none was touched"), "untouched"),
            (lazy_gettext("No, one is missing, or I cannot tell"), "missing"),
        ),
    ),
}
"""What is asked at the machine, one thing at a time, by the name of the answer that leads there."""

ENDS: dict[str, End[Outcome]] = {
    "finished": End(
        lazy_gettext("A finished document lies in the output tray."),
        Outcome.DONE,
        lazy_gettext("It goes to the quality check."),
    ),
    "unfinished": End(
        lazy_gettext("A document that is not whole lies in the output tray."),
        Outcome.SPOILED,
        lazy_gettext("Its number is cancelled; a new number and job follow. Put it into the reject bin."),
    ),
    "jammed": End(
        lazy_gettext("A document lies in the reject tray or inside the printer."),
        Outcome.SPOILED,
        lazy_gettext("Its number is cancelled; a new number and job follow. Put it into the reject bin."),
    ),
    "untouched": End(
        lazy_gettext("Nothing lies in the trays or inside the printer, and no blank was touched."),
        Outcome.NOT_STARTED,
        lazy_gettext("A second person must say so too; the job goes on under a new number."),
    ),
    "missing": End(
        lazy_gettext("Nothing was found, and a blank is missing or may be."),
        None,
        lazy_gettext("The job stays held. Look for the blank with the operator, count the feeder, then answer again."),
    ),
}
TREE = Tree(QUESTIONS, ENDS)


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
    """Say how a held job ended by what one sees at the machine, asked one thing at a time."""
    form = Form.sent()
    asked = TREE.asked(request.values.get("at", ""))
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
            asked=asked,
            numbered=ledger.is_numbered(job.document.document_type),
            is_operator=current_actor().id == job.operator_id,
            is_first=current_actor().id == job.not_started_by,
        )
    return make_response(page, form.status)


def _resolve(job_id: UUID, form: Form) -> ResponseReturnValue:
    office = current_office()
    said = form.choice("at", list(TREE.outcomes))
    serial = form.text("blank_serial", required=False, limit=60)
    more = form.text("seen", required=False, limit=400, lines=True)
    form.check()
    seen = f"{ENDS[said].seen} {more}".strip()
    with office.act(current_actor()) as act:
        settled = held_jobs.resolve(act, centres.own_job(act, job_id), TREE.outcomes[said], serial, seen)
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
