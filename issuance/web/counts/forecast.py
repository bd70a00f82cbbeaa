"""Which blanks run out before an order of today would come."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.counts import forecast
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("forecast", __name__, url_prefix="/stock/forecast")

QUEUES = (
    Queue(
        lazy_gettext("Blanks to order"),
        "counts.forecast.listed",
        OPERATORS,
        forecast.short,
        urgent=True,
        group=Group.BLANKS,
    ),
)


@blueprint.get("")
@allow(*OPERATORS)
def listed() -> str:
    """How long each stock of the own centre lasts, the shortest first."""
    with current_office().reading(current_actor()) as look:
        rows = forecast.of_centre(look, look.actor.centre_id)
        may_order = RoleName.SUPERVISOR in look.actor.roles
        return render_template("counts/forecast.html", rows=rows, delivery=forecast.DELIVERY_DAYS, may_order=may_order)
