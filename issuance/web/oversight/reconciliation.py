"""After a restore: what the stations' journals tell and the register does not know, settled one by one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.models.recovery import Difference
from issuance.models.staff import RoleName
from issuance.services.recovery import journals, reconciliation, report
from issuance.services.recovery.reconciliation import Settlement, Way
from issuance.services.stock import ledger
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import stock_word

blueprint = Blueprint("reconciliation", __name__, url_prefix="/oversight/reconciliation")

SUPERVISORS = (RoleName.SUPERVISOR,)


def _open(look: Look) -> int:
    return report.open_count(look, look.actor.centre_id)


QUEUES = (
    Queue(
        lazy_gettext("Reconciliation"),
        "oversight.reconciliation.listed",
        SUPERVISORS,
        _open,
        urgent=True,
        group=Group.PRODUCTION,
    ),
)

KINDS: dict[str, Any] = {
    journals.Kind.LOST_CARD: lazy_gettext("a card that the register lost"),
    journals.Kind.OPEN_JOB: lazy_gettext("a held job that was made"),
    journals.Kind.TEST_PRINT: lazy_gettext("a test print"),
}
WAYS: dict[str, Any] = {
    Way.OUT: lazy_gettext("The card is not here"),
    Way.DESTROYED: lazy_gettext("The card is here and will be destroyed"),
    Way.MADE: lazy_gettext("It is what was ordered"),
    Way.AGAIN: lazy_gettext("Again under a new number"),
}
HINTS: dict[str, Any] = {
    Way.OUT: lazy_gettext(
        "Its blank is consumed. Collect the card: its number was never valid. Its person gets another."
    ),
    Way.DESTROYED: lazy_gettext("Its blank is spoiled. Put it aside to be destroyed. Its person gets another."),
    Way.MADE: lazy_gettext("The finished document lies in the tray. It goes to the quality check."),
    Way.AGAIN: lazy_gettext(
        "Its number is cancelled and its blank spoiled; a new number and job follow. Collect the card."
    ),
}


@blueprint.get("")
@allow(*SUPERVISORS)
def listed() -> str:
    """The stations of the centre, their differences, the held jobs, and what is never valid."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        found = report.newest(look, actor.centre_id)
        return render_template(
            "oversight/reconciliation.html", found=found, kinds=KINDS, ways=WAYS, at_once=reconciliation.AT_ONCE
        )


@blueprint.route("/<uuid:difference_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def settle(difference_id: UUID) -> ResponseReturnValue:
    """Say what became of one card, after looking for it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _settle(difference_id, form)
    with current_office().reading(current_actor()) as look:
        difference = reconciliation.own_difference(look, difference_id)
        page = render_template(
            "oversight/difference.html",
            form=form,
            difference=difference,
            kinds=KINDS,
            ways=WAYS,
            choices=[] if difference.way else _choices(look, difference),
            stocks=_stocks(look, difference),
        )
    return make_response(page, form.status)


def _choices(look: Look, difference: Difference) -> list[tuple[str, Any, Any]]:
    return [(str(way), WAYS[way], HINTS[way]) for way in reconciliation.ways(look, difference)]


def _stocks(look: Look, difference: Difference) -> list[tuple[str, str]]:
    """The stocks to choose from, when the ledger does not know the blank."""
    if difference.blank_serial is None or ledger.find(look, difference.blank_serial) is not None:
        return []
    return [(stock, stock_word(stock)) for stock in reconciliation.stocks()]


def _settle(difference_id: UUID, form: Form) -> ResponseReturnValue:
    way = form.choice("way", [str(way) for way in Way])
    seen = form.text("seen", limit=500, lines=True)
    serial = form.text("blank_serial", required=False, limit=60)
    stock = form.text("stock", required=False, limit=60)
    number = form.text("number", required=False, limit=20)
    form.check()
    with current_office().act(current_actor()) as act:
        difference = reconciliation.own_difference(act, difference_id)
        reconciliation.settle(act, difference, Settlement(Way(way), seen, serial, stock, number))
    flash(gettext("The difference is settled."), "done")
    return redirect(url_for("oversight.reconciliation.listed"), 303)


@blueprint.post("/held")
@allow(*SUPERVISORS)
def go_on() -> ResponseReturnValue:
    """Let the held jobs that no station made go on under new numbers."""
    actor = current_actor()
    with current_office().act(actor) as act:
        left = reconciliation.go_on(act, actor.centre_id)
    flash(gettext("The jobs go on under new numbers; %(left)s are still held.", left=left), "done")
    return redirect(url_for("oversight.reconciliation.listed"), 303)


@blueprint.route("/stations/<uuid:station_id>", methods=["GET", "POST"])
@allow(*SUPERVISORS)
def close(station_id: UUID) -> ResponseReturnValue:
    """The blanks of a station were counted and everything is settled: it may claim again."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            missing = form.text("missing", required=False, limit=20_000, lines=True).split()
            seen = form.text("seen", limit=500, lines=True)
            form.check()
            with current_office().act(current_actor()) as act:
                reconciliation.close(act, reconciliation.own_station(act, station_id), missing, seen)
            flash(gettext("The station may claim orders again."), "done")
            return redirect(url_for("oversight.reconciliation.listed"), 303)
    with current_office().reading(current_actor()) as look:
        station = reconciliation.own_station(look, station_id)
        row = journals.reconciliation(look, station)
        blanks = ledger.left_at(look, [station])[station.id]
        page = render_template("oversight/reconcile_station.html", form=form, station=station, row=row, blanks=blanks)
    return make_response(page, form.status)
