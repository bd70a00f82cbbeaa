"""Whom could an account or a station have seen: asked by supervisors and auditors, listed by reference."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.clock import OFFICE_ZONE
from issuance.errors import InvalidInput
from issuance.models.privacy import Breach, BreachLine
from issuance.models.staff import RoleName
from issuance.services.privacy import breaches
from issuance.services.privacy.breaches import PAGE_ROWS, Question
from issuance.services.trust import events
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("breaches", __name__, url_prefix="/oversight/breaches")

QUEUES = (Queue(lazy_gettext("Data breaches"), "privacy.breaches.listed", READERS, group=Group.OVERSIGHT),)
TYPED = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
CSV_HEAD = ("reference", "centre", "first seen", "last seen", "acts")


@blueprint.get("")
@allow(*READERS)
def listed() -> ResponseReturnValue:
    """What was asked, and the form to ask."""
    return _page(Form())


@blueprint.post("")
@allow(*READERS)
def ask() -> ResponseReturnValue:
    """Ask whom an account or a station could have seen."""
    form = Form.sent()
    with form.catch():
        who = _key(form.text("who"))
        begin, end, known = (_moment(form, name) for name in ("from_at", "to_at", "known_at"))
        reason = form.text("reason", limit=300)
        form.check()
        if not (who and begin and end and known):
            raise InvalidInput("who", "Choose an account or a station of the list.")
        with current_office().act(current_actor()) as act:
            breach_id = breaches.ask(act, Question(who, begin, _whole(end), known, reason)).id
        flash(gettext("The list is being made. Look at it in a minute."), "done")
        return redirect(url_for("privacy.breaches.show", breach_id=breach_id), 303)
    return _page(form)


@blueprint.get("/<uuid:breach_id>")
@allow(*READERS)
def show(breach_id: UUID) -> ResponseReturnValue:
    """One list, by reference: no name is on it."""
    return _one(breach_id, Form())


def _one(breach_id: UUID, form: Form) -> ResponseReturnValue:
    after = _key(request.args.get("after", ""))
    with current_office().reading(current_actor()) as look:
        found = breaches.breach(look, breach_id)
        lines = breaches.lines(look, found, after)
        page = render_template(
            "privacy/breach.html",
            form=form,
            breach=found,
            who=breaches.names(look, [found])[found.id],
            lines=lines,
            next=_next(found, lines),
            now=look.clock.now(),
        )
    return make_response(page, form.status)


@blueprint.post("/<uuid:breach_id>/table.csv")
@allow(*READERS)
def table(breach_id: UUID) -> Response:
    """The whole list of references, for who tells the persons; recorded."""
    with current_office().act(current_actor()) as act:
        rows = breaches.export(act, breaches.breach(act, breach_id))
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(CSV_HEAD)
    lines.writerows((*named, _local(first), _local(last), times) for *named, first, last, times in rows)
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="breach.csv"'
    return answer


@blueprint.post("/<uuid:breach_id>/report")
@allow(*READERS)
def report(breach_id: UUID) -> ResponseReturnValue:
    """The supervisory authority was told; late, with the reason."""
    form = Form.sent()
    with form.catch():
        because = form.text("because", limit=300, required=False)
        form.check()
        with current_office().act(current_actor()) as act:
            breaches.report(act, breaches.breach(act, breach_id), because)
        flash(gettext("Recorded: the authority was told."), "done")
        return redirect(url_for("privacy.breaches.show", breach_id=breach_id), 303)
    return _one(breach_id, form)


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        centre_id = None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id
        found = breaches.newest(look)
        names = breaches.names(look, found)
        page = render_template(
            "privacy/breaches.html",
            form=form,
            people=[(str(key), name) for key, name in events.actors(look, centre_id)],
            rows=[(row, names[row.id]) for row in found],
            now=look.clock.now(),
        )
    return make_response(page, form.status)


def _next(row: Breach, lines: object) -> str:
    found: list[BreachLine] = list(lines)  # type: ignore[call-overload]
    if len(found) < PAGE_ROWS:
        return ""
    return url_for("privacy.breaches.show", breach_id=row.id, after=found[-1].request_id)


def _key(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _moment(form: Form, name: str) -> dt.datetime | None:
    """A moment as browsers send it from one box, by the clocks of the office."""
    typed = form.text(name, limit=20)
    try:
        if TYPED.fullmatch(typed):
            return dt.datetime.strptime(typed[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=OFFICE_ZONE)
    except ValueError:
        pass
    if typed:
        form.refuse(name, gettext("Give the day and the time, as 2026-11-30T08:15."))
    return None


def _whole(end: dt.datetime) -> dt.datetime:
    """The end of a time, whichever of two hours of one name at the end of summer it was."""
    return end.replace(fold=1)


def _local(moment: dt.datetime) -> str:
    return moment.astimezone(OFFICE_ZONE).isoformat(timespec="seconds")
