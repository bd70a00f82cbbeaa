"""Orders for blanks of another centre: asked for by one supervisor, answered by another, sent in parcels."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act, Look
from issuance.models.staff import RoleName
from issuance.models.supply import StockOrder
from issuance.services import centres
from issuance.services.counts import suggestions
from issuance.services.supply import deliveries, orders
from issuance.services.supply.orders import MOST, Wanted
from issuance.states import OrderState
from issuance.values import references
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.stock.words import ORDERS
from issuance.web.words.machines import stock_word

blueprint = Blueprint("orders", __name__, url_prefix="/stock/orders")

LONGEST = 500
QUEUES = (
    Queue(
        lazy_gettext("Orders for blanks"),
        "stock.orders.listed",
        (RoleName.SUPERVISOR,),
        orders.unanswered,
        group=Group.BLANKS,
    ),
)


@blueprint.get("")
@allow(RoleName.SUPERVISOR)
def listed() -> str:
    """What other centres want of this one, what it wants of others, and what ended last."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "stock/orders.html",
            asked_of=orders.open_ones(look, StockOrder.from_centre_id),
            asked=orders.open_ones(look, StockOrder.centre_id),
            ended=orders.ended(look),
            here=look.actor.centre_id,
            states=ORDERS,
            grouped=references.grouped_code,
        )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def ask() -> ResponseReturnValue:
    """Ask another centre for blanks; what runs out is suggested."""
    form = Form.sent() if request.method == "POST" else Form({name: request.args.get(name, "") for name in ASKED})
    if request.method == "POST":
        with form.catch():
            return _ask(form)
    form.values.setdefault("key", str(form.key()))
    with current_office().reading(current_actor()) as look:
        page = render_template(
            "stock/ask.html",
            form=form,
            centres=options(_others(look)),
            stocks=options((stock, stock_word(stock).capitalize()) for stock in deliveries.stocks()),
            suggestions=suggestions.of_centre(look),
            lasts=suggestions.DAYS,
        )
    return make_response(page, form.status)


ASKED = ("stock", "count")
"""What a suggestion fills in."""


def _others(look: Look) -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in centres.listed(look) if row.active and row.id != look.actor.centre_id]


def _ask(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        of = form.choice("of", [code for code, _ in _others(look)])
    stock = form.choice("stock", deliveries.stocks())
    count = form.whole("count", least=1, most=MOST)
    why = form.text("why", limit=LONGEST, lines=True)
    form.check()
    with current_office().act(current_actor()) as act:
        here = centres.with_id(act, act.actor.centre_id)  # type: ignore[arg-type]
        wanted = Wanted(centres.named(act, of), stock, count or 0, why, form.key())
        key = orders.ask(act, here, wanted).id
    return _done(key, gettext("Asked for. A supervisor of the other centre answers."))


@blueprint.get("/<uuid:order_id>")
@allow(RoleName.SUPERVISOR)
def show(order_id: UUID) -> ResponseReturnValue:
    """The order, how far it is, and what comes next."""
    return _page(order_id, Form())


@blueprint.post("/<uuid:order_id>/agree")
@allow(RoleName.SUPERVISOR)
def agree(order_id: UUID) -> ResponseReturnValue:
    """Agree to send the blanks."""
    return _do(order_id, Form.sent(), orders.agree, gettext("Agreed to. Pack a parcel for it."))


@blueprint.post("/<uuid:order_id>/refuse")
@allow(RoleName.SUPERVISOR)
def refuse(order_id: UUID) -> ResponseReturnValue:
    """Refuse to send the blanks, and say why."""
    return _with_word(order_id, orders.refuse, gettext("Refused. The other centre reads why."))


@blueprint.post("/<uuid:order_id>/withdraw")
@allow(RoleName.SUPERVISOR)
def withdraw(order_id: UUID) -> ResponseReturnValue:
    """Say that the blanks, or the rest of them, are not needed any more."""
    return _with_word(order_id, orders.withdraw, gettext("Withdrawn. Nothing more is sent."))


def _with_word(order_id: UUID, what: Callable[[Act, StockOrder, str], None], said: str) -> ResponseReturnValue:
    form = Form.sent()
    word = form.text("answer", limit=LONGEST, lines=True)
    return _do(order_id, form, lambda act, row: what(act, row, word), said)


def _do(order_id: UUID, form: Form, what: Callable[[Act, StockOrder], None], said: str) -> ResponseReturnValue:
    with form.catch():
        form.check()
        with current_office().act(current_actor()) as act:
            what(act, orders.opened(act, order_id))
        return _done(order_id, said)
    return _page(order_id, form)


def _done(order_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("stock.orders.show", order_id=order_id), 303)


def _page(order_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        row = orders.opened(look, order_id)
        is_asked_here = row.from_centre_id == look.actor.centre_id
        page = render_template(
            "stock/order.html",
            form=form,
            row=row,
            code=references.grouped_code(row.code),
            state=ORDERS[row.state],
            progress=orders.progress(look, row),
            may_answer=is_asked_here and row.state == OrderState.ASKED and look.actor.id != row.asked_by,
            may_pack=is_asked_here and row.state in (OrderState.AGREED, OrderState.IN_PARTS),
            may_withdraw=not is_asked_here and row.ended_at is None,
        )
    return make_response(page, form.status)
