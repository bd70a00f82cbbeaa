"""The holder's appointment, from the answer of the status page: free times, one taken, changed, given back, kept.

Who asks shows what the answer carried (`carried.py`): the reference with the birth date, or the code of the receipt.
"""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from issuance.acts import Look
from issuance.clock import office_day
from issuance.errors import InvalidInput
from issuance.services.appointments import chosen
from issuance.services.appointments.chosen import Visit
from issuance.services.appointments.slots import SLOT
from issuance.services.public import receipts
from issuance.services.trust import limits
from issuance.services.trust.limits import Counted, TooManyTries
from issuance.web.frame.auth import public
from issuance.web.frame.current import current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import speak_to_everybody
from issuance.web.public.parts.carried import carried, carry
from issuance.web.public.parts.replies import question, too_often

CHANGES = 10
"""How often a holder may take, change and cancel in one window: each is an act of the office."""

blueprint = Blueprint("times", __name__, url_prefix="/status")


@blueprint.route("/times", methods=["GET", "POST"])
@public
def listed() -> ResponseReturnValue:
    """The appointment as it stands, and the next free times."""
    speak_to_everybody()
    known = carried(request.form.get("carried", ""))
    return _page(Form(), known) if known else question()


@blueprint.route("/time", methods=["GET", "POST"])
@public
def take() -> ResponseReturnValue:
    """Take a free time, the first or another one."""
    speak_to_everybody()
    form = Form.sent()
    known = carried(form.value("carried"))
    if known is None:
        return question()
    with form.catch():
        at = _moment(form)
        try:
            with current_office().upkeep() as look:
                _count(look, known)
                chosen.choose(look, receipts.shown_by(*known), at)
        except TooManyTries as error:
            return too_often(error)
        return _page(Form(), known, taken=True)
    return _page(form, known)


@blueprint.route("/time/cancel", methods=["GET", "POST"])
@public
def cancel() -> ResponseReturnValue:
    """Give the appointment back: others have its time."""
    speak_to_everybody()
    known = carried(request.form.get("carried", ""))
    if known is None:
        return question()
    try:
        with current_office().upkeep() as look:
            _count(look, known)
            chosen.give_back(look, receipts.shown_by(*known))
    except TooManyTries as error:
        return too_often(error)
    return _page(Form(), known)


@blueprint.route("/appointment.ics", methods=["GET", "POST"])
@public
def calendar() -> ResponseReturnValue:
    """The appointment as a file for a calendar (RFC 5545): when and where, and nothing of who or why."""
    speak_to_everybody()
    known = carried(request.form.get("carried", ""))
    visit = _visit(known) if known else None
    if visit is None or visit.starts_at is None:
        return question()
    answer = Response(_icalendar(visit, visit.starts_at), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


def _visit(known: tuple[str, str]) -> Visit | None:
    with current_office().reading() as look:
        return chosen.visit_of(look, receipts.shown_by(*known))


def _page(form: Form, known: tuple[str, str], *, taken: bool = False) -> ResponseReturnValue:
    with current_office().reading() as look:
        visit = chosen.visit_of(look, receipts.shown_by(*known))
        if visit is None:
            return question()
        times = chosen.free(look, visit)
    page = render_template(
        "public/times.html",
        form=form,
        visit=visit,
        days=[(format_date(day, "EEEE, d MMM"), list(same)) for day, same in groupby(times, office_day)],
        taken=taken,
        carried=carry(*known),
        next=_next(form, times),
    )
    return make_response(page, form.status)


def _next(form: Form, times: list[dt.datetime]) -> dt.datetime | None:
    """The time to propose when the one that was wanted is gone: the first after it, else the first."""
    if not form.refused or not times:
        return None
    wanted = form.value("starts_at")
    return next((each for each in times if each.isoformat() > wanted), times[0])


def _moment(form: Form) -> dt.datetime:
    """The moment that was chosen; FormRefused when it is none."""
    form.choice("starts_at", [form.value("starts_at")] if form.value("starts_at") else [])
    form.check()
    try:
        at = dt.datetime.fromisoformat(form.value("starts_at"))
    except ValueError:
        at = dt.datetime.min
    if at.tzinfo is None:
        raise InvalidInput("starts_at", "This time is taken. Choose another one.")
    return at


def _count(look: Look, known: tuple[str, str]) -> None:
    limits.count(look, Counted("status-told", known[0], CHANGES))


def _icalendar(visit: Visit, at: dt.datetime) -> str:
    """Lines of at most 75 octets, each ended by CRLF."""
    summary = gettext("Appointment")
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Liman//Status page//EN", "BEGIN:VEVENT"),
        f"UID:{visit.key}",
        f"DTSTAMP:{_utc(current_office().clock.now())}",
        f"DTSTART:{_utc(at)}",
        f"DTEND:{_utc(at + SLOT)}",
        f"SUMMARY:{_escaped(summary)}",
        f"LOCATION:{_escaped(visit.at.address)}",
        *("END:VEVENT", "END:VCALENDAR"),
    )
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _folded(line: str) -> str:
    parts, size = [""], 0
    for letter in line:
        wide = len(letter.encode())
        if size + wide > 74:
            parts, size = [*parts, ""], 0
        parts[-1], size = parts[-1] + letter, size + wide
    return "\r\n ".join(parts)
