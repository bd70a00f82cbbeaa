"""Who was granted protection and not told of rights and duties yet, and who did not ask for the document (E7)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext

from issuance.services.lists import number
from issuance.services.rights import untold
from issuance.web.case.papers import TELLERS
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.words.codes import STATUSES

blueprint = Blueprint("untold", __name__)

QUEUES = (
    Queue(
        lazy_gettext("Granted, to follow up"),
        "rights.untold.listed",
        TELLERS,
        untold.how_many,
        group=Group.FOLLOW_UP,
    ),
)


@blueprint.get("/granted")
@allow(*TELLERS)
def listed() -> str:
    """Granted and not told; granted and no request. Each opens the page on which it is done."""
    with current_office().reading(current_actor()) as look:
        return render_template(
            "rights/untold.html",
            not_told=untold.not_told(look),
            not_asked=untold.not_asked(look),
            how_many_not_told=number(look, untold.how_many_not_told(look)),
            how_many_not_asked=number(look, untold.how_many_not_asked(look)),
            statuses=STATUSES,
        )
