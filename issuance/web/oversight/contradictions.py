"""The supervisor's page of reports that contradict what is settled: each holds its request until a person looked."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.production import contradictions, floor, held_jobs
from issuance.services.trust import events
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.events.acts import act_word

blueprint = Blueprint("contradictions", __name__, url_prefix="/oversight/contradictions")

SUPERVISORS = (RoleName.SUPERVISOR,)
QUEUES = (
    Queue(
        lazy_gettext("Contradicting reports"),
        "oversight.contradictions.listed",
        SUPERVISORS,
        contradictions.count,
        urgent=True,
        group=Group.PRODUCTION,
    ),
)
VERDICTS = (
    ("stands", lazy_gettext("The document stands"), lazy_gettext("It is the right one, and there is no other.")),
    (
        "ends",
        lazy_gettext("The document ends"),
        lazy_gettext("It is voided when the holder has it, else it is made anew under another number."),
    ),
)


@blueprint.get("")
@allow(*SUPERVISORS)
def listed() -> str:
    """Reports that do not fit what the register holds, of the centre's jobs."""
    with current_office().reading(current_actor()) as look:
        rows = contradictions.listed(look)
        names = floor.names_at(look, [row.job for row in rows])
        return render_template("oversight/contradictions.html", rows=rows, names=names)


@blueprint.route("/<uuid:contradiction_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def settle(contradiction_id: UUID) -> ResponseReturnValue:
    """Say what was found out about one report."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _settle(contradiction_id, form)
    with current_office().reading(current_actor()) as look:
        row = contradictions.opened(look, contradiction_id)
        page = render_template(
            "oversight/contradiction.html",
            form=form,
            row=row,
            names=floor.names_at(look, [row.job]),
            story=[(act_word(event.act), event) for event in events.life_line(look, row.job.id)],
            verdicts=VERDICTS,
            is_operator=current_actor().id == row.job.operator_id,
        )
    return make_response(page, form.status)


def _settle(contradiction_id: UUID, form: Form) -> ResponseReturnValue:
    verdict = form.choice("verdict", [code for code, _, _ in VERDICTS])
    found = form.text("found", limit=500, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        row = contradictions.opened(act, contradiction_id)
        held_jobs.settle_contradiction(act, row, stands=verdict == "stands", found=found)
    flash(gettext("The report is settled."), "done")
    return redirect(url_for("oversight.contradictions.listed"), 303)
