"""Losses: report one by the document's number, of whatever centre, and the reports that the window has to settle."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.life import loss
from issuance.web.case.losses import KINDS, SAID_BY, SOURCES, WINDOW, said_in
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("losses", __name__, url_prefix="/losses")

QUEUES = (
    Queue(
        lazy_gettext("Reported lost"),
        "desk.losses.listed",
        (RoleName.CLERK, RoleName.SUPERVISOR),
        loss.count,
        group=Group.FOLLOW_UP,
    ),
)


@blueprint.get("")
@allow(*WINDOW)
def listed() -> str:
    """The reports of the centre's documents that nobody has settled."""
    with current_office().reading(current_actor()) as look:
        return render_template("desk/losses.html", rows=loss.waiting(look), kinds=KINDS, sources=SAID_BY)


@blueprint.route("/report", methods=["GET", "POST"])
@allow(*WINDOW)
def report() -> ResponseReturnValue:
    """Report a document of any centre by its number and the holder's birth date: it is suspended at once."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _report(form)
    page = render_template("desk/loss.html", form=form, kinds=options(KINDS.items()), sources=options(SOURCES.items()))
    return make_response(page, form.status)


def _report(form: Form) -> ResponseReturnValue:
    number, birth_date = form.text("number", limit=40), form.partial_date("birth_date")
    said = said_in(form)
    with current_office().act(current_actor()) as act:
        loss.report(act, loss.by_number(act, number, birth_date), said)
    flash(gettext("Suspended. The document's centre settles the report with its holder."), "done")
    return redirect(url_for("desk.losses.listed"), 303)
