"""Days of a centre: closed with every difference named, one after the other, each with its sheet."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.models.staff import Centre, RoleName
from issuance.models.supply import DayAccount, DayDifference, DayPrinter, StockDay
from issuance.services import centres
from issuance.services.counts import closing
from issuance.services.counts.differences import Difference
from issuance.web.counts.words import DIFFERENCES, about_words, counted_words
from issuance.web.frame.auth import READERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import clock_time, day, language, on_paper
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import PLACES, place_word, stock_word
from printing import papers
from printing.papers import DayCount, DayNamed, DayPlace

blueprint = Blueprint("days", __name__, url_prefix="/days")

QUEUES = (
    Queue(
        lazy_gettext("Days of the centre"),
        "counts.days.listed",
        READERS,
        closing.waiting,
        urgent=True,
        group=Group.BLANKS,
    ),
)
LONGEST_WORD = 500


@blueprint.get("")
@allow(*READERS)
def listed() -> str:
    """The closed days of the own centre; an auditor chooses one."""
    with current_office().reading(current_actor()) as look:
        centre = _centre(look)
        rows = closing.listed(look, centre.id)
        return render_template(
            "counts/days.html",
            centre=centre,
            chips=_chips(look, centre),
            rows=rows,
            missed=closing.missed(look) if centre.id == look.actor.centre_id else [],
            is_closed=bool(rows) and rows[0].day >= look.clock.today(),
            may_close=RoleName.SUPERVISOR in look.actor.roles,
        )


def _centre(look: Look) -> Centre:
    code = request.args.get("centre", "")
    if RoleName.AUDITOR in look.actor.roles and code:
        return centres.any_named(look, code)
    return centres.with_id(look, look.actor.centre_id)  # type: ignore[arg-type]


def _chips(look: Look, chosen: Centre) -> list[tuple[str, str, bool]]:
    if RoleName.AUDITOR not in look.actor.roles:
        return []
    found = centres.listed(look)
    return [(each.name, url_for("counts.days.listed", centre=each.code), each.id == chosen.id) for each in found]


@blueprint.route("/close", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def close() -> ResponseReturnValue:
    """The day as it stands, and a word on each difference."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _close(form)
    with current_office().reading(current_actor()) as look:
        before = closing.last(look, look.actor.centre_id)
        page = render_template(
            "counts/close.html",
            form=form,
            today=look.clock.today(),
            draft=closing.draft(look),
            is_closed=before is not None and before.day >= look.clock.today(),
            title=_title,
            places=PLACES,
            counted_words=counted_words,
            longest=LONGEST_WORD,
        )
    return make_response(page, form.status)


def _title(each: Difference | DayDifference) -> str:
    about = about_words(each.name, each.about)
    return f"{DIFFERENCES[each.name]}: {about}" if about else str(DIFFERENCES[each.name])


def _close(form: Form) -> ResponseReturnValue:
    asked = [name for name in form.values if ":" in name]
    words = {name: form.text(name, required=False, limit=LONGEST_WORD, lines=True) for name in asked}
    word = form.text("word", required=False, limit=LONGEST_WORD, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        centre = centres.with_id(act, act.actor.centre_id)  # type: ignore[arg-type]
        row = closing.close(act, centre, words, word)
        number, key = row.number, row.id
    flash(gettext("Day %(number)s is closed. Print its sheet and sign it.", number=number), "done")
    return redirect(url_for("counts.days.show", day_id=key), 303)


@blueprint.get("/<uuid:day_id>")
@allow(*READERS)
def show(day_id: UUID) -> str:
    """A closed day, as it was."""
    with current_office().reading(current_actor()) as look:
        row = closing.opened(look, day_id)
        return render_template(
            "counts/day.html",
            row=row,
            lines=closing.accounts_of(look, row),
            printers=closing.printers_of(look, row),
            differences=closing.differences_of(look, row),
            title=_title,
            place_word=place_word,
            counted_words=counted_words,
        )


@blueprint.get("/<uuid:day_id>/sheet.pdf")
@allow(*READERS)
def sheet(day_id: UUID) -> Response:
    """The closing sheet, to be signed."""
    with current_office().reading(current_actor()) as look:
        said = _sheet(look, closing.opened(look, day_id))
    answer = Response(papers.compose(said, language()).pdf(), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="day.pdf"'
    return answer


def _sheet(look: Look, row: StockDay) -> papers.StockDay:
    centre = look.session.get_one(Centre, row.centre_id)
    return papers.StockDay(
        number=str(row.number),
        day=row.day,
        closed_at=f"{day(row.closed_at)}, {clock_time(row.closed_at)}",
        closed_by=row.closer.full_name,
        word=row.word,
        waiting=row.waiting,
        tested=row.tested,
        accounts=tuple(_account(each) for each in closing.accounts_of(look, row) if not each.is_idle),
        printers=tuple(_printer(each) for each in closing.printers_of(look, row)),
        differences=tuple(_difference(each) for each in closing.differences_of(look, row)),
        audit=f"{row.position} · {row.head[:32]} {row.head[32:]}",
        centre_name=centre.name,
        centre_address=centre.address,
    )


def _account(row: DayAccount) -> DayPlace:
    where, stock = on_paper(lambda: place_word(row.place)), on_paper(lambda: stock_word(row.stock))
    return DayPlace(where, stock, row.opening, row.came, row.went, row.closing)


def _printer(row: DayPrinter) -> DayCount:
    counted = on_paper(lambda: counted_words(row.counted, row.unit))
    return DayCount(row.station.name, counted, "–" if row.since is None else str(row.since), row.made)


def _difference(row: DayDifference) -> DayNamed:
    return DayNamed(on_paper(lambda: _title(row)), row.count, row.word)
