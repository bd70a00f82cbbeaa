"""What holders say is wrong: the list of the centre, and each with its answer."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.public import mistakes
from issuance.web.case import access, card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("mistakes", __name__)

QUEUES = (
    Queue(
        lazy_gettext("Said to be wrong"),
        "told.mistakes.listed",
        (RoleName.CLERK,),
        mistakes.count,
        group=Group.FOLLOW_UP,
    ),
)

FIELDS = {
    "name": lazy_gettext("Name"),
    "birth_date": lazy_gettext("Date of birth"),
    "sex": lazy_gettext("Sex"),
    "nationality": lazy_gettext("Nationality"),
    "address": lazy_gettext("Address"),
    "other": lazy_gettext("Something else"),
}
OUTCOMES = {
    "corrected": lazy_gettext("It was wrong, and is corrected"),
    "papers_agree": lazy_gettext("The papers say what the office has: nothing to correct"),
    "no_proof": lazy_gettext("No paper shows it: the person is asked to bring one"),
}


@blueprint.get("/mistakes")
@allow(RoleName.CLERK)
def listed() -> str:
    """What holders of the centre's requests say is wrong, the oldest first."""
    with current_office().reading(current_actor()) as look:
        rows = mistakes.listed(look)
        return render_template("told/mistakes.html", rows=rows, fields=FIELDS)


@blueprint.get("/cases/<uuid:request_id>/mistake")
@allow(RoleName.CLERK)
def show(request_id: UUID) -> ResponseReturnValue:
    """One of them, with what the holder wrote. The opening is recorded."""
    access.open_case(request_id)
    return _page(request_id, Form())


@blueprint.post("/cases/<uuid:request_id>/mistake")
@allow(RoleName.CLERK)
def settle(request_id: UUID) -> ResponseReturnValue:
    """Answer the holder, who reads it at the status page."""
    form = Form.sent()
    with form.catch():
        outcome = form.choice("outcome", OUTCOMES)
        with access.acting(form, request_id, None) as (act, case):
            mistakes.settle(act, case, outcome)
        flash(gettext("Answered. The holder reads it at the status page."), "done")
        return redirect(url_for("told.mistakes.listed"), 303)
    return _page(request_id, form)


def _page(request_id: UUID, form: Form) -> ResponseReturnValue:
    with access.looking(request_id) as (look, case):
        mistake = mistakes.of(look, case)
        page = render_template(
            "told/mistake.html",
            case=case,
            card=card.card(look, case),
            form=form,
            mistake=mistake,
            field=FIELDS[mistake.field],
            said=mistakes.words_of(look, mistake),
            outcomes=options(OUTCOMES.items()),
        )
    return make_response(page, form.status)
