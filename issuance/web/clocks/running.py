"""One page of all terms: how long each runs, who answers for it, what is near its end here and what has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from babel.lists import format_list
from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, lazy_gettext, ngettext

from issuance.acts import Look
from issuance.law.office.clocks import Clock, clocks
from issuance.models.staff import RoleName
from issuance.services.clocks import running
from issuance.services.clocks.running import Running, Term
from issuance.web.clocks import places
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.states import word

blueprint = Blueprint("running", __name__, url_prefix="/clocks")

LOOKERS = (RoleName.CLERK, RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)

IN_THE_RAIL = (RoleName.DECISION_OFFICER, RoleName.SUPERVISOR)
"""A clerk's rail has the lists of work themselves, and comes here from what is due."""

QUEUES = (Queue(lazy_gettext("Terms and clocks"), "clocks.running.show", IN_THE_RAIL, group=Group.FOLLOW_UP),)

PASSING = {
    "refused": (lazy_gettext("refused"), "stop"),
    "escalated": (lazy_gettext("escalated"), "soon"),
    "counted": (lazy_gettext("counted, with its reason"), "plain"),
}


UNITS: dict[str, Callable[[int, str], str]] = {
    "hours": lambda most, counts: str(ngettext("%(counts)s hour", "%(counts)s hours", most, counts=counts)),
    "days": lambda most, counts: str(ngettext("%(counts)s day", "%(counts)s days", most, counts=counts)),
    "months": lambda most, counts: str(ngettext("%(counts)s month", "%(counts)s months", most, counts=counts)),
    "working_days": lambda most, counts: str(
        ngettext("%(counts)s working day", "%(counts)s working days", most, counts=counts)
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One clock as the page shows it; `near` and `passed` are None where it is not counted by centre.

    `at` is the address of what runs, `why` where it is said why an act came late.
    """

    clock: Clock
    term: str
    roles: str
    near: int | None
    passed: int | None
    at: str
    why: str


@blueprint.get("")
@allow(*LOOKERS)
def show() -> ResponseReturnValue:
    """Every clock with its article; those that run are counted at one's own centre."""
    with current_office().reading(current_actor()) as look:
        lines = [_line(look, clock) for clock in clocks().values()]
    return render_template("clocks/all.html", lines=lines, most=running.MOST, said=language(), passing=PASSING)


def _line(look: Look, clock: Clock) -> Line:
    now, near, passed = look.clock.now(), None, None
    if running.is_counted(clock.code):
        rows = running.rows(look, clock)
        passed = sum(row.left(now) <= dt.timedelta() for row in rows)
        near = len(rows) - passed
    term = term_in_words(running.term(look, clock.code))
    listed = url_for("clocks.running.one", name=clock.code) if running.is_listed(clock.code) else ""
    at = listed or places.acted_on(clock)
    return Line(clock, term, _roles(clock), near, passed, at, places.why_late(clock))


@blueprint.get("/<name>")
@allow(*LOOKERS)
def one(name: str) -> ResponseReturnValue:
    """What of one clock has passed or is near, what ends first ahead."""
    clock = clocks().get(name)
    if clock is None or not running.is_listed(name):
        abort(404)
    with current_office().reading(current_actor()) as look:
        now, rows = look.clock.now(), running.rows(look, clock)
        return render_template(
            "clocks/one.html",
            clock=clock,
            rows=[(row, *_left(row, now)) for row in rows],
            term=term_in_words(running.term(look, name)),
            roles=_roles(clock),
            said=language(),
            passing=PASSING,
            why=places.why_late(clock),
            most=running.MOST,
        )


def term_in_words(term: Term) -> str:
    """`24 hours`, `15 or 30 days`, `3 working days`; at once for none."""
    if not term.counts:
        return str(gettext("at once"))
    counts = format_list([str(count) for count in term.counts], style="or", locale=get_locale())
    return UNITS[term.unit](term.counts[-1], counts)


def _roles(clock: Clock) -> str:
    return ", ".join(word(RoleName(role)) for role in clock.roles)


def _left(row: Running, now: dt.datetime) -> tuple[str, str]:
    """How much time there is, or since when there is none; and the tone of it."""
    left = row.left(now)
    hours = abs(left) // dt.timedelta(hours=1)
    if left <= dt.timedelta():
        return (
            ngettext("passed %(num)s day ago", "passed %(num)s days ago", hours // 24)
            if hours >= 24
            else ngettext("passed %(num)s hour ago", "passed %(num)s hours ago", hours)
        ), "stop"
    if hours >= 48:
        return ngettext("%(num)s day left", "%(num)s days left", hours // 24), "soon"
    return ngettext("%(num)s hour left", "%(num)s hours left", hours), "soon"
