"""Blanks that nobody finds, and those that turned up: a supervisor says so, another person looks at what was found."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.stock import losses, serials
from issuance.states import BlankState
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("losses", __name__, url_prefix="/stock/missing")

QUEUES = (
    Queue(lazy_gettext("Blanks missing and found"), "stock.losses.listed", OPERATORS, losses.found, group=Group.BLANKS),
)


@blueprint.get("")
@allow(*OPERATORS)
def listed() -> ResponseReturnValue:
    """What is missing and what was found at the own centre."""
    return _page(Form())


@blueprint.post("")
@allow(RoleName.SUPERVISOR)
def declare() -> ResponseReturnValue:
    """Declare blanks missing."""
    form = Form.sent()
    with form.catch():
        typed = form.text("serials", limit=20_000, lines=True)
        reason = form.text("reason", limit=500, lines=True)
        form.check()
        with current_office().act(current_actor()) as act:
            centre = centres.with_id(act, act.actor.centre_id)  # type: ignore[arg-type]
            count = losses.declare(act, centre, serials.listed(typed), reason)
        said = ngettext("%(num)s blank is missing.", "%(num)s blanks are missing.", count)
        flash(f"{said} {gettext('Whoever reads one is told to keep it apart.')}", "done")
        return redirect(url_for("stock.losses.listed"), 303)
    return _page(form)


@blueprint.route("/<uuid:blank_id>/found", methods=["GET", "POST"])
@allow(RoleName.SUPERVISOR)
def found(blank_id: UUID) -> ResponseReturnValue:
    """Say where a missing blank was found."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            where = form.text("found", limit=500, lines=True)
            form.check()
            with current_office().act(current_actor()) as act:
                losses.find(act, losses.opened(act, blank_id), where)
            flash(gettext("It is found. Another person looks at it before it goes anywhere."), "done")
            return redirect(url_for("stock.losses.listed"), 303)
    with current_office().reading(current_actor()) as look:
        page = render_template("stock/found.html", form=form, blank=losses.opened(look, blank_id))
    return make_response(page, form.status)


@blueprint.post("/<uuid:blank_id>/clear")
@allow(*OPERATORS)
def clear(blank_id: UUID) -> ResponseReturnValue:
    """Say whether a found blank is fit to be used."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            blank = losses.opened(act, blank_id)
            fit = form.choice("fit", ("yes", "no")) == "yes"
            form.check()
            losses.clear(act, blank, fit=fit)
        flash(gettext("It lies in the vault.") if fit else gettext("It lies in the reject bin."), "done")
        return redirect(url_for("stock.losses.listed"), 303)
    return _page(form)


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        page = render_template(
            "stock/losses.html",
            form=form,
            missing=losses.lying(look, BlankState.MISSING),
            found=losses.lying(look, BlankState.FOUND),
            is_supervisor=RoleName.SUPERVISOR in look.actor.roles,
            me=look.actor.id,
        )
    return make_response(page, form.status)
