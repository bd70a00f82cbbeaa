"""The stations of the centre, with their shifts and devices."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.production import floor, shifts
from issuance.services.stations.devices import status_of
from issuance.services.stock import stacks
from issuance.web.frame.auth import OPERATORS, WATCHERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import (
    DEVICE_STATES,
)

blueprint = Blueprint("stations", __name__, url_prefix="/production/stations")

QUEUES = (
    Queue(lazy_gettext("Stations"), "centre.stations.listed", (*WATCHERS, RoleName.MISSION), group=Group.PRODUCTION),
)


@blueprint.get("")
@allow(*WATCHERS, at_missions=True)
def listed() -> str:
    """Every station of the centre: shift, devices, supplies, blanks, what it is making."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        places = floor.workplaces(look, actor.centre_id)
        return render_template(
            "centre/stations.html",
            places=places,
            statuses={place.station.id: status_of(place.station) for place in places},
            device_states=DEVICE_STATES,
            actor=actor,
            uncounted=stacks.uncounted(look, [place.station for place in places]),
            is_operator=bool(actor.roles & {RoleName.OPERATOR, RoleName.MISSION}),
            hides_numbers=RoleName.QUALITY_OFFICER in actor.roles,
            is_supervisor=RoleName.SUPERVISOR in actor.roles,
        )


@blueprint.post("/<uuid:station_id>/shift")
@allow(RoleName.OPERATOR, at_missions=True)
def open_shift(station_id: UUID) -> ResponseReturnValue:
    """Open a shift: from now on the station claims orders in this operator's name."""
    with current_office().act(current_actor()) as act:
        shifts.open_shift(act, centres.own_station(act, station_id))
    flash(gettext("Your shift is open. The station takes orders by itself."), "done")
    return redirect(url_for("centre.stations.listed"), 303)


@blueprint.post("/<uuid:station_id>/shift/close")
@allow(*OPERATORS, at_missions=True)
def close_shift(station_id: UUID) -> ResponseReturnValue:
    """Close the shift: the station finishes the order in hand and takes no other."""
    with current_office().act(current_actor()) as act:
        shifts.close_shift(act, centres.own_station(act, station_id))
    flash(gettext("The shift is closed. An order that is being made is finished."), "done")
    return redirect(url_for("centre.stations.listed"), 303)
