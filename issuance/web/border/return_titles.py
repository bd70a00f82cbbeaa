"""What a mission abroad does: it prints the return titles that the inspectorate approved, where it is a centre of its
own, and gives them out; nothing else (E6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services import centres
from issuance.services.casework import queues
from issuance.services.casework.queues import Work
from issuance.services.lists import number
from issuance.services.missions import making
from issuance.services.missions.making import Stage
from issuance.services.production import floor
from issuance.states import RequestState
from issuance.web.case import access
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_centre, current_office
from issuance.web.frame.forms import page_number
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("return_titles", __name__, url_prefix="/return-titles")


STAGES: dict[Stage, tuple[Any, str]] = {
    Stage.WAITS: (lazy_gettext("to be printed"), "info"),
    Stage.PRINTED: (lazy_gettext("being printed"), "info"),
    Stage.HELD: (lazy_gettext("a supervisor looks what became of it"), "stop"),
    Stage.TO_SHOW: (lazy_gettext("to be shown to the quality officer"), "soon"),
    Stage.SHOWN: (lazy_gettext("shown; the quality officer checks it"), "info"),
}
"""How far a title is, and the tone of its chip."""


def _ready(look: Look) -> Work:
    return Work((RequestState.READY,), look.actor.centre_id, types=centres.mission_types())


def _count(look: Look) -> Select[int]:
    return queues.how_many(look, _ready(look))


QUEUES = (
    Queue(
        lazy_gettext("Return titles to issue"),
        "border.return_titles.listed",
        (RoleName.MISSION,),
        _count,
        group=Group.REQUESTS,
    ),
)


@blueprint.get("")
@allow(RoleName.MISSION)
def listed() -> str:
    """The return titles of the mission: those that are made at its printer, and those that wait for their holders."""
    page, prints = page_number(), current_centre().mission
    with current_office().reading(current_actor()) as look:
        found = queues.work_page(look, _ready(look), page=page)
        total = number(look, _count(look))
        return render_template(
            "border/return_titles.html",
            requests=found,
            page=page,
            total=total,
            prints=prints,
            making=making.making(look) if prints else [],
            stages=STAGES,
            has_shift=prints and any(place.shift for place in floor.workplaces(look, look.actor.centre_id)),
            on_duty=prints and making.is_checked_from_afar(look),
        )


@blueprint.get("/<uuid:request_id>")
@allow(RoleName.MISSION)
def issued(request_id: UUID) -> str:
    """A return title that was given out: its protocol to print."""
    with access.looking(request_id) as (_, case):
        return render_template("border/issued.html", case=case)
