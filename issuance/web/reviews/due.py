"""The open reviews of the centre: notices to deliver, interviews, decisions to agree to, terms of appeal."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext

from issuance.models.staff import RoleName
from issuance.services.lists import number
from issuance.services.reviews import due, files
from issuance.web.frame.auth import allow
from issuance.web.frame.current import current_actor, current_office
from issuance.web.frame.rail import Group, Queue
from issuance.web.reviews.parts import READERS
from issuance.web.words import reviews as words
from issuance.web.words.codes import STATUS_WORDS

blueprint = Blueprint("due", __name__)

QUEUES = (
    Queue(
        lazy_gettext("Reviews of a status"),
        "reviews.due.listed",
        (*files.DESK, RoleName.SUPERVISOR),
        due.how_many_due,
        group=Group.FOLLOW_UP,
    ),
)


@blueprint.get("/reviews")
@allow(*READERS)
def listed() -> str:
    """What comes next of each open review, and until when."""
    with current_office().reading(current_actor()) as look:
        rows = due.listed(look)
        return render_template(
            "reviews/due.html",
            rows=rows,
            today=look.clock.today(),
            soon=look.clock.today() + due.SOON,
            how_many=number(look, due.how_many(look)),
            states=words.STATES,
            next_steps=words.NEXT,
            statuses=STATUS_WORDS,
            kinds=words.KINDS,
        )
