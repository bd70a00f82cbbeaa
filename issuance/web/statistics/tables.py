"""Statistics: one table over one period as a file, and the report of a month; for supervisors and administrators."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from issuance.acts import Look
from issuance.law.office.statistics import Frequency, Measure, statistics_law
from issuance.models.staff import Centre, RoleName
from issuance.services import centres
from issuance.services.statistics import periods, report, requests, tables
from issuance.services.statistics.counting import What
from issuance.services.statistics.tables import File, Table
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue
from printing import papers
from printing.papers import CentreCount, CountedTable, MonthReport, Words

blueprint = Blueprint("tables", __name__, url_prefix="/statistics")

ROLES = (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR)
QUEUES = (Queue(lazy_gettext("Statistics"), "statistics.tables.show", ROLES, group=Group.OVERSIGHT),)
PERIODS: dict[str, Any] = {
    Frequency.MONTH: lazy_gettext("the month"),
    Frequency.QUARTER: lazy_gettext("the quarter of the month"),
    Frequency.YEAR: lazy_gettext("the year"),
}
GOOD, NOT_GOOD = Words("se verifică", "proved"), Words("NU SE VERIFICĂ", "NOT GOOD")
NOTHING = Words("–", "–")
FIRST_MONTH, LAST_MONTH, LAST_YEAR = 1, 12, 2200


@blueprint.get("")
@allow(*ROLES)
def show() -> ResponseReturnValue:
    """What can be counted. Nothing is until somebody asks for it."""
    last = current_office().clock.today().replace(day=1) - dt.timedelta(days=1)
    return _page(Form({"year": last.year, "month": last.month}))


@blueprint.post("/report")
@allow(*ROLES)
def month() -> ResponseReturnValue:
    """The report of a month: a PDF and every table that is due, in one ZIP."""
    form = Form.sent()
    with form.catch():
        year, number = _month(form)
        period = periods.of_month(Frequency.MONTH, year, number)
        office, actor = current_office(), current_actor()
        with office.reading(actor) as look:
            found = report.count(look, year, number)
            said = _report(look, period.name, found)
        files = [tables.csv_of(table) for table in found]
        pdf = papers.compose(said, language()).pdf()
        given = report.packed(period, [tables.file(f"report-{period.name}.pdf", pdf), *files])
        with office.act(actor) as act:
            tables.note(act, report.REPORT, period, given, is_good=all(table.is_good for table in found))
        return _given(given, "application/zip")
    return _page(form)


@blueprint.post("/table")
@allow(*ROLES)
def table() -> ResponseReturnValue:
    """One table over its period that has the month in it, as CSV."""
    form = Form.sent()
    with form.catch():
        code = form.choice("table", [each.code for each in statistics_law().tables])
        year, number = _month(form)
        law = tables.named(code)
        period = periods.of_month(law.frequency, year, number)
        office, actor = current_office(), current_actor()
        with office.reading(actor) as look:
            found = tables.count(look, law, period)
        given = tables.csv_of(found)
        with office.act(actor) as act:
            tables.note(act, code, period, given, is_good=found.is_good)
        return _given(given, "text/csv")
    return _page(form)


def _month(form: Form) -> tuple[int, int]:
    year = form.whole("year", least=periods.FIRST_YEAR, most=LAST_YEAR)
    number = form.whole("month", least=FIRST_MONTH, most=LAST_MONTH)
    form.check()
    assert year is not None
    assert number is not None
    return year, number


def _given(given: File, kind: str) -> Response:
    answer = Response(given.body, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{given.name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(form: Form) -> ResponseReturnValue:
    said, law = language(), statistics_law()
    rows = [(each, each.title.text(said), each.legal_basis.text(said), PERIODS[each.frequency]) for each in law.tables]
    assumed = [
        each.text(said) for each in (*law.assumptions, *(text for row in law.tables for text in row.assumptions))
    ]
    page = render_template("statistics/show.html", form=form, rows=rows, assumed=assumed)
    return make_response(page, form.status)


# The report on paper


def _report(look: Look, period: str, found: list[Table]) -> MonthReport:
    centre = look.session.get_one(Centre, look.actor.centre_id)
    names = centres.names(look)
    own = [table for table in found if table.law.measure is Measure.CENTRES]
    return MonthReport(
        period=period,
        made_on=look.clock.today(),
        tables=tuple(_counted(table) for table in found),
        centres=tuple(row for table in own for row in _centres(table, names)),
        centre_name=centre.name,
        centre_address=centre.address,
    )


def _counted(table: Table) -> CountedTable:
    title = Words(table.law.title.ro, table.law.title.en)
    balance = table.balance
    if balance is None:
        return CountedTable(title, table.period.name, "–", "–", "–", table.total, NOTHING)
    counted = balance.counted
    began = counted[What.FIRST] + counted[What.FOLLOWING] + counted[What.AGAIN]
    stock = f"{counted[What.BEFORE]} → {counted[What.AFTER]}"
    result = GOOD if table.is_good else NOT_GOOD
    return CountedTable(title, table.period.name, stock, f"+{began}", f"−{counted[What.ENDED]}", table.total, result)


def _centres(table: Table, names: dict[str, str]) -> list[CentreCount]:
    by_centre: dict[str, Counter[str]] = {}
    for (centre, indicator), count in table.cells.items():
        by_centre.setdefault(centre, Counter())[indicator] = count or 0
    rows = sorted((names.get(code, code), counted) for code, counted in by_centre.items())
    return [
        CentreCount(name, *(counted[each] for each in requests.INDICATORS)) for name, counted in rows if counted.total()
    ]
