"""Retention: what the next month destroys, which two administrators agree to. They see numbers, not persons."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.life import retention
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("retention", __name__, url_prefix="/retention")

QUEUES = (
    Queue(
        lazy_gettext("Retention"),
        "admin.retention.show",
        (RoleName.ADMINISTRATOR,),
        retention.count_waiting,
        group=Group.OFFICE,
    ),
)


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def show() -> str:
    """A dry run: what falls due in the next month, and the plan that waits for its second person."""
    with current_office().reading(current_actor()) as look:
        until, plan = retention.next_month(look), retention.waiting(look)
        return render_template(
            "admin/retention.html",
            until=until,
            rows=retention.due(look, until),
            count=retention.due_count(look, until),
            plan=plan,
            is_own=plan is not None and plan.asked_by == look.actor.id,
            agreed_until=retention.agreed_until(look),
        )


@blueprint.post("/draw-up")
@allow(RoleName.ADMINISTRATOR)
def draw_up() -> ResponseReturnValue:
    """A first administrator saw the list."""
    with current_office().act(current_actor()) as act:
        retention.draw_up(act)
    return _done(gettext("Drawn up. Another administrator agrees to it."))


@blueprint.post("/agree")
@allow(RoleName.ADMINISTRATOR)
def agree() -> ResponseReturnValue:
    """A second one agrees."""
    with current_office().act(current_actor()) as act:
        retention.agree(act)
    return _done(gettext("Agreed. Each request is destroyed in the night after its term."))


@blueprint.post("/give-up")
@allow(RoleName.ADMINISTRATOR)
def give_up() -> ResponseReturnValue:
    """The plan is not carried out."""
    with current_office().act(current_actor()) as act:
        retention.give_up(act)
    return _done(gettext("Given up. Nothing is destroyed by this plan."))


def _done(message: str) -> ResponseReturnValue:
    flash(message, "done")
    return redirect(url_for("admin.retention.show"), 303)
