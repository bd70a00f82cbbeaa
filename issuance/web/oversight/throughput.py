"""How fast a centre works: documents an hour, minutes a step, what was spoiled; by day, as plots, tables or a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext, lazy_gettext, ngettext

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.overview import throughput
from issuance.services.overview.figures import Period
from issuance.services.overview.throughput import MOST_DAYS, Made, Step, Throughput
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("throughput", __name__, url_prefix="/oversight/throughput")

LOOKERS = (*READERS, RoleName.OPERATOR)
QUEUES = (Queue(lazy_gettext("Throughput"), "oversight.throughput.show", LOOKERS, group=Group.PRODUCTION),)

USUAL_DAYS = 7
STEPS = {
    Step.TO_MACHINE: lazy_gettext("Order to machine"),
    Step.MAKING: lazy_gettext("In the machine"),
    Step.TO_CHECK: lazy_gettext("Machine to check"),
}
CSV_HEAD = ("centre", "day", "made", "hours", "an_hour", "share_spoiled")
OF_A_STEP = ("n", "p50_minutes", "p90_minutes")


@blueprint.get("")
@allow(*LOOKERS)
def show() -> str:
    """Some days of the own centre, or of all for an auditor; the last of them hour by hour."""
    with current_office().reading(current_actor()) as look:
        form = Form(request.args)
        period = _period(look, form)
        found, names = throughput.made(look, period, _centre(look)), centres.names(look)
    days = throughput.by(found, _day)
    return render_template(
        "oversight/throughput.html",
        form=form,
        period=period,
        whole=throughput.of(found),
        hours=throughput.per_hour(found, period.last),
        days=[(day, days.get(day.isoformat())) for day in period.days],
        centres=throughput.by(found, lambda each: names.get(each.centre, each.centre)),
        steps=STEPS,
        span=span,
    )


@blueprint.get("/table.csv")
@allow(*LOOKERS)
def table() -> Response:
    """The same by centre and day, for a spreadsheet; minutes with one decimal."""
    with current_office().reading(current_actor()) as look:
        period = _period(look, Form(request.args))
        rows = throughput.by(throughput.made(look, period, _centre(look)), lambda each: f"{each.centre} {_day(each)}")
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([*CSV_HEAD, *(f"{step}_{what}" for step in Step for what in OF_A_STEP)])
    lines.writerows([*name.split(" "), *_cells(row)] for name, row in rows.items())
    name = f"liman-throughput-{period.first}-{period.last}.csv"
    return Response(
        text.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _day(each: Made) -> str:
    return each.ended.date().isoformat()


def _cells(row: Throughput) -> list[object]:
    took = [cell for each in row.took.values() for cell in (each.number, _short(each.median), _short(each.p90))]
    return [row.made, row.hours, _short(row.an_hour), row.spoiled, *took]


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _centre(look: Look) -> UUID | None:
    """The centre whose machines one sees; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


def _period(look: Look, form: Form) -> Period:
    """The days asked for; the last seven for none, and for what is no time of at most MOST_DAYS."""
    today = look.clock.today()
    last = form.day("last") or today
    first = form.day("first") or last - dt.timedelta(days=USUAL_DAYS - 1)
    if not dt.timedelta(0) <= last - first < dt.timedelta(days=MOST_DAYS):
        form.refuse("last", gettext("Give a first and a last day of at most two weeks."))
        last, first = today, today - dt.timedelta(days=USUAL_DAYS - 1)
    return Period(first, last)


def span(minutes: float | None) -> str:
    """A time as one says it: seconds below two minutes, then minutes, hours, and days from the third on."""
    if minutes is None:
        return "—"
    if minutes < 2:
        return str(gettext("%(number)s s", number=round(minutes * 60)))
    if minutes < 120:
        return str(gettext("%(number)s min", number=round(minutes)))
    if minutes < 2 * 24 * 60:
        return str(gettext("%(number)s h", number=round(minutes / 60)))
    return str(ngettext("%(num)s day", "%(num)s days", round(minutes / 60 / 24)))
