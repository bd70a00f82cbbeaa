"""The page where the operator scans the booklet that a station's order is made in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.services import centres
from issuance.services.stock import booklets
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form

blueprint = Blueprint("booklets", __name__, url_prefix="/production/stations")

LONGEST = 60  # characters of a serial


@blueprint.route("/<uuid:station_id>/booklet", methods=["GET", "POST"])
@allow(*OPERATORS)
def scan(station_id: UUID) -> ResponseReturnValue:
    """Which booklet is wanted, and the number of the one that was taken."""
    office, form = current_office(), Form.sent()
    if request.method == "POST":
        with form.catch():
            number = form.text("number", limit=LONGEST)
            form.check()
            with office.act(current_actor()) as act:
                booklets.scan(act, centres.own_station(act, station_id), number)
            flash(gettext("It is the right one. Go on as the page says."), "done")
            return redirect(url_for("centre.station.show", station_id=station_id), 303)
    with office.reading(current_actor()) as look:
        here = centres.own_station(look, station_id)
        page = render_template("centre/booklet.html", form=form, station=here, wanted=booklets.wanted(look, here))
    return make_response(page, form.status)
