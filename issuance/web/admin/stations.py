"""Stations and their tokens: one administrator adds a machine or lets another take its place, a second one agrees."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from issuance.acts import Act
from issuance.errors import InvalidInput
from issuance.models.staff import Centre, RoleName, Station
from issuance.services.stations import tokens
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("stations", __name__, url_prefix="/stations")

QUEUES = (
    Queue(
        lazy_gettext("Station tokens"),
        "admin.stations.listed",
        (RoleName.ADMINISTRATOR,),
        tokens.count_to_agree,
        group=Group.OFFICE,
    ),
)
MOST_PER_HOUR = 10_000


@blueprint.get("")
@allow(RoleName.ADMINISTRATOR)
def listed() -> ResponseReturnValue:
    """The stations of the centre, open or closed, and the tokens that wait for a second administrator."""
    return _page(Form())


@blueprint.route("/add", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    """Add a station; its token is shown once."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            name, is_bureau = form.text("station", limit=60), form.ticked("bureau")
            is_printer = form.ticked("office_printer")
            form.check()
            if is_bureau and is_printer:
                raise InvalidInput("office_printer", "A bureau is no office printer. Tick one of the two.")
            if is_printer:
                return _add_printer(name)
            with current_office().act(current_actor()) as act:
                centre = act.session.get_one(Centre, act.actor.centre_id)
                station, token = tokens.add_station(act, name, centre, bureau=is_bureau)
            return _once(station, token)
    return make_response(render_template("admin/station_add.html", form=form), form.status)


def _add_printer(name: str) -> ResponseReturnValue:
    with current_office().act(current_actor()) as act:
        tokens.add_office_printer(act, name, act.session.get_one(Centre, act.actor.centre_id))
    flash(gettext("The office printer is added. An operator opens a shift on it."), "done")
    return redirect(url_for("admin.stations.listed"), 303)


@blueprint.post("/<uuid:station_id>/renew")
@allow(RoleName.ADMINISTRATOR)
def renew(station_id: UUID) -> ResponseReturnValue:
    """Another machine takes the station's place: a new token, shown once. The one before gets no answer any more."""
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            station = tokens.in_centre(act, station_id)
            token = tokens.renew(act, station)
        return _once(station, token)
    return _page(form)


@blueprint.post("/<uuid:station_id>/agree")
@allow(RoleName.ADMINISTRATOR)
def agree(station_id: UUID) -> ResponseReturnValue:
    """A second administrator agrees that a machine enrols with the token."""
    return _do(station_id, tokens.agree, gettext("Agreed. The machine enrols when it is started with its token."))


@blueprint.route("/<uuid:station_id>/limit", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def limit(station_id: UUID) -> ResponseReturnValue:
    """How many orders the station may claim within an hour."""
    form = Form.sent()
    if request.method == "POST":
        with form.catch():
            per_hour = form.whole("per_hour", least=1, most=MOST_PER_HOUR)
            form.check()
            assert per_hour
            with current_office().act(current_actor()) as act:
                tokens.set_limit(act, tokens.in_centre(act, station_id), per_hour)
            flash(gettext("The limit is set."), "done")
            return redirect(url_for("admin.stations.listed"), 303)
    with current_office().reading(current_actor()) as look:
        station = tokens.in_centre(look, station_id)
    form.values.setdefault("per_hour", station.claims_per_hour)
    return make_response(render_template("admin/station_limit.html", form=form, station=station), form.status)


@blueprint.post("/<uuid:station_id>/close")
@allow(RoleName.ADMINISTRATOR)
def close(station_id: UUID) -> ResponseReturnValue:
    """Close a station of the centre: its token is refused from now on."""
    said = gettext("The station is closed. Its token is refused from now on.")
    return _do(station_id, tokens.close_station, said)


@blueprint.post("/<uuid:station_id>/reopen")
@allow(RoleName.ADMINISTRATOR)
def reopen(station_id: UUID) -> ResponseReturnValue:
    """Open a closed station again, with the token it had."""
    return _do(station_id, tokens.reopen_station, gettext("The station is open again, with the token it had."))


def _do(station_id: UUID, what: Callable[[Act, Station], None], said: str) -> ResponseReturnValue:
    form = Form.sent()
    with form.catch():
        with current_office().act(current_actor()) as act:
            what(act, tokens.in_centre(act, station_id))
        flash(said, "done")
        return redirect(url_for("admin.stations.listed"), 303)
    return _page(form)


def _once(station: Station, token: str) -> ResponseReturnValue:
    return make_response(render_template("admin/token.html", station=station, token=token))


def _page(form: Form) -> ResponseReturnValue:
    with current_office().reading(current_actor()) as look:
        found = tokens.of_centre(look, look.actor.centre_id)
        page = render_template("admin/stations.html", form=form, stations=found, actor_id=look.actor.id)
    return make_response(page, form.status)
