"""Parcels of blanks between centres: what goes and comes, what is late, and the packing of a new one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Look
from issuance.errors import NotFound
from issuance.models.staff import RoleName
from issuance.models.supply import StockOrder
from issuance.services import centres
from issuance.services.stock import serials
from issuance.services.supply import orders, parcel_lists, parcels
from issuance.services.supply.parcels import Packing
from issuance.values import references
from issuance.web.frame.auth import HANDS, OPERATORS, UPLOAD_BYTES, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form, options
from issuance.web.frame.rail import Group, Queue
from issuance.web.stock.telling import acting
from issuance.web.stock.words import PARCELS

blueprint = Blueprint("parcels", __name__, url_prefix="/stock/parcels")

MOST_TEXT = 100_000
LATE = lazy_gettext("Parcels not acknowledged")
QUEUES = (
    Queue(
        lazy_gettext("Parcels of blanks"),
        "stock.parcels.listed",
        HANDS,
        parcel_lists.waiting,
        group=Group.BLANKS,
    ),
    Queue(LATE, "stock.parcels.late", (RoleName.SUPERVISOR,), parcel_lists.late_count, urgent=True, group=Group.BLANKS),
)


@blueprint.get("")
@allow(*OPERATORS, at_missions=True)
def listed() -> str:
    """What the own centre packed and sent, what comes to it, and what ended last."""
    with current_office().reading(current_actor()) as look:
        late = {row.id for row in parcel_lists.late(look)}
        return render_template(
            "stock/parcels.html",
            coming=parcel_lists.coming(look),
            going=parcel_lists.going(look),
            ended=parcel_lists.ended(look),
            late=late,
            here=look.actor.centre_id,
            states=PARCELS,
            grouped=references.grouped_code,
            may_pack=RoleName.SUPERVISOR in look.actor.roles,
        )


@blueprint.get("/late")
@allow(RoleName.SUPERVISOR)
def late() -> str:
    """What was sent, to the own centre or by it, and nobody acknowledged in time."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "stock/late.html",
            rows=parcel_lists.late(look),
            days=parcel_lists.days(),
            states=PARCELS,
            grouped=references.grouped_code,
        )


@blueprint.post("/scan")
@allow(*OPERATORS, at_missions=True)
def scan() -> ResponseReturnValue:
    """The code on a manifest was scanned: its parcel opens."""
    code = references.normalise_code(request.form.get("code", "")[:40])
    with current_office().reading(current_actor()) as look:
        row = parcel_lists.scanned(look, code) if code else None
        if row is not None:
            return redirect(url_for("stock.parcel.show", parcel_id=row.id), 303)
    flash(gettext("Your centre has no parcel with this code. Scan the manifest again."), "soon")
    return redirect(url_for("stock.parcels.listed"), 303)


@blueprint.route("/new", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR, body=UPLOAD_BYTES)
def pack() -> ResponseReturnValue:
    """Pack blanks of the vault for another centre, for an order of it or without one."""
    form = Form.sent() if request.method == "POST" else Form({"order": request.args.get("order", "")[:40]})
    if request.method == "POST":
        with form.catch():
            return _pack(form)
    with current_office().reading(current_actor()) as look:
        order = _order(look, form)
        if order and not form.value("to"):
            form.values["to"] = order.centre.code
        page = render_template(
            "stock/pack.html",
            form=form,
            centres=options(_others(look)),
            order=order,
            progress=orders.progress(look, order) if order else None,
            grouped=references.grouped_code,
        )
    return make_response(page, form.status)


def _order(look: Look, form: Form) -> StockOrder | None:
    """The order for which is packed, None for none; NotFound when it is no order of the own centre."""
    typed = form.value("order")
    try:
        return orders.opened(look, UUID(typed)) if typed else None
    except ValueError as error:
        raise NotFound("There is no such order of your centre. Open the list again.") from error


def _others(look: Look) -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in centres.listed(look) if row.active and row.id != look.actor.centre_id]


def _pack(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        to = form.choice("to", [code for code, _ in _others(look)])
    seal = form.text("seal", limit=40)
    typed = form.text("serials", limit=MOST_TEXT, lines=True)
    form.check()
    with acting() as act:
        here = centres.with_id(act, act.actor.centre_id)  # type: ignore[arg-type]
        said = Packing(centres.named(act, to), seal, serials.listed(typed), _order(act, form))
        key = parcels.pack(act, here, said).id
    flash(gettext("Packed. Print the manifest; another person reads the seal and signs for it."), "done")
    return redirect(url_for("stock.parcel.show", parcel_id=key), 303)
