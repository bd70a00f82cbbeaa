"""The roster of the centre: people of other centres who work here, from one day to another."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.centres import Stay
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Queue

blueprint = Blueprint("roster", __name__, url_prefix="/oversight/roster")

QUEUES = (Queue(lazy_gettext("Roster"), "oversight.roster.kept", (RoleName.SUPERVISOR,)),)


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def kept() -> ResponseReturnValue:
    """Who of other centres works here; take somebody onto the roster."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            email, reason = form.text("email", limit=200), form.text("reason", limit=500, lines=True)
            first, last = form.date("from_day"), form.date("to_day")
            form.check()
            assert first is not None
            assert last is not None
            with current_office().act(current_actor()) as act:
                centres.add_to_roster(act, Stay(email, first, last, reason))
            flash(gettext("On the roster. The person chooses your centre in their own menu."), "done")
            return redirect(url_for("oversight.roster.kept"), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template("oversight/roster.html", form=form, rows=centres.roster(look))
    return make_response(page, form.status)


@blueprint.post("/<uuid:entry_id>/end")
@allow(RoleName.SUPERVISOR)
def end(entry_id: UUID) -> ResponseReturnValue:
    """End an entry now: from the next page on the person works at the own centre again."""
    with current_office().act(current_actor()) as act:
        centres.end_stay(act, centres.own_entry(act, entry_id))
    flash(gettext("Ended."), "done")
    return redirect(url_for("oversight.roster.kept"), 303)
