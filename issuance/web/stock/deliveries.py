"""Deliveries of blanks: the manifest is typed or read from a file by one person, and the boxes counted by another."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.stock import serials
from issuance.services.supply import deliveries
from issuance.services.supply.deliveries import Counted, Manifest
from issuance.web.frame.auth import OPERATORS, UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import stock_word

blueprint = Blueprint("deliveries", __name__, url_prefix="/stock/deliveries")

MOST_TEXT = 100_000
"""Letters of a list of serials: five thousand of twenty."""


QUEUES = (
    Queue(
        lazy_gettext("Deliveries of blanks"),
        "stock.deliveries.listed",
        OPERATORS,
        deliveries.waiting_count,
        group=Group.BLANKS,
    ),
)


@blueprint.get("")
@allow(*OPERATORS)
def listed() -> str:
    """What was announced and waits to be counted, and what was counted last."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "stock/deliveries.html",
            waiting=deliveries.waiting(look),
            counted=deliveries.counted(look),
            may_announce=RoleName.SUPERVISOR in look.actor.roles,
            me=look.actor.id,
        )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR, body=UPLOAD_BYTES)
def announce() -> ResponseReturnValue:
    """Take the supplier's manifest in: ranges and serials as typed, or a list in a file."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            return _announce(form)
    kinds = options((stock, stock_word(stock).capitalize()) for stock in deliveries.stocks())
    return make_response(render_template("stock/announce.html", form=form, stocks=kinds), form.status)


def _announce(form: Form) -> ResponseReturnValue:
    reference = form.text("reference", limit=60)
    stock = form.choice("stock", deliveries.stocks())
    typed = form.text("serials", required=False, limit=MOST_TEXT, lines=True)
    listed_ones = form.file("list", required=False, limit=MOST_TEXT).decode("utf-8-sig", "replace")
    form.check()
    said = Manifest(reference, stock, serials.listed(f"{typed}\n{listed_ones}"))
    with current_office().act(current_actor()) as act:
        row = deliveries.announce(act, centres.with_id(act, current_actor().centre_id), said)  # type: ignore[arg-type]
        count = row.announced
    flash(gettext("Announced: %(count)s blanks. Another person opens the boxes and counts.", count=count), "done")
    return redirect(url_for("stock.deliveries.listed"), 303)


@blueprint.route("/<uuid:delivery_id>/count", methods=["GET", "POST"])
@allow(*OPERATORS, body=UPLOAD_BYTES)
def count(delivery_id: UUID) -> ResponseReturnValue:
    """Say what lies in the boxes; what was announced is not shown to who counts."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            found = serials.listed(form.text("serials", limit=MOST_TEXT, lines=True))
            form.check()
            with current_office().act(current_actor()) as act:
                counted = deliveries.count(act, deliveries.opened(act, delivery_id), found)
            _say(counted)
            return redirect(url_for("stock.deliveries.show", delivery_id=delivery_id), 303)
    with current_office().reading(current_actor()) as look:
        row = deliveries.opened(look, delivery_id)
        page = render_template("stock/count.html", form=form, row=row, is_announcer=row.announced_by == look.actor.id)
    return make_response(page, form.status)


def _say(counted: Counted) -> None:
    flash(gettext("Counted: %(count)s blanks lie in the vault.", count=counted.came), "done")
    if counted.absent:
        flash(gettext("Announced and not there: %(count)s. They are missing.", count=len(counted.absent)), "stop")
    if counted.strange:
        flash(
            gettext(
                "There and not announced: %(serials)s. Keep them apart; the supervisor looks.",
                serials=", ".join(counted.strange[:10]),
            ),
            "stop",
        )


@blueprint.get("/<uuid:delivery_id>")
@allow(*OPERATORS)
def show(delivery_id: UUID) -> str:
    """One delivery, and each serial that did not come; how many were announced is said once they are counted."""
    with current_office().reading(current_actor()) as look:
        row = deliveries.opened(look, delivery_id)
        return render_template("stock/delivery.html", row=row, absent=deliveries.absent(look, row))
