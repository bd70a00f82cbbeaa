"""The appointment of a group: a run of slots chosen, moved, given back; each member has a time in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from issuance.acts import Act, Look
from issuance.errors import Conflict
from issuance.models.appointments import Purpose
from issuance.models.groups import ResettlementGroup
from issuance.services.appointments import slots
from issuance.services.appointments.runs import Run
from issuance.services.appointments.slots import Day
from issuance.services.groups import lists, visits
from issuance.web.frame.auth import CLERKS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import clock_time, sentence
from issuance.web.words.codes import PURPOSES

blueprint = Blueprint("visit", __name__, url_prefix="/groups/<uuid:group_id>/appointment")

DAYS_SHOWN = 10
SENT = "%Y-%m-%dT%H:%MZ"
"""A slot as the form sends it."""


@blueprint.route("", methods=["GET", "POST"])
@allow(*CLERKS)
def choose(group_id: UUID) -> ResponseReturnValue:
    """A time from which on everybody comes who has none; with `move` another one for all who have."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            run = Run(_purpose(), _starts_at(form))
            form.check()
            with current_office().act(current_actor()) as act:
                flash(_done(act, lists.own(act, group_id), run), "done")
            return redirect(url_for("groups.group.show", group_id=group_id), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template("groups/visit.html", form=form, **_shown(look, lists.own(look, group_id)))
    return make_response(page, form.status)


def _done(act: Act, group: ResettlementGroup, run: Run) -> str:
    if "move" in request.args:
        count = visits.move(act, group, run)
        return str(ngettext("%(num)s person comes at another time", "%(num)s persons come at another time", count))
    count = visits.reserve(act, group, run)
    return str(ngettext("A time is reserved for %(num)s person", "Times are reserved for %(num)s persons", count))


def _purpose() -> Purpose:
    """What the address says they come for: to lodge, unless it says to collect."""
    return Purpose.COLLECTION if request.args.get("for") == Purpose.COLLECTION else Purpose.LODGING


def _starts_at(form: Form) -> dt.datetime:
    try:
        return dt.datetime.strptime(form.value("starts_at"), SENT).replace(tzinfo=dt.UTC)
    except ValueError:
        form.refuse("starts_at", gettext("Choose one of the times."))
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _shown(look: Look, group: ResettlementGroup) -> dict[str, object]:
    purpose, moving = _purpose(), "move" in request.args
    days = [day for day in slots.open_days(look, group.centre, DAYS_SHOWN) if _is_ahead(look, group, purpose, day)]
    day = next((each for each in days if each.isoformat() == request.args.get("day")), days[0] if days else None)
    visit = visits.of(look, group, purpose)
    found = slots.day_of(look, group.centre, purpose, day) if day else None
    kept: dict[str, Any] = {"for": purpose} | ({"move": 1} if moving else {})
    here = url_for("groups.visit.choose", group_id=group.id, **kept)
    return {
        "group": group,
        "purpose": PURPOSES[purpose],
        "moving": moving,
        "persons": visit.persons if moving else visit.without,
        "here": here,
        "days": days,
        "day": day,
        "given": found is not None and found.bookable > 0,
        "offered": list(_offered(look, found)) if found else [],
    }


def _is_ahead(look: Look, group: ResettlementGroup, purpose: Purpose, day: dt.date) -> bool:
    has_come = purpose == Purpose.COLLECTION or day >= group.expected_on
    return has_come and slots.slots_on(group.centre.opening_hours, day)[-1] >= look.clock.now()


def _offered(look: Look, day: Day) -> Iterator[tuple[str, str, int]]:
    """The slots from which on a run may begin: as the form sends each, by the clock, and who fits into it alone."""
    for slot in day.slots if day.bookable else ():
        if slot >= look.clock.now():
            yield f"{slot:{SENT}}", clock_time(slot), max(0, day.free(slot)) // day.given.minutes


@blueprint.post("/give-back")
@allow(*CLERKS)
def give_back(group_id: UUID) -> ResponseReturnValue:
    """Nobody of the group comes for this: others have their times."""
    try:
        with current_office().act(current_actor()) as act:
            count = visits.give_back(act, lists.own(act, group_id), _purpose())
        flash(ngettext("%(num)s time is free again", "%(num)s times are free again", count), "done")
    except Conflict as error:
        flash(sentence(error), "soon")
    return redirect(url_for("groups.group.show", group_id=group_id), 303)
