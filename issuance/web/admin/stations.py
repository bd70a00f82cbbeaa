"""Closing a station whose token may be in wrong hands, and opening it again."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from issuance.models.staff import RoleName
from issuance.services.stations import tokens
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office

blueprint = Blueprint("stations", __name__, url_prefix="/accounts/stations")


@blueprint.post("/<uuid:station_id>/close")
@allow(RoleName.ADMINISTRATOR)
def close(station_id: UUID) -> ResponseReturnValue:
    """Close a station of the centre: its token is refused from now on."""
    with current_office().act(current_actor()) as act:
        tokens.close_station(act, tokens.in_centre(act, station_id))
    flash(gettext("The station is closed. Its token is refused from now on."), "done")
    return redirect(url_for("admin.accounts.listed"), 303)


@blueprint.post("/<uuid:station_id>/reopen")
@allow(RoleName.ADMINISTRATOR)
def reopen(station_id: UUID) -> ResponseReturnValue:
    """Open a closed station again, with the token it had."""
    with current_office().act(current_actor()) as act:
        tokens.reopen_station(act, tokens.in_centre(act, station_id))
    flash(gettext("The station is open again, with the token it had."), "done")
    return redirect(url_for("admin.accounts.listed"), 303)
