"""The page of one station: its devices and how they are, a test print, and the administrator's settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from card_drivers.order import Device
from issuance.errors import Conflict, NotFound
from issuance.models.staff import RoleName, Staff, Station
from issuance.models.stations import SettingsRevision
from issuance.office import Office, current_office
from issuance.services.production import floor
from issuance.services.stations import devices
from issuance.services.stations.devices import status_of
from issuance.services.stations.schema import SettingField, fields
from issuance.web.frame import schema_form
from issuance.web.frame.auth import WATCHERS, allow, current_actor
from issuance.web.frame.forms import Form
from issuance.web.words.machines import DEVICE_STATES

blueprint = Blueprint("station", __name__, url_prefix="/production/stations")

ROLES: dict[str, Any] = {"printer": lazy_gettext("Printer"), "encoder": lazy_gettext("Chip reader")}


def _station(session: Session, station_id: UUID) -> Station:
    """A station of the own centre."""
    station = session.get(Station, station_id)
    if station is None or not station.active or station.centre_id != current_actor().centre_id:
        raise NotFound("There is no such station. Open the list again.")
    return station


@blueprint.get("/<uuid:station_id>")
@allow(*WATCHERS)
def show(station_id: UUID) -> str:
    """One station: shift, devices, supplies, what went wrong last, how fast it works, its settings."""
    office, actor = current_office(), current_actor()
    with office.database.reading() as session:
        place = floor.workplace(session, _station(session, station_id), office.clock)
        said, test = (
            devices.registration(session, place.station),
            devices.newest_test(session, place.station),
        )
        revision = devices.newest(session, place.station)
        return render_template(
            "centre/station.html",
            place=place,
            status=status_of(place.station),
            device_states=DEVICE_STATES,
            said=said,
            devices=devices.devices(said),
            roles=ROLES,
            pace=floor.station_pace(session, place.station, clock=office.clock),
            test=test,
            test_waits=test is not None and devices.waits(test, office.clock),
            revision=revision,
            chosen_by=_name(session, revision),
            is_administrator=RoleName.ADMINISTRATOR in actor.roles,
        )


def _name(session: Session, revision: SettingsRevision | None) -> str:
    return session.get_one(Staff, revision.chosen_by).full_name if revision else ""


@blueprint.post("/<uuid:station_id>/test-print")
@allow(*WATCHERS)
def test_print(station_id: UUID) -> ResponseReturnValue:
    """Ask the station for a test print."""
    office = current_office()
    with office.database.transaction() as session:
        devices.ask_test(session, _station(session, station_id), actor=current_actor(), clock=office.clock)
    flash(gettext("The test print is asked for. The station makes it before its next order."), "info")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


@blueprint.route("/<uuid:station_id>/settings", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def settings(station_id: UUID) -> ResponseReturnValue:
    """The settings of the station's devices, as fields of its drivers' own schemas."""
    office, form = current_office(), Form.sent()
    if request.method == "POST":
        with form.catch():
            return _choose(office, station_id, form)
    with office.database.reading() as session:
        here, machines, last = _devices(session, station_id, office)
        if form.stale:
            form.compare(_shown(machines, last), _number(session, here))
        elif not form.refused:
            form = Form(_shown(machines, last) | {"version": str(_number(session, here))})
        page = render_template(
            "centre/settings.html",
            form=form,
            station=here,
            devices=[(device, _fields(device), last.get(device.role, {})) for device in machines],
            roles=ROLES,
            box=schema_form.box,
            choices=lambda options: [(option, option) for option in options],
        )
    return make_response(page, form.status)


def _choose(office: Office, station_id: UUID, form: Form) -> ResponseReturnValue:
    with office.database.transaction() as session:
        here, machines, last = _devices(session, station_id, office)
        chosen = {
            device.role: schema_form.read(form, device.role, _fields(device), last.get(device.role, {}))
            for device in machines
        }
        form.check()
        devices.choose(
            session, here, chosen, form.version, actor=current_actor(), vault=office.vault, clock=office.clock
        )
    flash(gettext("The settings are saved. The station takes them within seconds."), "done")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


def _devices(
    session: Session, station_id: UUID, office: Office
) -> tuple[Station, list[Device], dict[str, dict[str, Any]]]:
    """The station, its devices, and their settings: those they run with, with the secrets that were chosen last."""
    here = _station(session, station_id)
    machines = devices.devices(devices.registration(session, here))
    if not machines:
        raise Conflict("This station has not said yet what its devices are. Start the station program first.")
    revision = devices.newest(session, here)
    chosen = devices.opened(revision, office.vault).settings if revision else {}
    waiting = revision is not None and revision.answered_at is None
    return here, machines, {device.role: _last(device, chosen.get(device.role, {}), waiting) for device in machines}


def _last(device: Device, chosen: dict[str, Any], waiting: bool) -> dict[str, Any]:
    """What a device is set to, or will be when it takes what waits for it."""
    hidden = {field.name: chosen[field.name] for field in _fields(device) if _is_hidden(field) and field.name in chosen}
    return chosen if waiting else {**device.settings, **hidden}


def _is_hidden(field: SettingField) -> bool:
    return field.kind == "secret"


def _fields(device: Device) -> list[SettingField]:
    return fields(device.settings_schema)


def _shown(machines: list[Device], last: dict[str, dict[str, Any]]) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for device in machines:
        texts |= schema_form.shown(device.role, _fields(device), last[device.role])
    return texts


def _number(session: Session, here: Station) -> int:
    revision = devices.newest(session, here)
    return revision.number if revision else 0
