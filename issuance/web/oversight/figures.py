"""The figures of an office: issued by type and day, how long it took, what was spoiled; as a page or a table file."""

from __future__ import annotations

import csv
import datetime as dt
import io
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.overview import figures
from issuance.services.overview.figures import MOST_DAYS, Issued, Made, Period
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("figures", __name__, url_prefix="/oversight/figures")

QUEUES = (Queue(lazy_gettext("Figures"), "oversight.figures.show", READERS, group=Group.OVERSIGHT),)

USUAL_DAYS = 30
CSV_HEAD = ("centre", "document_type", "issued", "median_days", "p90_days", "share_in_time", "share_spoiled")


@blueprint.get("")
@allow(*READERS)
def show() -> str:
    """Some days of the own centre, or of all for an auditor: by day, by type and by centre."""
    with current_office().reading(current_actor()) as look:
        form = Form(request.args)
        period = _period(look, form)
        (issued, made), names = _found(look, period), centres.names(look)
        return render_template(
            "oversight/figures.html",
            form=form,
            period=period,
            days=figures.per_day(issued, period),
            types=figures.by(issued, made, lambda _, code: code),
            centres=figures.by(issued, made, lambda centre, _: names.get(centre, centre)),
            whole=figures.by(issued, made, lambda *_: ""),
        )


@blueprint.get("/table.csv")
@allow(*READERS)
def table() -> Response:
    """The same by centre and type, for a spreadsheet."""
    with current_office().reading(current_actor()) as look:
        period = _period(look, Form(request.args))
        rows = figures.by(*_found(look, period), lambda centre, code: f"{centre} {code}")
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(CSV_HEAD)
    lines.writerows((*row.name.split(" "), row.issued, row.median, row.p90, row.in_time, row.spoiled) for row in rows)
    name = f"liman-{period.first}-{period.last}.csv"
    return Response(
        text.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _found(look: Look, period: Period) -> tuple[list[Issued], Made]:
    centre_id = _centre(look)
    return figures.issued(look, period, centre_id), figures.made(look, period, centre_id)


def _centre(look: Look) -> UUID | None:
    """The centre whose figures one sees; None for an auditor, who sees all."""
    return None if RoleName.AUDITOR in look.actor.roles else look.actor.centre_id


def _period(look: Look, form: Form) -> Period:
    """The days asked for; the last thirty for none, and for what is no time of at most a year."""
    today = look.clock.today()
    last = form.day("last") or today
    first = form.day("first") or last - dt.timedelta(days=USUAL_DAYS - 1)
    if not dt.timedelta(0) <= last - first < dt.timedelta(days=MOST_DAYS):
        form.refuse("last", gettext("Give a first and a last day of at most one year."))
        last, first = today, today - dt.timedelta(days=USUAL_DAYS - 1)
    return Period(first, last)
