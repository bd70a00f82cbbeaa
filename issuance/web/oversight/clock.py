"""The clock of the office: whether it can be believed, and the two persons who say what time it is when it jumped."""

from __future__ import annotations

import datetime as dt
import re

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.clock import OFFICE_ZONE
from issuance.models.machinery import ClockStop
from issuance.models.staff import Staff
from issuance.services.trust import trusted_time
from issuance.web.frame.auth import CLOCK_KEEPERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, FormRefused
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("clock", __name__, url_prefix="/oversight")


def _stopped(_look: Look) -> Select[int]:
    return trusted_time.stops()


QUEUES = (
    Queue(lazy_gettext("Clock"), "oversight.clock.show", CLOCK_KEEPERS, _stopped, urgent=True, group=Group.OFFICE),
)


@blueprint.route("/clock", methods=["GET", "POST"])
@allow(*CLOCK_KEEPERS)
def show() -> ResponseReturnValue:
    """Whether the clock is stopped and why; and what time it is, by one's own watch."""
    form, office = Form.sent(), current_office()
    if request.method == "POST":
        with form.catch():
            return _confirm(form)
    with office.reading(current_actor()) as look:
        found = trusted_time.open_stop(look)
        page = render_template(
            "oversight/clock.html",
            form=form,
            found=found,
            found_by=_minutes(found),
            first=_name(look, found),
            now=office.clock.now(),
        )
    return make_response(page, form.status)


def _minutes(found: ClockStop | None) -> int:
    """By how many minutes the clock jumped, rounded up."""
    return -(-abs(found.seconds) // 60) if found else 0


def _name(look: Look, found: ClockStop | None) -> str:
    """Who said the time first."""
    return look.session.get_one(Staff, found.confirmed_by).full_name if found and found.confirmed_by else ""


def _confirm(form: Form) -> ResponseReturnValue:
    said, office = _said(form), current_office()
    with office.act(current_actor(), while_stopped=True) as act:
        goes_on = trusted_time.confirm(act, office.clock, said)
    words = (
        gettext("The clock is believed again. Everything goes on.")
        if goes_on
        else gettext("You said the time. Another supervisor or administrator says it too within 30 minutes.")
    )
    flash(words, "done")
    return redirect(url_for("oversight.clock.show"), 303)


def _said(form: Form) -> dt.datetime:
    """Day and time as they were read from a watch, in Romania."""
    day, text = form.date("day"), form.text("time", limit=5)
    match = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", text)
    if text and not match:
        form.refuse("time", gettext("Give the time as hours and minutes, as in 14:05."))
    form.check()
    if day is None or match is None:
        raise FormRefused
    return dt.datetime.combine(day, dt.time(int(match[1]), int(match[2])), OFFICE_ZONE)
