"""The centres of the office: what each says of itself, opened and closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.models.appointments import Purpose
from issuance.models.staff import Centre, RoleName
from issuance.services import centres
from issuance.services.admin import offices
from issuance.services.admin.offices import Said
from issuance.services.appointments import capacity
from issuance.services.appointments.capacity import LIMITS, NOTHING, Given
from issuance.services.appointments.slots import SLOT_MINUTES
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import PURPOSES

blueprint = Blueprint("centres", __name__, url_prefix="/centres")

QUEUES = (Queue(lazy_gettext("Centres"), "admin.centres.listed", (RoleName.ADMINISTRATOR,), group=Group.OFFICE),)

FIELDS = ("name", "address", "opening_hours")


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> str:
    """Every centre: where it is, when it is open, whether it works."""
    with current_office().reading(current_actor()) as look:
        found = centres.listed(look)
        return render_template("admin/centres.html", centres=found, own_id=look.actor.centre_id)


@blueprint.route("/add", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Add a centre."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            code, said, mission = form.text("code"), _said(form), form.ticked("mission")
            form.check()
            with current_office().act(current_actor()) as act:
                added = offices.add(act, code, said, mission=mission)
            flash(gettext("The centre is open. Its first administrator is added by command."), "done")
            return redirect(url_for("admin.centres.show", centre_id=added.id), 303)
    return make_response(render_template("admin/centre_add.html", form=form), form.status)


@blueprint.route("/<uuid:centre_id>", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def show(centre_id: UUID) -> ResponseReturnValue:
    """One centre; its own administrator changes what it says of itself, those of others close it."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            said = _said(form)
            form.check()
            with current_office().act(current_actor()) as act:
                offices.describe(act, centres.with_id(act, centre_id), said)
            return _done(centre_id, gettext("Saved. Papers and the status page say it from now on."))
    return _page(centre_id, form)


@blueprint.route("/<uuid:centre_id>/capacity", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def give(centre_id: UUID) -> ResponseReturnValue:
    """How many counters a centre opens for what, how long each takes a person, and what is kept for walk-ins."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            wanted = {purpose: _given(form, purpose) for purpose in Purpose}
            form.check()
            with current_office().act(current_actor()) as act:
                capacity.give(act, centres.with_id(act, centre_id), wanted)
            return _done(centre_id, gettext("Saved. What is booked stays as it is."))
    with current_office().reading(current_actor()) as look:
        centre = centres.with_id(look, centre_id)
        centres.check_here(look, centre)
        for purpose, given in capacity.given(look, centre.id).items():
            for name, number in asdict(given).items():
                form.values.setdefault(f"{purpose}_{name}", str(number))
        page = render_template("admin/capacity.html", form=form, centre=centre, purposes=PURPOSES, slot=SLOT_MINUTES)
    return make_response(page, form.status)


def _given(form: Form, purpose: Purpose) -> Given:
    """What the form says of a purpose; NOTHING, and a mark beside it, for what is no number."""
    read = {name: form.whole(f"{purpose}_{name}", least=least, most=most) for name, (least, most) in LIMITS.items()}
    return replace(NOTHING, **{name: number for name, number in read.items() if number is not None})


@blueprint.post("/<uuid:centre_id>/close")
@allow(RoleName.ADMINISTRATOR)
def close(centre_id: UUID) -> ResponseReturnValue:
    """Close a centre where nothing is open any more."""
    return _do(centre_id, offices.close, gettext("The centre is closed. Nothing is lodged there any more."))


@blueprint.post("/<uuid:centre_id>/reopen")
@allow(RoleName.ADMINISTRATOR)
def reopen(centre_id: UUID) -> ResponseReturnValue:
    """Open a closed centre again."""
    return _do(centre_id, offices.reopen, gettext("The centre is open again."))


def _said(form: Form) -> Said:
    return Said(form.text("name"), form.text("address"), form.text("opening_hours"))


def _do(centre_id: UUID, what: Callable[[Act, Centre], None], said: str) -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            what(act, centres.with_id(act, centre_id))
        return _done(centre_id, said)
    return _page(centre_id, form)


def _done(centre_id: UUID, said: str) -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for("admin.centres.show", centre_id=centre_id), 303)


def _page(centre_id: UUID, form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        centre = centres.with_id(look, centre_id)
        if "name" not in form.values:
            form.values.update({name: getattr(centre, name) for name in FIELDS})
        page = render_template(
            "admin/centre.html",
            form=form,
            centre=centre,
            is_own=centre.id == look.actor.centre_id,
            left=offices.what_is_open(look, centre),
        )
    return make_response(page, form.status)
