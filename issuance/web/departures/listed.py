"""The departures of the centre: what waits for a supervisor and what is needed when, the first day ahead."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext

from issuance.law.documents import departures as law
from issuance.models.staff import RoleName
from issuance.services.clocks import departures as listed
from issuance.services.departures.noting import NOTING
from issuance.web.case import card
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.i18n import language
from issuance.web.frame.rail import Group, Queue

blueprint = Blueprint("listed", __name__, url_prefix="/departures")

QUEUES = (
    Queue(
        lazy_gettext("Departures"),
        "departures.listed.show",
        (RoleName.SUPERVISOR,),
        listed.to_settle,
        urgent=True,
        group=Group.REQUESTS,
    ),
)


@blueprint.get("")
@allow(*NOTING)
def show() -> str:
    """Who leaves, by when the document is needed, and what is in the way."""
    with current_office().reading(current_actor()) as look:
        rows = listed.open_here(look)
        return render_template(
            "departures/listed.html",
            rows=[(row, card.row(row.request)) for row in rows],
            more=len(rows) == listed.LISTED,
            too_late=listed.comes_too_late(look, rows),
            ground_words={code: each.title.text(language()) for code, each in law.grounds().items()},
            today=look.clock.today(),
        )
