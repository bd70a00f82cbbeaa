"""What people of the centre say was not them, for an administrator to settle."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.alerts import letters, owners
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("centre", __name__, url_prefix="/alerts")

QUEUES = (
    Queue(
        lazy_gettext("Was not them"),
        "alerts.centre.listed",
        (RoleName.ADMINISTRATOR,),
        owners.count_disowned,
        group=Group.OFFICE,
        urgent=True,
    ),
    Queue(
        lazy_gettext("Letters that came back"),
        "alerts.centre.letters_back",
        (RoleName.ADMINISTRATOR,),
        letters.count_came_back,
        group=Group.OFFICE,
        urgent=True,
    ),
)


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> str:
    """What their owners did not do, the oldest first."""
    with current_office().reading(current_actor()) as look:
        return render_template("alerts/centre.html", rows=owners.disowned(look))


@blueprint.post("/<uuid:alert_id>/settle")
@allow(RoleName.ADMINISTRATOR)
def settle(alert_id: UUID) -> ResponseReturnValue:
    """The administrator saw to it."""
    with current_office().act(current_actor()) as act:
        owners.settle(act, alert_id)
    flash(gettext("Settled."), "done")
    return redirect(url_for("alerts.centre.listed"), 303)


@blueprint.get("/letters")
@allow(RoleName.ADMINISTRATOR)
def letters_back() -> str:
    """Letters to owners of accounts that did not arrive, the oldest first."""
    with current_office().reading(current_actor()) as look:
        return render_template("alerts/letters.html", rows=letters.came_back(look))


@blueprint.post("/letters/<uuid:letter_id>/settle")
@allow(RoleName.ADMINISTRATOR)
def settle_letter(letter_id: UUID) -> ResponseReturnValue:
    """The administrator told the owner."""
    with current_office().act(current_actor()) as act:
        letters.settle(act, letter_id)
    flash(gettext("Settled."), "done")
    return redirect(url_for("alerts.centre.letters_back"), 303)
