"""The programs that speak as one station: two persons say which one it is."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.stations import lives
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("lives", __name__, url_prefix="/production/stations")

CHOOSERS = (RoleName.SUPERVISOR, RoleName.ADMINISTRATOR)
QUEUES = (
    Queue(
        lazy_gettext("Doubted stations"),
        "centre.lives.listed",
        CHOOSERS,
        lives.doubted_count,
        urgent=True,
        group=Group.PRODUCTION,
    ),
)


@blueprint.get("/doubted")
@allow(*CHOOSERS)
def listed() -> str:
    """The stations of the centre of which more than one program wants to be the station."""
    with current_office().reading(current_actor()) as look:
        return render_template("centre/doubted.html", stations=lives.doubted(look))


@blueprint.get("/<uuid:station_id>/lives")
@allow(*CHOOSERS)
def show(station_id: UUID) -> str:
    """The programs that spoke as this station, to choose the one that is on its computer."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        station = centres.own_station(look, station_id)
        return render_template("centre/lives.html", station=station, rows=lives.instances(look, station), actor=actor)


@blueprint.post("/<uuid:station_id>/lives/<uuid:instance>")
@allow(*CHOOSERS)
def choose(station_id: UUID, instance: UUID) -> ResponseReturnValue:
    """Say that this program is the station."""
    with current_office().act(current_actor()) as act:
        lives_now = lives.choose(act, centres.own_station(act, station_id), instance)
    if lives_now:
        flash(gettext("This program is the station now. The others get no answer."), "done")
    else:
        flash(gettext("Your word is kept. A second person must say the same."), "info")
    return redirect(url_for("centre.lives.show", station_id=station_id), 303)
