"""The roster of the centre: people of other centres who work here, or on some hours decide and check from theirs."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.centres import WATCH_ROLES, WEEKDAYS, Hours, Stay
from issuance.services.remote import watches
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.duties import REMOTE_DUTIES

blueprint = Blueprint("roster", __name__, url_prefix="/oversight/roster")

MONDAY = dt.date(2024, 1, 1)

QUEUES = (Queue(lazy_gettext("Roster"), "oversight.roster.kept", (RoleName.SUPERVISOR,), group=Group.OFFICE),)


@blueprint.route("", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def kept() -> ResponseReturnValue:
    """Who of other centres works here; take somebody onto the roster."""
    form = Form.sent() if request.method == "POST" else Form({"weekdays": list(WEEKDAYS)})
    if request.method == "POST":
        with form.catch():
            email, reason = form.text("email", limit=200), form.text("reason", limit=500, lines=True)
            first, last = form.date("from_day"), form.date("to_day")
            hours = _hours(form)
            form.check()
            assert first is not None
            assert last is not None
            with current_office().act(current_actor()) as act:
                centres.add_to_roster(act, Stay(email, first, last, reason, hours))
            flash(_said(hours), "done")
            return redirect(url_for("oversight.roster.kept"), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template(
            "oversight/roster.html",
            form=form,
            rows=centres.roster(look),
            on_duty={watch.entry.id: watch.until for watch in watches.at(look, look.actor.centre_id)},
            weekdays=options(_weekdays().items()),
            week=WEEKDAYS,
            weekday_names=_weekdays(),
            duties=[(str(role), REMOTE_DUTIES[role]) for role in WATCH_ROLES],
            duty_words=REMOTE_DUTIES,
        )
    return make_response(page, form.status)


def _hours(form: Form) -> Hours | None:
    """Which duty from a distance, and when; None for somebody who is here with all their roles."""
    role = form.choice("role", WATCH_ROLES, required=False)
    if not role:
        return None
    begin, end = _time(form, "from_time"), _time(form, "to_time")
    return Hours(role, begin, end, "".join(form.choices("weekdays", WEEKDAYS)))


def _time(form: Form, name: str) -> dt.time:
    """A time of day as on the wall; midnight, and a refusal noted, for what is none."""
    typed = form.text(name, limit=5)
    try:
        return dt.datetime.strptime(typed or "00:00", "%H:%M").time()
    except ValueError:
        form.refuse(name, gettext("Type a time of day, for example 20:00."))
        return dt.time()


def _said(hours: Hours | None) -> str:
    if hours is None:
        return str(gettext("On the roster. The person chooses your centre in their own menu."))
    return str(gettext("On the roster. Within these hours the cases of your centre are in the officer's own list."))


def _weekdays() -> dict[str, str]:
    """The days of the week by their number, Monday first."""
    return {day: str(format_date(MONDAY + dt.timedelta(days=at), "EEE")) for at, day in enumerate(WEEKDAYS)}


@blueprint.post("/<uuid:entry_id>/end")
@allow(RoleName.SUPERVISOR)
def end(entry_id: UUID) -> ResponseReturnValue:
    """End an entry now: from the next page on the person works at the own centre again."""
    with current_office().act(current_actor()) as act:
        centres.end_stay(act, centres.own_entry(act, entry_id))
    flash(gettext("Ended."), "done")
    return redirect(url_for("oversight.roster.kept"), 303)
