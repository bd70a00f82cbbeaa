"""What a mission abroad does: it gives out the return titles that the inspectorate approved, and nothing else (E6)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask_babel import lazy_gettext
from sqlalchemy import Select

from issuance.acts import Look
from issuance.models.staff import RoleName
from issuance.services.casework import cases, queues
from issuance.services.casework.queues import Work
from issuance.services.lists import number
from issuance.states import RequestState
from issuance.web.case import access
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.forms import page_number
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("return_titles", __name__, url_prefix="/return-titles")


def _ready(look: Look) -> Work:
    return Work((RequestState.READY,), look.actor.centre_id, types=cases.mission_types())


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
    """The approved and checked return titles of the mission that wait for their holders."""
    page = page_number()
    with current_office().reading(current_actor()) as look:
        found = queues.work_page(look, _ready(look), page=page)
        total = number(look, _count(look))
        return render_template("border/return_titles.html", requests=found, page=page, total=total)


@blueprint.get("/<uuid:request_id>")
@allow(RoleName.MISSION)
def issued(request_id: UUID) -> str:
    """A return title that was given out: its protocol to print."""
    with access.looking(request_id) as (_, case):
        return render_template("border/issued.html", case=case)
