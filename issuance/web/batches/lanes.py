"""The production room as lanes: each station now and next, each batch as a bar; live."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.batches import arrivals, lanes, running
from issuance.services.stations.devices import status_of
from issuance.web.batches.parts import polled
from issuance.web.frame.auth import OPERATORS, allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.machines import DEVICE_STATES

blueprint = Blueprint("lanes", __name__, url_prefix="/production/batches")


QUEUES = (
    Queue(
        lazy_gettext("Batches"), "batches.lanes.shown", OPERATORS, running.open_count, key="b", group=Group.PRODUCTION
    ),
)


@blueprint.get("")
@allow(*OPERATORS)
def shown() -> str:
    """The open batches and the stations of the centre; those that ended today below."""
    with current_office().reading(current_actor()) as look:
        ended = lanes.bars(look, running.ended_today(look, look.actor.centre_id))
        has_bureau = bool(arrivals.bureaus(look))
        return render_template("batches/lanes.html", ended=ended, has_bureau=has_bureau, **_room(look))


@blueprint.get("/lanes")
@allow(*OPERATORS)
def part() -> ResponseReturnValue:
    """The part of it that changes by itself."""
    with current_office().reading(current_actor()) as look:
        return polled(render_template("batches/lanes_now.html", **_room(look)))


def _room(look: Look) -> dict[str, Any]:
    found = lanes.lanes(look, look.actor.centre_id)
    return {
        "bars": lanes.bars(look, running.open_of(look, look.actor.centre_id)),
        "lanes": found,
        "statuses": {lane.place.station.id: status_of(lane.place.station) for lane in found},
        "device_states": DEVICE_STATES,
        "hides_numbers": RoleName.QUALITY_OFFICER in look.actor.roles,
    }
