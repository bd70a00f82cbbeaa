"""Blanks from hand to hand: out of the vault and back, into a station and out of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext

from issuance.services import centres
from issuance.services.counts import asking
from issuance.services.stock import accounts, serials
from issuance.services.supply import handing
from issuance.services.supply.handing import Step
from issuance.states import BlankState
from issuance.web.frame.auth import HANDS, OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.stock.telling import acting
from issuance.web.words.machines import PLACES

blueprint = Blueprint("handing", __name__, url_prefix="/stock")

MOST_TEXT = 30_000
QUEUES = (Queue(lazy_gettext("Hand blanks over"), "stock.handing.hand", HANDS, group=Group.BLANKS),)

STEPS: dict[Step, tuple[Any, Any]] = {
    Step.HAND_OUT: (lazy_gettext("Out of the vault"), lazy_gettext("An operator says then that they have them.")),
    Step.LOCK_AWAY: (lazy_gettext("Back in the vault"), lazy_gettext("What an operator handed back.")),
    Step.TAKE_OVER: (lazy_gettext("I have them"), lazy_gettext("What the supervisor handed out of the vault.")),
    Step.HAND_BACK: (lazy_gettext("Back to the vault"), lazy_gettext("The supervisor says then that they have them.")),
}
WHERE = (BlankState.IN_VAULT, BlankState.IN_TRANSIT, BlankState.AT_CENTRE)
DIRECTIONS = (
    ("load", lazy_gettext("Into the station"), lazy_gettext("Out of the machines' room.")),
    ("take_out", lazy_gettext("Out of the station"), lazy_gettext("Back into the machines' room, unused.")),
)


@blueprint.route("/hand", methods=["GET", "POST"])
@allow(*OPERATORS, at_missions=True)
def hand() -> ResponseReturnValue:
    """Say that blanks go out of the vault or back, or that one has them; a range a line, or each scanned."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _hand(form)
    with current_office().reading(current_actor()) as look:
        blind = asking.blind(look)
        page = render_template(
            "stock/hand.html",
            form=form,
            steps=[(str(step), *STEPS[step]) for step in handing.steps_of(look)],
            place_words=PLACES,
            rows=[
                row
                for row in accounts.of_centre(look, look.actor.centre_id)
                if row.place.kind in WHERE and row.place.to_centre_id is None and (row.place_id, row.stock) not in blind
            ],
        )
    return make_response(page, form.status)


def _hand(form: Form) -> ResponseReturnValue:
    step = form.choice("step", list(Step))
    typed = form.text("serials", limit=MOST_TEXT, lines=True)
    form.check()
    with acting() as act:
        centre = centres.with_id(act, act.actor.centre_id)  # type: ignore[arg-type]
        count = handing.hand(act, centre, Step(step), serials.listed(typed))
    flash(ngettext("%(num)s blank is written down.", "%(num)s blanks are written down.", count), "done")
    return redirect(url_for("stock.handing.hand"), 303)


@blueprint.route("/stations/<uuid:station_id>", methods=["GET", "POST"])
@allow(*OPERATORS, at_missions=True)
def station(station_id: UUID) -> ResponseReturnValue:
    """Put blanks of the machines' room into a station, or take them out again."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _load(form, station_id)
    with current_office().reading(current_actor()) as look:
        here = centres.own_station(look, station_id)
        page = render_template("stock/station.html", form=form, station=here, directions=DIRECTIONS)
    return make_response(page, form.status)


def _load(form: Form, station_id: UUID) -> ResponseReturnValue:
    direction = form.choice("direction", [value for value, _, _ in DIRECTIONS])
    typed = form.text("serials", limit=MOST_TEXT, lines=True)
    form.check()
    do = handing.load if direction == "load" else handing.take_out
    with acting() as act:
        count = do(act, centres.own_station(act, station_id), serials.listed(typed))
    flash(ngettext("%(num)s blank is written down.", "%(num)s blanks are written down.", count), "done")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)
