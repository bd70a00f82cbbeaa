"""The page of one station: its devices and how they are, a test print, and the administrator's settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from card_drivers.order import Device
from issuance.acts import Look
from issuance.errors import Conflict
from issuance.models.staff import RoleName, Staff, Station
from issuance.models.stations import SettingsRevision
from issuance.office import Office
from issuance.services import centres, routing
from issuance.services.production import floor
from issuance.services.stations import devices
from issuance.services.stations.devices import status_of
from issuance.services.stations.schema import SettingField, fields
from issuance.services.stock import doubts, stack_cards, stacks
from issuance.web.frame import schema_form
from issuance.web.frame.auth import HANDS, OPERATORS, WATCHERS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import Form
from issuance.web.frame.i18n import sentence
from issuance.web.words.machines import DEVICE_STATES

blueprint = Blueprint("station", __name__, url_prefix="/production/stations")

ROLES: dict[str, Any] = {"printer": lazy_gettext("Printer"), "encoder": lazy_gettext("Chip reader")}


@blueprint.get("/<uuid:station_id>")
@allow(*WATCHERS, at_missions=True)
def show(station_id: UUID) -> str:
    """One station: shift, devices, supplies, what went wrong last, how fast it works, its settings."""
    actor = current_actor()
    with current_office().reading(actor) as look:
        place = floor.workplace(look, centres.own_station(look, station_id))
        said, test = (
            devices.registration(look, place.station),
            devices.newest_test(look, place.station),
        )
        revision = devices.newest(look, place.station)
        return render_template(
            "centre/station.html",
            place=place,
            status=status_of(place.station),
            device_states=DEVICE_STATES,
            said=said,
            devices=devices.devices(said),
            roles=ROLES,
            standing=routing.standings(look, [place.station])[0],
            stated=sentence,
            pace=floor.station_pace(look, place.station),
            reads_serials=stack_cards.reads_serials(place.station),
            piles=stacks.open_on(look, place.station),
            doubted=doubts.serials(look, place.station),
            is_operator=bool(actor.roles & set(HANDS)),
            test=test,
            test_waits=test is not None and devices.waits(test, look.clock),
            may_go_on=devices.stopped_by_spoils(place.station) and bool(actor.roles & set(HANDS)),
            may_scan=bool(actor.roles & set(HANDS)),
            revision=revision,
            chosen_by=_name(look, revision),
            is_administrator=RoleName.ADMINISTRATOR in actor.roles,
            hides_numbers=RoleName.QUALITY_OFFICER in actor.roles,
        )


def _name(look: Look, revision: SettingsRevision | None) -> str:
    return look.session.get_one(Staff, revision.chosen_by).full_name if revision else ""


@blueprint.post("/<uuid:station_id>/test-print")
@allow(*WATCHERS, at_missions=True)
def test_print(station_id: UUID) -> ResponseReturnValue:
    """Ask the station for a test print."""
    with current_office().act(current_actor()) as act:
        devices.ask_test(act, centres.own_station(act, station_id))
    flash(gettext("The test print is asked for. The station makes it before its next order."), "info")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


@blueprint.post("/<uuid:station_id>/go-on")
@allow(*OPERATORS, at_missions=True)
def go_on(station_id: UUID) -> ResponseReturnValue:
    """Somebody looked after too many spoiled cards: the station takes orders again."""
    with current_office().act(current_actor()) as act:
        devices.ask_resume(act, centres.own_station(act, station_id))
    flash(gettext("The station goes on within seconds."), "done")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


@blueprint.route("/<uuid:station_id>/settings", methods=["GET", "POST"])
@allow(RoleName.ADMINISTRATOR)
def settings(station_id: UUID) -> ResponseReturnValue:
    """The settings of the station's devices, as fields of its drivers' own schemas."""
    office, form = current_office(), Form.sent()
    if request.method == "POST":
        with form.catch():
            return _choose(office, station_id, form)
    with office.reading(current_actor()) as look:
        here, machines, last = _devices(look, station_id, office)
        if form.stale:
            form.compare(_shown(machines, last), _number(look, here))
        elif not form.refused:
            form = Form(_shown(machines, last) | {"version": str(_number(look, here))})
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
    with office.act(current_actor()) as act:
        here, machines, last = _devices(act, station_id, office)
        chosen = {
            device.role: schema_form.read(form, device.role, _fields(device), last.get(device.role, {}))
            for device in machines
        }
        form.check()
        devices.choose(act, here, chosen, form.version)
    flash(gettext("The settings are saved. The station takes them within seconds."), "done")
    return redirect(url_for("centre.station.show", station_id=station_id), 303)


def _devices(look: Look, station_id: UUID, office: Office) -> tuple[Station, list[Device], dict[str, dict[str, Any]]]:
    """The station, its devices, and their settings: those they run with, with the secrets that were chosen last."""
    here = centres.own_station(look, station_id)
    machines = devices.devices(devices.registration(look, here))
    if not machines:
        raise Conflict("This station has not said yet what its devices are. Start the station program first.")
    revision = devices.newest(look, here)
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


def _number(look: Look, here: Station) -> int:
    revision = devices.newest(look, here)
    return revision.number if revision else 0
